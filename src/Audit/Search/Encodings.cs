using System.Globalization;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>One encoding of a spelling.</summary>
internal readonly record struct Encoded(byte[] Bytes, string Form, bool AnyCase, Guard Guard, int Unit = 1);

/// <summary>The forms in which one text travels.</summary>
internal static class Encodings
{
    private static readonly UTF8Encoding s_utf8 = new(false);

    public static IEnumerable<Encoded> Of(Spelling spelling)
    {
        byte[] plain = s_utf8.GetBytes(spelling.Text);
        yield return new(plain, "", spelling.AnyCase, spelling.Guard);
        if (!spelling.Encoded) yield break;
        yield return new(Encoding.Unicode.GetBytes(spelling.Text), "UTF-16LE", spelling.AnyCase, spelling.Guard, 2);
        yield return new(Encoding.BigEndianUnicode.GetBytes(spelling.Text), "UTF-16BE", spelling.AnyCase, spelling.Guard, 2);
        foreach (string percent in Distinct(spelling.Text, Percent(plain, "-._~", '%', false), Percent(plain, "-._~", '+', false), Percent(plain, "-._~@:!$'()*,;/", '%', false), Percent(plain, "", '%', true)))
            yield return new(Ascii(percent), "percent-encoded", true, spelling.Guard);
        foreach (string json in Distinct(spelling.Text, Json(spelling.Text, slashes: false), Json(spelling.Text, slashes: true), Json(spelling.Text, plus: true)))
            yield return new(Ascii(json), "JSON escapes", true, spelling.Guard);
        foreach (string html in Distinct(spelling.Text, Html(spelling.Text, hex: false), Html(spelling.Text, hex: true)))
            yield return new(Ascii(html), "HTML entities", true, spelling.Guard);
        foreach (var (text, shift) in Base64(plain))
        {
            yield return new(Ascii(text), $"base64 at alignment {shift}", false, Guard.None);
            string url = text.Replace('+', '-').Replace('/', '_');
            if (url != text) yield return new(Ascii(url), $"base64url at alignment {shift}", false, Guard.None);
        }
        yield return new(Ascii(Convert.ToHexStringLower(plain)), "hex", true, Guard.None);
        foreach (var (text, shift) in Base32(plain)) yield return new(Ascii(text), $"base32 at alignment {shift}", true, Guard.None);
        string backwards = new([.. spelling.Text.Reverse()]);
        if (backwards != spelling.Text && spelling.Text.All(char.IsAscii)) yield return new(Ascii(backwards), "backwards", spelling.AnyCase, spelling.Guard);
        if (spelling.Text.Length is >= 10 and <= 20 && spelling.Text.All(char.IsAsciiDigit)) yield return new(SwappedBcd(spelling.Text), "swapped-nibble BCD", false, Guard.None);
        // A mobile identity shares the first digit's byte with its type.
        if (spelling.Text.Length is >= 11 and <= 20 && spelling.Text.All(char.IsAsciiDigit)) yield return new(SwappedBcd(spelling.Text[1..]), "swapped-nibble BCD from the second digit", false, Guard.None);
        if (spelling.Text.Length is >= 10 and <= 20 && spelling.Text.All(char.IsAsciiDigit)) yield return new(Bcd(spelling.Text), "BCD", false, Guard.None);
    }

    /// <summary>The characters of base64 that depend on the text alone, for each of the three ways that its first byte can fall into a group of three.</summary>
    public static IEnumerable<(string Text, int Shift)> Base64(byte[] plain)
    {
        for (int shift = 0; shift < 3; shift++)
        {
            string all = Convert.ToBase64String([.. new byte[shift], .. plain]);
            int from = (shift * 8 + 5) / 6, to = (shift + plain.Length) * 8 / 6;
            if (to > from) yield return (all[from..to], shift);
        }
    }

    /// <summary>RFC 4648, 6, as <see cref="Base64"/>: five ways to fall into a group of five. Names of DNS carry it, for they have no case.</summary>
    public static IEnumerable<(string Text, int Shift)> Base32(byte[] plain)
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        for (int shift = 0; shift < 5; shift++)
        {
            int from = (shift * 8 + 4) / 5, to = (shift + plain.Length) * 8 / 5;
            var text = new StringBuilder(Math.Max(0, to - from));
            for (int at = from; at < to; at++)
            {
                int bit = at * 5 - shift * 8, first = plain[bit / 8] << 8 | (bit / 8 + 1 < plain.Length ? plain[bit / 8 + 1] : 0);
                text.Append(letters[first >> (11 - bit % 8) & 31]);
            }
            if (text.Length > 0) yield return (text.ToString(), shift);
        }
    }

    /// <summary>3GPP TS 24.008, 10.5.4.7: the first digit in the low half of the first byte; an odd number ends in half a byte that depends on what follows and is left away.</summary>
    private static byte[] SwappedBcd(string digits)
    {
        byte[] bytes = new byte[digits.Length / 2];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)((digits[2 * i] - '0') | ((digits[2 * i + 1] - '0') << 4));
        return bytes;
    }

    private static byte[] Bcd(string digits)
    {
        byte[] bytes = new byte[digits.Length / 2];
        int odd = digits.Length % 2; // An odd number is written with a leading zero half: its first digit shares a byte.
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(((digits[odd + 2 * i] - '0') << 4) | (digits[odd + 2 * i + 1] - '0'));
        return bytes;
    }

    private static string Percent(byte[] plain, string unreserved, char blank, bool everything)
    {
        var text = new StringBuilder();
        foreach (byte b in plain)
        {
            if (b == ' ' && blank == '+') text.Append('+');
            else if (!everything && (char.IsAsciiLetterOrDigit((char)b) || unreserved.Contains((char)b, StringComparison.Ordinal))) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return text.ToString();
    }

    /// <summary>RFC 8259, 7; <paramref name="slashes"/> as PHP escapes them; <paramref name="plus"/> with what .NET and Gson escape too.</summary>
    private static string Json(string text, bool slashes = false, bool plus = false)
    {
        var json = new StringBuilder();
        foreach (char c in text)
        {
            if (c is '"' or '\\') json.Append('\\').Append(c);
            else if (c == '/' && slashes) json.Append("\\/");
            else if (c == '\n') json.Append("\\n");
            else if (c == '\r') json.Append("\\r");
            else if (c == '\t') json.Append("\\t");
            else if (c is < ' ' or > '~' || plus && c is '+' or '\'' or '&' or '<' or '>' or '=') json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else json.Append(c);
        }
        return json.ToString();
    }

    private static string Html(string text, bool hex)
    {
        var html = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '&' or '<' or '>' or '"') html.Append(rune.Value switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", _ => "&quot;" });
            else if (rune.Value is > '~' or '+' or '\'') html.Append("&#").Append(hex ? "x" : "").Append(rune.Value.ToString(hex ? "x" : "d", CultureInfo.InvariantCulture)).Append(';');
            else html.Append((char)rune.Value);
        }
        return html.ToString();
    }

    private static IEnumerable<string> Distinct(string than, params string[] texts) => texts.Distinct().Where(text => text != than && text.All(char.IsAscii));

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
