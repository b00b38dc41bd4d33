using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Candor.Log;

/// <summary>A witness that a policy names.</summary>
/// <param name="Name">In the policy.</param>
/// <param name="Key">Of type <see cref="NoteKeyType.Cosignature"/>.</param>
/// <param name="Url">Where it takes checkpoints; null: not said.</param>
public sealed record PolicyWitness(string Name, NoteVerifierKey Key, Uri? Url);

/// <summary>A log that a policy names.</summary>
public sealed record PolicyLog(NoteVerifierKey Key, Uri? Url);

/// <summary>Which logs are believed, and how many witnesses have to have cosigned (C2SP tlog-policy; spec/public-log.md §6). Immutable.</summary>
public sealed class LogPolicy
{
    public const int MaxBytes = 64 << 10;
    public const int MaxLogs = 16;
    public const int MaxWitnesses = 64;
    public const int MaxGroups = 64;

    private const string Nobody = "none";

    private readonly List<PolicyLog> _logs = [];
    private readonly List<PolicyWitness> _witnesses = [];
    private readonly Dictionary<string, (int Threshold, string[] Members)> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _others = new(StringComparer.Ordinal);
    private string _quorum = Nobody;

    private LogPolicy()
    {
    }

    public IReadOnlyList<PolicyLog> Logs => _logs;

    public IReadOnlyList<PolicyWitness> Witnesses => _witnesses;

    /// <summary>Keys of types that are not read here, like ML-DSA-44, as the policy has them. They are kept, and vouch for nothing: a quorum that cannot be reached without such a witness does not hold.</summary>
    public IReadOnlyCollection<string> OtherKeys => _others.Values;

    /// <summary>False where the log's own signature is enough.</summary>
    public bool AsksForWitnesses => _quorum != Nobody;

    /// <summary>Believes a log by these keys and asks for no witness.</summary>
    public static LogPolicy Of(params IEnumerable<NoteVerifierKey> logKeys)
    {
        var policy = new LogPolicy();
        policy._logs.AddRange(logKeys.Select(k => new PolicyLog(k, null)));
        return policy;
    }

    /// <summary>Reads a policy. Anything that is not understood makes it none: half a policy would ask for less than was meant.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="wrong">The line that is wrong, from 1; 0: the whole. For a person.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LogPolicy? policy, out int wrong)
    {
        (policy, wrong) = (null, 0);
        if (bytes.Length > MaxBytes || bytes.Contains((byte)'\r') || NoteText.Check(Untabbed(bytes), MaxBytes) != LogRejection.None) return false;
        var read = new LogPolicy();
        var members = new HashSet<string>(StringComparer.Ordinal);
        bool hasQuorum = false;
        while (!bytes.IsEmpty)
        {
            wrong++;
            string line = Encoding.UTF8.GetString(NoteText.TakeLine(ref bytes));
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#')) continue;
            bool taken = words[0] switch
            {
                "log" => read.TryLog(words),
                "witness" => read.TryWitness(words),
                "group" => read.TryGroup(words, members),
                "quorum" => !hasQuorum && read.TryQuorum(words),
                _ => false,
            };
            if (!taken) return false;
            hasQuorum |= words[0] == "quorum";
        }
        wrong = 0;
        // A key has one role: whoever signs for the log is no witness of it.
        var keys = read._logs.Select(l => l.Key).Concat(read._witnesses.Select(w => w.Key)).Select(k => Convert.ToHexString(k.PublicKey)).ToList();
        if (!hasQuorum || keys.Distinct().Count() != keys.Count) return false;
        policy = read;
        return true;
    }

    /// <summary>The keys that sign for an origin, with all witnesses; null where the policy names no such log. The name of a log's key is its origin.</summary>
    public LogVerifier? VerifierOf(string origin)
    {
        var keys = _logs.Where(l => l.Key.Name == origin).Select(l => l.Key).ToList();
        return keys.Count == 0 ? null : new(origin, keys, _witnesses.Select(w => w.Key));
    }

    /// <summary>Whether enough witnesses have cosigned.</summary>
    /// <param name="checkpoint">Opened with <see cref="VerifierOf"/>.</param>
    /// <param name="notBefore">Cosignatures of before this, Unix seconds, count for nothing.</param>
    public bool IsSatisfied(VerifiedCheckpoint checkpoint, long notBefore = 0)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var held = checkpoint.Cosignatures.Where(c => c.CosignedAt >= notBefore).Select(c => Convert.ToHexString(c.Key.PublicKey)).ToHashSet();
        return _quorum == Nobody || Holds(_quorum, held);
    }

    /// <summary>Whether these witnesses are enough for the quorum.</summary>
    public bool Holds(IEnumerable<PolicyWitness> witnesses) => _quorum == Nobody || Holds(_quorum, [.. witnesses.Select(w => Convert.ToHexString(w.Key.PublicKey))]);

    /// <summary>Names of the witnesses whose cosignatures are on a checkpoint.</summary>
    public IEnumerable<string> CosignedBy(VerifiedCheckpoint checkpoint) =>
        _witnesses.Where(w => checkpoint.Cosignatures.Any(c => c.Key.PublicKey.SequenceEqual(w.Key.PublicKey))).Select(w => w.Name);

    // Groups are made of what was defined before them: no circles, and each member is in one group, so this ends after as many steps as there are names.
    private bool Holds(string name, HashSet<string> held) => _groups.TryGetValue(name, out var group)
        ? group.Members.Count(m => Holds(m, held)) >= group.Threshold
        : !_others.ContainsKey(name) && held.Contains(Convert.ToHexString(_witnesses.First(w => w.Name == name).Key.PublicKey));

    private bool TryLog(string[] words)
    {
        if (words.Length is 2 or 3 && TryOther(words[1], words[1], words, 2)) return true;
        if (words.Length is < 2 or > 3 || _logs.Count == MaxLogs || !NoteVerifierKey.TryParse(words[1], out var key, out _) || key.Type != NoteKeyType.Ed25519 || !TryUrl(words, 2, out var url)) return false;
        _logs.Add(new(key, url));
        return true;
    }

    private bool TryWitness(string[] words)
    {
        if (words.Length is < 3 or > 4 || _witnesses.Count == MaxWitnesses || IsTaken(words[1])) return false;
        if (TryOther(words[1], words[2], words, 3)) return true;
        if (!NoteVerifierKey.TryParse(words[2], out var key, out _) || key.Type != NoteKeyType.Cosignature || !TryUrl(words, 3, out var url)) return false;
        _witnesses.Add(new(words[1], key, url));
        return true;
    }

    /// <summary>A line whose key is of a type that is not read here; a log's is kept under its vkey, which is no name of a witness: it has "+" in it twice, and is one word.</summary>
    private bool TryOther(string name, string vkey, string[] words, int url) =>
        _others.Count < MaxLogs + MaxWitnesses && NoteVerifierKey.IsOfAnotherType(vkey) && TryUrl(words, url, out _) && _others.TryAdd(name, vkey);

    private bool TryGroup(string[] words, HashSet<string> members)
    {
        if (words.Length < 4 || _groups.Count == MaxGroups || IsTaken(words[1])) return false;
        string[] names = words[3..];
        int threshold = words[2] switch { "any" => 1, "all" => names.Length, var k => LogLines.TryNumber(k, out long n) && n <= names.Length ? (int)n : 0 };
        if (threshold < 1 || !names.All(n => n != Nobody && IsTaken(n) && members.Add(n))) return false;
        _groups.Add(words[1], (threshold, names));
        return true;
    }

    private bool TryQuorum(string[] words)
    {
        if (words.Length != 2 || !IsTaken(words[1])) return false;
        _quorum = words[1];
        return true;
    }

    private bool IsTaken(string name) => name == Nobody || _groups.ContainsKey(name) || _others.ContainsKey(name) || _witnesses.Exists(w => w.Name == name);

    private static bool TryUrl(string[] words, int at, out Uri? url)
    {
        url = null;
        if (words.Length <= at) return true;
        return Uri.TryCreate(words[at], UriKind.Absolute, out url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;
    }

    private static byte[] Untabbed(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        copy.AsSpan().Replace((byte)'\t', (byte)' ');
        return copy;
    }
}
