using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Shelf;
using Candor.Shelf.Tuf;
using Candor.Tests.Hostile;
using Candor.Tests.Server;

namespace Candor.Tests.Shelf;

/// <summary>The keeper's commands, the server and a client together: a ceremony, a publication, a rotation, a download that goes on.</summary>
public sealed class ShelfRepositoryTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-shelf-").FullName;
    private TestServer _server = null!;
    private ShelfKeeper _keeper = null!;
    private Ledger _ledger = null!;
    private Gate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _keeper = new(_folder, _server.DataFolder);
        _ledger = Ledger.Open(In("ledger.jsonl"), TimeProvider.System);
        _gate = new(_ledger);
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Dispose();
        _ledger.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task WhatAKeeperPublishesAClientFindsAndARotationChangesEveryKey()
    {
        await _keeper.CeremonyAsync();
        string file = await _keeper.AddPackAsync("packs/en.json", "{\"greetings\":[]}");
        var api = new ShelfApi(new(_gate, _server.BaseAddress));
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(_keeper.Metadata("1.root.json")));
        var target = await FindAsync(api, trusted, "packs/en.json");
        await api.DownloadAsync(target!, In("en.json"), null, null, default);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(In("en.json")));

        // Every key of root, targets and the server anew: old keys and new ones sign the step.
        foreach (string name in (string[])["d", "e", "f", "t2"]) await ShelfKeeper.DoneAsync("shelf", "key", "new", "--out", In(name));
        await ShelfKeeper.DoneAsync("shelf", "root", "rotate", "--data", _server.DataFolder, "--root", _keeper.Pubs("d", "e", "f"), "--targets", _keeper.Pubs("t2"), "--online", "new");
        string draft = _keeper.Draft("2.root.json");
        await ShelfKeeper.DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("d"));
        await ShelfKeeper.DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("e"));
        Assert.Contains("2.root.json waits", await ShelfKeeper.DoneAsync("shelf", "publish", "--data", _server.DataFolder), StringComparison.Ordinal);
        await ShelfKeeper.DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("a"));
        await ShelfKeeper.DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("b"));
        Assert.Contains("Root 2 is published", await ShelfKeeper.DoneAsync("shelf", "publish", "--data", _server.DataFolder), StringComparison.Ordinal);
        // The targets file is still signed by the old key: a client says so, and goes on when the new one has signed.
        await Assert.ThrowsAsync<ShelfRefusedException>(() => FindAsync(api, trusted, "packs/en.json"));
        File.WriteAllText(In("news"), "2");
        await ShelfKeeper.DoneAsync("shelf", "add", "--data", _server.DataFolder, "--file", In("news"), "--as", "updates/news");
        await ShelfKeeper.DoneAsync("shelf", "root", "sign", "--draft", _keeper.Draft("2.targets.json"), "--key", In("t2"));
        await ShelfKeeper.DoneAsync("shelf", "publish", "--data", _server.DataFolder);
        Assert.NotNull(await FindAsync(api, trusted, "packs/en.json"));
        Assert.NotNull(await FindAsync(api, trusted, "updates/news"));
    }

    [Fact]
    public async Task AThresholdThatIsNotNamedStaysAndARotationThatWasCutOffIsFinished()
    {
        await _keeper.CeremonyAsync();
        string data = _server.DataFolder;
        await ShelfKeeper.DoneAsync("shelf", "root", "rotate", "--data", data, "--root", _keeper.Pubs("a", "b", "c"), "--rootThreshold", "3");
        foreach (string key in (string[])["a", "b", "c"]) await _keeper.SignAsync("2.root.json", key);
        await _keeper.PublishAsync();
        await ShelfKeeper.DoneAsync("shelf", "root", "rotate", "--data", data, "--root", _keeper.Pubs("c", "b", "a"), "--online", "new");
        foreach (string key in (string[])["a", "b"]) await _keeper.SignAsync("3.root.json", key);
        Assert.Contains("3.root.json waits", await _keeper.PublishAsync(), StringComparison.Ordinal);
        await _keeper.SignAsync("3.root.json", "c");
        // As a crash leaves it: the root is published, the server's new keys have not taken their places.
        File.Move(_keeper.Draft("3.root.json"), _keeper.Metadata("3.root.json"));
        await _keeper.PublishAsync();
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(_keeper.Metadata("1.root.json")));
        await FindAsync(new(new(_gate, _server.BaseAddress)), trusted, "none");
        // Two keepers at once would give one version to two files.
        using var held = new FileStream(Path.Combine(data, "shelf", "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("Somebody else", (await ShelfKeeper.RunAsync("shelf", "timestamp", "--data", data)).Errors, StringComparison.Ordinal);
    }

    [Attack("W05")]
    [Fact]
    public async Task AfterTheKeyOfThePacksWasStolenAnotherSignsThemAndTheStolenOneNothing()
    {
        await _keeper.CeremonyAsync();
        await _keeper.AddPackAsync("packs/en.json", "{}");
        var api = new ShelfApi(new(_gate, _server.BaseAddress));
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(_keeper.Metadata("1.root.json")));
        Assert.NotNull(await FindAsync(api, trusted, "packs/en.json"));
        await ShelfKeeper.DoneAsync("shelf", "key", "new", "--out", In("q"));
        await ShelfKeeper.DoneAsync("shelf", "packs", "rotate", "--data", _server.DataFolder, "--packs", _keeper.Pubs("q"));
        await _keeper.SignAsync("2.targets.json", "t");
        await _keeper.SignAsync("3.packs.json", "p");
        Assert.Contains("3.packs.json waits", await _keeper.PublishAsync(), StringComparison.Ordinal);
        await _keeper.SignAsync("3.packs.json", "q");
        await _keeper.PublishAsync();
        Assert.NotNull(await FindAsync(api, trusted, "packs/en.json"));
        // The thief signs a newer one; the server's keys vouch for it, and no client takes it.
        File.WriteAllText(In("evil"), "evil");
        await ShelfKeeper.DoneAsync("shelf", "add", "--data", _server.DataFolder, "--file", In("evil"), "--as", "packs/en.json");
        await _keeper.SignAsync("4.packs.json", "p");
        File.Copy(_keeper.Draft("4.packs.json"), _keeper.Metadata("4.packs.json"));
        await _keeper.PublishAsync();
        var refused = await Assert.ThrowsAsync<ShelfRefusedException>(() => FindAsync(api, trusted, "packs/en.json"));
        Assert.Equal(ShelfRefusal.Unsigned, refused.Reason);
    }

    [Fact]
    public async Task ABackupHasTheShelfAndAfterItWasPutBackNewServerKeysLetClientsGoOn()
    {
        await _keeper.CeremonyAsync();
        await _keeper.AddPackAsync("packs/en.json", "{}");
        string data = _server.DataFolder, backup = In("backup");
        await ShelfKeeper.DoneAsync("backup", "--data", data, "--to", backup);
        Assert.Equal(
            Directory.GetFiles(Path.Combine(data, "shelf"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(data, f)).Where(f => Path.GetFileName(f) != "lock").Order(),
            Directory.GetFiles(Path.Combine(backup, "shelf"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(backup, f)).Order());
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(_keeper.Metadata("1.root.json")));
        await ShelfKeeper.DoneAsync("shelf", "timestamp", "--data", data);
        Assert.NotNull(await FindAsync(new(new(_gate, _server.BaseAddress)), trusted, "packs/en.json"));
        // A client that has seen what came after the backup takes the older shelf for a lie, until the server's keys are new.
        await using var restored = await TestServer.StartAsync(dataFolder: backup);
        var api = new ShelfApi(new(_gate, restored.BaseAddress));
        Assert.Equal(ShelfRefusal.Rollback, (await Assert.ThrowsAsync<ShelfRefusedException>(() => FindAsync(api, trusted, "packs/en.json"))).Reason);
        var keeper = new ShelfKeeper(_folder, backup);
        await ShelfKeeper.DoneAsync("shelf", "root", "rotate", "--data", backup, "--online", "new");
        await keeper.SignAsync("2.root.json", "a");
        await keeper.SignAsync("2.root.json", "b");
        await keeper.PublishAsync();
        Assert.NotNull(await FindAsync(api, trusted, "packs/en.json"));
    }

    [Attack("W05")]
    [Fact]
    public async Task ADownloadGoesOnWhereItBrokeAndAnotherFileUnderTheNameIsThrownAway()
    {
        await _keeper.CeremonyAsync();
        string text = new('x', 300_000);
        await _keeper.AddPackAsync("packs/big.json", text);
        var api = new ShelfApi(new(_gate, _server.BaseAddress));
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(_keeper.Metadata("1.root.json")));
        var target = (await FindAsync(api, trusted, "packs/big.json"))!;
        File.WriteAllText(In("big.json.part"), text[..100_000]);
        await api.DownloadAsync(target, In("big.json"), null, null, default);
        Assert.Equal(text, File.ReadAllText(In("big.json")));
        Assert.Contains("\"status\":206", File.ReadAllText(In("ledger.jsonl")), StringComparison.Ordinal);

        string served = Path.Combine(_server.DataFolder, "shelf", "targets", "packs", Path.GetFileName(target.FileName(target.Hash)));
        File.WriteAllText(served, new string('y', 300_000));
        var swapped = await Assert.ThrowsAsync<ShelfRefusedException>(() => api.DownloadAsync(target, In("other.json"), null, null, default));
        Assert.Equal(ShelfRefusal.Mismatch, swapped.Reason);
        File.WriteAllText(served, new string('y', 400_000));
        var endless = await Assert.ThrowsAsync<ShelfRefusedException>(() => api.DownloadAsync(target, In("other.json"), null, null, default));
        Assert.Equal(ShelfRefusal.TooLong, endless.Reason);
        Assert.False(File.Exists(In("other.json")));
        Assert.Equal(text, File.ReadAllText(In("big.json")));
    }

    [Fact]
    public async Task AnswersCarryNothingToEchoAndPathsLeadNowhereElse()
    {
        await _keeper.CeremonyAsync();
        using var answer = await _server.Http.GetAsync(new Uri("/shelf/metadata/timestamp.json", UriKind.Relative));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(["Accept-Ranges", "Cache-Control", "Content-Length", "Content-Type", "Date", "X-Content-Type-Options"], answer.Headers.Concat(answer.Content.Headers).Select(h => h.Key).Order(StringComparer.Ordinal));
        foreach (string path in (string[])["/shelf/metadata/..%2Fkeys%2Ftimestamp.key", "/shelf/targets/..%2F..%2Fcandor.db", "/shelf/keys/timestamp.key", "/shelf/targets/%2e%2e/keys/timestamp.key", "/shelf/metadata/none.json"])
        {
            using var refused = await _server.Http.GetAsync(new Uri(_server.BaseAddress, path));
            Assert.Equal(404, (int)refused.StatusCode);
        }
        using var query = await _server.Http.GetAsync(new Uri("/shelf/metadata/timestamp.json?me=1", UriKind.Relative));
        Assert.Equal(400, (int)query.StatusCode);
    }

    [Fact]
    public async Task TufJsReadsOurShelf()
    {
        string scripts = Path.Combine(Checkout.Root, "tests", "Shelf", "tuf-js");
        string work = Directory.CreateDirectory(In("tuf-js")).FullName;
        foreach (string file in (string[])["package.json", "package-lock.json", "read.mjs"]) File.Copy(Path.Combine(scripts, file), Path.Combine(work, file));
        var (installed, said) = await NodeAsync(work, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Assert.SkipWhen(installed == 127, "npm is not installed.");
        Assert.True(installed == 0, said);
        await _keeper.CeremonyAsync();
        string pack = await _keeper.AddPackAsync("packs/en.json", "{\"greetings\":[]}");
        string server = _server.BaseAddress.ToString().TrimEnd('/');
        var (code, output) = await NodeAsync(work, "node", "read.mjs", server, _keeper.Metadata("1.root.json"), In("read"), "packs/en.json");
        Assert.True(code == 0, output);
        Assert.Equal(File.ReadAllBytes(pack), File.ReadAllBytes(Path.Combine(In("read"), "targets", "got")));
        // An update as well, with what stands beside it in another script and over two lines.
        byte[] zip = OtaZip.Make();
        File.WriteAllText(In("notes"), "Größer „als“ \\ vorher\n更快");
        await _keeper.UpdateAsync("one.zip", zip, "panther", "nightly", "22.1", "--address", server, "--notes", In("notes"));
        (code, output) = await NodeAsync(work, "node", "read.mjs", server, _keeper.Metadata("1.root.json"), In("update"), "updates/panther/nightly/one.zip");
        Assert.True(code == 0, output);
        Assert.Equal(zip, File.ReadAllBytes(Path.Combine(In("update"), "targets", "got")));
        // And it refuses what our client refuses.
        string timestamp = _keeper.Metadata("timestamp.json");
        File.WriteAllText(timestamp, File.ReadAllText(timestamp).Replace("\"sig\":\"", "\"sig\":\"00", StringComparison.Ordinal));
        Assert.NotEqual(0, (await NodeAsync(work, "node", "read.mjs", server, _keeper.Metadata("1.root.json"), In("again"), "packs/en.json")).Code);
    }

    /// <summary>Runs a program of Node; 127 where there is none.</summary>
    private static async Task<(int Code, string Said)> NodeAsync(string folder, string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = System.Diagnostics.Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, "");
        }
    }

    private async Task<ShelfTarget?> FindAsync(ShelfApi api, TrustedMetadata trusted, string path)
    {
        var client = new TufClient(api.GetMetadataAsync, trusted, TimeProvider.System.GetUtcNow());
        await client.RefreshAsync(default);
        return await client.FindAsync(path, default);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
