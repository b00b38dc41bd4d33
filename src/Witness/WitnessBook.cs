using System.Diagnostics.CodeAnalysis;
using System.Text;
using Candor.Client.Devices;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Witness;

/// <summary>What a witness answers to a checkpoint.</summary>
/// <param name="Verdict">Which status.</param>
/// <param name="Line">With <see cref="WitnessVerdict.Cosign"/>: the cosignature's line.</param>
/// <param name="Size">With <see cref="WitnessVerdict.OtherSize"/>: how far the witness is.</param>
internal sealed record WitnessAnswer(WitnessVerdict Verdict, string Line = "", long Size = 0);

/// <summary>The logs that a witness follows and the newest checkpoint of each that it cosigned. Check and store are one step, and what is answered is on stable storage.</summary>
/// <remarks>
/// witness.key · logs (lines as in a policy: <c>log vkey</c>) · &lt;hex SHA-256 of the origin&gt;/checkpoint. A crash leaves the old file or the new one: never an answer that was not stored. Safe for several threads; the folder is
/// locked against a second process.
/// </remarks>
internal sealed class WitnessBook : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly NoteSigner _key;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Followed> _logs = new(StringComparer.Ordinal);

    private WitnessBook(string folder, FileStream held, NoteSigner key, TimeProvider time) => (_folder, _lock, _key, _time) = (folder, held, key, time);

    public NoteVerifierKey Key => _key.VerifierKey;

    public IEnumerable<string> Origins => _logs.Keys.Order(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">Another process has the folder, or a file in it is damaged; the message is for the operator.</exception>
    public static WitnessBook Open(string folder, string? name, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        FileStream held;
        try
        {
            held = new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"Another candor-witness is using {folder}: two of them would sign two histories.", e);
        }
        try
        {
            var book = new WitnessBook(folder, held, OpenKey(Path.Combine(folder, "witness.key"), name), time);
            book.ReadLogs();
            return book;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Judges, stores, cosigns: in this order, one request of a log at a time.</summary>
    public WitnessAnswer Add(ReadOnlySpan<byte> body)
    {
        if (!AddCheckpoint.TryParse(body, out var request)) return new(WitnessVerdict.Malformed);
        if (WitnessRules.OriginOf(request.Checkpoint) is not { } origin) return new(WitnessVerdict.Malformed);
        if (!_logs.TryGetValue(origin, out var log)) return new(WitnessVerdict.UnknownOrigin);
        lock (log.Turn)
        {
            var verdict = WitnessRules.Judge(request, log.Verifier, log.Stored, out var opened);
            if (verdict != WitnessVerdict.Cosign) return new(verdict, Size: log.Stored?.Size ?? 0);
            var cosignature = _key.Cosign(opened!.Note.UnverifiedText.Span, _time.GetUtcNow().ToUnixTimeSeconds());
            // Only what its log signed is kept, with our own signature: anybody may have added lines.
            var kept = opened.Note.With(cosignature);
            string home = Path.Combine(_folder, NameOf(origin));
            Directory.CreateDirectory(home);
            DurableFile.FlushFolder(_folder);
            DurableFile.Write(Path.Combine(home, "checkpoint"), kept.ToBytes());
            log.Stored = opened.Checkpoint;
            return new(WitnessVerdict.Cosign, cosignature + "\n");
        }
    }

    /// <summary>The newest checkpoint of the log with this hash of its origin.</summary>
    public bool TryNewest(string hash, [NotNullWhen(true)] out byte[]? note)
    {
        note = null;
        foreach (var (origin, log) in _logs)
        {
            if (NameOf(origin) != hash || log.Stored is null) continue;
            note = File.ReadAllBytes(Path.Combine(_folder, hash, "checkpoint"));
            return true;
        }
        return false;
    }

    public void Dispose()
    {
        _key.Dispose();
        _lock.Dispose();
    }

    private static string NameOf(string origin) => Hash32.Of(Encoding.UTF8.GetBytes(origin)).ToString();

    private void ReadLogs()
    {
        string file = Path.Combine(_folder, "logs");
        if (!File.Exists(file)) return;
        byte[] bytes = [.. File.ReadAllBytes(file), .. "\nquorum none\n"u8];
        if (!LogPolicy.TryParse(bytes, out var policy, out int wrong)) throw new InvalidOperationException($"{file} is not understood (line {wrong}): each line is log VKEY, as in a policy file.");
        foreach (string origin in policy.Logs.Select(l => l.Key.Name).Distinct())
        {
            var log = new Followed(policy.VerifierOf(origin)!);
            string stored = Path.Combine(_folder, NameOf(origin), "checkpoint");
            if (File.Exists(stored))
            {
                // Ours stands under it: what somebody else put there is not what we cosigned.
                var ours = new LogVerifier(origin, policy.Logs.Where(l => l.Key.Name == origin).Select(l => l.Key), [Key]);
                if (!ours.TryOpen(File.ReadAllBytes(stored), out var opened, out var rejection) || opened.Cosignatures.Count == 0)
                    throw new InvalidOperationException($"{stored} is not what this witness signed ({rejection}). Put it back from the newest backup, or follow the log no more: an older one would let it sign two histories.");
                log.Stored = opened.Checkpoint;
            }
            _logs.Add(origin, log);
        }
    }

    private static NoteSigner OpenKey(string file, string? name)
    {
        if (!File.Exists(file))
        {
            if (name is null) throw new InvalidOperationException("Say what this witness is called: --name witness.example. The name stands under everything it signs.");
            byte[] seed = System.Security.Cryptography.RandomNumberGenerator.GetBytes(NoteSigner.SeedSize);
            DurableFile.Write(file, [.. NoteSigner.EncodePrivateKey(name, NoteKeyType.Cosignature, seed), (byte)'\n']);
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        }
        byte[] text = File.ReadAllBytes(file);
        bool read = NoteSigner.TryParse(text.AsSpan().TrimEnd((byte)'\n'), out var key, out var rejection);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(text);
        if (!read || key!.VerifierKey.Type != NoteKeyType.Cosignature) throw new InvalidOperationException($"{file} is no witness's key ({rejection}). Put it back from a backup.");
        if (name is null || name == key.Name) return key;
        string old = key.Name;
        key.Dispose();
        throw new InvalidOperationException($"The key in {file} is of the witness {old}, not {name}.");
    }

    private sealed class Followed(LogVerifier verifier)
    {
        public Lock Turn { get; } = new();

        public LogVerifier Verifier { get; } = verifier;

        public Checkpoint? Stored { get; set; }
    }
}
