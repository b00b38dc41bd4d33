using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>What a commitment in the public log stands for: given to those concerned and to nobody else (spec/public-log.md §3).</summary>
/// <remarks>Whoever has it can show what was committed to; when its nonce is destroyed, nothing ties the commitment to anybody.</remarks>
public sealed class Opening
{
    /// <summary>Random bytes before the payload.</summary>
    public const int NonceSize = 32;

    /// <summary>Most bytes of the file.</summary>
    public const int MaxBytes = 8 << 10;

    private const string First = "candor/log/v1 opening";

    private static readonly Dictionary<string, string[]> Payloads = new(StringComparer.Ordinal)
    {
        ["erasure"] = ["what", "account", "index", "leaf", "kind"],
        ["access"] = ["what", "account", "by", "reason", "scope"],
        ["request"] = ["what", "account", "by", "reason", "scope"],
    };

    private readonly byte[] _nonce;
    private readonly List<(string Word, string Value)> _lines;

    private Opening(byte[] nonce, List<(string, string)> lines)
    {
        _nonce = nonce;
        _lines = lines;
    }

    /// <summary>erasure, access or request.</summary>
    public string What => this["what"];

    public string this[string word] => _lines.First(l => l.Word == word).Value;

    /// <summary>What stands in the log.</summary>
    public Hash32 Value
    {
        get
        {
            byte[] payload = ToBytes()[(First.Length + 1 + "nonce ".Length + 2 * NonceSize + 1)..];
            return Hash32.Of([.. Encoding.ASCII.GetBytes(First), (byte)'\n', .. _nonce, .. payload]);
        }
    }

    /// <exception cref="ArgumentException">A part is not of its form.</exception>
    public static Opening Erasure(Id account, long index, in Hash32 leaf, string kind) =>
        Make([("what", "erasure"), ("account", account.ToString()), ("index", index.ToString(CultureInfo.InvariantCulture)), ("leaf", leaf.ToString()), ("kind", kind)]);

    /// <param name="account">An account's id, or all.</param>
    /// <param name="by">Who looks.</param>
    /// <param name="reason">Why.</param>
    /// <param name="scope">facts or export.</param>
    /// <exception cref="ArgumentException">A part is not of its form.</exception>
    public static Opening Access(string account, string by, string reason, string scope) =>
        Make([("what", "access"), ("account", account), ("by", by), ("reason", reason), ("scope", scope)]);

    /// <inheritdoc cref="Access"/>
    public static Opening Request(string account, string by, string reason, string scope) =>
        Make([("what", "request"), ("account", account), ("by", by), ("reason", reason), ("scope", scope)]);

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Opening? opening)
    {
        opening = null;
        if (NoteText.Check(bytes, MaxBytes) != LogRejection.None) return false;
        if (!NoteText.TakeLine(ref bytes).SequenceEqual(Encoding.ASCII.GetBytes(First))) return false;
        string nonce = Encoding.UTF8.GetString(NoteText.TakeLine(ref bytes));
        if (!nonce.StartsWith("nonce ", StringComparison.Ordinal) || !Hash32.TryParseHex(nonce.AsSpan("nonce ".Length), out var random)) return false;
        var what = bytes;
        string line = Encoding.UTF8.GetString(NoteText.TakeLine(ref what));
        if (!line.StartsWith("what ", StringComparison.Ordinal) || !Payloads.TryGetValue(line["what ".Length..], out var words)) return false;
        if (LogLines.Read(bytes, words, 1) is not { } lines) return false;
        opening = new(random.ToArray(), lines);
        return true;
    }

    public byte[] ToBytes() => LogLines.Write(First, [("nonce", Convert.ToHexStringLower(_nonce)), .. _lines]);

    private static Opening Make(List<(string, string)> lines)
    {
        var made = new Opening(RandomNumberGenerator.GetBytes(NonceSize), lines);
        return TryParse(made.ToBytes(), out _) ? made : throw new ArgumentException("Not an opening: each value is one line of text, the account an id or all.", nameof(lines));
    }
}
