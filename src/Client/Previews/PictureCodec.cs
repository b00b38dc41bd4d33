using SkiaSharp;

namespace Candor.Client.Previews;

/// <summary>Decodes with Skia, turns, scales and encodes. Only <see cref="PreviewMaker"/> calls it, after it judged kind and size.</summary>
internal static class PictureCodec
{
    private const int PreviewQuality = 82;

    /// <summary>A decoded long side this close under the preview's is taken as it is: a 12-megapixel photo at one half has 2,016.</summary>
    private const int CloseEnough = PreviewMaker.PreviewSide * 15 / 16;

    /// <summary>The first that fits in the thumb's bytes is taken; noise of 256 × 256 pixels fits at the fourth.</summary>
    private static readonly (int Side, int Quality)[] ThumbSteps =
        [(PreviewMaker.ThumbSide, 80), (PreviewMaker.ThumbSide, 65), (PreviewMaker.ThumbSide, 45), (192, 45), (128, 40), (64, 40)];

    /// <param name="photo">Read from its start.</param>
    /// <param name="isJpeg">It may be decoded scaled.</param>
    /// <param name="orientation">1 to 8 as in Exif.</param>
    public static PreviewResult Make(Stream photo, bool isJpeg, int orientation)
    {
        try
        {
            return MakeCore(photo, isJpeg, orientation);
        }
        catch (Exception thrown) when (thrown is DllNotFoundException or BadImageFormatException or TypeInitializationException or EntryPointNotFoundException)
        {
            return PreviewMaker.CannotBeReadHere("The library that decodes pictures is not there: libSkiaSharp belongs beside the program.");
        }
    }

    private static PreviewResult MakeCore(Stream photo, bool isJpeg, int orientation)
    {
        var guarded = new GuardedStream(photo);
        using var codec = SKCodec.Create(guarded);
        guarded.ThrowFault();
        if (codec is null)
            return new(PreviewOutcome.Damaged, "The file is damaged: its picture cannot be decoded.");
        var size = codec.Info.Size;
        // What the decoder found may not be what our reader found.
        if (PreviewMaker.Refusal(size.Width, size.Height, whole: !isJpeg) is { } refused)
            return refused;
        var scaled = isJpeg ? ScaledSize(codec, size) : size;
        using var decoded = new SKBitmap();
        using var sRgb = SKColorSpace.CreateSrgb();
        if (!decoded.TryAllocPixels(new SKImageInfo(scaled.Width, scaled.Height, SKColorType.Rgba8888, isJpeg ? SKAlphaType.Opaque : SKAlphaType.Premul, sRgb)))
            return new(PreviewOutcome.TooLarge, $"There is no memory for {scaled.Width} × {scaled.Height} pixels.");
        decoded.Erase(SKColors.White);
        var result = codec.GetPixels(decoded.Info, decoded.GetPixels());
        guarded.ThrowFault();
        if (result is not (SKCodecResult.Success or SKCodecResult.IncompleteInput or SKCodecResult.ErrorInInput))
            return new(PreviewOutcome.Damaged, "The file is damaged: its picture cannot be decoded.");

        using var upright = Upright(decoded, orientation, PreviewMaker.PreviewSide);
        var preview = Encode(upright, PreviewQuality);
        var thumb = Thumb(upright);
        if (preview is null || thumb is null)
            return new(PreviewOutcome.TooLarge, "There is no memory to encode a preview.");
        return result == SKCodecResult.Success
            ? new(PreviewOutcome.Made, null, thumb, preview)
            : new(PreviewOutcome.Partial, "The file ends or breaks in the middle of its picture; the preview shows what could be decoded.", thumb, preview);
    }

    /// <summary>JPEG decodes to n/8 of its size, fastest for n = 1, 2, 4: the smallest of these that a preview can be made of.</summary>
    private static SKSizeI ScaledSize(SKCodec codec, SKSizeI full)
    {
        foreach (var scale in (ReadOnlySpan<float>)[0.125f, 0.25f, 0.5f])
        {
            var scaled = codec.GetScaledDimensions(scale);
            if (Math.Max(scaled.Width, scaled.Height) >= CloseEnough && scaled.Width > 0 && scaled.Height > 0)
                return scaled;
        }
        return full;
    }

    /// <summary>At most <paramref name="side"/> pixels a side, never enlarged, turned as the eye wants it, on white.</summary>
    private static SKBitmap Upright(SKBitmap picture, int orientation, int side)
    {
        var (width, height) = Fit(picture.Width, picture.Height, side);
        var turned = orientation >= 5;
        var upright = new SKBitmap(new SKImageInfo(turned ? height : width, turned ? width : height, SKColorType.Rgba8888, SKAlphaType.Opaque, picture.ColorSpace));
        using var canvas = new SKCanvas(upright);
        canvas.Clear(SKColors.White);
        canvas.SetMatrix(Turning(orientation, width, height));
        using var image = SKImage.FromPixels(picture.PeekPixels());
        var sampling = width == picture.Width ? new SKSamplingOptions(SKFilterMode.Nearest) : new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
        canvas.DrawImage(image, new SKRect(0, 0, width, height), sampling);
        canvas.Flush();
        return upright;
    }

    private static (int Width, int Height) Fit(int width, int height, int side)
    {
        var longest = Math.Max(width, height);
        return longest <= side ? (width, height)
            : ((int)Math.Max(1, ((long)width * side + longest / 2) / longest), (int)Math.Max(1, ((long)height * side + longest / 2) / longest));
    }

    /// <summary>Exif 2.32, tag 0x0112: where the stored top row and left column belong. w and h are those of the stored picture.</summary>
    private static SKMatrix Turning(int orientation, float w, float h) => orientation switch
    {
        2 => new SKMatrix(-1, 0, w, 0, 1, 0, 0, 0, 1),
        3 => new SKMatrix(-1, 0, w, 0, -1, h, 0, 0, 1),
        4 => new SKMatrix(1, 0, 0, 0, -1, h, 0, 0, 1),
        5 => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
        6 => new SKMatrix(0, -1, h, 1, 0, 0, 0, 0, 1),
        7 => new SKMatrix(0, -1, h, -1, 0, w, 0, 0, 1),
        8 => new SKMatrix(0, 1, 0, -1, 0, w, 0, 0, 1),
        _ => SKMatrix.Identity,
    };

    private static PreviewImage? Thumb(SKBitmap upright)
    {
        foreach (var (side, quality) in ThumbSteps)
        {
            using var small = Upright(upright, 1, side);
            if (Encode(small, quality) is { Bytes.Length: <= PreviewMaker.ThumbBytes } thumb)
                return thumb;
        }
        return null;
    }

    /// <summary>Without the colour space the encoder writes no profile: JPEG without one is sRGB.</summary>
    private static PreviewImage? Encode(SKBitmap picture, int quality)
    {
        using var pixels = new SKPixmap(new SKImageInfo(picture.Width, picture.Height, picture.ColorType, picture.AlphaType), picture.GetPixels(), picture.RowBytes);
        using var data = pixels.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore));
        return data is null ? null : new PreviewImage(data.ToArray(), PreviewMaker.MediaType, picture.Width, picture.Height);
    }
}
