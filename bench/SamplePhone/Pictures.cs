using SkiaSharp;

namespace Candor.Bench.SamplePhone;

/// <summary>Drawings as files.</summary>
internal static class Pictures
{
    /// <summary>A landscape whose stored pixels lie so that <paramref name="orientation"/> brings it upright; width and height are those of the upright picture.</summary>
    public static byte[] Landscape(int width, int height, int scene, Random random, int orientation = 1, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg, int quality = 90)
    {
        var lying = orientation >= 5;
        using var bitmap = new SKBitmap(lying ? height : width, lying ? width : height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.SetMatrix(orientation switch
            {
                3 => new SKMatrix(-1, 0, width, 0, -1, height, 0, 0, 1),
                6 => new SKMatrix(0, 1, 0, -1, 0, width, 0, 0, 1),
                8 => new SKMatrix(0, -1, height, 1, 0, 0, 0, 0, 1),
                _ => SKMatrix.Identity,
            });
            SamplePhone.Landscape.Draw(canvas, width, height, scene, random);
        }
        return Encode(bitmap, format, quality);
    }

    /// <summary>A face for a contact: a head and shoulders on a colour.</summary>
    public static byte[] Portrait(int side, Random random)
    {
        using var bitmap = new SKBitmap(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { IsAntialias = true })
        {
            canvas.Clear(SKColor.FromHsv(random.Next(360), random.Next(25, 60), random.Next(70, 95)));
            paint.Color = SKColor.FromHsv(random.Next(360), 60, 60);
            canvas.DrawOval(side * 0.5f, side * 1.02f, side * 0.38f, side * 0.34f, paint);
            paint.Color = SKColor.FromHsv(random.Next(18, 36), random.Next(25, 60), random.Next(45, 98));
            canvas.DrawOval(side * 0.5f, side * 0.42f, side * 0.19f, side * 0.24f, paint);
            paint.Color = SKColor.FromHsv(random.Next(10, 45), random.Next(20, 80), random.Next(10, 60));
            canvas.DrawArc(new SKRect(side * 0.29f, side * 0.14f, side * 0.71f, side * 0.6f), 185, 170, true, paint);
        }
        return Encode(bitmap, SKEncodedImageFormat.Jpeg, 88);
    }

    /// <summary>GIF 89a of 128 greys, its codes all of 8 bits: a clear code comes before the table grows into a ninth.</summary>
    public static byte[] Gif(int width, int height)
    {
        var codes = new List<byte>();
        for (var at = 0; at < width * height; at++)
        {
            if (at % 100 == 0)
                codes.Add(0x80);
            codes.Add((byte)((at % width + at / width) % 128));
        }
        codes.Add(0x81);
        byte[] palette = [.. Enumerable.Range(0, 128).SelectMany(i => (byte[])[(byte)(i * 2), (byte)(120 + i), (byte)(255 - i)])];
        byte[] blocks = [.. codes.Chunk(255).SelectMany(block => (byte[])[(byte)block.Length, .. block])];
        byte[] size = [.. BitConverter.GetBytes((ushort)width), .. BitConverter.GetBytes((ushort)height)];
        return [.. "GIF89a"u8, .. size, 0xF6, 0, 0, .. palette, 0x2C, 0, 0, 0, 0, .. size, 0, 7, .. blocks, 0, 0x3B];
    }

    /// <summary>Puts Exif, and XMP if there is any, behind the first marker of a JPEG.</summary>
    public static byte[] Jpeg(byte[] picture, byte[] exif, byte[]? xmp = null) =>
        [.. picture[..2], .. App1("Exif\0\0"u8, exif), .. xmp is null ? [] : App1("http://ns.adobe.com/xap/1.0/\0"u8, xmp), .. picture[2..]];

    private static byte[] App1(ReadOnlySpan<byte> name, byte[] data)
    {
        var length = 2 + name.Length + data.Length;
        return [0xFF, 0xE1, (byte)(length >> 8), (byte)(length & 0xFF), .. name, .. data];
    }

    /// <summary>Puts an eXIf chunk behind the header of a PNG.</summary>
    public static byte[] Png(byte[] picture, byte[] exif)
    {
        const int HeaderEnd = 8 + 12 + 13;
        byte[] typed = [.. "eXIf"u8, .. exif];
        return [.. picture[..HeaderEnd], .. Movie.UInt32((uint)exif.Length), .. typed, .. Movie.UInt32(Checksum(typed)), .. picture[HeaderEnd..]];
    }

    /// <summary>CRC-32 as in PNG, annex D.</summary>
    private static uint Checksum(byte[] bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var bit = 0; bit < 8; bit++)
                sum = (sum & 1) == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB88320;
        }
        return ~sum;
    }

    private static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality)
    {
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }
}
