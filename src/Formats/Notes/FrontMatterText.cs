using System.Globalization;
using System.Text;

namespace Candor.Formats.Notes;

/// <summary>Writes front matter values, and reads the few types a scalar can have.</summary>
internal static class FrontMatterText
{
    /// <summary>"key: value" on one line; a value that YAML might take for something else than text is quoted.</summary>
    public static string Line(string key, string value, string lineEnding) => key + ": " + Quote(value) + lineEnding;

    public static string Line(string key, bool value, string lineEnding) => key + (value ? ": true" : ": false") + lineEnding;

    /// <summary>RFC 3339 with the offset it was given in, fractions only where there are any.</summary>
    public static string Line(string key, DateTimeOffset value, string lineEnding) => key + ": " + Instant(value) + lineEnding;

    /// <summary>The key on one line and each item on its own below, the layout that merges best.</summary>
    public static string Lines(string key, IReadOnlyCollection<string> values, string lineEnding) =>
        values.Count == 0
            ? key + ": []" + lineEnding
            : key + ":" + lineEnding + string.Concat(values.Select(value => "  - " + Quote(value) + lineEnding));

    public static string Instant(DateTimeOffset value)
    {
        var seconds = value.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        return seconds + (value.Offset == TimeSpan.Zero ? "Z" : value.ToString("zzz", CultureInfo.InvariantCulture));
    }

    /// <summary>Reads ISO 8601 dates and times as note apps write them, and epoch seconds or milliseconds. No offset means UTC.</summary>
    public static DateTimeOffset? ParseInstant(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > 40)
            return null;
        if (text.Length is >= 9 and <= 15 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
            return text.Length <= 11 ? FromEpochMilliseconds(epoch * 1000) : FromEpochMilliseconds(epoch);
        string[] formats =
        [
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFF K", "yyyy-MM-dd'T'HH:mmK",
            "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm K", "yyyyMMdd'T'HHmmssK", "yyyy-MM-dd", "yyyy/MM/dd", "yyyy/MM/dd HH:mm:ss",
        ];
        return DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : null;
    }

    public static DateTimeOffset? FromEpochMilliseconds(long value) =>
        value is > -62_135_596_800_000 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    public static bool ParseFlag(string? text) => text?.Trim().ToUpperInvariant() is "TRUE" or "YES" or "ON" or "1";

    private static string Quote(string value)
    {
        if (IsPlain(value))
            return value;
        var quoted = new StringBuilder(value.Length + 8).Append('"');
        foreach (var letter in value)
        {
            switch (letter)
            {
                case '"': quoted.Append("\\\""); break;
                case '\\': quoted.Append(@"\\"); break;
                case '\n': quoted.Append("\\n"); break;
                case '\r': quoted.Append("\\r"); break;
                case '\t': quoted.Append("\\t"); break;
                case < ' ' or (>= '\x7F' and <= '\xA0') or '\u2028' or '\u2029' or '\uFEFF' or (>= '\uFFFE'):
                    quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");
                    break;
                default: quoted.Append(letter); break;
            }
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Words that start with a letter and hold nothing YAML could read as markup, a flag, a number or a date.</summary>
    private static bool IsPlain(string value)
    {
        if (value.Length is 0 or > 120 || !char.IsLetter(value[0]) || value[^1] == ' ')
            return false;
        foreach (var letter in value)
        {
            if (!char.IsLetterOrDigit(letter) && letter is not (' ' or '-' or '_' or '.' or '/' or ',' or '(' or ')' or '\''))
                return false;
        }
        return value.ToUpperInvariant() is not ("TRUE" or "FALSE" or "YES" or "NO" or "ON" or "OFF" or "NULL" or "Y" or "N");
    }
}
