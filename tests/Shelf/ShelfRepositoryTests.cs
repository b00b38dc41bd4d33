using System.Text;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Shelf;
using Candor.Server.Operator;
using Candor.Shelf.Tuf;
using Candor.Tests.Hostile;
using Candor.Tests.Server;

namespace Candor.Tests.Shelf;

/// <summary>The keeper's commands, the server and a client together: a ceremony, a publication, a rotation, a download that goes on.</summary>
public sealed class ShelfRepositoryTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-shelf-").FullName;
    private TestServer _server = null!;
    private Ledger _ledger = null!;
    private Gate _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
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
        await CeremonyAsync();
        string file = await AddPackAsync("packs/en.json", "{\"greetings\":[]}");
        var api = new ShelfApi(_gate, _server.BaseAddress);
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(Metadata("1.root.json")));
        var target = await FindAsync(api, trusted, "packs/en.json");
        await api.DownloadAsync(target!, In("en.json"), null, default);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(In("en.json")));

        // Every key of root, targets and the server anew: old keys and new ones sign the step.
        foreach (string name in (string[])["d", "e", "f", "t2"]) await DoneAsync("shelf", "key", "new", "--out", In(name));
        await DoneAsync("shelf", "root", "rotate", "--data", _server.DataFolder, "--root", Pubs("d", "e", "f"), "--targets", Pubs("t2"), "--online", "new");
        string draft = Draft("2.root.json");
        await DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("d"));
        await DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("e"));
        Assert.Contains("2.root.json waits", await DoneAsync("shelf", "publish", "--data", _server.DataFolder), StringComparison.Ordinal);
        await DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("a"));
        await DoneAsync("shelf", "root", "sign", "--draft", draft, "--key", In("b"));
        Assert.Contains("Root 2 is published", await DoneAsync("shelf", "publish", "--data", _server.DataFolder), StringComparison.Ordinal);
        // The targets file is still signed by the old key: a client says so, and goes on when the new one has signed.
        await Assert.ThrowsAsync<ShelfRefusedException>(() => FindAsync(api, trusted, "packs/en.json"));
        File.WriteAllText(In("news"), "2");
        await DoneAsync("shelf", "add", "--data", _server.DataFolder, "--file", In("news"), "--as", "updates/news");
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("2.targets.json"), "--key", In("t2"));
        await DoneAsync("shelf", "publish", "--data", _server.DataFolder);
        Assert.NotNull(await FindAsync(api, trusted, "packs/en.json"));
        Assert.NotNull(await FindAsync(api, trusted, "updates/news"));
    }

    [Attack("W05")]
    [Fact]
    public async Task ADownloadGoesOnWhereItBrokeAndAnotherFileUnderTheNameIsThrownAway()
    {
        await CeremonyAsync();
        string text = new('x', 300_000);
        await AddPackAsync("packs/big.json", text);
        var api = new ShelfApi(_gate, _server.BaseAddress);
        var trusted = ShelfApi.Trusted(In("trusted"));
        TufClient.Begin(trusted, File.ReadAllBytes(Metadata("1.root.json")));
        var target = (await FindAsync(api, trusted, "packs/big.json"))!;
        File.WriteAllText(In("big.json.part"), text[..100_000]);
        await api.DownloadAsync(target, In("big.json"), null, default);
        Assert.Equal(text, File.ReadAllText(In("big.json")));
        Assert.Contains("\"status\":206", File.ReadAllText(In("ledger.jsonl")), StringComparison.Ordinal);

        string served = Path.Combine(_server.DataFolder, "shelf", "targets", "packs", Path.GetFileName(target.FileName(target.Hash)));
        File.WriteAllText(served, new string('y', 300_000));
        var swapped = await Assert.ThrowsAsync<ShelfRefusedException>(() => api.DownloadAsync(target, In("other.json"), null, default));
        Assert.Equal(ShelfRefusal.Mismatch, swapped.Reason);
        File.WriteAllText(served, new string('y', 400_000));
        var endless = await Assert.ThrowsAsync<ShelfRefusedException>(() => api.DownloadAsync(target, In("other.json"), null, default));
        Assert.Equal(ShelfRefusal.TooLong, endless.Reason);
        Assert.False(File.Exists(In("other.json")));
        Assert.Equal(text, File.ReadAllText(In("big.json")));
    }

    [Fact]
    public async Task AnswersCarryNothingToEchoAndPathsLeadNowhereElse()
    {
        await CeremonyAsync();
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
        await CeremonyAsync();
        string pack = await AddPackAsync("packs/en.json", "{\"greetings\":[]}");
        string server = _server.BaseAddress.ToString().TrimEnd('/');
        var (code, output) = await NodeAsync(work, "node", "read.mjs", server, Metadata("1.root.json"), In("read"), "packs/en.json");
        Assert.True(code == 0, output);
        Assert.Equal(File.ReadAllBytes(pack), File.ReadAllBytes(Path.Combine(In("read"), "targets", "got")));
        // And it refuses what our client refuses.
        string timestamp = Metadata("timestamp.json");
        File.WriteAllText(timestamp, File.ReadAllText(timestamp).Replace("\"sig\":\"", "\"sig\":\"00", StringComparison.Ordinal));
        Assert.NotEqual(0, (await NodeAsync(work, "node", "read.mjs", server, Metadata("1.root.json"), In("again"), "packs/en.json")).Code);
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

    private async Task CeremonyAsync()
    {
        foreach (string name in (string[])["a", "b", "c", "t", "p"]) await DoneAsync("shelf", "key", "new", "--out", In(name));
        await DoneAsync("shelf", "init", "--data", _server.DataFolder, "--root", Pubs("a", "b", "c"), "--targets", Pubs("t"), "--packs", Pubs("p"));
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("1.root.json"), "--key", In("a"));
        var (code, _, errors) = await RunAsync("shelf", "publish", "--data", _server.DataFolder);
        Assert.Equal(3, code);
        Assert.Contains("waits for signatures", errors, StringComparison.Ordinal);
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("1.root.json"), "--key", In("b"));
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("1.targets.json"), "--key", In("t"));
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("1.packs.json"), "--key", In("p"));
        await DoneAsync("shelf", "publish", "--data", _server.DataFolder);
        await DoneAsync("shelf", "timestamp", "--data", _server.DataFolder);
    }

    private async Task<string> AddPackAsync(string path, string text)
    {
        string file = In("pack");
        File.WriteAllText(file, text, new UTF8Encoding(false));
        await DoneAsync("shelf", "add", "--data", _server.DataFolder, "--file", file, "--as", path);
        await DoneAsync("shelf", "root", "sign", "--draft", Draft("2.packs.json"), "--key", In("p"));
        await DoneAsync("shelf", "publish", "--data", _server.DataFolder);
        return file;
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Pubs(params string[] names) => string.Join(',', names.Select(n => In(n) + ".pub"));

    private string Draft(string name) => Path.Combine(_server.DataFolder, "shelf", "draft", name);

    private string Metadata(string name) => Path.Combine(_server.DataFolder, "shelf", "metadata", name);

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.True(code == 0, errors);
        return output;
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await Commands.RunAsync(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
