using System.Globalization;
using System.Text.Json.Nodes;
using Candor.Shelf.Occasions;
using Candor.Tests.Vectors;

namespace Candor.Tests.Shelf;

/// <summary>spec/vectors/occasions.json: every rule in every year that it has, every day of a year in several countries, and the tables of spec/occasions.md §6.</summary>
public class OccasionVectorTests
{
    private static readonly string[] Countries = ["", "CN", "DE", "FR", "GB", "IL", "IN", "JP", "MX", "RU", "TR", "US"];

    private const int WholeYear = 2026, LeapYear = 2028;

    [Fact]
    public void EveryCaseHolds()
    {
        foreach (var c in VectorFile.Read("occasions.json", "Days of occasions in all years (days as YYYYMMDD, or MMDD where every year has the same), and all days of a year in a country; a day that is not named has none.", Make))
        {
            string name = (string)c["name"]!, country = (string)c["country"]!;
            if (c["occasion"] is { } occasion) Assert.True(Days((string)occasion!, country) == (string)c["days"]!, name);
            else Assert.True(JsonNode.DeepEquals(c["days"], Year((int)c["year"]!, country)), name);
        }
    }

    [Fact]
    public void TheTablesOfThePageAreTheCalendarsOfNet()
    {
        string page = File.ReadAllText(Path.Combine(Checkout.Root, "spec", "occasions.md"));
        Assert.Contains(Lunisolar(new ChineseLunisolarCalendar(), 1901, 2050), page, StringComparison.Ordinal);
        Assert.Contains(Lunisolar(new KoreanLunisolarCalendar(), 1901, 2050), page, StringComparison.Ordinal);
        Assert.Contains(UmAlQura(1319, 1475), page, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonObject> Make()
    {
        foreach (var row in OccasionTable.All)
        {
            string country = row.Countries.Split(' ')[0];
            yield return new() { ["name"] = country.Length == 0 ? row.Id : $"{row.Id} in {country}", ["valid"] = true, ["occasion"] = row.Id, ["country"] = country, ["days"] = Days(row.Id, country) };
        }
        foreach (int year in new[] { WholeYear, LeapYear })
        {
            foreach (string country in Countries.Take(year == WholeYear ? Countries.Length : 1))
                yield return new() { ["name"] = string.Create(CultureInfo.InvariantCulture, $"{year} {(country.Length == 0 ? "where the country is not known" : country)}"), ["valid"] = true, ["country"] = country, ["year"] = year, ["days"] = Year(year, country) };
        }
    }

    /// <summary>All days of an occasion from the first year to the last: found by asking for each day, as a program does.</summary>
    private static string Days(string occasion, string country)
    {
        var days = new List<DateOnly>();
        for (int year = OccasionDays.FirstYear; year <= OccasionDays.LastYear; year++)
        {
            for (var from = new DateOnly(year, 1, 1); OccasionDays.Next(occasion, from, country) is { } next && next.Year == year; from = next.AddDays(1)) days.Add(next);
        }
        var everyYear = days.Where(d => d.Year == OccasionDays.FirstYear).Select(d => (d.Month, d.Day)).ToList();
        bool same = days.GroupBy(d => d.Year).All(y => y.Select(d => (d.Month, d.Day)).SequenceEqual(everyYear));
        return string.Join(' ', same ? everyYear.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Month:00}{d.Day:00}")) : days.Select(d => d.ToString("yyyyMMdd", CultureInfo.InvariantCulture)));
    }

    private static JsonObject Year(int year, string country)
    {
        var days = new JsonObject();
        for (var day = new DateOnly(year, 1, 1); day.Year == year; day = day.AddDays(1))
        {
            if (OccasionDays.On(day, country) is { Count: > 0 } ids) days[day.ToString("MMdd", CultureInfo.InvariantCulture)] = string.Join(' ', ids);
        }
        return days;
    }

    /// <summary>A year of the Chinese kind in six hex digits: leap month, lengths of months 1 to 12 (and in the lowest bit of the leap month), day of January or February on which it begins.</summary>
    private static string Lunisolar(EastAsianLunisolarCalendar calendar, int first, int last)
    {
        var words = new List<string>();
        for (int year = first; year <= Math.Min(last, calendar.GetYear(calendar.MaxSupportedDateTime)); year++)
        {
            if (calendar.MinSupportedDateTime > new DateTime(year, 3, 1)) continue;
            int leap = calendar.GetLeapMonth(year), bits = 0;
            for (int month = 1; month <= calendar.GetMonthsInYear(year); month++)
            {
                if (month == leap) continue;
                bits = (bits << 1) | (calendar.GetDaysInMonth(year, month) - 29);
            }
            bits = (bits << 1) | (leap > 0 ? calendar.GetDaysInMonth(year, leap) - 29 : 0);
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{(leap > 0 ? leap - 1 : 0):x}{bits:x4}{calendar.ToDateTime(year, 1, 1, 12, 0, 0, 0).DayOfYear:x2}"));
        }
        return Lines(words, 20);
    }

    /// <summary>A year of Umm al-Qura in three hex digits: the lengths of its months, the first the highest bit.</summary>
    private static string UmAlQura(int first, int last)
    {
        var calendar = new UmAlQuraCalendar();
        return Lines(Enumerable.Range(first, last - first + 1).Select(y => string.Create(CultureInfo.InvariantCulture, $"{Enumerable.Range(1, 12).Aggregate(0, (bits, m) => (bits << 1) | (calendar.GetDaysInMonth(y, m) - 29)):x3}")), 30);
    }

    private static string Lines(IEnumerable<string> words, int each) => string.Join("\n", words.Chunk(each).Select(c => $"    {string.Join(' ', c)}"));
}
