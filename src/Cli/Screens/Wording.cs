using System.Globalization;

namespace Candor.Cli.Screens;

/// <summary>Numbers and times as a person reads them.</summary>
internal static class Wording
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>A name that somebody else chose, fit for a line of a terminal: what would move the cursor, break the line or turn the writing round shows as �.</summary>
    public static string Plain(string name) =>
        name.Any(IsTricky) ? string.Concat(name.Select(c => IsTricky(c) ? '\uFFFD' : c)) : name;

    /// <summary>"1,204".</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 note", "3 notes".</summary>
    public static string Count(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>"640 B", "1.2 MB": decimal units, at most three digits.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }
        string format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    /// <summary>"2026-11-25 09:30" in the person's time zone.</summary>
    public static string When(DateTimeOffset time, TimeProvider clock) =>
        TimeZoneInfo.ConvertTime(time, clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>"just now", "5 minutes ago", "3 days ago"; older than a month: the day.</summary>
    public static string Ago(DateTimeOffset time, TimeProvider clock)
    {
        var ago = clock.GetUtcNow() - time;
        return ago switch
        {
            { TotalMinutes: < 1 } => "just now",
            { TotalHours: < 1 } => $"{Count((long)ago.TotalMinutes, "minute")} ago",
            { TotalDays: < 1 } => $"{Count((long)ago.TotalHours, "hour")} ago",
            { TotalDays: < 31 } => $"{Count((long)ago.TotalDays, "day")} ago",
            _ => TimeZoneInfo.ConvertTime(time, clock.LocalTimeZone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>"0.4 s", "12 s", "3 min 5 s".</summary>
    public static string Lasted(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMinutes} min {time.Seconds} s"),
    };

    /// <summary>"contacts", "contacts and notes", "contacts, notes and photos".</summary>
    public static string List(IReadOnlyList<string> words) => words.Count switch
    {
        0 => "nothing",
        1 => words[0],
        _ => $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}",
    };

    private static bool IsTricky(char c) => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u2028' or '\u2029';
}
