namespace Candor.Formats.Photos;

/// <summary>What a photo or video file says about itself. The file is never changed: this is all that is read out of it.</summary>
public sealed record PhotoView
{
    /// <summary>By the first bytes, whatever the name says; "application/octet-stream" where they are unknown.</summary>
    public required string MediaType { get; init; }

    /// <summary>Pixels as stored, before <see cref="Orientation"/> is applied; 0 where unknown.</summary>
    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>How to turn the stored pixels for viewing: 1 to 8 as in Exif, 1 for "as they are".</summary>
    public int Orientation { get; init; } = 1;

    public PhotoTime? Taken { get; init; }
    public PhotoLocation? Location { get; init; }
    public string? Make { get; init; }
    public string? Model { get; init; }
    public string? Lens { get; init; }

    /// <summary>For videos.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>A video that lies inside of this photo file.</summary>
    public EmbeddedVideo? MotionVideo { get; init; }

    /// <summary>Apple's id for the two files of a Live Photo: the same in the still and in the movie.</summary>
    public string? ContentIdentifier { get; init; }

    /// <summary>What was damaged or refused. The file is kept whole all the same.</summary>
    public IReadOnlyList<FormatProblem> Problems { get; init; } = [];

    public bool IsVideo => MediaType.StartsWith("video/", StringComparison.Ordinal);
}

/// <summary>A place on Earth, WGS 84.</summary>
/// <param name="Latitude">Degrees, -90 to 90, north positive.</param>
/// <param name="Longitude">Degrees, -180 to 180, east positive.</param>
/// <param name="Altitude">Metres above sea level, if known.</param>
public sealed record PhotoLocation(double Latitude, double Longitude, double? Altitude = null)
{
    /// <summary>Null for coordinates that are no place, and for (0, 0), which cameras and exports write for "none".</summary>
    public static PhotoLocation? From(double latitude, double longitude, double? altitude = null)
    {
        if (!(Math.Abs(latitude) <= 90) || !(Math.Abs(longitude) <= 180) || latitude == 0 && longitude == 0)
            return null;
        return new PhotoLocation(latitude, longitude, altitude is { } metres && Math.Abs(metres) < 100_000 ? metres : null);
    }
}

/// <summary>Who says where an embedded video is.</summary>
public enum EmbeddedVideoKind
{
    /// <summary>Android Motion Photo 1.0: XMP Container:Directory.</summary>
    MotionPhoto,

    /// <summary>Its forerunner: XMP MicroVideoOffset.</summary>
    MicroVideo,

    /// <summary>Samsung's trailer, MotionPhoto_Data.</summary>
    SamsungTrailer,

    /// <summary>A "mpvd" box in HEIC or AVIF.</summary>
    HeifBox,
}

/// <summary>Where the video of a motion photo lies; its first box was seen to be "ftyp".</summary>
/// <param name="Offset">Byte offset of the video in the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Kind">What the place was read from.</param>
/// <param name="StillAtMicroseconds">The moment in the video that the photo shows, if the file says.</param>
public sealed record EmbeddedVideo(long Offset, long Length, EmbeddedVideoKind Kind, long? StillAtMicroseconds = null);
