using System.Text;
using Candor.Client.Previews;
using Candor.Formats.Photos;
using Candor.Formats.Takeout;
using Candor.Tests.Client.Previews;
using Candor.Tests.Photos;
using SkiaSharp;

namespace Candor.Fuzz;

/// <summary>Photos by container, their previews, and what a Google export says of them.</summary>
internal static class PhotoTargets
{
    private static byte[] Exif => new Ifd().Ascii(0x10F, "Make").Short(0x112, 3)
        .Sub(0x8769, new Ifd().Ascii(0x9003, "2024:05:01 10:11:12").Opaque(0x927C, new Ifd().Ascii(0x11, "ID-1").ToAppleNote()))
        .Sub(0x8825, SampleFiles.Gps(1.5, 2.5)).ToTiff();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Photo("photo-jpeg", () => [SampleFiles.Jpeg(Exif, pictureLength: 8), SampleFiles.Jpeg(null, SampleFiles.MotionXmp(SampleFiles.Mp4().Length), pictureLength: 8, tail: SampleFiles.Mp4()), SampleFiles.Jpeg(null, pictureLength: 8, tail: SampleFiles.SamsungTail(SampleFiles.Mp4()))]),
        Photo("photo-heif", () => [SampleFiles.Heic(Exif), SampleFiles.Heic(Exif, SampleFiles.MotionXmp(500), exifIn: "idat", after: SampleFiles.Box("mpvd", SampleFiles.Mp4()))]),
        Photo("photo-movie", () => [SampleFiles.Mp4(), SampleFiles.LiveMovie()]),
        Photo("photo-png", () => [SampleFiles.Png(Exif)]),
        Photo("photo-webp", () => [SampleFiles.WebP(Exif)]),
        Photo("photo-gif", () => [SampleFiles.Gif()]),
        Photo("photo-tiff", () => [Exif, new Ifd { Next = new Ifd().Ascii(0x110, "Page") }.Long(0x100, 10).Long(0x101, 10).Sub(0x14A, new Ifd().Long(0x100, 20)).ToTiff(false)]),
        new("preview", "A preview and a thumb are within their limits, and whatever is not made has a reason.", () =>
            [Pictures.Quarters(64, 48), Pictures.WithExif(Pictures.Quarters(64, 48), Exif), Pictures.Quarters(40, 30, SKEncodedImageFormat.Png), Pictures.Quarters(40, 30, SKEncodedImageFormat.Webp), SampleFiles.Gif()], Preview, "PreviewMaker.Make")
        { Longest = TimeSpan.FromSeconds(10), MostMemory = 512L << 20 },
        new("takeout-sidecar", "A sidecar or a named problem, and a place on earth or none.",
            () => [.. new[]
            {
                """{"title":"IMG_1.jpg","description":"by the sea","creationTime":{"timestamp":"1600598769"},"photoTakenTime":{"timestamp":"1600596727"},"geoData":{"latitude":55.2,"longitude":37.6,"altitude":214.4},"people":[{"name":"a"},{}],"favorited":true}""",
                """{"title":"Trip","description":"","access":"protected","date":{"timestamp":"1672477816"}}""", """{"albumData":{"title":"Old"}}""", "\uFEFF{\"title\":\"\\ud800\",\"creationTime\":{\"timestamp\":9e99}}",
            }.Select(Encoding.UTF8.GetBytes)], bytes =>
            {
                var (sidecar, problem) = TakeoutSidecar.Parse(bytes, "a");
                Claim.Holds(sidecar is null != problem is null, "Not one of a sidecar and a problem.");
                if (sidecar?.Location is { } place) Place(place);
                var (album, trouble) = TakeoutAlbum.Parse(bytes, "a");
                Claim.Holds(album is not null || trouble is not null, "Neither an album nor a problem.");
            }, "TakeoutSidecar.Parse", "TakeoutAlbum.Parse", "TakeoutJson.Parse") { Pieces = Targets.TextPieces },
        new("takeout-index", "Every entry is in exactly one list: matched, left over, double or other.",
            () => ["a/IMG_1.jpg\na/IMG_1.jpg.json\na/IMG_1(1).jpg\na/IMG_1.jpg(1).json\na/metadata.json"u8.ToArray(), "p/x.HEIC\np/x.MP4\np/x.HEIC.supplemental-metadata.json\np/x-edited.HEIC\nq/IMG_20200101_000000000_abcdefghijklmnopqrst.json\nq/IMG_20200101_000000000_abcdefghijklmnopqrstu.jpg"u8.ToArray()],
            bytes => Targets.AsText(bytes, Index), "TakeoutIndex.Build") { Pieces = [.. new[] { "\n", "/", ".json", "(1)", "-edited", ".jpg", ".MP4", ".supplemental-metadata", "metadata.json", "." }.Select(Encoding.UTF8.GetBytes)] },
    ];

    private static FuzzTarget Photo(string name, Func<byte[][]> seeds) => new(name,
        "Any bytes have a view: sizes, times and places that can be, a video that lies in the file, a path below photos/.", seeds, View, "PhotoMetadata.Read", "PhotoTime.ParseExif", "PhotoTime.ParseOffset", "Movie.ParsePlace");

    private static void View(byte[] bytes)
    {
        var view = PhotoMetadata.Read(new MemoryStream(bytes), "x.jpg");
        Claim.Holds(view.Orientation is >= 1 and <= 8, "An orientation that is none.");
        Claim.Holds(view is { Width: >= 0, Height: >= 0 } && (view.Duration is null || view.Duration >= TimeSpan.Zero), "A size or length below 0.");
        if (view.MotionVideo is { } video)
        {
            Claim.Holds(video.Offset >= 0 && video.Length >= 8 && video.Offset + video.Length <= bytes.Length, "A video outside the file.");
            Claim.Holds("ftyp"u8.SequenceEqual(bytes.AsSpan((int)video.Offset + 4, 4)), "A video that is none.");
        }
        if (view.Location is { } place) Place(place);
        if (view.Taken is { Offset: { } offset } taken) Claim.Holds(taken.Utc == new DateTimeOffset(taken.Local, offset), "A time that is not its own in UTC.");
        Claim.Holds(PhotoPath.For(view, "x.jpg").StartsWith("photos/", StringComparison.Ordinal), "A path elsewhere.");
    }

    private static void Place(PhotoLocation place) =>
        Claim.Holds(Math.Abs(place.Latitude) <= 90 && Math.Abs(place.Longitude) <= 180 && place.Altitude is not double.NaN, "A place that is not on earth.");

    private static void Preview(byte[] bytes)
    {
        var view = PhotoMetadata.Read(new MemoryStream(bytes), "x.jpg");
        var made = PreviewMaker.Make(new MemoryStream(bytes), view.MediaType);
        Claim.Holds(made.Reason is null == (made.Outcome == PreviewOutcome.Made), "A reason where all is made, or none where not.");
        Claim.Holds(made.Outcome is PreviewOutcome.Made or PreviewOutcome.Partial or PreviewOutcome.ThumbOnly == made.Thumb is not null, "A thumb where none is made, or none where one is.");
        if (made.Thumb is { } thumb) Claim.Holds(thumb.Bytes.Length <= PreviewMaker.ThumbBytes && Within(thumb, PreviewMaker.ThumbSide), "A thumb beyond its limits.");
        if (made.Preview is { } preview) Claim.Holds(Within(preview, PreviewMaker.PreviewSide), "A preview beyond its limits.");
    }

    private static bool Within(PreviewImage image, int side) => image.Width >= 1 && image.Width <= side && image.Height >= 1 && image.Height <= side;

    private static void Index(string text)
    {
        TakeoutEntry[] entries = [.. text.Split('\n').Take(200).Select((line, i) => new TakeoutEntry(i % 3 == 2 ? "two.zip" : "one.zip", line))];
        var index = TakeoutIndex.Build(entries);
        List<TakeoutEntry> listed =
        [
            .. index.Matches.Select(m => m.Media), .. index.Matches.Select(m => m.Sidecar).Distinct(), .. index.UnmatchedMedia, .. index.UnmatchedSidecars, .. index.Duplicates, .. index.Others, .. index.Albums.Values,
        ];
        Claim.Holds(listed.Count == entries.Length, $"{entries.Length} entries, and {listed.Count} in the lists.");
        Claim.Holds(listed.ToHashSet().SetEquals(entries), "An entry that is in no list.");
    }
}
