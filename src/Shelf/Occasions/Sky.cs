namespace Candor.Shelf.Occasions;

/// <summary>Where sun and moon stand, well enough for a calendar: the sun to 0.01°, the moon to about 0.02°, which moves the end of a lunar day by some two minutes.</summary>
/// <remarks>The series are those of J. Meeus, Astronomical Algorithms, chapters 25 and 47, the moon's cut off below 0.003°. Moments are days from 2000-01-01 12:00 UT; degrees run from 0 to 360.</remarks>
internal static class Sky
{
    // Argument multiples of D, M, M', F, and the sine's coefficient in millionths of a degree.
    private static readonly (int D, int M, int A, int F, int Sine)[] Moon =
    [
        (0, 0, 1, 0, 6288774), (2, 0, -1, 0, 1274027), (2, 0, 0, 0, 658314), (0, 0, 2, 0, 213618), (0, 1, 0, 0, -185116), (0, 0, 0, 2, -114332),
        (2, 0, -2, 0, 58793), (2, -1, -1, 0, 57066), (2, 0, 1, 0, 53322), (2, -1, 0, 0, 45758), (0, 1, -1, 0, -40923), (1, 0, 0, 0, -34720),
        (0, 1, 1, 0, -30383), (2, 0, 0, -2, 15327), (0, 0, 1, 2, -12528), (0, 0, 1, -2, 10980), (4, 0, -1, 0, 10675), (0, 0, 3, 0, 10034),
        (4, 0, -2, 0, 8548), (2, 1, -1, 0, -7888), (2, 1, 0, 0, -6766), (1, 0, -1, 0, -5163), (1, 1, 0, 0, 4987), (2, -1, 1, 0, 4036),
        (2, 0, 2, 0, 3994), (4, 0, 0, 0, 3861), (2, 0, -3, 0, 3665),
    ];

    /// <summary>Seconds by which even time runs ahead of the earth's turning, in these decades.</summary>
    private const double DeltaT = 72;

    private static readonly DateTime Epoch = new(2000, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public static double Moment(DateTime utc) => (utc - Epoch).TotalDays;

    /// <summary>Midnight at the start of a day, in a zone that is <paramref name="hours"/> ahead of UT.</summary>
    public static double Midnight(DateOnly day, double hours) => Moment(day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)) - (hours / 24);

    /// <summary>The day of a moment in a zone.</summary>
    public static DateOnly DayOf(double moment, double hours) => DateOnly.FromDateTime(Epoch.AddDays(moment + (hours / 24)));

    /// <summary>Apparent geocentric longitude of the sun, of date.</summary>
    public static double Sun(double moment)
    {
        double t = Centuries(moment);
        double anomaly = 357.52911 + (t * (35999.05029 - (0.0001537 * t)));
        double centre = ((1.914602 - (t * (0.004817 + (0.000014 * t)))) * Sin(anomaly)) + ((0.019993 - (0.000101 * t)) * Sin(2 * anomaly)) + (0.000289 * Sin(3 * anomaly));
        return Turn(280.46646 + (t * (36000.76983 + (0.0003032 * t))) + centre - 0.00569 - (0.00478 * Sin(125.04 - (1934.136 * t))));
    }

    /// <summary>How far the moon is ahead of the sun: 0 at new moon, 180 at full moon. A lunar day (tithi) is 12 of these degrees.</summary>
    public static double Elongation(double moment)
    {
        double t = Centuries(moment);
        double d = 297.8501921 + (t * (445267.1114034 - (0.0018819 * t))), m = 357.5291092 + (t * (35999.0502909 - (0.0001536 * t)));
        double a = 134.9633964 + (t * (477198.8675055 + (0.0087414 * t))), f = 93.2720950 + (t * (483202.0175233 - (0.0036539 * t)));
        double e = 1 - (t * (0.002516 + (0.0000074 * t)));
        double sum = 0;
        foreach (var term in Moon) sum += (term.M == 0 ? 1 : e) * term.Sine * Sin((term.D * d) + (term.M * m) + (term.A * a) + (term.F * f));
        double moon = 218.3164477 + (t * (481267.88123421 - (0.0015786 * t))) + (sum / 1e6) - (0.00478 * Sin(125.04 - (1934.136 * t)));
        return Turn(moon - Sun(moment));
    }

    /// <summary>The sun's longitude from the fixed stars, by the Lahiri ayanamsa: 23.857° at the epoch, growing by 50.29″ a year.</summary>
    public static double SiderealSun(double moment) => Turn(Sun(moment) - 23.857 - (moment / 365.2422 * 50.29 / 3600));

    /// <summary>The first moment from <paramref name="from"/> on at which an angle that grows comes to <paramref name="goal"/>.</summary>
    /// <param name="angle">One that grows steadily, at <paramref name="speed"/> degrees a day more or less.</param>
    /// <param name="goal">Degrees.</param>
    /// <param name="from">Where to look from.</param>
    /// <param name="speed">Mean degrees a day.</param>
    public static double Next(Func<double, double> angle, double goal, double from, double speed)
    {
        // The mean speed comes near; then the rest, which may be to either side, is walked off.
        double at = from + (Turn(goal - angle(from)) / speed);
        for (int i = 0; i < 12; i++) at += (Turn(goal - angle(at) + 180) - 180) / speed;
        return at;
    }

    /// <summary>Sunrise and sunset of a day: the upper limb at the horizon, with refraction (−0.833°).</summary>
    /// <param name="day">In the zone.</param>
    /// <param name="latitude">Degrees, between the polar circles.</param>
    /// <param name="longitude">Degrees east.</param>
    /// <param name="hours">The zone ahead of UT.</param>
    public static (double Rise, double Set) Daylight(DateOnly day, double latitude, double longitude, double hours)
    {
        double noon = Midnight(day, hours) + 0.5 + (hours / 24) - (longitude / 360);
        double sun = Sun(noon), obliquity = 23.4393 - (0.013 * Centuries(noon));
        double declination = Math.Asin(Sin(obliquity) * Sin(sun));
        double ascension = Turn(Math.Atan2(Cos(obliquity) * Sin(sun), Cos(sun)) * 180 / Math.PI);
        double mean = Turn(280.46646 + (36000.76983 * Centuries(noon)));
        // True noon is early by the equation of time.
        noon -= (Turn(mean - 0.0057 - ascension + 180) - 180) / 360;
        double half = Math.Acos((Sin(-0.833) - (Sin(latitude) * Math.Sin(declination))) / (Cos(latitude) * Math.Cos(declination))) / (2 * Math.PI);
        return (noon - half, noon + half);
    }

    private static double Centuries(double moment) => (moment + (DeltaT / 86_400)) / 36_525;

    private static double Sin(double degrees) => Math.Sin(degrees * Math.PI / 180);

    private static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);

    private static double Turn(double degrees) => degrees - (360 * Math.Floor(degrees / 360));
}
