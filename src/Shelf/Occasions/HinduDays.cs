namespace Candor.Shelf.Occasions;

/// <summary>When in a day a lunar day has to rule so that the festival is on that day.</summary>
internal enum DayPart
{
    Sunrise,

    /// <summary>Three muhurtas (a fifth of the daylight) after sunrise.</summary>
    Morning,

    /// <summary>The middle of the daylight.</summary>
    Noon,

    /// <summary>Two thirds of the daylight: where the muhurta of victory begins.</summary>
    Afternoon,

    /// <summary>Seven eighths of the daylight: three and a half of its four prahars.</summary>
    LateAfternoon,

    /// <summary>72 minutes after sunset: the middle of pradosha.</summary>
    Dusk,

    /// <summary>Two and a half hours after sunset, when the moon of the fourth day rises.</summary>
    Moonrise,

    /// <summary>The middle of the night that follows the day.</summary>
    Midnight,
}

/// <summary>Festivals by the moon among the fixed stars, computed for New Delhi (28.61° N, 77.21° E, UT + 5:30) with the Lahiri ayanamsa.</summary>
/// <remarks>
/// Months run from new moon to new moon and have the name of the sign that the sun enters in them; one in which it enters none is a leap month and has no festivals. A festival is on the day in whose part its lunar day (tithi,
/// 1 to 30 from new moon) rules. Of two such days it is the first, unless the rule prefers another; where there is none see the end of <see cref="Day"/>. Panchangs of other places, and other schools, may be a day apart.
/// </remarks>
internal static class HinduDays
{
    private const double Latitude = 28.61, Longitude = 77.21, Zone = 5.5;
    private const double MoonSpeed = 12.190749, SunSpeed = 0.985647;

    /// <summary>The day of a festival in a year, or null where the year has none.</summary>
    /// <param name="year">Gregorian.</param>
    /// <param name="month">0 is Chaitra, 11 is Phalguna; counted from new moon.</param>
    /// <param name="tithi">1 to 15 in the bright half, 16 to 30 in the dark one.</param>
    /// <param name="part">When it has to rule.</param>
    /// <param name="prefers">Whether, of two days, the second is taken: asked with its moment. Null: never.</param>
    public static DateOnly? Of(int year, int month, int tithi, DayPart part, Func<double, bool>? prefers = null)
    {
        double at = Sky.Midnight(new DateOnly(year, 1, 1), Zone) - 60;
        for (int i = 0; i < 16; i++)
        {
            double newMoon = Sky.Next(Sky.Elongation, 0, at, MoonSpeed);
            at = newMoon + 25;
            int sign = Sign(newMoon);
            if ((sign + 1) % 12 != month || Sign(Sky.Next(Sky.Elongation, 0, at, MoonSpeed)) == sign) continue;
            var day = Day(newMoon, tithi, part, prefers);
            if (day.Year == year) return day;
        }
        return null;
    }

    /// <summary>The day on which the sun enters Makara (sidereal 270°); after sunset it is the next.</summary>
    public static DateOnly Sankranti(int year)
    {
        double entry = Sky.Next(Sky.SiderealSun, 270, Sky.Midnight(new DateOnly(year, 1, 1), Zone), SunSpeed);
        var day = Sky.DayOf(entry, Zone);
        return entry > Sky.Daylight(day, Latitude, Longitude, Zone).Set ? day.AddDays(1) : day;
    }

    /// <summary>Whether the moon stands in Shravana, the 22nd of the 27 mansions: from sidereal 280° on, for 13°20′.</summary>
    public static bool IsShravana(double moment) => (Sky.SiderealSun(moment) + Sky.Elongation(moment)) % 360 is >= 280 and < 280 + (40.0 / 3);

    private static int Sign(double moment) => (int)(Sky.SiderealSun(moment) / 30);

    private static DateOnly Day(double newMoon, int tithi, DayPart part, Func<double, bool>? prefers)
    {
        double begin = tithi == 1 ? newMoon : Sky.Next(Sky.Elongation, 12 * (tithi - 1), newMoon + (0.9 * (tithi - 1)) - 0.5, MoonSpeed);
        double end = Sky.Next(Sky.Elongation, 12 * tithi % 360, begin + 0.5, MoonSpeed);
        var first = Sky.DayOf(begin, Zone).AddDays(-1);
        var days = Enumerable.Range(0, 4).Select(first.AddDays).Where(d => At(d, part) >= begin && At(d, part) < end).ToList();
        if (days.Count > 0) return prefers is not null && prefers(At(days[^1], part)) ? days[^1] : days[0];
        // It rules at no such moment: the day on which it ends where it ruled at sunrise, else the day on which it began.
        var last = Sky.DayOf(end, Zone);
        double sunrise = Sky.Daylight(last, Latitude, Longitude, Zone).Rise;
        return part != DayPart.Morning && sunrise >= begin && sunrise < end ? last : Sky.DayOf(begin, Zone);
    }

    private static double At(DateOnly day, DayPart part)
    {
        var (rise, set) = Sky.Daylight(day, Latitude, Longitude, Zone);
        return part switch
        {
            DayPart.Sunrise => rise,
            DayPart.Morning => rise + ((set - rise) / 5),
            DayPart.Noon => (rise + set) / 2,
            DayPart.Afternoon => rise + ((set - rise) * 2 / 3),
            DayPart.LateAfternoon => rise + ((set - rise) * 7 / 8),
            DayPart.Dusk => set + (72.0 / 1440),
            DayPart.Moonrise => set + (150.0 / 1440),
            _ => ((rise + set) / 2) + 0.5,
        };
    }
}
