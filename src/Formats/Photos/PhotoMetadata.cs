using System.Globalization;

namespace Candor.Formats.Photos;

/// <summary>Reads what a photo or video says about itself, out of its headers alone.</summary>
/// <remarks>
/// Total: damage costs details, never the file, and is named in <see cref="PhotoView.Problems"/>. Of no file more than
/// <see cref="MediaSource.MaxBytes"/> are read: about 40 KB of a phone's photo. Thread-safe for different streams.
/// </remarks>
public static class PhotoMetadata
{
    public const string UnknownType = "application/octet-stream";

    /// <param name="stream">The whole file; it must seek. Left open, at an unspecified position. Its own I/O errors are thrown on.</param>
    /// <param name="fileName">For reports, and for the time where the file has none.</param>
    /// <param name="fileTime">The file's own time, the last resort.</param>
    /// <param name="zone">Where a clock without a zone is thought to have hung; UTC if null.</param>
    public static PhotoView Read(Stream stream, string fileName, DateTimeOffset? fileTime = null, TimeZoneInfo? zone = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(fileName);
        using var source = new MediaSource(stream);
        var draft = new PhotoDraft(fileName);
        ReadByMagic(source, draft);
        if (draft.SaysItHasVideo && draft.Motion is null)
            draft.Add(-1, "It says that it is a motion photo, but its video is not there.");
        if (source.IsSpent)
            draft.Add(-1, "Its headers are too large or too many; only the first were read.");
        return draft.Finish(fileTime, zone ?? TimeZoneInfo.Utc);
    }

    private static void ReadByMagic(MediaSource source, PhotoDraft draft)
    {
        Span<byte> start = stackalloc byte[16];
        start = start[..(int)Math.Min(16, source.Length)];
        if (!source.TryRead(0, start))
            start = default;
        switch (start)
        {
            case [0xFF, 0xD8, 0xFF, ..]:
                JpegPhoto.Read(source, draft);
                break;
            case [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]:
                ChunkedPhoto.ReadPng(source, draft);
                break;
            case [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..]:
                ChunkedPhoto.ReadWebP(source, draft);
                break;
            case [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..]:
                ChunkedPhoto.ReadGif(source, draft);
                break;
            case [(byte)'I', (byte)'I', 0x2A, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A, ..]:
                ReadTiff(source, draft);
                break;
            default:
                if (!IsoMedia.TryRead(source, draft))
                    draft.Add(0, source.Length == 0 ? "The file is empty."
                        : "It is no photo or video of a known kind; it is kept as it is.");
                break;
        }
    }

    private static void ReadTiff(MediaSource source, PhotoDraft draft)
    {
        draft.MediaType = "image/tiff";
        draft.ReadExif(source, 0, source.Length);
        if (draft.Exif is not { } exif)
            return;
        (draft.Width, draft.Height) = (Math.Max(exif.ImageSize.Width, 0), Math.Max(exif.ImageSize.Height, 0));
        if (exif.IsDng)
            draft.MediaType = "image/x-adobe-dng";
    }
}

/// <summary>A view in the making: each reader adds what its container holds.</summary>
internal sealed class PhotoDraft(string fileName)
{
    private const int MaxProblems = 20;
    private readonly List<FormatProblem> problems = [];

    public string MediaType { get; set; } = PhotoMetadata.UnknownType;
    public int Width { get; set; }
    public int Height { get; set; }

    /// <summary>Set where the container itself says how to turn the picture, which outranks Exif.</summary>
    public int? Orientation { get; set; }

    public ExifBlock? Exif { get; private set; }
    public EmbeddedVideo? Motion { get; set; }
    public bool SaysItHasVideo { get; set; }
    public TimeSpan? Duration { get; set; }
    public DateTime? MovieUtc { get; set; }
    public string? QuickTimeDate { get; set; }
    public PhotoLocation? Location { get; set; }
    public string? Make { get; set; }
    public string? Model { get; set; }
    public string? ContentIdentifier { get; set; }

    public void Add(long offset, string reason)
    {
        if (problems.Count < MaxProblems)
            problems.Add(new FormatProblem(fileName, offset, reason));
    }

    /// <summary>Reads the first Exif block; later ones are copies or thumbnails' own.</summary>
    public void ReadExif(MediaSource source, long start, long length, long reportedAt = -1)
    {
        if (Exif is not null)
            return;
        Exif = ExifBlock.Read(source, start, length, out var fault);
        if (fault is not null)
            Add(reportedAt < 0 ? start : reportedAt,
                string.Create(CultureInfo.InvariantCulture, $"Its Exif block is damaged ({fault.TrimEnd('.')}); what could be read was."));
    }

    public PhotoView Finish(DateTimeOffset? fileTime, TimeZoneInfo zone) => new()
    {
        MediaType = MediaType,
        Width = Width > 0 ? Width : Math.Max(Exif?.PixelSize.Width ?? 0, 0),
        Height = Height > 0 ? Height : Math.Max(Exif?.PixelSize.Height ?? 0, 0),
        Orientation = Orientation ?? Exif?.Orientation ?? 1,
        Taken = Taken(fileTime, zone),
        Location = Location ?? Exif?.Location,
        Make = Make ?? Exif?.Make,
        Model = Model ?? Exif?.Model,
        Lens = Exif?.Lens,
        Duration = Duration,
        MotionVideo = Motion,
        ContentIdentifier = ContentIdentifier ?? Exif?.ContentIdentifier,
        Problems = problems,
    };

    private PhotoTime? Taken(DateTimeOffset? fileTime, TimeZoneInfo zone) =>
        FromExif(Exif?.Original, Exif?.OriginalOffset, PhotoTimeSource.ExifOriginal, zone)
        ?? FromQuickTime(zone)
        ?? FromExif(Exif?.Digitized, Exif?.DigitizedOffset, PhotoTimeSource.ExifDigitized, zone)
        ?? (Exif?.GpsUtc is { } gps ? PhotoTime.FromUtc(gps, PhotoTimeSource.GpsClock, zone) : null)
        ?? (MovieUtc is { } utc ? PhotoTime.FromUtc(utc, PhotoTimeSource.MovieHeader, zone) : null)
        ?? FromExif(Exif?.Modified, Exif?.ModifiedOffset, PhotoTimeSource.ExifModified, zone)
        ?? PhotoTime.FromFileName(fileName, zone)
        ?? (fileTime is { } time && PhotoTime.IsPlausible(time.UtcDateTime)
            ? PhotoTime.FromUtc(time.UtcDateTime, PhotoTimeSource.FileTime, zone) : null);

    private PhotoTime? FromExif(DateTime? local, TimeSpan? offset, PhotoTimeSource source, TimeZoneInfo zone)
    {
        if (local is not { } time)
            return null;
        var inferred = offset is null && Exif?.GpsUtc is { } gps ? PhotoTime.InferOffset(time, gps) : null;
        return PhotoTime.FromLocal(time, offset ?? inferred, source, zone, inferred is not null);
    }

    /// <summary>"2024-05-01T10:11:12+0200", the only time in a movie that knows its zone.</summary>
    private PhotoTime? FromQuickTime(TimeZoneInfo zone)
    {
        if (QuickTimeDate is not { Length: >= 19 and <= 40 } text || PhotoTime.ParseExif(text) is not { } local)
            return null;
        var zoneAt = text.AsSpan(19).IndexOfAny('+', '-', 'Z');
        var offset = zoneAt < 0 ? null : PhotoTime.ParseOffset(text[(19 + zoneAt)..]);
        return PhotoTime.FromLocal(local, offset, PhotoTimeSource.QuickTimeDate, zone);
    }
}
