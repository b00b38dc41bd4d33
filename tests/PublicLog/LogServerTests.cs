using System.Net;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.PublicLog;
using Candor.Server.Operator;
using Candor.Tests.Server;

namespace Candor.Tests.PublicLog;

/// <summary>The log as a server keeps and serves it.</summary>
public sealed class LogServerTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private LogFolder Folder => new(_server.DataFolder);

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, LogOrigin = "log.example/a", Name = "cloud.example" });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task WhatItSaysByItselfIsThereAndAnybodyReadsItAsStaticFiles()
    {
        var entries = await EntriesAsync(l => l.Exists(e => e?.Type == "heartbeat"));
        Assert.Contains(entries, e => e?.Type == "release" && e["name"] == "candor-server" && e.Files.Single().Size > 1000);
        Assert.Equal(2, entries.Count(e => e?.Type == "key"));
        Assert.Contains(entries, e => e?.Type == "heads" && e["leaves"] == "1024");
        Assert.DoesNotContain(null, entries);
        Assert.True(LogPolicy.TryParse(await _server.Http.GetByteArrayAsync("/log/policy"), out var policy, out _));
        Assert.Equal("log.example/a", policy.Logs.Single().Key.Name);
        Assert.False(policy.AsksForWitnesses);
    }

    [Fact]
    public async Task TheLawAndTheRegionThatItNamesAreEntriesAndGoingBackToAnOlderLawIsOneToo()
    {
        await EntriesAsync(l => Of(l, "region").Count == 1);
        foreach (string law in (string[])["de", "us", "us", "de"]) await SayAsync(law, "Frankfurt am Main");
        var entries = await EntriesAsync(l => l.Count(e => e?.Type == "release") == 1);
        Assert.Equal(["none", "de", "us", "de"], Of(entries, "law").Select(e => e["version"]));
        Assert.Equal(["none", "Frankfurt am Main"], Of(entries, "region").Select(e => e["version"]));
        Assert.Equal(("law", 2, Hash32.Of("de"u8)), Of(entries, "law")[^1].Files.Select(f => (f.Path, f.Size, f.Hash)).Single());

        async Task SayAsync(string law, string region)
        {
            await _server.RestartAsync(s => s with { Law = law, Region = region });
            await EntriesAsync(l => Of(l, "law")[^1]["version"] == law && Of(l, "region")[^1]["version"] == region);
        }

        static List<LogEntry> Of(List<LogEntry?> entries, string name) => [.. entries.OfType<LogEntry>().Where(e => e.Type == "policy" && e["name"] == name)];
    }

    [Fact]
    public void ALawOfTwoLinesIsRefusedBeforeTheServerStarts()
    {
        foreach (string law in (string[])["de\nus", " de", "de ", new string('x', 257)])
            Assert.Contains("--law is one line", Assert.Throws<FormatException>(() => ServerSettings.Read(["--data", _server.DataFolder, "--law", law])).Message, StringComparison.Ordinal);
        Assert.Equal("Deutschland, § 1", ServerSettings.Read(["--data", _server.DataFolder, "--law", "Deutschland, § 1"]).Law);
    }

    [Fact]
    public async Task AnAnswerHasItsTypeAndItsAgeAndNothingThatNamesAnybody()
    {
        await EntriesAsync(l => l.Count > 3);
        foreach (var (path, type, cache) in ((string, string, string)[])
            [("checkpoint", "text/plain; charset=utf-8", "no-cache"), ("policy", "text/plain; charset=utf-8", "no-cache"), ("tile/0/000.p/3", "application/octet-stream", "public, max-age=31536000, immutable"),
             ("tile/entries/000.p/2", "application/octet-stream", "public, max-age=31536000, immutable")])
        {
            if (path.Contains(".p/", StringComparison.Ordinal) && !File.Exists(Path.Combine(_server.DataFolder, "log", path))) continue;
            using var answer = await _server.Http.GetAsync($"/log/{path}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(type, answer.Content.Headers.GetValues("Content-Type").Single());
            Assert.Equal(cache, answer.Headers.GetValues("Cache-Control").Single());
            Assert.Equal(["Cache-Control", "Content-Length", "Content-Type", "Date"], answer.Headers.Select(h => h.Key).Concat(answer.Content.Headers.Select(h => h.Key)).Order());
        }
        foreach (string path in (string[])["tile/0/000.p/256", "tile/0/0", "tile/0/000.p/0", "tile%2F0/000.p/1", "../log.key", "%2e%2e/log.key", "checkpoint?who=me", "", "tile/entries/999", "log.key"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.BaseAddress + "log/" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using var answer = await _server.Http.SendAsync(request);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task AnErasureGoesIntoASlotAndItsOwnerGetsTheReceipt()
    {
        var opening = Opening.Erasure(Id.Random(), 12, Hash32.Of([1]), "photos");
        Folder.Enqueue(opening, DateTimeOffset.UnixEpoch);
        var entries = await EntriesAsync(l => l.Exists(e => e?.Type == "commitment" && e["value"] == opening.Value.ToString()));
        long index = entries.FindIndex(e => e?.Type == "commitment" && e["value"] == opening.Value.ToString());
        await UntilAsync(() => Folder.PlaceOf(opening.Value) == index);
        Assert.Empty(Folder.Waiting());
        // Beside it stands cover of the same length: each slot has two.
        Assert.Equal(0, entries.Count(e => e?.Type == "commitment") % 2);
        var proof = await Candor.Server.PublicLog.PublicLog.ProveAsync(Folder, index);
        Assert.True(TlogProof.TryParse(proof.ToBytes(), out var read, out _));
        Assert.True(LogPolicy.TryParse(await _server.Http.GetByteArrayAsync("/log/policy"), out var policy, out _));
        Assert.True(read.TryVerify(MerkleTree.LeafHash(LogEntry.Commitment(opening.Value).ToBytes()), policy.VerifierOf("log.example/a")!, out _, out var rejection), rejection.ToString());
        Assert.False(read.TryVerify(MerkleTree.LeafHash(LogEntry.Commitment(Hash32.Of([2])).ToBytes()), policy.VerifierOf("log.example/a")!, out _, out _));
    }

    [Fact]
    public async Task AnOperatorLooksAtAnAccountOnlyWithTheProofThatItWasCommittedTo()
    {
        string account = Id.Random().ToString();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        // While the server runs: its slot takes it. The account does not exist; that it was looked for is in the log all the same.
        int code = await Commands.RunAsync(["access", "--data", _server.DataFolder, "--account", account, "--by", "Anna", "--reason", "a disk is broken"], output, errors);
        Assert.Equal(3, code);
        Assert.Contains("stays in the log", errors.ToString(), StringComparison.Ordinal);
        var opening = Folder.OpeningsOf(account).Single();
        Assert.Equal(("access", "Anna", "facts"), (opening.What, opening["by"], opening["scope"]));
        Assert.NotNull(Folder.PlaceOf(opening.Value));

        // Neither another proof nor a checkpoint with too few witnesses is a permission.
        var proof = await Candor.Server.PublicLog.PublicLog.ProveAsync(Folder, 0);
        Assert.True(LogPolicy.TryParse(File.ReadAllBytes(Folder.PolicyFile), out var policy, out _));
        Assert.Throws<LogRefusedException>(() => AccessReceipt.Of(opening, proof, policy));
        var good = await Candor.Server.PublicLog.PublicLog.ProveAsync(Folder, Folder.PlaceOf(opening.Value)!.Value);
        AccessReceipt.Of(opening, good, policy);
        using var witness = Candor.Tests.Log.TestKeys.For("w.example", NoteKeyType.Cosignature);
        Assert.True(LogPolicy.TryParse(Encoding.UTF8.GetBytes($"log {policy.Logs[0].Key}\nwitness w {witness.VerifierKey}\nquorum w\n"), out var strict, out _));
        Assert.Contains("too few witnesses", Assert.Throws<LogRefusedException>(() => AccessReceipt.Of(opening, good, strict)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnOperatorSaysWhatIsPublishedWhileTheServerRunsAndBothGoOnFromThere()
    {
        string file = Path.Combine(_server.DataFolder, "pack.bin");
        File.WriteAllText(file, "a release");
        using var output = new StringWriter();
        using var errors = new StringWriter();
        string receipt = Path.Combine(_server.DataFolder, "receipt-of-candor");
        string[] say = ["log", "append", "--data", _server.DataFolder, "--type", "release", "--title", "candor", "--release", "0.1.0", "--files", file, "--receipt", receipt];
        Assert.True(await Commands.RunAsync(say, output, errors) == 0, errors.ToString());
        Assert.True(TlogProof.TryParse(File.ReadAllBytes(receipt + ".tlog-proof"), out var proof, out _));
        Assert.True(LogPolicy.TryParse(File.ReadAllBytes(Folder.PolicyFile), out var policy, out _));
        Assert.True(proof.TryVerify(MerkleTree.LeafHash(File.ReadAllBytes(receipt + ".entry")), policy.VerifierOf("log.example/a")!, out _, out _));
        int size = (await EntriesAsync(l => l.Exists(e => e?.Type == "release" && e["name"] == "candor"))).Count;
        await EntriesAsync(l => l.Count > size); // the server's next slot stands on it
        Assert.Equal(0, await Commands.RunAsync(["log", "verify", "--data", _server.DataFolder], output, errors));
        Assert.Equal(0, await Commands.RunAsync(["log", "show", "--data", _server.DataFolder], output, errors));
        Assert.Contains("release · name candor · version 0.1.0", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AKeyChangeIsSaidByTheOldKeyAndBothSignUntilItEnds()
    {
        await EntriesAsync(l => l.Count > 3);
        await _server.StopAsync();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.True(await Commands.RunAsync(["log", "rotate", "--data", _server.DataFolder], output, errors) == 0, errors.ToString());
        Assert.True(SignedNote.TryParse(File.ReadAllBytes(Folder.CheckpointFile), out var note, out _));
        Assert.Equal(2, note.Signatures.Count);
        Assert.True(await Commands.RunAsync(["log", "retire", "--data", _server.DataFolder], output, errors) == 0, errors.ToString());
        Assert.True(SignedNote.TryParse(File.ReadAllBytes(Folder.CheckpointFile), out note, out _));
        Assert.Single(note.Signatures);
        await _server.RestartAsync();
        var entries = await EntriesAsync(l => l.Count(e => e?.Type == "key") >= 4);
        Assert.Contains(entries, e => e?.Type == "key" && e["old"] != "none" && e["new"] != "none");
        Assert.Contains(entries, e => e?.Type == "key" && e["new"] == "none");
    }

    [Fact]
    public async Task ABackupBringsNoLogAndNoneIsBegunUnderTheNameOfTheOneThatWasThere()
    {
        await EntriesAsync(l => l.Count > 3);
        string copy = Directory.CreateTempSubdirectory("candor-log-backup-").FullName;
        try
        {
            ServerBackup.Make(_server.DataFolder, copy);
            Assert.Empty(Directory.GetFiles(copy, "log*"));
            var refused = Assert.Throws<LogRefusedException>(() => Candor.Server.CandorServer.Open(_server.Settings with { DataFolder = copy }, TimeProvider.System));
            Assert.Contains("remembers a log called log.example/a", refused.Message, StringComparison.Ordinal);
            await Candor.Server.CandorServer.Open(_server.Settings with { DataFolder = copy, LogOrigin = "log.example/second" }, TimeProvider.System).DisposeAsync();
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>All entries, read as a stranger reads them, once they are as asked for.</summary>
    private async Task<List<LogEntry?>> EntriesAsync(Predicate<List<LogEntry?>> enough)
    {
        List<LogEntry?> entries = [];
        await UntilAsync(() =>
        {
            entries = ReadAsync().GetAwaiter().GetResult();
            return enough(entries);
        });
        return entries;
    }

    private async Task<List<LogEntry?>> ReadAsync()
    {
        Assert.True(SignedNote.TryParse(await _server.Http.GetByteArrayAsync("/log/checkpoint"), out var note, out _));
        Assert.True(Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _));
        var reader = await TileReader.OpenAsync(checkpoint, async (name, cancellation) =>
        {
            using var answer = await _server.Http.GetAsync($"/log/{name}", cancellation);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellation) : null;
        });
        var entries = new List<LogEntry?>();
        for (long bundle = 0; bundle * 256 < checkpoint.Size; bundle++)
        {
            foreach (var bytes in await reader.EntriesAsync(bundle)) entries.Add(LogEntry.TryParse(bytes.Span, out var entry) ? entry : null);
        }
        return entries;
    }

    private static async Task UntilAsync(Func<bool> holds) => Assert.True(await Eventually.HoldsAsync(holds));
}
