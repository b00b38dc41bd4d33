using System.Net;
using Candor.Client.Gate;
using Candor.Client.PublicLog;
using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Log;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Hostile;

/// <summary>An operator that lies about the public log, to a reader that comes through its gate.</summary>
public sealed class LogLieTests : IDisposable
{
    private static readonly Uri Server = new("http://log.example:8787");

    private readonly string _home = Directory.CreateTempSubdirectory("candor-lie-").FullName;
    private readonly FakeTimeProvider _clock = new(new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly NoteSigner _key = TestKeys.For("log.example/log");
    private readonly NoteSigner _witness = TestKeys.For("w.example", NoteKeyType.Cosignature);
    private readonly Ledger _ledger;
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, byte[]> _files = [];

    public LogLieTests() => _ledger = Ledger.Open(Path.Combine(_home, "ledger.jsonl"), _clock);

    public void Dispose()
    {
        _ledger.Dispose();
        _key.Dispose();
        _witness.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task L01_OfTwoHeadsOfOneSizeAWitnessSignsOneAndAReaderKeepsBothAsProof()
    {
        Serve(Log(300, 0), cosigned: true);
        await VisitAsync(witnessed: true);
        byte[] before = Memory.Note!;

        // The other history, never shown to the witness: too few have signed it.
        Serve(Log(300, 1), cosigned: false);
        Assert.Equal("witnesses", (await LieAsync(witnessed: true)).Word);

        // The witness was fooled too, or belongs to the operator: this machine saw another one, and two signatures say so.
        Serve(Log(300, 1), cosigned: true);
        var alarm = await LieAsync(witnessed: true);
        Assert.Equal("fork", alarm.Word);
        var verifier = new LogVerifier("log.example/log", [_key.VerifierKey]);
        Assert.True(verifier.TryOpen(File.ReadAllBytes(Path.Combine(alarm.Folder!, "ours.checkpoint")), out var ours, out _));
        Assert.True(verifier.TryOpen(File.ReadAllBytes(Path.Combine(alarm.Folder!, "theirs.checkpoint")), out var theirs, out _));
        Assert.True(ours.Checkpoint.Size == theirs.Checkpoint.Size && ours.Checkpoint.Root != theirs.Checkpoint.Root);
        Assert.Equal(before, Memory.Note);

        // An honest witness refuses the second.
        var stored = Log(300, 0).Checkpoint();
        var request = new AddCheckpoint(300, [], Log(300, 1).Checkpoint().Sign(_key));
        Assert.Equal(WitnessVerdict.NotConsistent, WitnessRules.Judge(request, verifier, stored, out _));
    }

    [Fact]
    public async Task L02_ALogThatShrinksOrWasRewrittenIsAnAlarmAndTheOldOneStaysBelieved()
    {
        Serve(Log(700, 0), cosigned: false);
        await VisitAsync();
        byte[] before = Memory.Note!;
        Serve(Log(650, 0), cosigned: false);
        Assert.Equal("rollback", (await LieAsync()).Word);
        Serve(Log(900, 1), cosigned: false);
        Assert.Equal("fork", (await LieAsync()).Word);

        // Signed rightly, and the files are of another log: the tiles do not fit the root.
        var honest = Log(900, 0);
        Serve(Log(900, 1), cosigned: false);
        _files["checkpoint"] = honest.Checkpoint().Sign(_key).ToBytes();
        Assert.Equal("forged", (await LieAsync()).Word);

        // A stranger's key.
        Serve(honest, cosigned: false);
        using var stranger = new NoteSigner("log.example/log", NoteKeyType.Ed25519, new byte[32]);
        _files["checkpoint"] = honest.Checkpoint().Sign(stranger).ToBytes();
        Assert.Equal("forged", (await LieAsync()).Word);
        Assert.Equal(before, Memory.Note);

        // The honest one, grown, is taken. Made anew: files are taken once.
        Serve(Log(900, 0), cosigned: false);
        var visit = await VisitAsync();
        Assert.Contains(visit.Findings, f => f is { What: "consistency", Proved: true });
        Assert.NotEqual(before, Memory.Note);
    }

    [Fact]
    public async Task L03_AHeadOfThreeWeeksAgoIsAnAlarm()
    {
        Serve(Log(300, 0), cosigned: true);
        await VisitAsync(witnessed: true);
        _clock.Advance(TimeSpan.FromDays(21));
        Assert.Equal("stale", (await LieAsync(witnessed: true)).Word);
        // Where no witness is asked for, the newest hourly root tells.
        Assert.Equal("stale", (await LieAsync()).Word);
    }

    [Fact]
    public async Task L04_AReaderAsksForWholeFilesAndTheSameOnesWhoeverItIs()
    {
        Serve(Log(70_000, 0), cosigned: false);
        await VisitAsync();
        var first = _asked.ToList();
        Assert.All(first, line => Assert.Matches("^GET /log/(checkpoint|policy|tile/(\\d|entries)/(x\\d{3}/)*\\d{3}(\\.p/\\d+)?)$", line));
        // Another machine, with an account or without, asks for the same in the same order.
        _asked.Clear();
        Directory.Delete(Path.Combine(_home, "log"), recursive: true);
        await VisitAsync();
        Assert.Equal(first, _asked);
        // Of 70,000 entries the smallest thing that it ever asks for holds as many as there are in that file.
        Assert.Equal(274, first.Count(a => a.Contains("/entries/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ADamagedAForgedAndAnEndlessFileAreRefusedAndNothingIsReplaced()
    {
        Serve(Log(700, 0), cosigned: false);
        await VisitAsync();
        byte[] before = Memory.Note!;
        foreach (string file in (string[])["tile/0/002", "tile/entries/002", "tile/1/000.p/3", "tile/entries/003.p/132"])
        {
            Serve(Log(900, 0), cosigned: false);
            _files[file][^1] ^= 1;
            Assert.Equal("forged", (await LieAsync()).Word);
            Serve(Log(900, 0), cosigned: false);
            _files[file] = new byte[EntryBundle.MaxBytes + 1];
            Assert.Contains("sends more", (await Assert.ThrowsAsync<Candor.Client.Api.ServerRefusedException>(() => VisitAsync())).Message, StringComparison.Ordinal);
            _files.Remove(file);
            Assert.Contains("does not show all of its log", (await Assert.ThrowsAsync<Candor.Client.Api.ServerRefusedException>(() => VisitAsync())).Message, StringComparison.Ordinal);
        }
        Serve(Log(900, 0), cosigned: false);
        _files["checkpoint"] = new byte[SignedNote.MaxBytes + 1];
        Assert.Contains("sends more", (await Assert.ThrowsAsync<Candor.Client.Api.ServerRefusedException>(() => VisitAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(before, Memory.Note);
        Assert.Equal(700, Memory.ReadTo);
    }

    [Fact]
    public async Task AKeyThatTheOldOneHandedOverToIsBelievedAndOneThatEndedIsNot()
    {
        using var next = new NoteSigner("log.example/log", NoteKeyType.Ed25519, new byte[32]);
        byte[] handed = LogEntry.KeyChange("log", _key.VerifierKey, next.VerifierKey).ToBytes(), ended = LogEntry.KeyChange("log", _key.VerifierKey, null).ToBytes();
        await ServeChangedAsync([], next, forged: true);
        await ServeChangedAsync([handed], _key, forged: false);
        await ServeChangedAsync([handed, ended], next, forged: false);
        // Whoever stole the old key cannot sign for the log any more.
        await ServeChangedAsync([handed, ended], _key, forged: true);

        async Task ServeChangedAsync(byte[][] more, NoteSigner signer, bool forged)
        {
            var log = Log(300, 0);
            foreach (byte[] entry in more) log.Append(entry);
            Serve(log, cosigned: false);
            _files["checkpoint"] = log.Checkpoint().Sign(signer).ToBytes();
            if (forged) Assert.Equal("forged", (await LieAsync()).Word);
            else await VisitAsync();
        }
    }

    [Fact]
    public async Task AServerThatNamesAnotherLawOrRegionToOneThanToEverybodyIsAnAlarm()
    {
        LogEntry[] rules = [LogEntry.Rule("law", "us"), LogEntry.Rule("region", ""), LogEntry.Rule("law", "de"), LogEntry.OfFiles("policy", "others", "law", [new("law", 2, Hash32.Of("us"u8))])];
        Say(rules);
        var visit = await VisitAsync();
        visit.CheckRules("de", "");
        Assert.Equal(["law", "region"], visit.Findings.TakeLast(2).Where(f => f.Proved).Select(f => f.What));
        Assert.Contains("CHANGED: the server's law is: de; before: us", visit.News.Select(n => n.Words));
        // What was said once and is not in force any more is another law too.
        foreach (string law in (string[])["us", "", "none", "DE", "de "]) Assert.Equal("law", Assert.Throws<LogAlarmException>(() => visit.CheckRules(law, "")).Word);
        foreach (string region in (string[])["Paris", "none"]) Assert.Equal("region", Assert.Throws<LogAlarmException>(() => visit.CheckRules("de", region)).Word);

        Assert.Equal([true, true, false], Told("de", "us", "fr"));
        Assert.Contains("The server itself names de now (entry 302)", visit.Findings[^2].Sentence, StringComparison.Ordinal);
        // Files of laws: all as this program has them; one another; none.
        var files = Candor.Law.LawBook.Files.Select(f => new LogFile(f.Key, f.Value.Length, Hash32.Of(f.Value))).ToList();
        LogEntry laws = LogEntry.OfFiles("policy", "laws", "0.1.0", files), changed = LogEntry.OfFiles("policy", "laws", "0.1.1", files.Select(f => f.Path == "laws/eu.yaml" ? f with { Hash = default } : f));
        visit.CheckLawFiles();
        Assert.False(visit.Findings[^1].Proved);
        Say([.. rules, laws]);
        visit = await VisitAsync();
        visit.CheckLawFiles();
        Assert.True(visit.Findings[^1].Proved);
        Assert.Equal([true, true, true], Told("de", "us", "fr"));
        Say([.. rules, laws, changed]);
        visit = await VisitAsync();
        visit.CheckLawFiles();
        Assert.False(visit.Findings[^1].Proved);
        Assert.Contains(": laws/eu.yaml (", visit.Findings[^1].Sentence, StringComparison.Ordinal);
        Assert.EndsWith("CHANGED: laws/eu.yaml", visit.News.Single().Words, StringComparison.Ordinal);
        Assert.Equal([false, false, true], Told("de", "fr", "us-ca"));
        // An entry whose words say one law and whose hash says another is neither.
        Say([.. rules, laws, changed, LogEntry.OfFiles("policy", "law", "de", [new("law", 2, Hash32.Of("us"u8))])]);
        visit = await VisitAsync();
        foreach (string law in (string[])["de", "us"]) Assert.Equal("law", Assert.Throws<LogAlarmException>(() => visit.CheckRules(law, "")).Word);

        void Say(LogEntry[] entries)
        {
            var log = Log(300, 0);
            foreach (var entry in entries) log.Append(entry.ToBytes());
            Serve(log, cosigned: false);
        }

        bool[] Told(params string[] laws)
        {
            visit.CheckConsents(laws.Select(l => (Kind.Photos, l)));
            return [.. visit.Findings.TakeLast(laws.Length).Select(f => f.Proved)];
        }
    }

    private LogMemory Memory => new(_home, Server);

    private async Task<LogAlarmException> LieAsync(bool witnessed = false) => await Assert.ThrowsAsync<LogAlarmException>(() => VisitAsync(witnessed));

    private async Task<LogVisit> VisitAsync(bool witnessed = false)
    {
        var memory = Memory;
        memory.KeepPolicy(System.Text.Encoding.UTF8.GetBytes(witnessed ? $"log {_key.VerifierKey}\nwitness w {_witness.VerifierKey}\nquorum w\n" : $"log {_key.VerifierKey}\nquorum none\n"));
        using var gate = new Candor.Client.Gate.Gate(_ledger, new Wire(_files, _asked));
        var visit = new LogVisit(new(gate, Server), memory, _clock);
        await visit.RunAsync(default);
        return visit;
    }

    private TileTail Log(int size, int history)
    {
        var tail = new TileTail();
        // The same entries at the same places whatever the size: a longer one of the same history is an honest growth.
        for (int i = 0; i < size; i++)
        {
            tail.Append(i == 100
                ? LogEntry.Heads(new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero), 1024, default).ToBytes()
                : LogEntry.Commitment(Hash32.Of([(byte)i, (byte)(i >> 8), (byte)(i >> 16), (byte)(i == 5 ? history : 0)])).ToBytes());
        }
        return tail;
    }

    private void Serve(TileTail log, bool cosigned)
    {
        _files.Clear();
        foreach (var file in log.TakeFiles()) _files[file.Name.ToString()] = file.Bytes.ToArray();
        var note = log.Checkpoint().Sign(_key);
        if (cosigned) note = note.With(_witness.Cosign(note.UnverifiedText.Span, _clock.GetUtcNow().ToUnixTimeSeconds()));
        _files["checkpoint"] = note.ToBytes();
    }

    private sealed class Wire(Dictionary<string, byte[]> files, List<string> asked) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Empty(request.Headers);
            asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
            return Task.FromResult(files.TryGetValue(request.RequestUri.AbsolutePath["/log/".Length..], out byte[]? bytes)
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) } : new(HttpStatusCode.NotFound));
        }
    }
}

internal static class TailCheckpoint
{
    public static Checkpoint Checkpoint(this TileTail tail) => new("log.example/log", tail.Size, tail.Root());
}
