using System.Globalization;
using System.Text.Json;
using Candor.Audit.Search;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Audit.Claims;

/// <summary>When a person agreed to what, out of the log of a Candor account: every commit is checked by the log's rules, so by its author's signature, and the Merkle root is computed again.</summary>
/// <remarks>
/// Takes what `candor history --export` writes, which is a pull (spec/http-api.md §5), leaves joined one behind another, or the words of `candor history --json`, in which nothing can be checked.
/// With the server's key the checkpoint's signature is checked too; without it, that is said.
/// A consent is given while any device's is on (or that of the one device asked for), and its purpose is "cloud-" and the kind's word. Times are those of the devices that signed.
/// </remarks>
public sealed class AccountLogFile
{
    private const int MaxMarks = 100_000;

    private readonly List<ConsentMark> _marks = [];
    private readonly Dictionary<Kind, bool> _on = [];

    private AccountLogFile() { }

    /// <summary>In hex; empty: the file does not say.</summary>
    public string Account { get; private set; } = "";

    /// <summary>Commits.</summary>
    public long Size { get; private set; }

    /// <summary>Of the Merkle tree, in base64 as checkpoints have it; empty where nothing could be checked.</summary>
    public string Root { get; private set; } = "";

    /// <summary>Origin of the checkpoint that ends the file and has this account, size and root; empty: there is none.</summary>
    public string Checkpoint { get; private set; } = "";

    /// <summary>The server's key that signed it; null: no key was given, so nobody looked.</summary>
    public NoteVerifierKey? SignedBy { get; private set; }

    /// <summary>Where that key is from, in words: "given by whoever ran the audit", "which lay beside the log".</summary>
    public string KeyFrom { get; private set; } = "";

    /// <summary>Every commit was checked.</summary>
    public bool Verified => Root.Length > 0;

    /// <summary>The last commit's.</summary>
    public DateTimeOffset Last { get; private set; }

    public IReadOnlyList<ConsentMark> Marks => _marks;

    /// <summary>For the report: what it is and what was checked.</summary>
    public string Says => Verified
        ? string.Create(CultureInfo.InvariantCulture, $"the log of account {Account[..8]}…: {Size:N0} commits, every signature and rule checked, root {Root}{(Checkpoint.Length > 0 ? $", as the checkpoint of {Checkpoint} has it" : "")}{(SignedBy is not null ? ", signed by the server" : ", without a look at the server's signature")}, the last one of {Last:yyyy-MM-dd HH:mm:ss} UTC")
        : string.Create(CultureInfo.InvariantCulture, $"the words of candor history, in which nothing can be checked: {Size:N0} changes");

    /// <summary>For the report: what was checked, a sentence each.</summary>
    public IReadOnlyList<string> Checked => !Verified ? [] :
    [
        string.Create(CultureInfo.InvariantCulture, $"each of the {Size:N0} commits: that it is signed by a device that the account had then, names the history before it, and keeps every rule of the log"),
        $"the Merkle root over them, computed again: {Root}",
        .. Checkpoint.Length == 0 ? Array.Empty<string>() : [$"that the checkpoint of {Checkpoint} is of this account and has this size and root"],
        .. SignedBy is null ? Array.Empty<string>() : [$"that the server signed this checkpoint: with the key {SignedBy}, {KeyFrom}"],
    ];

    /// <summary>For the report: what was not, a sentence each.</summary>
    public IReadOnlyList<string> NotChecked => !Verified ? ["anything: these are the words of candor history, without signatures"] :
    [
        .. SignedBy is not null ? Array.Empty<string>() : [Checkpoint.Length == 0 ? "whether a server knows this log: there is no checkpoint in the file" : "whose signature the checkpoint has: the server's key was not given (--server-key)"],
        $"whether commits followed the last one of {Last:yyyy-MM-dd HH:mm:ss} UTC: whoever made the file could leave them out",
        "whether clocks were right: times are those of the devices that signed",
    ];

    /// <summary>Null where the bytes are no log, or one that breaks a rule, or whose checkpoint the server's key did not sign.</summary>
    /// <param name="bytes">The file's.</param>
    /// <param name="device">The holder id, in hex, whose consents count; null: those of all devices.</param>
    /// <param name="fault">What is wrong, in a sentence; null where the answer is not.</param>
    /// <param name="serverKey">Its vkey (spec/checkpoint.md); null: the checkpoint's signature is not looked at, and <see cref="NotChecked"/> says so.</param>
    /// <param name="keyFrom">Where it is from, in words.</param>
    public static AccountLogFile? Read(ReadOnlyMemory<byte> bytes, string? device, out string? fault, string? serverKey = null, string keyFrom = "")
    {
        var file = new AccountLogFile();
        NoteVerifierKey? key = null;
        if (serverKey is not null && (!NoteVerifierKey.TryParse(serverKey, out key, out _) || key.Type != NoteKeyType.Ed25519))
        {
            fault = "what was given as its server's key is none: it looks like cloud.example+c2763e95+AQ6D…";
            return null;
        }
        var text = bytes.Span;
        fault = text.IsEmpty ? "it is empty" : text.TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'{', ..] ? file.Words(bytes) : file.Commits(bytes, device, key);
        if (fault is null && key is not null && file.SignedBy is null) fault = "it has no checkpoint that the server's key could have signed";
        file.KeyFrom = file.SignedBy is null ? "" : keyFrom;
        return fault is null ? file : null;
    }

    private string? Commits(ReadOnlyMemory<byte> bytes, string? device, NoteVerifierKey? key)
    {
        AccountState? state = null;
        while (!bytes.IsEmpty)
        {
            if (Checkpoint.Length > 0) return "something follows its checkpoint";
            int length = CborSequence.Measure(bytes.Span, PullItem.Longest);
            if (length <= 0) return length == 0 ? $"it is cut off after {Size} commits" : $"what follows commit {Size} is no commit";
            var item = bytes[..length];
            bytes = bytes[length..];
            if (!PullItem.TryDecode(item, out var pulled))
            {
                if (Leaf(ref state, item, device) is { } wrong) return wrong;
            }
            else if (pulled is PulledLeaf leaf)
            {
                if (leaf.Index != Size) return $"commit {leaf.Index} stands where {Size} has to";
                if (Leaf(ref state, leaf.Leaf, device) is { } wrong) return wrong;
            }
            else if (End((PulledCheckpoint)pulled, key) is { } wrong) return wrong;
        }
        return Size == 0 ? "it has no commit" : null;
    }

    private string? Leaf(ref AccountState? state, ReadOnlyMemory<byte> leaf, string? device)
    {
        if (state is null)
        {
            if (!Protocol.Leaf.TryDecode(leaf, out var first) || !Commit.TryDecode(first.Body, out var founding, out _)) return "its first item is no commit";
            state = new(founding.Account);
        }
        if (state.TryExtend(leaf, out var commit) is { } error) return $"commit {Size} breaks a rule of the log: {error}";
        (Account, Size, Root) = (state.Account.ToString(), state.Size, state.Root.ToBase64());
        Last = Time(commit!.Time.Ms);
        var holders = state.LiveHolders.Where(h => device is null || h.Id.ToString().StartsWith(device, StringComparison.OrdinalIgnoreCase)).ToList();
        foreach (var kind in Kinds.All) Turn(kind, holders.Exists(h => h.MayTouch(kind)), Last, $"commit {(Size - 1).ToString(CultureInfo.InvariantCulture)} of the account log");
        return null;
    }

    private string? End(PulledCheckpoint end, NoteVerifierKey? key)
    {
        if (Size == 0) return "it has no commit";
        if (!SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(end.Note), out var note, out _) || !Log.Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _)) return "its checkpoint is none";
        if (checkpoint.Size != Size || checkpoint.Root.ToBase64() != Root) return $"its checkpoint is of {checkpoint.Size} commits with root {checkpoint.Root.ToBase64()}, and its {Size} commits have root {Root}";
        if (!checkpoint.Origin.EndsWith($"/accounts/{Account}", StringComparison.Ordinal)) return $"its checkpoint is of another log, {checkpoint.Origin}";
        if (key is not null && !new LogVerifier($"{key.Name}/accounts/{Account}", [key]).TryOpen(note, out _, out var why)) return $"its checkpoint is not signed by the server's key {key}: {why}";
        (Checkpoint, SignedBy) = (checkpoint.Origin, key);
        return null;
    }

    /// <summary>As a person's program printed it.</summary>
    private string? Words(ReadOnlyMemory<byte> bytes)
    {
        List<(long Number, DateTimeOffset Time, Kind Kind, bool On)> said = [];
        try
        {
            using var document = JsonDocument.Parse(bytes, new() { MaxDepth = 8 });
            if (!document.RootElement.TryGetProperty("changes", out var changes) || changes.ValueKind != JsonValueKind.Array) return "it has no changes: candor history --limit 0 --json writes them";
            foreach (var change in changes.EnumerateArray())
            {
                if (!change.TryGetProperty("number", out var number) || !number.TryGetInt64(out long at) || !change.TryGetProperty("time", out var time) || !time.TryGetDateTimeOffset(out var when)) return "it has a change without number or time";
                Size++;
                if (when > Last) Last = when;
                if (!change.TryGetProperty("consents", out var consents)) continue;
                foreach (var consent in consents.EnumerateArray())
                {
                    if (Kinds.TryParse(consent.GetProperty("kind").GetString(), out var kind)) said.Add((at, when, kind, consent.GetProperty("on").GetBoolean()));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return "it is no JSON that candor history writes";
        }
        foreach (var (number, time, kind, on) in said.OrderBy(s => s.Number)) Turn(kind, on, time, $"change {number.ToString(CultureInfo.InvariantCulture)} of the list of candor history");
        return null;
    }

    private void Turn(Kind kind, bool on, DateTimeOffset time, string from)
    {
        if (_on.GetValueOrDefault(kind) == on || _marks.Count == MaxMarks) return;
        _on[kind] = on;
        _marks.Add(new(time, on, $"cloud-{kind.Word()}", 0) { From = from });
    }

    private static DateTimeOffset Time(long milliseconds) =>
        milliseconds is >= 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : DateTimeOffset.UnixEpoch;
}
