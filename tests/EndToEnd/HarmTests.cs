using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Gate;
using Candor.Protocol;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.EndToEnd;

/// <summary>What goes wrong around the engine: full disks, servers that talk nonsense or not at all, wrong clocks, two programs at once, folders that go away. It says so, and loses nothing.</summary>
public sealed class HarmTests : IAsyncLifetime
{
    private readonly List<string> _mounted = [];
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (string at in _mounted) await RunAsync("umount", "-l", at);
        await _phones.DisposeAsync();
    }

    [Attack("R04")]
    [Fact]
    public async Task AFullDiskUnderTheFolderNamesWhatIsMissingAndTheNextRunBringsIt()
    {
        Assert.SkipUnless(CanMount, "Only root can make a small disk.");
        var one = await _phones.JoinAsync("one", Kind.Photos, Kind.Notes);
        for (int i = 0; i < 6; i++) one.Write($"photos/{i}.jpg", RandomNumberGenerator.GetBytes(1 << 20));
        one.Write("notes/big.md", "![x](x.bin)\n");
        one.Write("notes/x.bin", RandomNumberGenerator.GetBytes(3 << 20));
        await one.SyncAsync();

        string disk = await MountAsync("small", "4m");
        var joined = await _phones.JoinAsync("two", Kind.Photos, Kind.Notes);
        var two = joined with { Folder = disk };
        var report = await two.SyncAsync();
        Assert.NotEmpty(report.Kinds.SelectMany(k => k.Troubles));
        Assert.All(report.Kinds.SelectMany(k => k.Troubles), t => Assert.True(t.Item.StartsWith("photos/", StringComparison.Ordinal) || t.Item.StartsWith("notes/", StringComparison.Ordinal), t.Item));
        Assert.True(two.Files("").Length is > 0 and < 8);
        Assert.DoesNotContain(two.Files(""), f => f.EndsWith(".candor-new", StringComparison.Ordinal));
        foreach (string path in two.Files("")) AssertSame(one, two, path);

        await RunAsync("mount", "-o", "remount,size=64m", disk);
        report = await two.SyncAsync();
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));
        Assert.Equal(one.Files(""), two.Files(""));
        foreach (string path in one.Files("")) AssertSame(one, two, path);
        Assert.Equal(0, (await one.SyncAsync()).Kinds.Sum(k => k.Removed));
        Assert.Equal(8, one.Files("").Length);
    }

    [Attack("R04")]
    [Fact]
    public async Task AFullDiskUnderTheDevicesHomeEndsTheRunWithAReasonAndLosesNothing()
    {
        Assert.SkipUnless(CanMount, "Only root can make a small disk.");
        string disk = await MountAsync("home-disk", "3m");
        string home = Path.Combine(disk, "home"), folder = Directory.CreateDirectory(Path.Combine(_phones.Root, "folder")).FullName;
        var device = await Candor.Client.Devices.Device.FoundAsync(home, _phones.Address, "one", _phones.Words, null, TimeProvider.System, default);
        var phone = new Phone(device, folder);
        await device.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        for (int i = 0; i < 4000; i++) phone.Write($"notes/{i}.md", $"note {i} {Convert.ToHexString(RandomNumberGenerator.GetBytes(200))}\n");
        var failed = await Assert.ThrowsAsync<DeviceException>(() => phone.SyncAsync());
        Assert.Contains(home, failed.Message, StringComparison.Ordinal);
        Assert.Contains("room", failed.Message, StringComparison.Ordinal);
        device.Dispose();

        await RunAsync("mount", "-o", "remount,size=64m", disk);
        using var again = Candor.Client.Devices.Device.Open(home, TimeProvider.System);
        phone = new(again, folder);
        var report = await phone.SyncAsync();
        Assert.Equal((4000, 4000, 0), ((int)report.Kinds[1].Seen, (int)report.Kinds[1].Safe, report.Kinds[1].Troubles.Count));
        Assert.Equal(4000, again.Store.Heads(Kind.Notes).Count);
        await using var stream = new FileStream(DeviceHome.LedgerFileOf(home), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(0, (await LedgerReader.ReadAsync(stream, null, default)).BrokenAt);
    }

    [Theory]
    [InlineData("garbage without end or sense")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>no")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<html>a portal</html>")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 99999999999\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\nx")]
    [InlineData("")]
    public async Task AServerThatTalksNonsenseIsReportedAndTheNextRunGoesOn(string nonsense)
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "first\n");
        await one.SyncAsync();
        one.Write("notes/b.md", "second\n");
        await _phones.Server.StopAsync();
        using (var listener = new TcpListener(IPAddress.Loopback, _phones.Server.BaseAddress.Port))
        {
            listener.Start();
            var serving = AnswerAsync(listener, nonsense);
            var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => one.SyncAsync().WaitAsync(TimeSpan.FromMinutes(2)));
            Assert.True(refused.Message.Length > 20);
            Assert.False(one.Look().Kinds[1].Safe == 2);
            listener.Stop();
            await serving;
        }
        await _phones.Server.RestartAsync();
        Assert.Equal((2, 2), ((int)(await one.SyncAsync()).Kinds[1].Seen, one.Device.Store.Heads(Kind.Notes).Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")]
    public async Task AServerThatFallsSilentIsNotWaitedForForEver(string before)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sockets = new List<Socket>();
        var serving = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var socket = await listener.AcceptSocketAsync();
                    sockets.Add(socket);
                    await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(before));
                }
            }
            catch (SocketException)
            {
                // Stopped.
            }
        });
        string file = Path.Combine(_phones.Root, "silent.jsonl");
        using (var ledger = Ledger.Open(file, TimeProvider.System))
        using (var gate = new Candor.Client.Gate.Gate(ledger, TimeSpan.FromMilliseconds(200)))
        using (var me = Candor.Sealing.HolderSecret.GenerateDevice())
        {
            var api = new ServerApi(gate, new($"http://{listener.LocalEndpoint}"), me, TimeProvider.System);
            var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetServerInfoAsync(default).WaitAsync(TimeSpan.FromMinutes(1)));
            Assert.Equal(ServerRefusedException.Unreachable, refused.Name);
        }
        listener.Stop();
        await serving;
        sockets.ForEach(s => s.Dispose());
        Assert.Contains("\"ev\":\"cut\"", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Attack("S16")]
    [Theory]
    [InlineData(3650)]
    [InlineData(-3650)]
    public async Task AClockThatIsTenYearsOffHoldsNobodyUp(int days)
    {
        var right = await _phones.JoinAsync("right", Kind.Notes);
        right.Write("notes/a.md", "eins\nzwei\ndrei\n");
        await right.SyncAsync();
        _phones.Clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(days));
        var wrong = await _phones.JoinAsync("wrong", Kind.Notes);
        await wrong.SyncAsync();
        wrong.Write("notes/a.md", "EINS\nzwei\ndrei\n");
        wrong.Write("notes/b.md", "from another time\n");
        right.Write("notes/a.md", "eins\nzwei\nDREI\n");
        await wrong.SyncAsync();
        for (int i = 0; i < 2; i++)
        {
            await right.SyncAsync();
            await wrong.SyncAsync();
        }
        foreach (var phone in new[] { right, wrong })
        {
            Assert.Equal("EINS\nzwei\nDREI\n", phone.Read("notes/a.md"));
            Assert.Equal("from another time\n", phone.Read("notes/b.md"));
        }
        Assert.All((await right.SyncAsync()).Kinds, k => Assert.Equal((0L, 0L), (k.Sent, k.Received)));
    }

    [Fact]
    public async Task AClockThatIsOffIsFoundOutByAPushTooAndThePushGoesThrough()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(3));
        _phones.Clock = clock;
        var one = await _phones.JoinAsync("one", Kind.Notes);
        long before = one.Device.Account.Size;
        // After a day of silence there is something to say.
        clock.Advance(TimeSpan.FromHours(25));
        // What a program that has just started asks first, with nothing heard of the server's time yet.
        one = _phones.Reopen(one);
        await one.Device.Account.SayAliveAsync(default);
        Assert.Equal(before + 1, one.Device.Account.Size);
    }

    [Fact]
    public async Task TwoProgramsOnOneHomeIsRefusedWithoutHarm()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "text\n");
        var refused = Assert.Throws<DeviceException>(() => Candor.Client.Devices.Device.Open(one.Device.Home.Path, TimeProvider.System));
        Assert.Contains(one.Device.Home.Path, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DeviceException>(() => Candor.Client.Devices.Device.RecoverAsync(one.Device.Home.Path, _phones.Address, "x", _phones.Words, TimeProvider.System, default));
        Assert.Equal(1, (await one.SyncAsync()).Kinds[1].Safe);
        one = _phones.Reopen(one);
        Assert.Equal(1, (await one.SyncAsync()).Kinds[1].Safe);
    }

    [Fact]
    public async Task AFolderThatGoesAwayHalfWayRemovesNothing()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        for (int i = 0; i < 5; i++) one.Write($"notes/{i}.md", $"note {i}\n");
        await one.SyncAsync();
        for (int i = 0; i < 200; i++) one.Write($"photos/{i}.jpg", RandomNumberGenerator.GetBytes(3000));
        one.Write("notes/3.md", "changed\n");
        string away = one.Folder + "-away";
        var gone = new Progress(p => { if (p is { Stage: Stage.Sending, Kind: Kind.Photos, Items: > 30 } && Directory.Exists(one.Folder)) Directory.Move(one.Folder, away); });
        FolderReport? report = null;
        try
        {
            report = await DeviceFolder.Open(one.Device, one.Folder).RunAsync(FolderMode.Sync, new(), gone, default);
        }
        catch (FolderGoneException)
        {
            // Also well said.
        }
        Assert.True(Directory.Exists(away));
        if (report is not null)
        {
            Assert.NotEmpty(report.Kinds[3].Troubles);
            Assert.All(report.Kinds, k => Assert.Equal((0L, 0L), (k.Removed, k.Unexplained)));
        }
        Assert.False(Directory.Exists(one.Folder));
        Assert.Throws<DeviceException>(() => one.Look());
        Directory.Move(away, one.Folder);
        report = await one.SyncAsync();
        Assert.All(report.Kinds.Where(k => k.On), k => Assert.Equal((k.Seen, 0L, 0L), (k.Safe, k.Removed, k.Unexplained)));
        Assert.Equal((5, 200), ((int)report.Kinds[1].Seen, (int)report.Kinds[3].Seen));
    }

    private static bool CanMount => OperatingSystem.IsLinux() && Environment.UserName == "root";

    private async Task<string> MountAsync(string name, string size)
    {
        string at = Directory.CreateDirectory(Path.Combine(_phones.Root, name)).FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", at);
        _mounted.Add(at);
        return at;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await process.StandardError.ReadToEndAsync());
    }

    private static void AssertSame(Phone one, Phone two, string path) => Assert.Equal(File.ReadAllBytes(Path.Combine(one.Folder, path)), File.ReadAllBytes(Path.Combine(two.Folder, path)));

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptSocketAsync();
                await socket.ReceiveAsync(new byte[1 << 16]);
                await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(answer));
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
    }

    internal sealed class Progress(Action<WorkProgress> told) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => told(value);
    }
}
