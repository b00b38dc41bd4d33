using System.Globalization;

namespace Candor.Formats.Contacts;

/// <summary>A birthday or anniversary: its parts where they are a date, of which the year or the day may be unknown, and a text in any case.</summary>
/// <remarks>The text is 1990-01-31, or as much of that as is known ("--01-31" without a year); what is no date stands as the card has it.</remarks>
public sealed record ContactDate(string Text, int? Year, int? Month, int? Day)
{
    /// <summary>Apple writes this year, with X-APPLE-OMIT-YEAR, where none is known: 1604 is a leap year, so 29 February fits.</summary>
    public const int NoYear = 1604;

    /// <summary>The full date, where the card has one that exists.</summary>
    public DateOnly? Date => Year is { } y && Month is { } m && Day is { } d ? new DateOnly(y, m, d) : null;

    /// <summary>
    /// Reads 1990-01-31, 19900131, 1990-01, 1990, --01-31, --0131, ---31, with or without a time behind and with the stray ";" that some
    /// programs write. Anything else, and any day that does not exist, stays text with no parts.
    /// </summary>
    public static ContactDate Parse(string text, bool omitYear = false)
    {
        var date = text.AsSpan().Trim(" \t;");
        var time = date.IndexOfAny('T', ' ');
        if (time > 0) date = date[..time];
        Span<char> digits = stackalloc char[12];
        var length = 0;
        foreach (var c in date)
        {
            if (length == digits.Length) return new ContactDate(text, null, null, null);
            if (c == '/') digits[length++] = '-';
            else if (char.IsAsciiDigit(c) || c == '-') digits[length++] = c;
            else return new ContactDate(text, null, null, null);
        }
        var (year, month, day) = Parts(digits[..length]);
        if (omitYear || year == NoYear) year = null;
        return Exists(year, month, day) ? new ContactDate(Shown(year, month, day), year, month, day) : new ContactDate(text, null, null, null);
    }

    private static string Shown(int? year, int? month, int? day)
    {
        var shown = year is null ? "-" : $"{year:0000}";
        if (month is not null || year is null) shown += month is null ? "-" : $"-{month:00}";
        return day is null ? shown : $"{shown}-{day:00}";
    }

    private static bool Exists(int? year, int? month, int? day)
    {
        if ((year ?? month ?? day) is null || year is < 1 or > 9999 || month is < 1 or > 12) return false;
        return day is null || (day >= 1 && day <= (month is null ? 31 : DateTime.DaysInMonth(year ?? NoYear, month.Value)));
    }

    private static (int? Year, int? Month, int? Day) Parts(ReadOnlySpan<char> s)
    {
        // ISO 8601:2000 as RFC 6350 §4.3.1 narrows it, and the extended form of RFC 2426.
        if (s.StartsWith("---")) return s.Length == 5 ? (null, null, Number(s[3..])) : default;
        if (s.StartsWith("--"))
            return s.Length switch
            {
                4 => (null, Number(s[2..]), null),
                6 => (null, Number(s[2..4]), Number(s[4..])),
                7 when s[4] == '-' => (null, Number(s[2..4]), Number(s[5..])),
                _ => default,
            };
        if (s.Length == 4) return (Number(s), null, null);
        if (s.Length == 8 && !s.Contains('-')) return (Number(s[..4]), Number(s[4..6]), Number(s[6..]));
        if (s.Length < 6 || s[4] != '-') return default;
        var rest = s[5..];
        var dash = rest.IndexOf('-');
        return dash < 0 ? (Number(s[..4]), Number(rest), null) : (Number(s[..4]), Number(rest[..dash]), Number(rest[(dash + 1)..]));
    }

    /// <summary>A number, or -1, which is no year, month or day.</summary>
    private static int Number(ReadOnlySpan<char> s) =>
        s.Length is > 0 and <= 4 && int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1;

    /// <summary>The date part in the form of a version; null where nothing is known for sure, or the version cannot say it.</summary>
    internal string? For(VCardVersion version)
    {
        if ((Year ?? Month ?? Day) is null) return null;
        if (version == VCardVersion.V40)
            return (Year, Month, Day) switch
            {
                ({ } y, { } m, { } d) => $"{y:0000}{m:00}{d:00}",
                ({ } y, { } m, null) => $"{y:0000}-{m:00}",
                ({ } y, null, _) => $"{y:0000}",
                (null, { } m, { } d) => $"--{m:00}{d:00}",
                (null, { } m, null) => $"--{m:00}",
                _ => $"---{Day:00}",
            };
        return (Month, Day) is ({ } month, { } day) ? $"{Year ?? NoYear:0000}-{month:00}-{day:00}" : null;
    }
}
