using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Candor.Formats.Messages;

/// <summary>The text of XML attributes, read leniently and written strictly.</summary>
internal static class XmlText
{
    /// <summary>"&amp;#x10FFFF;" with room for leading zeros.</summary>
    private const int MaxReference = 16;

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "&<>\"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\t\n\u000b\u000c\r\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\ufffe\uffff");

    /// <summary>
    /// Decodes an attribute's raw value. The five named references and numeric ones are resolved, whatever code point they name; two that
    /// name the halves of a surrogate pair become the one character (phones write emoji so), a lone half U+FFFD. Any other reference stays
    /// as it is written: nothing is ever expanded. Line breaks are kept, not turned into blanks.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static string Decode(ReadOnlySpan<byte> raw)
    {
        int amp = raw.IndexOf((byte)'&');
        if (amp < 0)
            return Encoding.UTF8.GetString(raw);
        char[] chars = ArrayPool<char>.Shared.Rent(raw.Length);
        int n = 0;
        bool halves = false;
        while (amp >= 0)
        {
            n += Encoding.UTF8.GetChars(raw[..amp], chars.AsSpan(n));
            raw = raw[amp..];
            int length = Reference(raw, out uint code);
            if (length == 0)
            {
                chars[n++] = '&';
                length = 1;
            }
            else if (code > char.MaxValue)
            {
                code -= 0x10000;
                chars[n++] = (char)(0xD800 + (code >> 10));
                chars[n++] = (char)(0xDC00 + (code & 0x3FF));
            }
            else
            {
                chars[n++] = (char)code;
                halves |= char.IsSurrogate((char)code);
            }
            raw = raw[length..];
            amp = raw.IndexOf((byte)'&');
        }
        n += Encoding.UTF8.GetChars(raw, chars.AsSpan(n));
        if (halves)
            MendHalves(chars.AsSpan(0, n));
        var text = new string(chars, 0, n);
        ArrayPool<char>.Shared.Return(chars);
        return text;
    }

    /// <summary>Bytes of the reference that <paramref name="raw"/> starts with, and what it names; 0 if it is none that is
    /// resolved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Reference(ReadOnlySpan<byte> raw, out uint code)
    {
        code = 0;
        int end = raw[..Math.Min(raw.Length, MaxReference)].IndexOf((byte)';');
        if (end < 2)
            return 0;
        ReadOnlySpan<byte> name = raw[1..end];
        if (name[0] != '#')
        {
            code = name.SequenceEqual("amp"u8) ? '&' : name.SequenceEqual("lt"u8) ? '<' : name.SequenceEqual("gt"u8) ? '>'
                : name.SequenceEqual("quot"u8) ? '"' : name.SequenceEqual("apos"u8) ? '\'' : 0u;
            return code == 0 ? 0 : end + 1;
        }
        bool hex = name.Length > 1 && name[1] == 'x';
        NumberStyles style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        bool number = uint.TryParse(name[(hex ? 2 : 1)..], style, CultureInfo.InvariantCulture, out code);
        return number && code <= 0x10FFFF ? end + 1 : 0;
    }

    internal static void MendHalves(Span<char> chars)
    {
        for (int i = 0; i < chars.Length; i++)
        {
            if (!char.IsSurrogate(chars[i]))
                continue;
            if (i + 1 < chars.Length && char.IsSurrogatePair(chars[i], chars[i + 1]))
                i++;
            else
                chars[i] = '\ufffd';
        }
    }

    /// <summary>Writes <paramref name="text"/> as the inside of a double-quoted attribute. What XML 1.0 cannot hold (control characters,
    /// lone surrogates) becomes U+FFFD: one such character makes strict readers refuse the whole file.</summary>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        while (true)
        {
            int special = text.IndexOfAny(Escaped);
            ReadOnlySpan<char> plain = special < 0 ? text : text[..special];
            if (!plain.IsEmpty)
                Encoding.UTF8.GetBytes(plain, output);
            if (special < 0)
                return;
            output.Write(text[special] switch
            {
                '&' => "&amp;"u8,
                '<' => "&lt;"u8,
                '>' => "&gt;"u8,
                '"' => "&quot;"u8,
                '\t' => "&#9;"u8,
                '\n' => "&#10;"u8,
                '\r' => "&#13;"u8,
                _ => "\ufffd"u8,
            });
            text = text[(special + 1)..];
        }
    }
}
