using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>Something of the owner's, or of a kind that is somebody's, in one body.</summary>
/// <param name="Value">The owner's value; null for what was found without a list.</param>
/// <param name="What">The kind, in the words that claims use: "contact-number", "imei", "mac-withheld".</param>
/// <param name="Form">How it was written: "sha1, hex of the digits", "protobuf varint".</param>
/// <param name="Confidence">How sure it is.</param>
/// <param name="Chain">Every decoding from the body to it: "gzip > json $.a > base64"; empty where it stands in the open.</param>
/// <param name="Offset">In the body, of the first byte; of compressed or ciphered bytes that of the whole stretch.</param>
/// <param name="Length">In the body.</param>
/// <param name="Masked">The value for a report: its ends, the rest as dots.</param>
/// <param name="Proof">SHA-256 of the report's salt and the bytes as they stand in the last view, hex: who has the capture can compute it again, who has the report alone cannot turn it back.</param>
public sealed record Finding(OwnerValue? Value, string What, string Form, Confidence Confidence, string Chain, int Offset, int Length, string Masked, string Proof)
{
    /// <summary>Where it stands in the last view of the chain, for a second look.</summary>
    public (int Offset, int Length) InView { get; init; }

    /// <summary>The name of the published fixed key that opened it, if one did: the bytes were obfuscated, not encrypted.</summary>
    public string? Obfuscation { get; init; }

    /// <summary>What stands there and around it, in the clear: for a report that shows values. Null where it was not kept.</summary>
    internal Excerpt? Seen { get; init; }

    /// <summary>Bytes of a report's salt. A new one for each report: the same value has another proof in the next.</summary>
    public const int SaltSize = 16;

    /// <summary>The words for an owner's kind: "android-id" for AndroidId.</summary>
    public static string Word(OwnerKind kind)
    {
        var word = new StringBuilder();
        foreach (char c in kind.ToString())
        {
            if (char.IsUpper(c) && word.Length > 0) word.Append('-');
            word.Append(char.ToLowerInvariant(c));
        }
        return word.ToString();
    }

    public static string ProofOf(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Two characters at each end (one where it is short), a place to its whole degrees; the length is not told.</summary>
    public static string Mask(OwnerValue value) => value.Kind == OwnerKind.Place
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(value.At.Latitude)}.•, {Math.Truncate(value.At.Longitude)}.•")
        : Mask(value.Text);

    public static string Mask(string text)
    {
        int ends = text.Length >= 8 ? 2 : text.Length >= 4 ? 1 : 0;
        return $"{text[..ends]}•••{text[^ends..]}";
    }
}

/// <summary>A finding's bytes with some of those around them, as text.</summary>
internal readonly record struct Excerpt(string Before, string Value, string After)
{
    private const int MostBefore = 48, MostValue = 160, MostAfter = 24;

    public static Excerpt Of(ReadOnlySpan<byte> bytes, int start, int length)
    {
        int from = Math.Max(0, start - MostBefore), end = start + length, value = Math.Min(length, MostValue);
        return new(Text(bytes[from..start]), Text(bytes.Slice(start, value)) + (value < length ? "…" : ""), Text(bytes[end..Math.Min(bytes.Length, end + MostAfter)]));
    }

    /// <summary>UTF-8 where it is that, with a dot for what cannot be printed; else a byte a character.</summary>
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        if (text.Count(c => c == '\uFFFD') > 2) text = Encoding.Latin1.GetString(bytes);
        return string.Create(text.Length, text, (to, from) =>
        {
            for (int i = 0; i < to.Length; i++) to[i] = IsTricky(from[i]) || from[i] == '\uFFFD' ? '·' : from[i];
        });
    }

    /// <summary>Moves what reads it, or hides or turns around what stands beside it.</summary>
    public static bool IsTricky(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F';
}

/// <summary>A finding before it is told apart from others: in its view.</summary>
internal readonly record struct Hit(OwnerValue? Value, string What, string Form, Confidence Confidence, int Start, int Length);
