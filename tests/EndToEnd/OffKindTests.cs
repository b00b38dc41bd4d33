using System.Diagnostics;
using System.Security.Cryptography;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Store;
using Candor.Protocol;
using Candor.Tests.Hostile;
using Microsoft.Data.Sqlite;

namespace Candor.Tests.EndToEnd;

/// <summary>Promises P3 and P6: of a kind that is off there is no key on the device, and none of its files is opened; off half-way stops what is under way.</summary>
public sealed class OffKindTests : IAsyncLifetime
{
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Attack("G01")]
    [Fact]
    public async Task AKindThatIsOffHasNoKeyOnTheDevice()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        one.Write("photos/p.jpg", RandomNumberGenerator.GetBytes(5000));
        one.Write("notes/n.md", "text\n");
        await one.SyncAsync();
        Assert.Equal(["notes", "photos"], KindsWithKeys(one));
        await one.Device.Account.TurnOffAsync(Kind.Photos, default);
        Assert.Null(one.Device.Account.KeysOf(Kind.Photos));
        Assert.Null(one.Device.Account.KeysOf(Kind.Contacts));
        Assert.Equal(["notes"], KindsWithKeys(one));
        one = _phones.Reopen(one);
        Assert.Equal(["notes"], KindsWithKeys(one));
        Assert.Null(one.Device.Account.KeysOf(Kind.Photos));

        // A second device, on which only notes are on, never gets the key of another kind.
        var two = await _phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync();
        Assert.Equal(["notes"], KindsWithKeys(two));
        Assert.Equal(["notes/n.md"], two.Files(""));
    }

    [Attack("G01")]
    [Fact]
    public async Task AFileOfAKindThatIsOffIsNotOpened()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/n.md", "text\n");
        // Whoever opens one of these wakes the writer that waits at its other end.
        string[] traps = ["photos/trap.jpg", "DCIM/trap.jpg", "contacts/trap.vcf", "messages/trap.xml"];
        Task[] waiting = [.. traps.Select(t => Trap(one, t))];
        var report = await one.SyncAsync();
        await one.BackupAsync();
        one.Look();
        Assert.Equal((1, 1), ((int)report.Kinds[1].Seen, (int)report.Kinds[1].Safe));
        await Task.Delay(100);
        bool[] opened = [.. waiting.Select(t => t.IsCompleted)];
        for (int i = 0; i < traps.Length; i++)
        {
            if (!opened[i]) await OpenAsync(Path.Combine(one.Folder, traps[i]));
        }
        await Task.WhenAll(waiting);
        Assert.DoesNotContain(true, opened);
    }

    [Fact]
    public async Task APipeAmongTheFilesIsNamedAndHoldsNothingUp()
    {
        var one = await _phones.JoinAsync("one", Kind.Photos);
        one.Write("photos/p.jpg", RandomNumberGenerator.GetBytes(5000));
        one.Write("photos/empty.jpg", []);
        await MakePipeAsync(Path.Combine(one.Folder, "photos/pipe.jpg"));
        var report = await one.SyncAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, report.Kinds[3].Safe);
        Assert.Equal("photos/pipe.jpg", Assert.Single(report.Kinds[3].Troubles).Item);
    }

    [Attack("G02")]
    [Fact]
    public async Task OffHalfWayStopsWhatIsUnderWayWithinARequest()
    {
        await using var tap = new WireTap(_phones.Server.BaseAddress);
        _phones.Address = tap.Address;
        var one = await _phones.JoinAsync("one", Kind.Photos);
        for (int i = 0; i < 400; i++) one.Write($"photos/{i}.jpg", RandomNumberGenerator.GetBytes(20_000));
        // The same device's off, as it would come from another of its programs.
        using var store = LocalStore.Open(Path.Combine(_phones.Root, "other.db"));
        using var other = new Account(one.Device.Api, store, one.Device.Me, one.Device.Account.Id, await Candor.Client.Devices.Device.KeyOfAsync(one.Device.Api, default), TimeProvider.System);
        await other.PullAsync(default);
        var syncing = one.SyncAsync();
        int Puts() => tap.Requests().Whole.Count(r => r.Line.StartsWith("PUT", StringComparison.Ordinal));
        while (Puts() < 10 && !syncing.IsCompleted) await Task.Delay(1);
        await other.TurnOffAsync(Kind.Photos, default);
        int atOff = Puts();
        var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => syncing);
        Assert.Equal((ErrorName.ConsentRequired, 403), (refused.Name, refused.Status));
        // One request for each file that was in hand.
        Assert.InRange(Puts(), atOff, atOff + 4);

        int before = Puts();
        var report = await one.SyncAsync();
        Assert.False(report.Kinds[3].On);
        Assert.Equal(before, Puts());
        Assert.Empty(KindsWithKeys(one));
        Assert.Equal(400, one.Files("photos").Length);

        // On again, nothing is missing.
        await one.Device.Account.TurnOnAsync(Kind.Photos, "de", "Photos", default);
        Assert.Equal((400, 400), ((int)(report = await one.SyncAsync()).Kinds[3].Seen, (int)report.Kinds[3].Safe));
    }

    private static string[] KindsWithKeys(Phone phone)
    {
        using var db = new SqliteConnection($"Data Source={phone.Device.Home.StoreFile};Mode=ReadOnly;Pooling=False");
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = "SELECT DISTINCT kind FROM vaults ORDER BY kind";
        using var reader = command.ExecuteReader();
        var kinds = new List<string>();
        while (reader.Read()) kinds.Add(((Kind)reader.GetInt32(0)).Word());
        return [.. kinds];
    }

    private static Task Trap(Phone phone, string path)
    {
        string full = Path.Combine(phone.Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        MakePipeAsync(full).GetAwaiter().GetResult();
        return Task.Factory.StartNew(() => { using var writer = new FileStream(full, FileMode.Open, FileAccess.Write); }, TaskCreationOptions.LongRunning);
    }

    private static Task OpenAsync(string pipe) => Task.Run(() => { using var reader = new FileStream(pipe, FileMode.Open, FileAccess.Read); });

    private static async Task MakePipeAsync(string path)
    {
        using var mkfifo = Process.Start("mkfifo", [path]);
        await mkfifo.WaitForExitAsync();
        Assert.Equal(0, mkfifo.ExitCode);
    }
}
