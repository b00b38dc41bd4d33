using SkiaSharp;

namespace Candor.Audit.Search;

/// <summary>What a picture looks like, in 64 bits: the same for a copy in another size or quality.</summary>
/// <remarks>
/// The signs of the lowest 8 × 8 frequencies of its grey picture at 32 × 32 against their median (DCT hash: C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash
/// Functions", 2010, 3.2.1). Of 64 bits two unrelated pictures differ in 32 or so; up to <see cref="Near"/> count as the same. A crop or a turn is not recognised.
/// </remarks>
public sealed class PhotoLook
{
    /// <summary>Bits that a re-encoded or resized copy may differ in. Chance: some 10^-10 for unrelated bits; real pictures are not that unrelated, so a match is "likely", never certain.</summary>
    public const int Near = 8;

    private const int Side = 32, Low = 8;
    private const long MostPixels = 32L << 20, MostDecoded = 8L << 20;
    private const double LeastContrast = 4;

    private readonly ulong _bits;

    private PhotoLook(ulong bits) => _bits = bits;

    public int Distance(PhotoLook other) => System.Numerics.BitOperations.PopCount(_bits ^ other._bits);

    /// <summary>Null where the bytes are no picture that can be decoded, are too large, or show next to nothing (a plain colour looks like every other).</summary>
    public static PhotoLook? Of(ReadOnlySpan<byte> file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width < Side || codec.Info.Height < Side || (long)codec.Info.Width * codec.Info.Height > MostPixels) return null;
        using var picture = Decode(codec);
        if (picture is null) return null;
        double[] grey = Grey(picture);
        double mean = grey.Average();
        if (Math.Sqrt(grey.Average(g => (g - mean) * (g - mean))) < LeastContrast) return null;
        double[] low = Frequencies(grey);
        double median = low.Skip(1).Order().ElementAt(31);
        ulong bits = 0;
        for (int i = 1; i < low.Length; i++) bits |= low[i] > median ? 1UL << i : 0;
        return new(bits);
    }

    private static SKBitmap? Decode(SKCodec codec)
    {
        // JPEG decodes at an eighth of its size at no cost; the picture is made small anyway.
        float scale = Math.Max(0.125f, (float)Side * 4 / Math.Min(codec.Info.Width, codec.Info.Height));
        var size = scale < 1 ? codec.GetScaledDimensions(scale) : new SKSizeI(codec.Info.Width, codec.Info.Height);
        if ((long)size.Width * size.Height > MostDecoded) return null;
        var picture = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul));
        if (codec.GetPixels(picture.Info, picture.GetPixels()) is SKCodecResult.Success or SKCodecResult.IncompleteInput) return picture;
        picture.Dispose();
        return null;
    }

    /// <summary>Luma of ITU-R BT.601, each of the 32 × 32 the mean of the pixels that fall into it.</summary>
    private static double[] Grey(SKBitmap picture)
    {
        double[] sums = new double[Side * Side];
        int[] counts = new int[Side * Side];
        var pixels = picture.GetPixelSpan();
        // Each of them is a call into the library.
        var (width, height, row) = (picture.Width, picture.Height, picture.RowBytes);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var pixel = pixels.Slice(y * row + x * 4, 3);
                int cell = y * Side / height * Side + x * Side / width;
                sums[cell] += 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
                counts[cell]++;
            }
        }
        for (int i = 0; i < sums.Length; i++) sums[i] /= Math.Max(1, counts[i]);
        return sums;
    }

    /// <summary>Of each of the lowest frequencies, at each place.</summary>
    private static readonly double[] s_cosines = [.. Enumerable.Range(0, Low * Side).Select(i => Math.Cos(Math.PI * (i / Side) * (2 * (i % Side) + 1) / (2 * Side)))];

    /// <summary>DCT-II, the lowest 8 × 8.</summary>
    private static double[] Frequencies(double[] grey)
    {
        double[] low = new double[Low * Low];
        for (int v = 0; v < Low; v++)
        {
            for (int u = 0; u < Low; u++)
            {
                double sum = 0;
                for (int y = 0; y < Side; y++)
                {
                    double cosine = s_cosines[v * Side + y];
                    for (int x = 0; x < Side; x++) sum += grey[y * Side + x] * cosine * s_cosines[u * Side + x];
                }
                low[v * Low + u] = sum;
            }
        }
        return low;
    }
}
