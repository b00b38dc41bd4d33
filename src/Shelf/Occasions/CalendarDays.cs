using System.Globalization;

namespace Candor.Shelf.Occasions;

/// <summary>Days of other calendars in a Gregorian year, by the tables and rules of System.Globalization; no culture and no data of the machine is asked.</summary>
/// <remarks>A calendar that does not reach a year gives no days for it: Chinese 1901–2100, Korean to 2050, Hijri 1900–2077.</remarks>
internal static class CalendarDays
{
    private static readonly ChineseLunisolarCalendar Chinese = new();
    private static readonly KoreanLunisolarCalendar Korean = new();
    private static readonly UmAlQuraCalendar UmAlQura = new();
    private static readonly HebrewCalendar Hebrew = new();
    private static readonly PersianCalendar Persian = new();

    /// <summary>A day of the Chinese lunisolar year; never one of a leap month.</summary>
    public static IEnumerable<DateOnly> ChineseDay(int year, int month, int day, int shift = 0) => Lunisolar(Chinese, year, month, day, shift);

    public static IEnumerable<DateOnly> KoreanDay(int year, int month, int day) => Lunisolar(Korean, year, month, day, 0);

    /// <summary>By the Umm al-Qura calendar of Saudi Arabia; where the moon is looked for, it may be a day earlier or later.</summary>
    public static IEnumerable<DateOnly> HijriDay(int year, int month, int day, int shift = 0)
    {
        var (first, last) = Years(UmAlQura, year);
        for (int y = first; y <= last; y++)
        {
            var date = Date(UmAlQura, y, month, day).AddDays(shift);
            if (date.Year == year) yield return date;
        }
    }

    /// <summary>The day after the evening on which it begins. Months by their place in the year's first half from Tishri (1), or, negative, from its end: −1 is Elul, −6 is Nisan, −7 is Adar (the second in a leap year).</summary>
    public static IEnumerable<DateOnly> HebrewDay(int year, int month, int day)
    {
        var (first, last) = Years(Hebrew, year);
        for (int y = first; y <= last; y++)
        {
            var date = Date(Hebrew, y, month > 0 ? month : Hebrew.GetMonthsInYear(y) + 1 + month, day);
            if (date.Year == year) yield return date;
        }
    }

    public static IEnumerable<DateOnly> PersianDay(int year, int month, int day)
    {
        var (first, last) = Years(Persian, year);
        for (int y = first; y <= last; y++)
        {
            var date = Date(Persian, y, month, day);
            if (date.Year == year) yield return date;
        }
    }

    /// <summary>The day, at Beijing, on which the sun comes to a longitude: Qingming at 15°, the winter solstice at 270°.</summary>
    public static DateOnly SolarTerm(int year, double longitude) =>
        Sky.DayOf(Sky.Next(Sky.Sun, longitude, Sky.Midnight(new DateOnly(year, 1, 1), 8), 0.985647), 8);

    /// <summary>Easter Sunday of the western churches (the Gregorian computus: Meeus, Jones, Butcher).</summary>
    public static DateOnly Easter(int year)
    {
        int a = year % 19, b = year / 100, c = year % 100;
        int h = ((19 * a) + b - (b / 4) - ((b - ((b + 8) / 25) + 1) / 3) + 15) % 30;
        int l = (32 + (2 * (b % 4)) + (2 * (c / 4)) - h - (c % 4)) % 7;
        int m = (a + (11 * h) + (22 * l)) / 451, n = h + l - (7 * m) + 114;
        return new(year, n / 31, (n % 31) + 1);
    }

    /// <summary>Easter Sunday of the eastern churches (the Julian computus), as a Gregorian date; right from 1900 to 2099.</summary>
    public static DateOnly OrthodoxEaster(int year)
    {
        int d = ((19 * (year % 19)) + 15) % 30, e = ((2 * (year % 4)) + (4 * (year % 7)) - d + 34) % 7, n = d + e + 114;
        return new DateOnly(year, n / 31, (n % 31) + 1).AddDays(13);
    }

    /// <summary>The n-th such weekday of a month; −1 is the last.</summary>
    public static DateOnly Weekday(int year, int month, DayOfWeek day, int n)
    {
        if (n > 0)
        {
            var first = new DateOnly(year, month, 1);
            return first.AddDays(((day - first.DayOfWeek + 7) % 7) + (7 * (n - 1)));
        }
        var last = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return last.AddDays(-((last.DayOfWeek - day + 7) % 7));
    }

    private static IEnumerable<DateOnly> Lunisolar(EastAsianLunisolarCalendar calendar, int year, int month, int day, int shift)
    {
        var (first, last) = Years(calendar, year);
        for (int y = first; y <= last; y++)
        {
            // The leap month has the number after the month that it repeats, and those behind it move up.
            int leap = calendar.GetLeapMonth(y);
            var date = Date(calendar, y, leap > 0 && month >= leap ? month + 1 : month, day).AddDays(shift);
            if (date.Year == year) yield return date;
        }
    }

    private static (int First, int Last) Years(Calendar calendar, int year)
    {
        DateTime from = new(year, 1, 1), to = new(year, 12, 31);
        if (to < calendar.MinSupportedDateTime || from > calendar.MaxSupportedDateTime) return (1, 0);
        return (calendar.GetYear(from < calendar.MinSupportedDateTime ? calendar.MinSupportedDateTime : from), calendar.GetYear(to > calendar.MaxSupportedDateTime ? calendar.MaxSupportedDateTime : to));
    }

    private static DateOnly Date(Calendar calendar, int year, int month, int day) => DateOnly.FromDateTime(calendar.ToDateTime(year, month, day, 12, 0, 0, 0));
}
