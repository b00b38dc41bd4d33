using System.Globalization;
using Candor.Bench.SamplePhone;

namespace Candor.Bench.Loads;

/// <summary>A camera roll to measure with: photos whose headers are true and whose pixels are noise, edited copies, videos.</summary>
internal static class CameraRoll
{
    public const int Photos = 2_000;
    public const int PhotosPerCopy = 10;
    public const int Videos = 50;
    public const int VideoBytes = 20_000_000;

    private const int LeastBody = 900_000;
    private const int BodySpread = 250_000;

    public static void Write(string folder, int seed, TextWriter report, int photos = Photos, int videos = Videos)
    {
        long photoBytes = 0, copyBytes = 0;
        var body = new byte[LeastBody + BodySpread];
        for (var index = 0; index < photos; index++)
        {
            var facts = Facts(index);
            var length = Body(body, seed, index);
            photoBytes += WriteFile(folder, facts, "IMG", "jpg", Jpeg(Exif.Block(facts)), body.AsSpan(0, length));
            // Every tenth was retouched: the same scan behind another Exif block.
            if (index % PhotosPerCopy == 0)
                copyBytes += WriteFile(folder, facts, "IMG", "edited.jpg", Jpeg(Exif.Block(facts with { Model = facts.Model + " (edited)", Place = null })), body.AsSpan(0, length));
        }
        report.WriteLine($"photos    {photos,6} files {photoBytes,12} bytes");
        report.WriteLine($"copies    {photos / PhotosPerCopy,6} files {copyBytes,12} bytes   (other Exif, same scan)");

        long videoBytes = 0;
        var data = new byte[VideoBytes];
        for (var index = 0; index < videos; index++)
        {
            var facts = Facts(index * 37) with { Local = Facts(index * 37).Local.AddMinutes(3) };
            new Noise(Seed(seed, Photos + index)).Fill(data);
            videoBytes += WriteFile(folder, facts, "VID", "mp4", Movie.Mp4Head(facts.Local - facts.Offset, 12_000, VideoBytes), data);
        }
        report.WriteLine($"videos    {videos,6} files {videoBytes,12} bytes");
    }

    private static ulong Seed(int seed, int file) => (ulong)(uint)seed << 32 | (uint)file;

    private static PhotoFacts Facts(int index) => new(
        new DateTime(2023, 1, 1, 8, 0, 0, DateTimeKind.Unspecified).AddMinutes(index * 317), TimeSpan.FromHours(2), 1, (50 + index / 1000.0, 7 - index / 1000.0), "Google", "Pixel 8");

    /// <summary>Noise without the byte that starts a marker, and the marker that ends the picture. Returns its length.</summary>
    private static int Body(byte[] body, int seed, int index)
    {
        var length = LeastBody + index * 7919 % BodySpread;
        var scan = body.AsSpan(0, length);
        new Noise(Seed(seed, index)).Fill(scan);
        scan.Replace((byte)0xFF, (byte)0xFE);
        (scan[^2], scan[^1]) = (0xFF, 0xD9);
        return length;
    }

    /// <summary>Everything before the scan of a photo of 4,000 × 3,000 pixels (ITU T.81, annex B).</summary>
    private static byte[] Jpeg(byte[] exif) => Pictures.Jpeg(
    [
        0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)8, 64),
        0xFF, 0xC0, 0, 17, 8, 3000 >> 8, 3000 & 0xFF, 4000 >> 8, 4000 & 0xFF, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0,
        0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3F, 0,
    ], exif);

    private static long WriteFile(string folder, PhotoFacts facts, string prefix, string extension, byte[] head, ReadOnlySpan<byte> rest)
    {
        var path = Path.Join(folder, string.Create(CultureInfo.InvariantCulture, $"{facts.Local:yyyy}/{facts.Local:MM}/{prefix}_{facts.Local:yyyyMMdd_HHmmss}.{extension}"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(head);
        file.Write(rest);
        return head.Length + rest.Length;
    }
}
