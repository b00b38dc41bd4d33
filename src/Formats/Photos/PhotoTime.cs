using System.Globalization;
using System.Text.RegularExpressions;

namespace Candor.Formats.Photos;

/// <summary>What a time was read from, the most telling first.</summary>
public enum PhotoTimeSource { ExifOriginal, QuickTimeDate, ExifDigitized, GpsClock, MovieHeader, ExifModified, FileName, FileTime }

/// <summary>When a photo was taken: on the clock of the place, and in UTC.</summary>
/// <remarks>
/// With an <see cref="Offset"/> both are certain. Without one, cameras and file names say what the clock showed, and <see cref="Utc"/> is a
/// guess with the zone the reader was given; satellites, movie headers and file times say UTC, and <see cref="Local"/> is the guess.
/// </remarks>
/// <param name="Local">The clock at the place, without a zone.</param>
/// <param name="Offset">Its distance from UTC, where the file says so.</param>
/// <param name="Utc">The best guess at the instant.</param>
/// <param name="Source">What it was read from.</param>
/// <param name="OffsetInferred">The offset is the difference to the satellites' clock, to the nearest quarter hour.</param>
public sealed partial record PhotoTime(
    DateTime Local, TimeSpan? Offset, DateTimeOffset Utc, PhotoTimeSource Source, bool OffsetInferred = false)
{
    private static readonly TimeSpan MaxOffset = TimeSpan.FromHours(14);
    private static readonly DateTime Epoch1904 = new(1904, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>"2024-05-01T10:11:12.5", for people and for file names.</summary>
    public string LocalText => Local.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    internal static PhotoTime FromLocal(DateTime local, TimeSpan? offset, PhotoTimeSource source, TimeZoneInfo zone, bool inferred = false)
    {
        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        var instant = new DateTimeOffset(local, offset ?? zone.GetUtcOffset(local));
        return new PhotoTime(local, offset, instant.ToUniversalTime(), source, inferred);
    }

    internal static PhotoTime FromUtc(DateTime utc, PhotoTimeSource source, TimeZoneInfo zone)
    {
        var instant = new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Unspecified), TimeSpan.Zero);
        return new PhotoTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime, null, instant, source);
    }

    /// <summary>Seconds since 1904 in UTC, as movie headers count; zero is no time.</summary>
    internal static DateTime? FromMovieSeconds(ulong seconds)
    {
        if (seconds is 0 or > 10_000_000_000)
            return null;
        var time = Epoch1904.AddSeconds(seconds);
        return IsPlausible(time) ? time : null;
    }

    /// <summary>Exif's "2024:05:01 10:11:12", whatever stands between the digits; blanks and zeros are no time.</summary>
    internal static DateTime? ParseExif(string? text, string? fraction = null)
    {
        if (text is null || text.Length < 19)
            return null;
        Span<int> parts = stackalloc int[6];
        ReadOnlySpan<int> starts = [0, 5, 8, 11, 14, 17];
        for (var i = 0; i < 6; i++)
        {
            if (!int.TryParse(text.AsSpan(starts[i], i == 0 ? 4 : 2), NumberStyles.None, CultureInfo.InvariantCulture, out parts[i]))
                return null;
        }
        return Make(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], fraction);
    }

    /// <summary>"+02:00", "-0800" or "Z".</summary>
    internal static TimeSpan? ParseOffset(string? text)
    {
        text = text?.Trim('\0', ' ');
        if (text == "Z")
            return TimeSpan.Zero;
        if (text is not { Length: 5 or 6 } || text[0] is not ('+' or '-') || text.Length == 6 && text[3] != ':')
            return null;
        if (!int.TryParse(text.AsSpan(1, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(text.AsSpan(text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || minutes > 59)
            return null;
        var offset = new TimeSpan(hours, minutes, 0);
        return offset > MaxOffset ? null : text[0] == '-' ? -offset : offset;
    }

    /// <summary>
    /// The offset that makes a local time and the satellites' UTC one instant; null if they are minutes apart or it is no real offset.
    /// </summary>
    internal static TimeSpan? InferOffset(DateTime local, DateTime gpsUtc)
    {
        var difference = DateTime.SpecifyKind(local, DateTimeKind.Utc) - DateTime.SpecifyKind(gpsUtc, DateTimeKind.Utc);
        if (difference.Duration() > MaxOffset + TimeSpan.FromMinutes(5))
            return null;
        var quarters = Math.Round(difference.TotalMinutes / 15);
        var offset = TimeSpan.FromMinutes(quarters * 15);
        return (difference - offset).Duration() <= TimeSpan.FromMinutes(5) && offset.Duration() <= MaxOffset ? offset : null;
    }

    /// <summary>The time that phones put into file names; a date alone counts as its noon.</summary>
    internal static PhotoTime? FromFileName(string fileName, TimeZoneInfo zone)
    {
        var name = fileName[(fileName.LastIndexOfAny(['/', '\\']) + 1)..];
        if (name.Length > 255)
            return null;
        var match = DateAndTime().Match(name);
        if (match.Success && Make(Number(match, "y"), Number(match, "o"), Number(match, "d"),
                Number(match, "h"), Number(match, "i"), Number(match, "s"), match.Groups["f"].Value) is { } time)
        {
            // Pixel phones name files by UTC, all others by the clock on the wall.
            return name.StartsWith("PXL_", StringComparison.OrdinalIgnoreCase)
                ? FromUtc(time, PhotoTimeSource.FileName, zone) : FromLocal(time, null, PhotoTimeSource.FileName, zone);
        }
        match = Milliseconds().Match(name);
        if (match.Success)
        {
            var milliseconds = long.Parse(match.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            return FromUtc(DateTime.UnixEpoch.AddMilliseconds(milliseconds), PhotoTimeSource.FileName, zone);
        }
        match = DateAlone().Match(name);
        return match.Success && Make(Number(match, "y"), Number(match, "o"), Number(match, "d"), 12, 0, 0, null) is { } noon
            ? FromLocal(noon, null, PhotoTimeSource.FileName, zone)
            : null;
    }

    internal static bool IsPlausible(DateTime time) => time.Year is >= 1826 and <= 9998;

    private static int Number(Match match, string group) =>
        int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static DateTime? Make(int year, int month, int day, int hour, int minute, int second, string? fraction)
    {
        if (year is < 1826 or > 9998 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23
            || minute > 59 || second > 59)
            return null;
        var time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified);
        var digits = fraction?.Trim('\0', ' ');
        return digits is { Length: >= 1 and <= 7 }
            && int.TryParse(digits.PadRight(7, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? time.AddTicks(ticks)
            : time;
    }

    [GeneratedRegex(
        @"(?<![0-9])(?<y>(?:19|20)[0-9][0-9])[-_.]?(?<o>[01][0-9])[-_.]?(?<d>[0-3][0-9])(?:[-_ T.]|\sat\s)?" +
        @"(?<h>[0-2][0-9])[-_.:]?(?<i>[0-5][0-9])[-_.:]?(?<s>[0-5][0-9])(?<f>[0-9]{3})?(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex DateAndTime();

    [GeneratedRegex(@"(?<![0-9])(?<y>(?:19|20)[0-9][0-9])[-_.]?(?<o>[01][0-9])[-_.]?(?<d>[0-3][0-9])(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex DateAlone();

    /// <summary>Milliseconds since 1970, from 2001 to 2033: WeChat, Facebook and others name what they save so.</summary>
    [GeneratedRegex(@"(?<![0-9])1[0-9]{12}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Milliseconds();
}
