using System.Buffers;
using System.Globalization;
using System.Text;

namespace Candor.Audit.Bodies;

/// <summary>Takes a decoded piece: its step, its bytes, and where it stood; answers false to end.</summary>
internal delegate bool TakePiece(string step, byte[] made, int start, int length, ViewMap map);

/// <summary>Encodings of bytes as text, found in any text: nobody declares them.</summary>
internal static class Texts
{
    private const int LeastRun = 12, SureRun = 28, LeastHex = 16, MimeLine = 60, MaxRuns = 64, MaxForm = 64 * 1024, MaxPath = 2048;

    private static readonly SearchValues<byte> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);
    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> s_hexLetters = SearchValues.Create("abcdefABCDEF"u8);
    private static readonly SearchValues<byte> s_printable = SearchValues.Create([9, 10, 13, .. Enumerable.Range(0x20, 0x5F).Select(b => (byte)b)]);
    private static readonly SearchValues<byte> s_capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ"u8), s_small = SearchValues.Create("abcdefghijklmnopqrstuvwxyz"u8), s_others = SearchValues.Create("0123456789+/"u8);
    private static readonly SearchValues<byte> s_letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz/-_"u8);

    public static void Pieces(ReadOnlySpan<byte> bytes, bool text, TakePiece take)
    {
        if (!Base64Runs(bytes, take) || !text) return;
        if (Percent(bytes) is { } percent && !take("percent", percent, 0, bytes.Length, ViewMap.Whole)) return;
        if (QuotedPrintable(bytes) is { } quoted && !take("quoted-printable", quoted, 0, bytes.Length, ViewMap.Whole)) return;
        if (Escapes(bytes) is { } escapes && !take("escapes", escapes, 0, bytes.Length, ViewMap.Whole)) return;
        if (Entities(bytes) is { } entities) take("entities", entities, 0, bytes.Length, ViewMap.Whole);
    }

    /// <summary>Text that something else stands around: runs of printable characters in which a percent, an ampersand or a backslash may hide more. What is plain in them is seen where it stands.</summary>
    public static IEnumerable<(int Start, int Length)> Runs(ReadOnlyMemory<byte> memory)
    {
        for (int at = 0, runs = 0; at < memory.Length && runs < MaxRuns;)
        {
            var bytes = memory.Span[at..];
            int start = bytes.IndexOfAny(s_printable);
            if (start < 0) yield break;
            int length = bytes[start..].IndexOfAnyExcept(s_printable);
            if (length < 0) length = bytes.Length - start;
            if (length >= LeastHex && bytes.Slice(start, length).ContainsAny("%&\\"u8))
            {
                runs++;
                yield return (at + start, length);
            }
            at += start + length;
        }
    }

    /// <summary>UTF-16 by its mark, or by every other byte being zero; as UTF-8. Null for anything else.</summary>
    public static byte[]? Utf16(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 8) return null;
        bool little = bytes is [0xFF, 0xFE, ..], big = bytes is [0xFE, 0xFF, ..];
        if (!little && !big)
        {
            int even = 0, odd = 0, looked = Math.Min(bytes.Length, 4096) & ~1;
            for (int i = 0; i < looked; i += 2)
            {
                even += bytes[i] == 0 ? 1 : 0;
                odd += bytes[i + 1] == 0 ? 1 : 0;
            }
            little = odd * 10 > looked * 4 && even * 50 < looked;
            big = even * 10 > looked * 4 && odd * 50 < looked;
        }
        if (!little && !big) return null;
        var encoding = little ? Encoding.Unicode : Encoding.BigEndianUnicode;
        byte[] made = Encoding.UTF8.GetBytes(encoding.GetString(bytes[..(bytes.Length & ~1)]).TrimStart('\uFEFF'));
        return Readable.IsText(made) && made.AsSpan().Count("\uFFFD"u8) * 50 <= made.Length ? made : null;
    }

    /// <summary>RFC 4648 in either alphabet, with or without padding, also in lines; and hex.</summary>
    private static bool Base64Runs(ReadOnlySpan<byte> bytes, TakePiece take)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int start = bytes[at..].IndexOfAny(s_base64);
            if (start < 0) return true;
            start += at;
            at = RunEnd(bytes, start);
            var run = bytes[start..at];
            if (run.Length < LeastRun) continue;
            if (run.IndexOfAnyExcept(s_hex) < 0)
            {
                if (run.Length >= LeastHex && run.Length % 2 == 0 && run.ContainsAny(s_hexLetters) && !take("hex", Convert.FromHexString(Encoding.ASCII.GetString(run)), start, run.Length, ViewMap.Hex)) return false;
                if (run.Length % 4 != 0) continue;
            }
            var whole = Base64(run, padded: at < bytes.Length && bytes[at] == '=');
            if (whole is not null && !take("base64", whole, start, run.Length, run.ContainsAny("\r\n"u8) ? ViewMap.Whole : ViewMap.Base64)) return false;
            if (!Segments(run, start, take)) return false;
            // Behind a path or a name a gzip member still begins with these four.
            int gzip = run.Length > 5 ? run[1..].IndexOf("H4sI"u8) + 1 : 0;
            if (gzip > 0 && Base64(run[gzip..], padded: false) is { } member && !take("base64", member, start + gzip, run.Length - gzip, ViewMap.Base64)) return false;
        }
        return true;
    }

    /// <summary>Between the slashes and dashes of a path each part may be something of its own.</summary>
    private static bool Segments(ReadOnlySpan<byte> run, int start, TakePiece take)
    {
        if (run.Length > MaxPath || !run.ContainsAny("/-_"u8)) return true;
        for (int at = 0; at < run.Length;)
        {
            int next = run[at..].IndexOfAny("/-_"u8), slash = run[at..].IndexOf((byte)'/');
            var part = next < 0 ? run[at..] : run.Slice(at, next);
            if (part.Length >= LeastHex && part.Length % 2 == 0 && part.IndexOfAnyExcept(s_hex) < 0 && part.ContainsAny(s_hexLetters) && !take("hex", Convert.FromHexString(Encoding.ASCII.GetString(part)), start + at, part.Length, ViewMap.Hex)) return false;
            var segment = slash < 0 ? run[at..] : run.Slice(at, slash);
            bool begins = at == 0 || run[at - 1] == '/';
            if (begins && segment.Length < run.Length && segment.Length >= LeastRun && Base64(segment, padded: false) is { } made && Readable.IsText(made) && !take("base64", made, start + at, segment.Length, ViewMap.Base64)) return false;
            at += part.Length + 1;
        }
        return true;
    }

    private static int RunEnd(ReadOnlySpan<byte> bytes, int start)
    {
        for (int at = start; ;)
        {
            int line = bytes[at..].IndexOfAnyExcept(s_base64);
            int end = line < 0 ? bytes.Length : at + line;
            bool goesOn = end - at >= MimeLine && end < bytes.Length && bytes[end] is (byte)'\r' or (byte)'\n';
            if (!goesOn) return end;
            int next = end + (bytes[end] == '\r' && end + 1 < bytes.Length && bytes[end + 1] == '\n' ? 2 : 1);
            if (next >= bytes.Length || !s_base64.Contains(bytes[next])) return end;
            at = next;
        }
    }

    private static byte[]? Base64(ReadOnlySpan<byte> run, bool padded)
    {
        byte[] clean = new byte[run.Length + 3];
        int count = 0;
        foreach (byte b in run)
        {
            if (b is (byte)'\r' or (byte)'\n') continue;
            clean[count++] = b == '-' ? (byte)'+' : b == '_' ? (byte)'/' : b;
        }
        if (count % 4 == 1) count--; // One character holds no byte: it belongs to what stands beside.
        while (count % 4 != 0) clean[count++] = (byte)'=';
        byte[] made = new byte[Base64Max(count)];
        if (System.Buffers.Text.Base64.DecodeFromUtf8(clean.AsSpan(0, count), made, out _, out int length) is not (OperationStatus.Done or OperationStatus.InvalidData) || length == 0) return null;
        made = made[..length];
        // Short runs are mostly words: only what reads or has a known beginning is taken. Small letters alone are words at any length.
        bool telling = padded || Readable.IsText(made) || Compression.ByMagic(made) is not null || Media.Of(made) is not null;
        // So does one of whole groups in which small letters, capitals and others are mixed: numbers and keys in few bytes.
        telling |= run.Length % 4 == 0 && run.ContainsAny(s_small) && run.ContainsAny(s_capitals) && run.ContainsAny(s_others);
        return telling || run.Length >= SureRun && run.IndexOfAnyExcept(s_letters) >= 0 ? made : null;
    }

    private static int Base64Max(int length) => System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(length);

    /// <summary>RFC 3986, 2.1, and "+" for a blank as in forms. Null where there is none.</summary>
    public static byte[]? Percent(ReadOnlySpan<byte> bytes)
    {
        // A plus is a blank in a form, and a character of base64, whose equals signs stand at the end.
        int equals = bytes.Length <= MaxForm && bytes.Contains((byte)'+') ? bytes.IndexOf((byte)'=') : -1;
        bool blanks = equals > 0 && equals + 1 < bytes.Length && bytes[equals + 1] != '=';
        if (!blanks && !bytes.Contains((byte)'%')) return null;
        byte[] made = new byte[bytes.Length];
        int count = 0, seen = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                made[count++] = (byte)((Nibble(bytes[i + 1]) << 4) | Nibble(bytes[i + 2]));
                (i, seen) = (i + 2, seen + 1);
            }
            else if (bytes[i] == '+')
            {
                made[count++] = (byte)' ';
                seen += blanks ? 1 : 0;
            }
            else made[count++] = bytes[i];
        }
        return seen == 0 ? null : made[..count];
    }

    /// <summary>The escapes of JSON and of most languages, \u0041 and \x41, wherever they stand. Null where there are not at least two of them.</summary>
    private static byte[]? Escapes(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.Contains((byte)'\\')) return null;
        var made = new ArrayBufferWriter<byte>(bytes.Length);
        Span<byte> utf8 = stackalloc byte[4];
        int seen = 0;
        char high = '\0';
        for (int i = 0; i < bytes.Length; i++)
        {
            int digits = bytes[i] != '\\' || i + 1 == bytes.Length ? 0 : bytes[i + 1] == 'u' ? 4 : bytes[i + 1] == 'x' ? 2 : 0;
            if (digits == 0 && bytes[i] == '\\' && i + 1 < bytes.Length && bytes[i + 1] is (byte)'\\' or (byte)'"' or (byte)'/')
            {
                // One level of several: the next view has the rest.
                made.Write(bytes.Slice(++i, 1));
                seen++;
                continue;
            }
            if (digits == 0 || i + 2 + digits > bytes.Length || !int.TryParse(bytes.Slice(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit))
            {
                made.Write(bytes.Slice(i, 1));
                continue;
            }
            (i, seen) = (i + 1 + digits, seen + 1);
            if (char.IsHighSurrogate((char)unit))
            {
                high = (char)unit;
                continue;
            }
            if (Rune.TryCreate((char)unit, out var rune) || Rune.TryCreate(high, (char)unit, out rune)) made.Write(utf8[..rune.EncodeToUtf8(utf8)]);
        }
        return seen < 2 ? null : made.WrittenSpan.ToArray();
    }

    /// <summary>RFC 2045, 6.7. Null where there are not at least two of its marks.</summary>
    private static byte[]? QuotedPrintable(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.Contains((byte)'=')) return null;
        byte[] made = new byte[bytes.Length];
        int count = 0, seen = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '=') made[count++] = bytes[i];
            else if (bytes[(i + 1)..] is [(byte)'\r', (byte)'\n', ..]) (i, seen) = (i + 2, seen + 1);
            else if (bytes[(i + 1)..] is [(byte)'\n', ..]) (i, seen) = (i + 1, seen + 1);
            else if (bytes[(i + 1)..] is [var high, var low, ..] && IsUpperHex(high) && IsUpperHex(low))
            {
                made[count++] = (byte)((Nibble(high) << 4) | Nibble(low));
                (i, seen) = (i + 2, seen + 1);
            }
            else made[count++] = bytes[i];
        }
        return seen < 2 ? null : made[..count];
    }

    /// <summary>Character references of XML and HTML. Null where there is none.</summary>
    private static byte[]? Entities(ReadOnlySpan<byte> bytes)
    {
        const int longest = 10;
        if (!bytes.Contains((byte)'&')) return null;
        var made = new ArrayBufferWriter<byte>(bytes.Length);
        bool seen = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < bytes.Length; i++)
        {
            int end = bytes[i] == '&' ? bytes[i..Math.Min(bytes.Length, i + longest)].IndexOf((byte)';') : -1;
            if (end < 2 || Reference(bytes.Slice(i + 1, end - 1)) is not { } rune)
            {
                made.Write(bytes.Slice(i, 1));
                continue;
            }
            made.Write(utf8[..rune.EncodeToUtf8(utf8)]);
            (i, seen) = (i + end, true);
        }
        return seen ? made.WrittenSpan.ToArray() : null;
    }

    private static Rune? Reference(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("amp"u8)) return new Rune('&');
        if (name.SequenceEqual("lt"u8)) return new Rune('<');
        if (name.SequenceEqual("gt"u8)) return new Rune('>');
        if (name.SequenceEqual("quot"u8)) return new Rune('"');
        if (name.SequenceEqual("apos"u8)) return new Rune('\'');
        bool hex = name is [(byte)'#', (byte)'x' or (byte)'X', ..];
        if (name is not [(byte)'#', ..]) return null;
        string digits = Encoding.ASCII.GetString(name[(hex ? 2 : 1)..]);
        return int.TryParse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int value) && Rune.IsValid(value) ? new Rune(value) : null;
    }

    private static bool IsUpperHex(byte b) => b is >= (byte)'0' and <= (byte)'9' or >= (byte)'A' and <= (byte)'F';

    private static int Nibble(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;
}
