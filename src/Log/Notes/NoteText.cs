using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Candor.Log;

/// <summary>The spelling rules that notes, keys, checkpoints and proofs share. Each thing has one spelling; all else is refused.</summary>
internal static class NoteText
{
    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(b => b != '\n').Select(b => (byte)b)]);

    /// <summary>Size, UTF-8 and control bytes, for every text before anything else is read from it.</summary>
    internal static LogRejection Check(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length > maxBytes) return LogRejection.TooLarge;
        if (text.ContainsAny(ControlBytes)) return LogRejection.ControlCharacter;
        return Utf8.IsValid(text) ? LogRejection.None : LogRejection.NotUtf8;
    }

    /// <summary>A key name: not empty, no control character, no white space in the sense of Unicode, no plus sign.</summary>
    internal static bool IsKeyName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (c < 0x20 || c == '+' || char.IsWhiteSpace(c)) return false;
        }

        return IsText(name);
    }

    /// <summary>A line of its own: not empty, no control character and so no newline.</summary>
    internal static bool IsLine(ReadOnlySpan<char> line) => !line.ContainsAnyInRange('\0', '\x1F') && IsText(line);

    // Not empty, and without half a surrogate pair, which UTF-8 cannot write.
    private static bool IsText(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return false;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int length) != OperationStatus.Done) return false;
            text = text[length..];
        }

        return true;
    }

    /// <summary>ASCII digits without sign and without leading zero, at most 2^63 - 1.</summary>
    internal static bool TryParseDecimal(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        if (digits[0] == '0' && digits.Length > 1) return false;
        return Utf8Parser.TryParse(digits, out value, out int consumed) && consumed == digits.Length;
    }

    /// <summary>Base64 of RFC 4648 section 4 with padding: at least one byte, no white space, unused bits zero.</summary>
    internal static bool TryDecodeBase64(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.IsEmpty || text.Length % 4 != 0) return false;
        var decoded = new byte[text.Length / 4 * 3];
        var again = new byte[text.Length];
        // The decoder skips white space and may ignore unused bits: only text that encodes back to itself is taken.
        if (Base64.DecodeFromUtf8(text, decoded, out _, out int written) == OperationStatus.Done
            && Base64.EncodeToUtf8(decoded.AsSpan(0, written), again, out _, out int length) == OperationStatus.Done
            && again.AsSpan(0, length).SequenceEqual(text))
        {
            bytes = decoded[..written];
        }

        CryptographicOperations.ZeroMemory(again); // private keys pass here too
        CryptographicOperations.ZeroMemory(decoded);
        return bytes is not null;
    }

    /// <summary>Takes what stands before the next newline; the rest when there is none.</summary>
    internal static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }
}
