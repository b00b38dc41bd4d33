using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Candor.Cli.Commands;

/// <summary>A moment as a person types it: 2026-11-24, "2026-11-24 09:30", 2026-11-24T09:30Z, 90m, 12h, 3d, 2w, today, yesterday.</summary>
internal static class TimeOption
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff",
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK",
    ];

    public static Option<DateTimeOffset?> Make(string name, string description, TimeProvider clock) => new(name)
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = result => Parse(result, clock),
    };

    /// <summary>A time without a zone is in the person's; an age counts back from now. Null: none of these.</summary>
    internal static DateTimeOffset? Read(string typed, TimeProvider clock)
    {
        var today = new DateTimeOffset(clock.GetLocalNow().Date, clock.GetLocalNow().Offset);
        if (typed == "today") return today;
        if (typed == "yesterday") return today.AddDays(-1);
        if (DateTime.TryParseExact(typed, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time.Kind == DateTimeKind.Utc ? new(time) : new DateTimeOffset(time, clock.LocalTimeZone.GetUtcOffset(time));
        }
        if (typed.Length < 2 || !int.TryParse(typed[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > 100_000) return null;
        TimeSpan? age = typed[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7L * number),
            _ => null,
        };
        return clock.GetUtcNow() - age;
    }

    private static DateTimeOffset? Parse(ArgumentResult result, TimeProvider clock)
    {
        string typed = result.Tokens[0].Value;
        if (Read(typed, clock) is { } time) return time;
        result.AddError($"\"{typed}\" is no time: type 2026-11-24, \"2026-11-24 09:30\", 12h, 3d or yesterday.");
        return null;
    }
}
