using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Candor.Bench.SamplePhone;

/// <summary>The camera roll: drawn landscapes with what cameras write beside the pixels.</summary>
internal static class PhotoFiles
{
    public const int PlainPhotos = 48;
    public const string LiveId = "6B1C9A54-2F0E-4D3B-8A77-90C4E15D2B36";

    private static readonly (double North, double East, int Hours)[] Places =
    [
        (46.5763, 7.9047, 2), (35.0116, 135.7681, 9), (-33.8568, 151.2153, 10), (37.9715, 23.7267, 3), (40.7580, -73.9855, -4),
        (28.6129, 77.2295, 5), (-22.9519, -43.2105, -3), (30.0444, 31.2357, 2), (64.1466, -21.9426, 0), (50.9413, 6.9583, 2),
    ];

    private static readonly (string Make, string Model)[] Cameras = [("Google", "Pixel 8"), ("samsung", "SM-S921B"), ("Apple", "iPhone 15"), ("Fairphone", "FP5")];
    private static readonly (int Width, int Height)[] Sizes = [(1600, 1200), (1920, 1080), (1440, 1080), (2048, 1536), (1600, 900)];
    private static readonly int[] Orientations = [1, 1, 6, 1, 8, 1, 3, 1];

    /// <summary>Name below "photos/" and bytes of each file.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Folder(Random random)
    {
        for (var index = 0; index < PlainPhotos; index++)
        {
            var facts = Facts(index, random);
            var picture = Draw(index, facts.Orientation, random);
            yield return (Name(facts, "IMG", "jpg"), Pictures.Jpeg(picture, Exif.Block(facts)));
        }
        yield return MotionPhoto(Facts(PlainPhotos, random) with { Orientation = 1 }, random);
        foreach (var file in LivePair(Facts(PlainPhotos + 1, random) with { Orientation = 1, Make = "Apple", Model = "iPhone 15", LiveId = LiveId }, random))
            yield return file;
        var shot = Facts(PlainPhotos + 2, random) with { Orientation = 1 };
        yield return (Name(shot, "IMG", "png"), Pictures.Png(Pictures.Landscape(720, 480, 4, random, format: SKEncodedImageFormat.Png), Exif.Block(shot)));
        yield return (Name(Facts(PlainPhotos + 3, random), "IMG", "webp"), Pictures.Landscape(1080, 810, 1, random, format: SKEncodedImageFormat.Webp, quality: 82));
        yield return (Name(Facts(PlainPhotos + 4, random), "IMG", "gif"), Pictures.Gif(320, 240));
    }

    private static PhotoFacts Facts(int index, Random random)
    {
        var (north, east, hours) = Places[index % Places.Length];
        var (make, model) = Cameras[index % Cameras.Length];
        var local = new DateTime(2022, 3, 5, 7, 12, 40, DateTimeKind.Unspecified).AddDays(index * 23).AddSeconds(random.Next(0, 45_000));
        (double, double)? place = index % 9 == 8 ? null : (north + (random.NextDouble() - 0.5) / 50, east + (random.NextDouble() - 0.5) / 50);
        return new PhotoFacts(local, TimeSpan.FromHours(hours), Orientations[index % Orientations.Length], place, make, model);
    }

    /// <summary>"2024/05/IMG_20240501_101112.jpg": on the clock at the place.</summary>
    private static string Name(PhotoFacts facts, string prefix, string extension) =>
        string.Create(CultureInfo.InvariantCulture, $"{facts.Local:yyyy}/{facts.Local:MM}/{prefix}_{facts.Local:yyyyMMdd_HHmmss}.{extension}");

    private static byte[] Draw(int index, int orientation, Random random)
    {
        var (width, height) = Sizes[index % Sizes.Length];
        return orientation >= 5 ? Pictures.Landscape(height, width, index, random, orientation) : Pictures.Landscape(width, height, index, random, orientation);
    }

    /// <summary>Android Motion Photo 1.0: XMP counts the video's bytes from the end of the file.</summary>
    private static (string, byte[]) MotionPhoto(PhotoFacts facts, Random random)
    {
        var frames = new byte[180_000];
        random.NextBytes(frames);
        var video = Movie.Mp4(facts.Local - facts.Offset, 1500, frames);
        var xmp = string.Create(CultureInfo.InvariantCulture, $"""
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
              xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
              GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1" GCamera:MotionPhotoPresentationTimestampUs="750000"><Container:Directory><rdf:Seq>
              <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0" Item:Padding="0"/></rdf:li>
              <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="{video.Length}" Item:Padding="0"/></rdf:li>
            </rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>
            """);
        var still = Pictures.Jpeg(Draw(4, 1, random), Exif.Block(facts), Encoding.UTF8.GetBytes(xmp));
        return (Name(facts, "IMG", "MP.jpg"), [.. still, .. video]);
    }

    private static IEnumerable<(string, byte[])> LivePair(PhotoFacts facts, Random random)
    {
        var frames = new byte[240_000];
        random.NextBytes(frames);
        yield return (Name(facts, "IMG", "jpg"), Pictures.Jpeg(Draw(6, 1, random), Exif.Block(facts)));
        yield return (Name(facts, "IMG", "mov"), Movie.Live(facts, 2900, frames));
    }
}
