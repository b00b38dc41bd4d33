using SkiaSharp;

namespace Candor.Tests.Client.Previews;

/// <summary>Real pictures for the preview tests: drawn, encoded, and given an Exif block.</summary>
internal static class Pictures
{
    /// <summary>Four quarters, red and green above, blue and yellow below, so that every turning can be told by its corners.</summary>
    public static byte[] Quarters(int width, int height, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint();
        SKColor[] colors = [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255), new(255, 255, 0)];
        for (var i = 0; i < 4; i++)
        {
            paint.Color = colors[i];
            canvas.DrawRect(i % 2 * width / 2, i / 2 * height / 2, (width + 1) / 2, (height + 1) / 2, paint);
        }
        canvas.Flush();
        return Encode(bitmap, format);
    }

    /// <summary>Every pixel at random: the worst case of any encoder.</summary>
    public static byte[] Noise(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        new Random(7).NextBytes(bitmap.GetPixelSpan());
        return Encode(bitmap, SKEncodedImageFormat.Jpeg);
    }

    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format)
    {
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    /// <summary>Puts an Exif block behind the first marker of a JPEG.</summary>
    public static byte[] WithExif(byte[] jpeg, byte[] tiff) =>
        [.. jpeg[..2], 0xFF, 0xE1, (byte)(tiff.Length + 8 >> 8), (byte)(tiff.Length + 8), .. "Exif\0\0"u8, .. tiff, .. jpeg[2..]];

    /// <summary>The corners' colours in reading order, as letters: r, g, b, y, or ? for anything else.</summary>
    public static string Corners(byte[] picture)
    {
        using var bitmap = SKBitmap.Decode(picture);
        var (x, y) = (bitmap.Width / 8, bitmap.Height / 8);
        SKColor[] corners = [bitmap.GetPixel(x, y), bitmap.GetPixel(bitmap.Width - 1 - x, y), bitmap.GetPixel(x, bitmap.Height - 1 - y), bitmap.GetPixel(bitmap.Width - 1 - x, bitmap.Height - 1 - y)];
        return string.Concat(corners.Select(c => (c.Red > 200, c.Green > 200, c.Blue > 200) switch
        {
            (true, false, false) => 'r',
            (false, true, false) => 'g',
            (false, false, true) => 'b',
            (true, true, false) => 'y',
            _ => '?',
        }));
    }
}
