using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Server.Shelf;
using Candor.Shelf.Updates;
using Candor.Tests.Cli;
using Candor.Tests.Hostile;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Shelf;

/// <summary>One release, published once, as candor and the updaters of phones see it; and what a server that lies about it achieves.</summary>
public sealed class UpdateTests : IAsyncLifetime
{
    private const string File1 = "lineage-22.1-panther.zip";

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-updates-").FullName;
    private readonly CandorHere _candor = new();
    private TestServer _server = null!;
    private ShelfKeeper _keeper = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _keeper = new(_folder, _server.DataFolder);
        await _keeper.CeremonyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Address => _server.BaseAddress.ToString().TrimEnd('/');

    private string To => _candor.InFolder("downloads");

    [Fact]
    public async Task AReleaseIsToldOfFetchedWithResumeAndCheckedByCandor()
    {
        byte[] zip = OtaZip.Make(payload: OtaZip.Payload(300_000));
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "The camera is faster.\r\nOne hole less.\r\n");
        string said = await _keeper.UpdateAsync(File1, zip, "panther", "nightly", "22.1", "--address", Address, "--notes", Path.Combine(_folder, "notes.txt"));
        Assert.Contains("payload and properties agree", said, StringComparison.Ordinal);

        Assert.Contains("candor updates trust", (await _candor.RunAsync("updates")).Error, StringComparison.Ordinal);
        var asked = await _candor.RunAsync(screen => screen.EndsWith("[y/N] ", StringComparison.Ordinal) ? "y" : null, default, "updates", "trust", Address);
        Assert.True(asked.Code == 0, asked.Error);
        Assert.Contains("at least 2 of 3 keys", asked.Out, StringComparison.Ordinal);
        Assert.Contains("came from the server itself", asked.Error, StringComparison.Ordinal);

        var list = await _candor.RunAsync("updates");
        Assert.True(list.Code == 0, list.Error);
        Assert.Equal($"{File1}  (new)\n  panther, nightly: version 22.1, build eng.1 of 2025-11-23, security patch 2026-11-05; {Candor.Cli.Screens.Wording.Bytes(zip.Length)}\n    The camera is faster.\n    One hole less.\n", list.Out);
        Assert.DoesNotContain("(new)", (await _candor.RunAsync("updates", "--device", "panther")).Out, StringComparison.Ordinal);
        Assert.Contains("nothing of that", (await _candor.RunAsync("updates", "--device", "cheetah")).Out, StringComparison.Ordinal);

        // What came before a break is gone on with.
        Directory.CreateDirectory(To);
        File.WriteAllBytes(Path.Combine(To, File1 + ".part"), zip[..100_000]);
        var got = await _candor.RunAsync("updates", "get", File1, "--unlogged", "--to", To, "--json");
        Assert.True(got.Code == 0, got.Error);
        Assert.Equal(zip, File.ReadAllBytes(Path.Combine(To, File1)));
        using var json = JsonDocument.Parse(got.Out);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(zip)), json.RootElement.GetProperty("update").GetProperty("sha256").GetString());
        string ledger = File.ReadAllText(Path.Combine(_candor.Home, "ledger.jsonl"));
        Assert.Contains("\"status\":206", ledger, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_candor.Home, "device.key")), "Looking at updates makes no account and no key.");
    }

    [Fact]
    public async Task TheUpdatersOfLineageAndGrapheneReadTheSameRelease()
    {
        byte[] full = OtaZip.Make(payload: OtaZip.Payload(200_000)), step = OtaZip.Make(OtaZip.Build("eng.2", 1763900000, "eng.1"), OtaZip.Payload(9_000, 2)), next = OtaZip.Make(OtaZip.Build("eng.2", 1763900000), OtaZip.Payload(210_000, 3));
        await _keeper.UpdateAsync("one.zip", full, "panther", "nightly", "22.1", "--address", Address);
        string template = $"{Address}/shelf/lineage/{{device}}/{{type}}", below = $"{Address}/shelf/graphene/";
        var old = new Phone("panther", "NIGHTLY", "22.1", "eng.0", 1763000000);
        var offered = Assert.Single(await PhoneUpdaters.LineageAsync(_server.Http, template, old));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(full)), "one.zip", full.LongLength, true), (offered.Id, offered.Name, offered.Size, offered.Installs));
        Assert.Equal(full, await PhoneUpdaters.ResumeAsync(_server.Http, offered.Url, []));
        Assert.Equal(full, await PhoneUpdaters.ResumeAsync(_server.Http, offered.Url, full[..70_000]));
        Assert.Equal(full, await PhoneUpdaters.GrapheneAsync(_server.Http, below, old with { Channel = "nightly" }, []));

        await _keeper.UpdateAsync("two.zip", next, "panther", "nightly", "22.1");
        await _keeper.UpdateAsync("one-two.zip", step, "panther", "nightly", "22.1");
        Assert.Equal(["two.zip", "one.zip"], (await PhoneUpdaters.LineageAsync(_server.Http, template, old)).Select(o => o.Name));
        var phone = new Phone("panther", "nightly", "22.1", "eng.1", 1763856000);
        Assert.Equal(["two.zip"], (await PhoneUpdaters.LineageAsync(_server.Http, template, phone)).Select(o => o.Name));
        Assert.Equal(step, await PhoneUpdaters.GrapheneAsync(_server.Http, below, phone, []));
        Assert.Equal(next, await PhoneUpdaters.GrapheneAsync(_server.Http, below, phone with { Incremental = "eng.0" }, next[..1000]));
        Assert.Equal(next, await PhoneUpdaters.GrapheneAsync(_server.Http, below, phone with { Incremental = "eng.0" }, next));
        Assert.Null(await PhoneUpdaters.GrapheneAsync(_server.Http, below, phone with { Built = 1763900000 }, []));

        // Taken off: LineageOS's updater is told that there is nothing, GrapheneOS's finds no line.
        foreach (string name in (string[])["one.zip", "two.zip", "one-two.zip"]) await ShelfKeeper.DoneAsync("shelf", "remove", "--data", _server.DataFolder, "--as", $"updates/panther/nightly/{name}");
        await _keeper.SignAsync("5.targets.json", "t");
        await _keeper.PublishAsync();
        Assert.Empty(await PhoneUpdaters.LineageAsync(_server.Http, template, old));
        await Assert.ThrowsAsync<HttpRequestException>(() => PhoneUpdaters.GrapheneAsync(_server.Http, below, phone, []));
    }

    [Fact]
    public async Task AReleaseOfAProgramTravelsTheSameWay()
    {
        const string name = "candor-0.2.0-linux-x64.tar.gz";
        byte[] release = RandomNumberGenerator.GetBytes(150_000);
        string file = Path.Combine(_folder, name), notes = Path.Combine(_folder, "notes.txt");
        File.WriteAllBytes(file, release);
        File.WriteAllText(notes, "It is faster.\n");
        string[] publish = ["update", "publish", file, "--data", _server.DataFolder, "--program", "candor", "--system", "linux-x64", "--version", "0.2.0", "--notes", notes, "--key", _keeper.Key("t")];
        Assert.Contains($"version 0.2.0, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(release))}", await ShelfKeeper.DoneAsync(publish), StringComparison.Ordinal);
        await _keeper.UpdateAsync(File1, OtaZip.Make(), "panther", "nightly", "22.1", "--address", Address);

        Assert.Equal(0, (await _candor.RunAsync(_ => "y", default, "updates", "trust", Address)).Code);
        var list = await _candor.RunAsync("updates");
        Assert.EndsWith($"{name}  (new)\n  candor for linux-x64: version 0.2.0; {Candor.Cli.Screens.Wording.Bytes(release.Length)}\n    It is faster.\n", list.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(name, (await _candor.RunAsync("updates", "--device", "panther")).Out, StringComparison.Ordinal);
        using (var json = JsonDocument.Parse((await _candor.RunAsync("updates", "--json")).Out))
        {
            var program = Assert.Single(json.RootElement.GetProperty("programs").EnumerateArray());
            Assert.Equal(("candor", "linux-x64", false), (program.GetProperty("program").GetString(), program.GetProperty("system").GetString(), program.GetProperty("new").GetBoolean()));
            Assert.Single(json.RootElement.GetProperty("updates").EnumerateArray());
        }
        Directory.CreateDirectory(To);
        File.WriteAllBytes(Path.Combine(To, name + ".part"), release[..60_000]);
        var got = await _candor.RunAsync("updates", "get", name, "--unlogged", "--to", To);
        Assert.True(got.Code == 0, got.Error);
        Assert.Equal(release, File.ReadAllBytes(Path.Combine(To, name)));

        // A server that gives other bytes of it is refused, and what was there stays; so is a publisher who would change a release under its name.
        File.Move(Path.Combine(To, name), Path.Combine(To, "kept"));
        string stored = Assert.Single(Directory.GetFiles(_server.DataFolder, "*" + name, SearchOption.AllDirectories));
        File.WriteAllBytes(stored, [.. release[..^1], (byte)(release[^1] ^ 1)]);
        got = await _candor.RunAsync("updates", "get", name, "--unlogged", "--to", To);
        Assert.Equal(4, got.Code);
        Assert.Contains("is not the file that the shelf lists", got.Error, StringComparison.Ordinal);
        Assert.Equal(["kept"], Directory.GetFiles(To).Select(f => Path.GetFileName(f)));
        File.WriteAllBytes(file, [1, 2, 3]);
        var (code, _, errors) = await ShelfKeeper.RunAsync(publish);
        Assert.NotEqual(0, code);
        Assert.Contains("with other bytes", errors, StringComparison.Ordinal);
        (_, _, errors) = await ShelfKeeper.RunAsync([.. publish, "--device", "panther"]);
        Assert.Contains("has no device", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("programs/candor/linux-x64/a.tar.gz", true)]
    [InlineData("programs/candor/linux-x64/.a", false)]
    [InlineData("programs/candor/linux-x64/../a", false)]
    [InlineData("programs/candor/any/a.tar.gz", false)]
    [InlineData("updates/candor/linux-x64/a.tar.gz", false)]
    public void AnEntryOfAReleaseIsForItsPathAlone(string path, bool reads)
    {
        Assert.True(ProgramEntry.TryMake("candor", "linux-x64", "a.tar.gz", "0.2.0", "One\ntwo", out var entry, out string wrong), wrong);
        Assert.Equal(reads, ProgramEntry.TryRead(path, entry.Write(), out var read) && read == entry);
        Assert.False(ProgramEntry.TryMake("candor", "linux-x64", "a.tar.gz", "0.2.0", "\u001b[2J", out _, out _));
        Assert.False(ProgramEntry.TryMake("candor", "linux x64", "a.tar.gz", "0.2.0", "", out _, out _));
    }

    [Fact]
    public async Task WhatPhonesWouldNotTakeIsNotPublished()
    {
        await _keeper.UpdateAsync("one.zip", OtaZip.Make(), "panther", "nightly", "22.1", "--address", Address);
        await RefusesAsync(OtaZip.Make(OtaZip.Build("eng.0", 1763000000)), "before one.zip", "--device", "panther", "--channel", "nightly", "--version", "22.1");
        await RefusesAsync(OtaZip.Make(payload: OtaZip.Payload(5000, 2)), "another package of build eng.1", "--device", "panther", "--channel", "nightly", "--version", "22.1");
        await RefusesAsync(OtaZip.Make(), "for panther, not for cheetah", "--device", "cheetah", "--channel", "nightly", "--version", "22.1");
        await RefusesAsync(OtaZip.Make(), "no channel", "--device", "panther", "--channel", "Nightly-1", "--version", "22.1");
        await RefusesAsync(OtaZip.Make()[..300], "end is missing", "--device", "panther", "--channel", "nightly", "--version", "22.1");
        string draft = Path.Combine(_server.DataFolder, "shelf", "draft");
        Assert.Empty(Directory.GetFiles(draft, "*.json"));
    }

    [Attack("W05")]
    [Fact]
    public async Task W05_AServerThatLiesAboutUpdatesIsRefusedAndWhatWasFetchedStays()
    {
        byte[] zip = OtaZip.Make(payload: OtaZip.Payload(50_000));
        await _keeper.UpdateAsync("one.zip", zip, "panther", "nightly", "22.1", "--address", Address);
        await _candor.RunAsync("updates", "trust", Address, "--yes");
        Assert.Equal(0, (await _candor.RunAsync("updates", "get", "one.zip", "--unlogged", "--to", To)).Code);
        string moment = _keeper.Metadata("timestamp.json");
        byte[] early = File.ReadAllBytes(moment);

        // Other bytes under the name; then more and more of them.
        await _keeper.UpdateAsync("two.zip", OtaZip.Make(OtaZip.Build("eng.2", 1763900000), OtaZip.Payload(50_000, 2)), "panther", "nightly", "22.1");
        string served = Assert.Single(Directory.GetFiles(Path.Combine(_server.DataFolder, "shelf", "targets"), "*.two.zip", SearchOption.AllDirectories));
        byte[] good = File.ReadAllBytes(served);
        File.WriteAllBytes(served, OtaZip.Make(OtaZip.Build("eng.2", 1763900000), OtaZip.Payload(50_000, 3)));
        await AlarmsAsync("two.zip", "thrown away");
        File.WriteAllBytes(served, [.. good, .. good]);
        await AlarmsAsync("two.zip", "longer than");
        File.WriteAllBytes(served, good);

        // An older shelf, and one that nobody has vouched for lately.
        byte[] late = File.ReadAllBytes(moment);
        File.WriteAllBytes(moment, early);
        await AlarmsAsync("one.zip", "older shelf");
        File.WriteAllBytes(moment, late);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(5));
        using (var later = new CandorHere { Clock = clock })
        {
            await later.RunAsync("updates", "trust", Address, "--yes");
            var stale = await later.RunAsync("updates");
            Assert.Equal(3, stale.Code);
            Assert.Contains("out of date", stale.Error, StringComparison.Ordinal);
        }

        // One thief of one key of the root changes no root.
        File.Copy(_keeper.Metadata("1.root.json"), _keeper.Metadata("2.root.json"));
        await AlarmsAsync("one.zip", "root 2");
        File.Delete(_keeper.Metadata("2.root.json"));
        Assert.Equal(0, (await _candor.RunAsync("updates", "get", "two.zip", "--unlogged", "--to", To)).Code);
        Assert.Equal(zip, File.ReadAllBytes(Path.Combine(To, "one.zip")));
    }

    [Attack("W05")]
    [Fact]
    public async Task W05_AZipThatIsNotWhatItsKeeperSaysIsRefusedThoughItIsSigned()
    {
        byte[] honest = OtaZip.Make();
        await _keeper.UpdateAsync("one.zip", honest, "panther", "nightly", "22.1", "--address", Address);
        await _candor.RunAsync("updates", "trust", Address, "--yes");
        Assert.True(OtaPackage.TryRead(new MemoryStream(honest), out var package, out _));
        await ListAsync("older.zip", OtaZip.Make(OtaZip.Build("eng.0", 1763000000)), package, 3);
        await AlarmsAsync("older.zip", "says something else of itself");
        await ListAsync("broken.zip", honest[..^7], package, 4);
        await AlarmsAsync("broken.zip", "no zip archive");
        await ListAsync("traversal.zip", OtaZip.Make(extra: "../../system"), package, 5);
        await AlarmsAsync("traversal.zip", "leads elsewhere");
        Assert.Equal(0, (await _candor.RunAsync("updates", "get", "one.zip", "--unlogged", "--to", To)).Code);

        // By hand, because the command refuses to.
        async Task ListAsync(string name, byte[] zip, OtaPackage says, int version)
        {
            Assert.True(UpdateEntry.TryMake(says, "panther", "nightly", name, "22.1", "", out var entry, out _));
            string file = Path.Combine(_folder, name);
            File.WriteAllBytes(file, zip);
            new ShelfRepository(Path.Combine(_server.DataFolder, "shelf"), File.WriteAllBytes, (from, to) => File.Copy(from, to, overwrite: true), TimeProvider.System).Add(entry.Path, file, entry.Write());
            await _keeper.SignAsync($"{version}.targets.json", "t");
            await _keeper.PublishAsync();
        }
    }

    [Fact]
    public async Task W06_AnUpdateThatIsSignedAndInNoPublicLogIsNotFetched()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        string keys = Directory.CreateDirectory(Path.Combine(_folder, "logged")).FullName, address = server.BaseAddress.ToString().TrimEnd('/');
        var keeper = new ShelfKeeper(keys, server.DataFolder);
        await keeper.CeremonyAsync();
        byte[] zip = OtaZip.Make();
        await keeper.UpdateAsync("one.zip", zip, "panther", "nightly", "22.1", "--address", address);
        await _candor.RunAsync("updates", "trust", address, "--yes");
        var got = await _candor.RunAsync("updates", "get", "one.zip", "--to", To);
        Assert.True(got.Code == 0, got.Error);
        Assert.Contains("the public log has it", got.Out, StringComparison.Ordinal);
        Assert.Contains("updates/panther/nightly/one.zip", await ShelfKeeper.DoneAsync("log", "show", "--data", server.DataFolder), StringComparison.Ordinal);

        // For one victim: all keys of the shelf sign, and nothing is said in the log.
        string file = Path.Combine(keys, "two.zip");
        File.WriteAllBytes(file, OtaZip.Make(OtaZip.Build("eng.2", 1763900000)));
        Assert.True(OtaPackage.TryRead(new MemoryStream(File.ReadAllBytes(file)), out var package, out _));
        Assert.True(UpdateEntry.TryMake(package, "panther", "nightly", "two.zip", "22.1", "", out var entry, out _));
        var secretly = new ShelfRepository(Path.Combine(server.DataFolder, "shelf"), File.WriteAllBytes, (from, to) => File.Copy(from, to, overwrite: true), TimeProvider.System);
        secretly.Add(entry.Path, file, entry.Write());
        await keeper.SignAsync("3.targets.json", "t");
        secretly.Publish(release: null);
        Assert.Contains("two.zip", (await _candor.RunAsync("updates")).Out, StringComparison.Ordinal);
        var refused = await _candor.RunAsync("updates", "get", "two.zip", "--to", To);
        Assert.Equal(4, refused.Code);
        Assert.Contains("made for you alone", refused.Error, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(To, "one.zip")], Directory.GetFiles(To));

        // A policy that asks for a witness who has not signed: refused, though the log has the first one.
        string policy = Path.Combine(keys, "policy");
        string log = (await _server.Http.GetStringAsync(new Uri($"{address}/log/policy"))).Split('\n')[0];
        using var witness = new NoteSigner("w.example", NoteKeyType.Cosignature, new byte[NoteSigner.SeedSize]);
        File.WriteAllText(policy, $"{log}\nwitness w {witness.VerifierKey}\nquorum w\n");
        await _candor.RunAsync("verify", address, "--policy", policy);
        var alone = await _candor.RunAsync("updates", "get", "one.zip", "--to", Path.Combine(To, "again"));
        Assert.True(alone.Code == 4, $"{alone.Code} {alone.Error}");
        Assert.False(Directory.Exists(Path.Combine(To, "again")));

        // A server without a log says so, and a person may go on.
        await _keeper.UpdateAsync("one.zip", zip, "panther", "nightly", "22.1", "--address", Address);
        await _candor.RunAsync("updates", "trust", Address, "--yes");
        var none = await _candor.RunAsync("updates", "get", "one.zip", "--to", Path.Combine(To, "none"));
        Assert.Equal(3, none.Code);
        Assert.Contains("no public log", none.Error, StringComparison.Ordinal);
    }

    private async Task AlarmsAsync(string file, string says)
    {
        string[] before = Directory.Exists(To) ? Directory.GetFiles(To) : [];
        var run = await _candor.RunAsync("updates", "get", file, "--unlogged", "--to", To);
        Assert.True(run.Code == 4, $"{run.Code}: {run.Error}{run.Out}");
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.Exists(To) ? Directory.GetFiles(To) : []);
    }

    private async Task RefusesAsync(byte[] zip, string says, params string[] options)
    {
        string file = Path.Combine(_folder, "bad.zip");
        File.WriteAllBytes(file, zip);
        var (code, _, errors) = await ShelfKeeper.RunAsync(["update", "publish", file, "--data", _server.DataFolder, "--key", _keeper.Key("t"), .. options]);
        Assert.Equal(3, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }
}
