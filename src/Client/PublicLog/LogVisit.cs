using System.Globalization;
using System.Net;
using System.Text.Json;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.PublicLog;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">A word for programs.</param>
/// <param name="Proved">Whether it was proved. False is no accusation: the sentence says what is missing.</param>
/// <param name="Sentence">For a person.</param>
public sealed record LogFinding(string What, bool Proved, string Sentence);

/// <summary>Visits a server's public log: checkpoint, witnesses, consistency with what this machine saw before, every new entry. Each request is the same for everybody and asks for whole files.</summary>
/// <remarks>
/// 1. Whom to believe: the policy given or kept; on the first visit the one that the server suggests, which is said. 2. The checkpoint: signed, cosigned, not stale. 3. Its right edge, all together. 4. What was verified before is
/// its beginning. 5. Every entry since. 6. Only then it is remembered. A lie at any step is an alarm, and what was believed before stays.
/// </remarks>
public sealed partial class LogVisit(PublicDoor door, LogMemory memory, TimeProvider clock)
{
    /// <summary>What a gateway's key configuration is called in the log (spec/public-log.md §2).</summary>
    internal const string KeysEntry = "ohttp-keys";

    private readonly Uri _server = door.Server;

    /// <summary>A log that is alive says something every hour, and its witnesses sign what it says.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>A file of the web app is some hundred kilobytes.</summary>
    private const int LongestWebFile = 64 << 20;

    private const int LongestInfo = 1 << 20;

    private const string IndexFile = "index.html";

    private readonly List<LogFinding> _findings = [];
    private readonly List<LogNews> _news = [];

    public IReadOnlyList<LogFinding> Findings => _findings;

    /// <summary>What the log has said, commitments and all hourly roots but the newest aside, once <see cref="RunAsync"/> is done.</summary>
    public IReadOnlyList<(long Index, LogEntry Entry)> Facts { get; private set; } = [];

    /// <summary>What it has said since this machine's last visit, commitments and hourly roots aside.</summary>
    public IReadOnlyList<LogNews> News => _news;

    /// <summary>Entries that were read in this visit.</summary>
    public long Read { get; private set; }

    /// <summary>What is believed, once <see cref="RunAsync"/> is done.</summary>
    public LogPolicy Policy { get; private set; } = LogPolicy.Of();

    private LogVerifier? _verifier;

    /// <exception cref="LogAlarmException">The log shows what no honest one does.</exception>
    /// <exception cref="ServerRefusedException">It cannot be reached, or has no log.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        // 1.
        var (policy, suggested, first) = await PolicyAsync(cancel);
        Policy = policy;
        string origin = policy.Logs[0].Key.Name;

        // 2.
        byte[] note = await GetAsync("/log/checkpoint", SignedNote.MaxBytes, cancel) ?? throw new ServerRefusedException(ServerRefusedException.NoLog, $"{_server.Authority} has no public log.");
        _verifier = new(origin, KeysOf(policy, origin), policy.Witnesses.Select(w => w.Key));
        if (!_verifier.TryOpen(note, out var opened, out var rejection))
            throw memory.Alarm("forged", $"What {_server.Authority} shows as the head of its log is not signed by the key of {origin} ({rejection}). If its operator has announced another key, give the new policy: --policy FILE.", note, clock.GetUtcNow());
        CheckWitnesses(policy, opened, note);

        // 3. and 4.
        try
        {
            var reader = await TileReader.OpenAsync(opened.Checkpoint, async (name, stop) => await GetAsync($"/log/{name}", EntryBundle.MaxBytes, stop), cancel);
            await CheckBeforeAsync(reader, opened, note, origin, cancel);

            // 5.
            await ReadEntriesAsync(reader, cancel);
            CheckAge(policy, opened, note);
        }
        catch (TileException e) when (e.IsForged)
        {
            throw memory.Alarm("forged", $"{_server.Authority} signed a log and shows another: {e.Message}", note, clock.GetUtcNow());
        }
        catch (TileException e)
        {
            throw new ServerRefusedException(ServerRefusedException.Garbled, $"{_server.Authority} does not show all of its log: {e.Message} Try again later; if it stays so, something is hidden.", e);
        }

        // 6.
        memory.KeepFacts(Facts, opened.Checkpoint.Size);
        memory.KeepNote(note);
        if (first) memory.KeepPolicy(suggested);
        _findings.Add(new("entries", true, Number($"All {opened.Checkpoint.Size} entries of {origin} are those that it signed; {Read} of them were new to this machine.")));
    }

    /// <summary>Whether the key to which requests through a relay are sealed is the one that the log says to everybody; if it is, it is remembered.</summary>
    /// <exception cref="LogAlarmException">It is another: the relay or the server gave this machine a key of its own.</exception>
    public void CheckRelay()
    {
        if (door.Configuration is not { } configuration) return;
        var (index, entry) = Facts.LastOrDefault(f => f.Entry.Type == "policy" && f.Entry["name"] == KeysEntry);
        if (entry is null || !entry.Files.Any(f => f.Size == configuration.Length && f.Hash == Hash32.Of(configuration.Span)))
            throw memory.Alarm("relay", $"The gateway's key that came through the relay is not the one in {_server.Authority}'s log. Whoever has it could read what this machine asks for. If the operator changed the key a moment ago, try again in a minute.", configuration.ToArray(), clock.GetUtcNow(), "theirs.ohttp-keys");
        memory.KeepGateway(configuration.Span);
        _findings.Add(new("relay", true, Number($"The key to which requests were sealed is the one that the log says to everybody, entry {index}. That relay and gateway do not work together nobody can prove from outside.")));
    }

    /// <summary>Whether a release of this program is in the log.</summary>
    public void CheckBuild(string? build)
    {
        if (build is null || !Hash32.TryParseHex(build, out _))
        {
            _findings.Add(new("build", false, "The server does not say which program it runs."));
            return;
        }
        var (index, entry) = Facts.FirstOrDefault(f => f.Entry.Type == "release" && f.Entry.Files.Any(file => file.Hash.ToString() == build));
        _findings.Add(entry is null
            ? new("build", false, $"The program that the server says it runs ({build[..16]}…) is in no release of the log.")
            : new("build", true, Number($"The program that the server says it runs ({build[..16]}…) is in the log: {entry["name"]} {entry["version"]}, entry {index}. That it runs this one and no other nobody can prove from outside.")));
    }

    /// <summary>What the server says of itself, asked as anybody may; null: nothing that can be read.</summary>
    internal async Task<ServerInfo?> AskServerAsync(CancellationToken cancel)
    {
        try
        {
            return await GetAsync("/v1/server", LongestInfo, cancel) is { } bytes ? JsonSerializer.Deserialize(bytes, ProtocolJson.Default.ServerInfo) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>That the account was not looked at, and why.</summary>
    internal void LeaveAccount() => _findings.Add(new("head", false, "Your account was not looked at: such a request is signed, and would say who asks. Without --relay it is."));

    /// <summary>Whether the web app that the server serves is one that its log has, file by file.</summary>
    /// <exception cref="LogAlarmException">It is not.</exception>
    public async Task CheckWebAsync(CancellationToken cancel)
    {
        var logged = Facts.Where(f => f.Entry.Type == "web").ToList();
        if (await GetAsync("/", LongestWebFile, cancel) is not { } index)
        {
            _findings.Add(new("web", false, "The server serves no web app."));
            return;
        }
        if (logged.Count == 0)
        {
            _findings.Add(new("web", false, "The server serves a web app, and its log says nothing of one."));
            return;
        }
        // The newest entry that has this page: an operator may have gone back to an older one.
        int newest = logged.FindLastIndex(f => f.Entry.Files.Any(file => file.Path == IndexFile && Is(file, index)));
        if (newest < 0) throw Served(IndexFile, index);
        var (at, entry) = logged[newest];
        foreach (var file in entry.Files.Where(f => f.Path != IndexFile))
        {
            byte[] bytes = await GetAsync("/" + string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString)), LongestWebFile, cancel) ?? [];
            if (!Is(file, bytes)) throw Served(file.Path, bytes);
        }
        _findings.Add(new("web", true, Number($"The web app as the server serves it now is in the log: {entry["name"]} {entry["version"]}, all {entry.Files.Count()} files of entry {at}. What it gives another browser at another time was not looked at.")));

        static bool Is(LogFile file, byte[] bytes) => file.Size == bytes.Length && file.Hash == Hash32.Of(bytes);

        LogAlarmException Served(string file, byte[] bytes) => memory.Alarm("web",
            $"The web app that {_server.Authority} serves is not one that its log has: {file} is another. Do not type your words into it. If the server was updated a moment ago, verify once more.", bytes, clock.GetUtcNow(), "served-" + Path.GetFileName(file));
    }

    /// <summary>Whether this account's head is in an hourly root, and is what this device verified.</summary>
    /// <param name="receipt">As the server gave it; null: it has none yet.</param>
    /// <param name="account">This device's.</param>
    /// <param name="ourRoot">Root of the account's log at a size, as this device verified it; null: it does not know that size yet.</param>
    public void CheckHead(HeadReceipt? receipt, Id account, Func<long, Hash32?> ourRoot)
    {
        ArgumentNullException.ThrowIfNull(ourRoot);
        if (receipt is null)
        {
            _findings.Add(new("head", false, "Your account is in no hourly root yet. There is one every hour."));
            return;
        }
        bool fits = TlogProof.TryParse(receipt.Proof.Span, out var proof, out _)
            && proof.TryVerify(MerkleTree.LeafHash(receipt.Entry.Span), _verifier!, out var checkpoint, out _) && Policy.IsSatisfied(checkpoint)
            && LogEntry.TryParse(receipt.Entry.Span, out var entry) && entry.Type == "heads" && receipt.Head.Head.Account == account
            && entry["leaves"] == Number($"{receipt.Head.Leaves}") && Hash32.TryParseHex(entry["root"], out var root) && receipt.Head.Fits(root);
        if (!fits) throw memory.Alarm("forged", "What the server shows as your account's place in the hourly root does not prove it.", receipt.Proof.ToArray(), clock.GetUtcNow());
        var head = receipt.Head.Head;
        if (ourRoot(head.Size) is not { } ours)
            _findings.Add(new("head", false, Number($"Your account's head of {head.Size} changes is in the hourly root; this device has not read that far yet. Sync, then verify again.")));
        else if (ours != head.Root)
            throw memory.Alarm("fork", Number($"The server put another history of your account into the public log than the one it showed this device (at {head.Size} changes)."), receipt.Proof.ToArray(), clock.GetUtcNow());
        else
            _findings.Add(new("head", true, Number($"Your account's history as this device has it ({head.Size} changes) is under an hourly root of the public log: the same that everybody sees.")));
    }

    private async Task<(LogPolicy Policy, byte[] Bytes, bool First)> PolicyAsync(CancellationToken cancel)
    {
        bool first = memory.Policy is null;
        byte[] bytes = memory.Policy ?? await GetAsync("/log/policy", LogPolicy.MaxBytes, cancel) ?? throw new ServerRefusedException(ServerRefusedException.NoLog, $"{_server.Authority} has no public log.");
        if (!LogPolicy.TryParse(bytes, out var policy, out int wrong) || policy.Logs.Count == 0)
            throw new ServerRefusedException(ServerRefusedException.Garbled, first ? $"{_server.Authority} suggests a policy that cannot be read (line {wrong})." : $"The policy that this machine keeps for {_server.Authority} cannot be read (line {wrong}). Give it anew: --policy FILE.");
        _findings.Add(first
            ? new("policy", false, $"This is this machine's first look: it takes {policy.Logs[0].Key} for the log's key because the server says so. Compare it with somebody else's, or give a policy: --policy FILE.")
            : new("policy", true, $"The log's key is the one that this machine kept: {policy.Logs[0].Key}."));
        return (policy, bytes, first);
    }

    /// <summary>The policy's keys of the log, and those to which they handed over in entries that this machine has verified; one that ended is believed no more.</summary>
    private List<NoteVerifierKey> KeysOf(LogPolicy policy, string origin)
    {
        var keys = policy.Logs.Select(l => l.Key).Where(k => k.Name == origin).ToList();
        foreach (var (index, entry) in memory.Facts())
        {
            if (entry.Type != "key" || entry["role"] != "log") continue;
            int old = keys.FindIndex(k => k.ToString() == entry["old"]);
            if (old < 0) continue;
            if (entry["new"] == "none")
            {
                if (keys.Count > 1) keys.RemoveAt(old);
            }
            else if (keys.Count < LogPolicy.MaxLogs && NoteVerifierKey.TryParse(entry["new"], out var next, out _) && next.Name == origin && next.Type == NoteKeyType.Ed25519 && !keys.Exists(k => k.ToString() == entry["new"]))
            {
                keys.Add(next);
                _findings.Add(new("key", true, Number($"The key handed over to {entry["new"]}, as entry {index} says under the old one.")));
            }
        }
        return keys;
    }

    private void CheckWitnesses(LogPolicy policy, VerifiedCheckpoint opened, byte[] note)
    {
        string[] by = [.. policy.CosignedBy(opened)];
        if (!policy.IsSatisfied(opened)) throw memory.Alarm("witnesses", $"Too few witnesses have cosigned what {_server.Authority} shows ({(by.Length == 0 ? "none" : string.Join(", ", by))}): it may be shown to you alone.", note, clock.GetUtcNow());
        _findings.Add(by.Length == 0
            ? new("witnesses", false, "No witness has cosigned it, and none is asked for: that others are shown the same log was not proved.")
            : new("witnesses", policy.AsksForWitnesses, $"Cosigned by {string.Join(", ", by)}: they were shown this log too."));
    }

    private async Task CheckBeforeAsync(TileReader reader, VerifiedCheckpoint opened, byte[] note, string origin, CancellationToken cancel)
    {
        if (memory.Note is not { } bytes)
        {
            _findings.Add(new("consistency", false, "This machine has seen nothing of this log before: from now on it will notice if anything is changed."));
            return;
        }
        if (!_verifier!.TryOpen(bytes, out var before, out _))
        {
            // After a key change the kept note is under the old key; its text was verified when it was kept.
            if (!SignedNote.TryParse(bytes, out var kept, out _) || !Checkpoint.TryParse(kept.UnverifiedText.Span, out var text, out _) || text.Origin != origin)
                throw memory.Alarm("fork", $"What this machine keeps of {_server.Authority}'s log is of another log.", note, clock.GetUtcNow());
            await CompareAsync(text);
            return;
        }
        await CompareAsync(before.Checkpoint);

        async Task CompareAsync(Checkpoint old)
        {
            var now = opened.Checkpoint;
            if (now.Size < old.Size) throw memory.Alarm("rollback", Number($"{_server.Authority} shows a log of {now.Size} entries, and this machine has seen {old.Size}."), note, clock.GetUtcNow());
            if (!await reader.ExtendsAsync(old, cancel)) throw memory.Alarm("fork", Number($"{_server.Authority} shows another log than before: the first {old.Size} entries are not the same. Two signatures of it prove that."), note, clock.GetUtcNow());
            _findings.Add(new("consistency", true, Number($"The {old.Size} entries that this machine saw before are unchanged.")));
        }
    }

    private async Task ReadEntriesAsync(TileReader reader, CancellationToken cancel)
    {
        var facts = memory.Facts().ToList();
        long from = Math.Min(memory.ReadTo, reader.Size);
        int unknown = 0;
        for (long bundle = from / TileName.FullWidth; bundle * TileName.FullWidth < reader.Size; bundle++)
        {
            long index = bundle * TileName.FullWidth - 1;
            foreach (var bytes in await reader.EntriesAsync(bundle, cancel))
            {
                if (++index < from) continue;
                Read++;
                if (!LogEntry.TryParse(bytes.Span, out var entry)) unknown++;
                else if (entry.Type != "commitment")
                {
                    // Of the hourly roots the newest says how old the log is; the others are for those who ask for their proofs.
                    if (entry.Type == "heads") facts.RemoveAll(f => f.Entry.Type == "heads");
                    else _news.Add(LogNews.Of(index, entry, facts));
                    facts.Add((index, entry));
                }
            }
        }
        Facts = facts;
        if (unknown > 0) _findings.Add(new("unknown", false, Number($"{unknown} entries are of a kind that this program does not know.")));
    }

    private void CheckAge(LogPolicy policy, VerifiedCheckpoint opened, byte[] note)
    {
        long limit = (clock.GetUtcNow() - MaxAge).ToUnixTimeSeconds();
        var heads = Facts.Select(f => f.Entry).LastOrDefault(e => e.Type == "heads");
        if (!policy.AsksForWitnesses && heads is null)
        {
            _findings.Add(new("age", false, "The log has no hourly root yet: how old it is cannot be told."));
            return;
        }
        bool fresh = policy.AsksForWitnesses
            ? policy.IsSatisfied(opened, limit)
            : DateTimeOffset.ParseExact(heads!["hour"], "yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds() >= limit;
        if (!fresh) throw memory.Alarm("stale", $"What {_server.Authority} shows of its log is more than a day old: newer entries are hidden, or it stands still.", note, clock.GetUtcNow());
        _findings.Add(new("age", true, "It is less than a day old."));
    }

    /// <summary>A file that the server serves to all: the same request whoever asks. Null: there is none.</summary>
    private async Task<byte[]?> GetAsync(string path, int longest, CancellationToken cancel)
    {
        try
        {
            using var response = await door.GetAsync(path, Purpose.Log, agent: null, range: null, cancel);
            // A gateway does not say of what is none of its pages whether it is there.
            if (response.StatusCode == HttpStatusCode.NotFound || (response.StatusCode == HttpStatusCode.Forbidden && door.Configuration is not null)) return null;
            if (response.StatusCode != HttpStatusCode.OK) throw new ServerRefusedException(ServerRefusedException.Garbled, Number($"{_server.Authority} answers {(int)response.StatusCode} to {path}."));
            return await WholeAnswer.ReadAsync(response, longest, cancel) ?? throw new ServerRefusedException(ServerRefusedException.Garbled, $"{_server.Authority} sends more than such a file can have.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ServerRefusedException(ServerRefusedException.Unreachable, $"{_server.Authority} does not answer: {e.Message} Check the network, then try again.", e);
        }
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
