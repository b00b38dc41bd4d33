using System.Net;
using System.Net.Sockets;
using System.Text;
using Candor.Client.Devices;
using Candor.Client.Shelf;
using Candor.Tests.Cli;
using Candor.Tests.EndToEnd;
using Candor.Tests.Faults;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Shelf;

/// <summary>What is public is asked for in words that are the same from everyone, at moments that say nothing, and nobody writes down who asked.</summary>
public sealed class NobodyIsKnownTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-nobody-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TwoDevicesOfDifferentAccountsAndPlacesSendTheSameBytesForEverythingPublic()
    {
        await using var server = await TestServer.StartAsync(dataFolder: Path.Combine(_folder, "server"));
        await KeepAsync(server.DataFolder, server.BaseAddress);
        await using var tap = new WireTap(server.BaseAddress);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(7));
        clock.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("far", TimeSpan.FromHours(13), "far", "far"));
        byte[] first = await FetchAllAsync("Ana's phone in Bogotá", TimeProvider.System);
        await ShelfKeeper.DoneAsync("shelf", "timestamp", "--data", server.DataFolder);
        byte[] second = await FetchAllAsync("بيت", clock);
        Assert.Equal(Encoding.Latin1.GetString(first), Encoding.Latin1.GetString(second));

        // And there is nothing in them but what to fetch: the same three lines, and the range of a download that went on.
        string[] heads = Encoding.Latin1.GetString(first).Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, heads.Length);
        int ranges = 0;
        foreach (string head in heads)
        {
            string[] lines = head.Split("\r\n");
            Assert.Matches(@"^GET /shelf/[A-Za-z0-9./_-]+ HTTP/1\.1$", lines[0]);
            Assert.Equal($"Host: {tap.Address.Authority}", lines[1]);
            Assert.Equal("User-Agent: Candor/1", lines[2]);
            if (lines.Length > 3) Assert.Matches("^Range: bytes=[0-9]+-$", lines[3]);
            ranges += lines.Length - 3;
        }
        Assert.Equal(1, ranges);

        // Trust, list twice, fetch one, half of which is there; around it the account is used.
        async Task<byte[]> FetchAllAsync(string name, TimeProvider time)
        {
            using var candor = new CandorHere { Clock = time };
            int before = tap.Up.Count;
            await File.WriteAllTextAsync(candor.InFolder("kit.txt"), RecoveryWords.Generate());
            // The account's own requests are dated and signed; they go another way, and at this clock they would be refused.
            if (time == TimeProvider.System) Assert.Equal(0, (await candor.RunAsync("join", server.BaseAddress.Authority, "--words-from", candor.InFolder("kit.txt"), "--name", name)).Code);
            Assert.Equal(0, (await candor.RunAsync("updates", "trust", tap.Address.Authority, "--yes")).Code);
            Assert.Equal(0, (await candor.RunAsync("updates", "--device", name == "بيت" ? "cheetah" : "panther")).Code);
            if (time == TimeProvider.System) Assert.Equal(0, (await candor.RunAsync("devices")).Code);
            Assert.Equal(0, (await candor.RunAsync("updates", "--json")).Code);
            Directory.CreateDirectory(candor.InFolder("down"));
            File.WriteAllBytes(candor.InFolder("down", "one.zip.part"), OtaZip.Make(payload: OtaZip.Payload(40_000))[..20_000]);
            var got = await candor.RunAsync("updates", "get", "one.zip", "--unlogged", "--to", candor.InFolder("down"));
            Assert.True(got.Code == 0, got.Error);
            return [.. tap.Up.Skip(before).SelectMany(b => b)];
        }
    }

    [Fact]
    public void AskingIsOnceADayAtAMomentThatUseDoesNotMove()
    {
        var start = new DateTimeOffset(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
        var schedule = new ShelfSchedule([.. Enumerable.Repeat((byte)7, 32)]);
        var moments = new List<DateTimeOffset>();
        for (var time = start; moments.Count < 400;) moments.Add(time = schedule.After(time));
        Assert.Equal(Enumerable.Range(0, 400).Select(i => start.AddDays(i).UtcDateTime.Date), moments.Select(m => m.UtcDateTime.Date));
        // Whenever and however often it is looked at, the moments are the same ones.
        foreach (int minutes in (int[])[1, 13, 777, 1439, 5000]) Assert.Equal(moments.First(m => m > start.AddMinutes(minutes)), schedule.After(start.AddMinutes(minutes)));
        // All over the day, and another device's are others: each quarter of a day has its share of 400 (100, ± 5 standard deviations of 8.7).
        var quarters = moments.GroupBy(m => m.Hour / 6).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(Enumerable.Range(0, 4), q => Assert.InRange(quarters[q], 57, 143));
        var other = new ShelfSchedule([.. Enumerable.Repeat((byte)8, 32)]);
        Assert.NotEqual(schedule.After(start), other.After(start));
        // Drawn once and kept.
        string file = Path.Combine(_folder, "schedule");
        Assert.Equal(ShelfSchedule.Open(file).After(start), ShelfSchedule.Open(file).After(start));
        Assert.NotEqual(ShelfSchedule.Open(file).After(start), ShelfSchedule.Open(file + "2").After(start));
    }

    [Fact]
    public async Task ADeviceThatWaitsAsksAtItsMomentAndTellsOfWhatIsNewOnce()
    {
        await using var server = await TestServer.StartAsync(dataFolder: Path.Combine(_folder, "server"));
        await KeepAsync(server.DataFolder, server.BaseAddress);
        await using var tap = new WireTap(server.BaseAddress);
        var clock = new WaitedClock(DateTimeOffset.UtcNow);
        using var candor = new CandorHere { Clock = clock };
        Assert.Equal(0, (await candor.RunAsync("updates", "trust", tap.Address.Authority, "--yes")).Code);
        int before = tap.Requests().Whole.Count;
        using var stop = new CancellationTokenSource();
        int waits = clock.Waits;
        var run = candor.RunAsync(null, stop.Token, "updates", "--wait");
        Assert.True(await Eventually.HoldsAsync(() => clock.Waits > waits), candor.Showing?.ToString());
        var results = candor.Results!;
        var schedule = ShelfSchedule.Open(Path.Combine(candor.Home, "shelf", "schedule"));
        var moment = schedule.After(clock.GetUtcNow());
        clock.Advance((moment - clock.GetUtcNow()) * 0.999);
        await Task.Delay(200);
        Assert.Equal(before, tap.Requests().Whole.Count);
        clock.Advance(moment - clock.GetUtcNow());
        await Eventually.HoldsAsync(() => results.ToString().Contains("one.zip", StringComparison.Ordinal));
        Assert.Contains("one.zip", results.ToString(), StringComparison.Ordinal);
        Assert.True(tap.Requests().Whole.Count > before);
        await stop.CancelAsync();
        Assert.Equal(130, (await run).Code);
        Assert.DoesNotContain("(new)", (await candor.RunAsync("updates")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheServerWritesDownNobodyWhoAsksForTheShelf()
    {
        string data = Path.Combine(_folder, "server");
        using var program = new ServerProgram(data, "trace");
        await KeepAsync(data, program.Address);
        program.Start();
        // An address that nothing else has.
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.77.5.9"), 0));
                await socket.ConnectAsync(IPAddress.Loopback, program.Address.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        await program.ReadyAsync(http);
        http.DefaultRequestHeaders.Add("User-Agent", "canary-agent");
        foreach (string path in (string[])["metadata/timestamp.json", "metadata/99.root.json", "lineage/panther/nightly", "graphene/panther-nightly", "targets/none", "metadata/timestamp.json?canary-query"])
        {
            using var answer = await http.GetAsync(new Uri(program.Address, $"/shelf/{path}"));
            Assert.Contains((int)answer.StatusCode, (int[])[200, 404, 400]);
            Assert.DoesNotContain(answer.Headers, h => h.Key is "Set-Cookie" or "ETag");
        }
        program.Kill();
        Assert.Contains("is ready at", program.Printed, StringComparison.Ordinal);
        foreach (string canary in (string[])["127.77.5.9", "canary-agent", "canary-query"])
        {
            Assert.DoesNotContain(canary, program.Printed, StringComparison.Ordinal);
            foreach (string file in Directory.GetFiles(data, "*", SearchOption.AllDirectories)) Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(canary)) < 0, $"{canary} is in {file}");
        }
    }

    private async Task KeepAsync(string data, Uri address)
    {
        var keeper = new ShelfKeeper(_folder, data);
        await keeper.CeremonyAsync();
        await keeper.UpdateAsync("one.zip", OtaZip.Make(payload: OtaZip.Payload(40_000)), "panther", "nightly", "22.1", "--address", address.GetLeftPart(UriPartial.Authority));
    }
}
