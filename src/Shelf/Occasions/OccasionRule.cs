namespace Candor.Shelf.Occasions;

/// <summary>When an occasion is, and where; the row of spec/occasions.md with the same id, calendar and rule.</summary>
/// <param name="Id">As greetings name it.</param>
/// <param name="Calendar">Whose days the rule counts.</param>
/// <param name="Rule">In words.</param>
/// <param name="Countries">ISO 3166 codes where this rule holds, joined by spaces; empty: wherever no other row of the id names the country.</param>
/// <param name="Days">The days in a Gregorian year; none where the calendar does not reach it.</param>
public sealed record OccasionRule(string Id, string Calendar, string Rule, string Countries, Func<int, IEnumerable<DateOnly>> Days)
{
    internal bool IsFor(string country) => Countries.Length > 0 && Countries.Split(' ').Contains(country);
}

/// <summary>Which occasions fall on a day. All is computed here: no clock, no file and no server is asked.</summary>
public static class OccasionDays
{
    /// <summary>Years for which every calendar here has days.</summary>
    public const int FirstYear = 1902, LastYear = 2049;

    /// <summary>The ids of what falls on a day, in the order of the table, each once.</summary>
    /// <param name="date">In the years from <see cref="FirstYear"/> to <see cref="LastYear"/>; outside of them none is found.</param>
    /// <param name="country">ISO 3166, two capital letters; empty where nobody knows: then rules of single countries do not count, except where their ids have no other.</param>
    public static IReadOnlyList<string> On(DateOnly date, string country = "")
    {
        ArgumentNullException.ThrowIfNull(country);
        if (date.Year is < FirstYear or > LastYear) return [];
        return [.. Rules(country).Where(r => r.Days(date.Year).Contains(date)).Select(r => r.Id).Distinct()];
    }

    /// <summary>The next day, from a day on, on which an occasion falls; null where it has no date or lies beyond <see cref="LastYear"/>.</summary>
    public static DateOnly? Next(string occasion, DateOnly from, string country = "")
    {
        ArgumentNullException.ThrowIfNull(country);
        for (int year = Math.Max(from.Year, FirstYear); year <= Math.Min(from.Year + 2, LastYear); year++)
        {
            var days = Rules(country).Where(r => r.Id == occasion).SelectMany(r => r.Days(year)).Where(d => d >= from).ToList();
            if (days.Count > 0) return days.Min();
        }
        return null;
    }

    private static IEnumerable<OccasionRule> Rules(string country) => OccasionTable.All.GroupBy(r => r.Id).SelectMany(rows =>
    {
        var here = rows.Where(r => r.IsFor(country)).ToList();
        if (here.Count > 0) return here;
        return rows.Where(r => r.Countries.Length == 0 || (country.Length == 0 && rows.All(o => o.Countries.Length > 0)));
    });
}
