using Candor.Formats.Photos;

namespace Candor.Client.Previews;

/// <summary>Makes the thumb and the preview of a photo (spec/records.md §3, "preview of a photo").</summary>
/// <remarks>
/// Both are JPEG in sRGB, turned upright, transparent parts white, and carry nothing of the original but its pixels: no Exif, no place, no
/// colour profile. Their dimensions are a function of the file alone. Total: whatever the bytes are, the answer is a named result. Kind and
/// size are judged by our own reader (<see cref="PhotoMetadata"/>) before a decoder sees the file, and again by what the decoder says. The
/// decoder is a native library of some size, loaded when the first picture is decoded. Thread-safe for different streams.
/// </remarks>
public static class PreviewMaker
{
    public const string MediaType = "image/jpeg";
    public const int ThumbSide = 256;
    public const int ThumbBytes = 24 * 1024;
    public const int PreviewSide = 2048;

    /// <summary>A phone's largest sensor has 200 million pixels. Baseline JPEG is decoded scaled: about 50 MB at this size.</summary>
    public const long MaxPixels = 200_000_000;

    /// <summary>What JPEG can say; a phone's panorama has a quarter of it.</summary>
    public const int MaxSide = 65_535;

    /// <summary>For what has to be held whole: PNG, WebP, GIF at 4 bytes a pixel, progressive JPEG at 3 to 6. So at most 400 MB.</summary>
    public const long MaxWholePixels = 64_000_000;

    /// <summary>PNG, WebP and GIF: the decoder may keep the whole file.</summary>
    public const long MaxWholeBytes = 128 * 1024 * 1024;

    /// <param name="photo">The whole file; it must seek. Left open, at an unspecified position. Its own I/O errors are thrown on.</param>
    /// <param name="mediaType">What the file is said to be. A video is not even looked at; else its first bytes decide.</param>
    public static PreviewResult Make(Stream photo, string mediaType)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(mediaType);
        if (mediaType.StartsWith("video/", StringComparison.OrdinalIgnoreCase))
            return CannotBeReadHere("Videos are not decoded here.");
        var view = PhotoMetadata.Read(photo, "");
        switch (view.MediaType)
        {
            case "image/jpeg" or "image/png" or "image/webp" or "image/gif":
                return Refusal(photo, view) ?? PictureCodec.Make(photo, view.MediaType == "image/jpeg", view.Orientation);
            case "image/heic" or "image/heif" or "image/avif":
                return FromThumbnail(photo, view);
            case PhotoMetadata.UnknownType:
                return photo.Length == 0 ? new(PreviewOutcome.Damaged, "The file is empty.") : CannotBeReadHere("It is no picture of a kind that is decoded here.");
            default:
                return CannotBeReadHere($"Files of type {view.MediaType} are not decoded here.");
        }
    }

    internal static PreviewResult CannotBeReadHere(string reason) => new(PreviewOutcome.CannotBeReadHere, reason);

    /// <summary>Whether a decoder may see a picture of this size; null if so.</summary>
    internal static PreviewResult? Refusal(long width, long height, bool whole)
    {
        if (width <= 0 || height <= 0)
            return new(PreviewOutcome.Damaged, "The file does not say how large its picture is.");
        if (width > MaxSide || height > MaxSide || width * height > (whole ? MaxWholePixels : MaxPixels))
            return new(PreviewOutcome.TooLarge, $"It has {width} × {height} pixels, more than a preview is made of.");
        return null;
    }

    private static PreviewResult? Refusal(Stream photo, PhotoView view)
    {
        var isJpeg = view.MediaType == "image/jpeg";
        if (!isJpeg && photo.Length > MaxWholeBytes)
            return new(PreviewOutcome.TooLarge, $"It has {photo.Length} bytes, more than a preview is made of.");
        return Refusal(view.Width, view.Height, !isJpeg || JpegFrame.IsHeldWhole(photo));
    }

    private static PreviewResult FromThumbnail(Stream photo, PhotoView view)
    {
        const string Reason = "HEIC and its relatives are not decoded here";
        if (ExifThumbnail.Find(photo) is not { } jpeg)
            return CannotBeReadHere(Reason + ".");
        using var small = new MemoryStream(jpeg, writable: false);
        var inner = PhotoMetadata.Read(small, "");
        if (inner.MediaType != "image/jpeg" || Refusal(inner.Width, inner.Height, whole: true) is not null)
            return CannotBeReadHere(Reason + ".");
        // The thumbnail lies in the file as the picture does: how to turn it is said once, for both.
        return PictureCodec.Make(small, isJpeg: true, view.Orientation) is { Outcome: PreviewOutcome.Made, Thumb: { } thumb }
            ? new(PreviewOutcome.ThumbOnly, Reason + "; the thumb is the camera's own.", thumb)
            : CannotBeReadHere(Reason + ".");
    }
}
