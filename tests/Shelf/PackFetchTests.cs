using System.Text;
using System.Text.Json;
using Candor.Client.Shelf;
using Candor.Server.Shelf;
using Candor.Shelf.Packs;
using Candor.Tests.Cli;
using Candor.Tests.EndToEnd;
using Candor.Tests.Server;

namespace Candor.Tests.Shelf;

/// <summary>candor greet --fetch: the packs of a shelf, all of them, verified.</summary>
public sealed class PackFetchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-packs-").FullName;
    private int _drafts = 1;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PacksComeWholeInEveryLanguageAndTheLastGoodOneStays()
    {
        await using var server = await TestServer.StartAsync(dataFolder: Path.Combine(_folder, "server"));
        var keeper = new ShelfKeeper(_folder, server.DataFolder);
        await keeper.CeremonyAsync();
        await PutAsync(keeper, server, "club.en", Pack("en", 1, "Good morning from the club"));
        await PutAsync(keeper, server, "club.eo", Pack("eo", 1, "Bonan matenon de la klubo"));
        await using var tap = new WireTap(server.BaseAddress);
        using var candor = new CandorHere();

        // Without a trusted shelf nothing is asked; without --fetch nothing ever is.
        var untrusted = await candor.RunAsync("greet", "--fetch");
        Assert.Equal(3, untrusted.Code);
        Assert.Contains("candor updates trust SERVER", untrusted.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await candor.RunAsync("updates", "trust", tap.Address.Authority, "--yes")).Code);
        int asked = tap.Requests().Whole.Count;
        Assert.Equal(0, (await candor.RunAsync("greet", "good-morning")).Code);
        Assert.Equal(asked, tap.Requests().Whole.Count);

        var first = await candor.RunAsync("greet", "--fetch", "--unlogged", "--json");
        Assert.True(first.Code == 0, first.Error);
        Assert.Equal("club.en club.eo", string.Join(' ', JsonDocument.Parse(first.Out).RootElement.GetProperty("new").EnumerateArray().Select(n => n.GetString())));
        Assert.Contains("Bonan matenon de la klubo", (await candor.RunAsync("greet", "good-morning", "--language", "eo", "--count", "50")).Out, StringComparison.Ordinal);
        Assert.Contains("nothing new", (await candor.RunAsync("greet", "--fetch", "--unlogged")).Out, StringComparison.Ordinal);

        // Another device, of other people in another language: the same bytes.
        byte[] ours = [.. tap.Up.SelectMany(b => b)];
        using var other = new CandorHere();
        int before = tap.Up.Count;
        Assert.Equal(0, (await other.RunAsync("updates", "trust", tap.Address.Authority, "--yes")).Code);
        Assert.Equal(0, (await other.RunAsync("greet", "--fetch", "--unlogged")).Code);
        Assert.Equal(0, (await other.RunAsync("greet", "--fetch", "--unlogged", "--json")).Code);
        Assert.Equal(Encoding.Latin1.GetString(ours), Encoding.Latin1.GetString([.. tap.Up.Skip(before).SelectMany(b => b)]));

        // A newer one replaces it; bytes that are not the listed ones, and a file that is no pack, do not.
        await PutAsync(keeper, server, "club.en", Pack("en", 2, "Good morning again"));
        Assert.Contains("new: club.en.", (await candor.RunAsync("greet", "--fetch", "--unlogged")).Out, StringComparison.Ordinal);
        await PutAsync(keeper, server, "club.en", Pack("en", 3, "Good morning a third time"));
        string served = Directory.GetFiles(Path.Combine(server.DataFolder, "shelf", "targets", "packs"), "*.club.en.pack").OrderByDescending(File.GetLastWriteTimeUtc).First();
        byte[] damaged = File.ReadAllBytes(served);
        damaged[100] ^= 1;
        File.WriteAllBytes(served, damaged);
        await KeepsAsync(candor, "is not the file that the shelf lists");
        await PutAsync(keeper, server, "club.en", new byte[GreetingPack.Smallest]);
        await KeepsAsync(candor, "can be read");

        // What its keepers take off goes, and what was put here by hand stays.
        string own = Path.Combine(candor.Home, "shelf", "greetings", "own.pack");
        File.WriteAllBytes(own, Pack("en", 1, "From a friend").Encode());
        await ShelfKeeper.DoneAsync("shelf", "remove", "--data", server.DataFolder, "--as", "packs/club.en.pack");
        await SignAsync(keeper);
        Assert.Contains("taken off: club.en.", (await candor.RunAsync("greet", "--fetch", "--unlogged")).Out, StringComparison.Ordinal);
        string now = (await candor.RunAsync("greet", "good-morning", "--language", "en", "--count", "200")).Out;
        Assert.DoesNotContain("Good morning again", now, StringComparison.Ordinal);
        Assert.Contains("From a friend", now, StringComparison.Ordinal);
        Assert.Equal(2, (await candor.RunAsync("greet", "diwali", "--fetch")).Code);
        Assert.Equal(2, (await candor.RunAsync("greet", "--wait")).Code);
        Assert.Equal(2, (await candor.RunAsync("greet", "--unlogged")).Code);

        // That server keeps no log: without a word of the person nothing is taken by the keepers' signatures alone.
        var none = await candor.RunAsync("greet", "--fetch");
        Assert.Equal(3, none.Code);
        Assert.Contains("no public log", none.Error, StringComparison.Ordinal);
        Assert.Contains("--unlogged", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APackThatIsSignedAndInNoPublicLogIsNotTaken()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        var keeper = new ShelfKeeper(_folder, server.DataFolder);
        await keeper.CeremonyAsync();
        await PutAsync(keeper, server, "club.en", Pack("en", 1, "Good morning again"));
        using var candor = new CandorHere();
        Assert.Equal(0, (await candor.RunAsync("updates", "trust", server.BaseAddress.Authority, "--yes")).Code);
        var first = await candor.RunAsync("greet", "--fetch");
        Assert.True(first.Code == 0, first.Error);
        Assert.Contains("new: club.en.", first.Out, StringComparison.Ordinal);

        // For one victim: the keepers' keys sign, and nothing is said in the log.
        foreach (var (name, pack) in ((string, GreetingPack)[])[("club.en", Pack("en", 2, "Good morning, victim")), ("club.eo", Pack("eo", 1, "Bonan matenon, viktimo"))])
        {
            string file = Path.Combine(_folder, name + ".secret");
            File.WriteAllBytes(file, pack.Encode());
            var secretly = new ShelfRepository(Path.Combine(server.DataFolder, "shelf"), File.WriteAllBytes, (from, to) => File.Copy(from, to, overwrite: true), TimeProvider.System);
            secretly.Add($"packs/{name}.pack", file, default);
            await keeper.SignAsync($"{++_drafts}.packs.json", "p");
            secretly.Publish(release: null);
        }
        await KeepsAsync(candor, "made for you alone", "--fetch");
        Assert.DoesNotContain("viktimo", (await candor.RunAsync("greet", "good-morning", "--language", "eo", "--count", "50")).Out, StringComparison.Ordinal);
        // The others of the shelf come all the same.
        await PutAsync(keeper, server, "club.fr", Pack("fr", 1, "Bonjour du club"));
        var more = await candor.RunAsync("greet", "--fetch");
        Assert.Equal(4, more.Code);
        Assert.Contains("new: club.fr.", more.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatAShelfShowedBeforeItsServerKeptALogIsSaidThereAtItsStart()
    {
        string data = Path.Combine(_folder, "server");
        var keeper = new ShelfKeeper(_folder, data);
        await using (await TestServer.StartAsync(s => s with { Name = "cloud.example" }, dataFolder: data))
        {
            await keeper.CeremonyAsync();
            string file = Path.Combine(_folder, "club.en.pack");
            File.WriteAllBytes(file, Pack("en", 1, "Good morning again").Encode());
            await ShelfKeeper.DoneAsync("shelf", "add", "--data", data, "--file", file, "--as", "packs/club.en.pack");
            await SignAsync(keeper);
        }
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" }, dataFolder: data);
        using var candor = new CandorHere();
        Assert.Equal(0, (await candor.RunAsync("updates", "trust", server.BaseAddress.Authority, "--yes")).Code);
        Assert.True(await Eventually.HoldsAsync(async () => (await candor.RunAsync("greet", "--fetch")).Code == 0));
        Assert.Contains("Good morning again", (await candor.RunAsync("greet", "good-morning", "--language", "en", "--count", "200")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceThatWaitsFetchesAtItsMomentWhateverIsDoneOnItMeanwhile()
    {
        await using var server = await TestServer.StartAsync();
        var keeper = new ShelfKeeper(_folder, server.DataFolder);
        await keeper.CeremonyAsync();
        await PutAsync(keeper, server, "club.eo", Pack("eo", 1, "Bonan matenon de la klubo"));
        await using var tap = new WireTap(server.BaseAddress);
        var clock = new WaitedClock(DateTimeOffset.UtcNow);
        using var candor = new CandorHere { Clock = clock };
        Assert.Equal(0, (await candor.RunAsync("updates", "trust", tap.Address.Authority, "--yes")).Code);
        using var stop = new CancellationTokenSource();
        int waits = clock.Waits;
        var waiting = candor.RunAsync(null, stop.Token, "greet", "--fetch", "--wait", "--unlogged");
        Assert.True(await Eventually.HoldsAsync(() => clock.Waits > waits), candor.Showing?.ToString());
        var results = candor.Results!;
        var schedule = ShelfSchedule.Open(Path.Combine(candor.Home, "shelf", "schedule"));
        var moment = schedule.After(clock.GetUtcNow());
        // Greetings are read and the list of updates is asked for by hand: the moment is the same one, and not a request comes of it before.
        Assert.Equal(0, (await candor.RunAsync("greet", "good-morning", "--language", "eo")).Code);
        Assert.Equal(0, (await candor.RunAsync("updates")).Code);
        Assert.Equal(moment, ShelfSchedule.Open(Path.Combine(candor.Home, "shelf", "schedule")).After(clock.GetUtcNow()));
        int before = tap.Requests().Whole.Count;
        clock.Advance((moment - clock.GetUtcNow()) * 0.999);
        await Task.Delay(200);
        Assert.Equal(before, tap.Requests().Whole.Count);
        clock.Advance(moment - clock.GetUtcNow());
        await Eventually.HoldsAsync(() => results.ToString().Contains("new: club.eo", StringComparison.Ordinal));
        Assert.Contains("new: club.eo", results.ToString(), StringComparison.Ordinal);
        Assert.True(tap.Requests().Whole.Count > before);
        await stop.CancelAsync();
        Assert.Equal(130, (await waiting).Code);
    }

    private static async Task KeepsAsync(CandorHere candor, string said, params string[] how)
    {
        var run = await candor.RunAsync(["greet", .. how is [] ? ["--fetch", "--unlogged"] : how]);
        Assert.Equal(4, run.Code);
        Assert.Contains(said == "can be read" ? "What was here before stays in use." : said, run.Error, StringComparison.Ordinal);
        Assert.Contains("Good morning again", (await candor.RunAsync("greet", "good-morning", "--language", "en", "--count", "200")).Out, StringComparison.Ordinal);
    }

    private static GreetingPack Pack(string language, long version, string text) =>
        GreetingPack.Build("club", language, version, [new("good-morning", GreetingKind.Message, text, "the club", "CC0-1.0")]);

    private Task PutAsync(ShelfKeeper keeper, TestServer server, string name, GreetingPack pack) => PutAsync(keeper, server, name, pack.Encode());

    private async Task PutAsync(ShelfKeeper keeper, TestServer server, string name, byte[] bytes)
    {
        string file = Path.Combine(_folder, name + ".pack");
        File.WriteAllBytes(file, bytes);
        await ShelfKeeper.DoneAsync("shelf", "add", "--data", server.DataFolder, "--file", file, "--as", $"packs/{name}.pack");
        await SignAsync(keeper);
    }

    private async Task SignAsync(ShelfKeeper keeper)
    {
        await keeper.SignAsync($"{++_drafts}.packs.json", "p");
        await keeper.PublishAsync();
    }
}
