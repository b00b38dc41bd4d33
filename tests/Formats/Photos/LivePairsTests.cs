using Candor.Formats.Photos;
using Xunit;

namespace Candor.Tests.Photos;

public class LivePairsTests
{
    private static LiveFile File(string path, string type, string? id = null, int day = 1, double? seconds = null)
    {
        var local = new DateTime(2024, 5, day, 10, 0, 0, DateTimeKind.Unspecified);
        return new LiveFile(path, new PhotoView
        {
            MediaType = type,
            ContentIdentifier = id,
            Duration = seconds is { } length ? TimeSpan.FromSeconds(length) : null,
            Taken = new PhotoTime(local, null, new DateTimeOffset(local, TimeSpan.Zero), PhotoTimeSource.ExifOriginal),
        });
    }

    private static string Pairs(params LiveFile[] files)
    {
        var pairs = LivePairs.Match(files);
        Assert.Equal(pairs, LivePairs.Match(files.Reverse()));
        return string.Join("; ", pairs.Select(pair => $"{pair.Still.Path}+{pair.Movie.Path}{(pair.ByIdentifier ? " id" : "")}"));
    }

    [Fact]
    public void TheSameIdMakesAPairWhateverTheNames() =>
        Assert.Equal("a/x.HEIC+b/y.MOV id", Pairs(File("a/x.HEIC", "image/heic", "AB"), File("b/y.MOV", "video/quicktime", "ab", 9), File("a/x.MOV", "video/quicktime", "cd")));

    [Fact]
    public void RealFilesPairByTheIdInTheirMetadata()
    {
        var still = new LiveFile("IMG_1.HEIC", PhotoMetadata.Read(new MemoryStream(SampleFiles.Heic(SampleFiles.Exif())), "IMG_1.HEIC"));
        var movie = new LiveFile("other.mov", PhotoMetadata.Read(new MemoryStream(SampleFiles.LiveMovie()), "other.mov"));
        Assert.True(Assert.Single(LivePairs.Match([movie, still])).ByIdentifier);
    }

    [Fact]
    public void OfCopiesWithOneIdTheNamesakeWins() =>
        Assert.Equal("IMG_1.HEIC+IMG_1.MOV id", Pairs(File("IMG_1.HEIC", "image/heic", "A"), File("IMG_1-edited.jpg", "image/jpeg", "A"), File("IMG_1.MOV", "video/quicktime", "A")));

    [Theory]
    [InlineData("f/IMG_1.HEIC", "f/IMG_1.MOV", true)]
    [InlineData("f/IMG_1.HEIC", "f/img_1.mp4", true)]
    [InlineData("f/IMG_1.HEIC", "f/IMG_1.HEIC.MOV", true)]
    [InlineData("f/IMG_1.HEIC", "g/IMG_1.MOV", false)]
    [InlineData("f/IMG_1.HEIC", "f/IMG_2.MOV", false)]
    public void WithoutIdsFolderAndNameDecide(string still, string movie, bool pair) =>
        Assert.Equal(pair ? $"{still}+{movie}" : "", Pairs(File(still, "image/heic"), File(movie, "video/quicktime")));

    [Fact]
    public void DatesLengthsAndOtherIdsObject()
    {
        Assert.Equal("", Pairs(File("a.jpg", "image/jpeg", day: 1), File("a.mov", "video/quicktime", day: 3)));
        Assert.Equal("", Pairs(File("a.jpg", "image/jpeg"), File("a.mov", "video/quicktime", seconds: 60)));
        Assert.Equal("", Pairs(File("a.jpg", "image/jpeg", "1"), File("a.mov", "video/quicktime", "2")));
        Assert.Equal("", Pairs(File("a.png", "image/png"), File("a.mov", "video/quicktime")));
        Assert.Equal("a.jpg+a.mov", Pairs(File("a.jpg", "image/jpeg", "1"), File("a.mov", "video/quicktime", seconds: 3)));
    }

    [Theory]
    [InlineData("IMG_20240501_101112.jpg", "photos/2024/05/IMG_20240501_101112.jpg")]
    [InlineData("DCIM/Camera/IMG_1.jpg", "photos/unknown-date/IMG_1.jpg")]
    [InlineData("..\\..\\con.jpg", "photos/unknown-date/_con.jpg")]
    public void PhotosLieByYearAndMonth(string name, string path) =>
        Assert.Equal(path, PhotoPath.For(PhotoMetadata.Read(new MemoryStream(SampleFiles.Jpeg()), name), name));

    [Fact]
    public void TheMonthIsThatOfThePlace()
    {
        var exif = new Ifd().Sub(0x8769, new Ifd().Ascii(0x9003, "2024:01:01 01:00:00").Ascii(0x9011, "+09:00")).ToTiff();
        Assert.Equal("photos/2024/01/a.jpg", PhotoPath.For(PhotoMetadata.Read(new MemoryStream(SampleFiles.Jpeg(exif)), "a.jpg"), "a.jpg"));
    }
}
