using Candor.Formats.Photos;
using Xunit;

namespace Candor.Tests.Photos;

public class PhotoMetadataTests
{
    private static PhotoView Read(byte[] bytes, string name = "file", DateTimeOffset? time = null, TimeZoneInfo? zone = null) =>
        PhotoMetadata.Read(new MemoryStream(bytes), name, time, zone);

    private static readonly DateTimeOffset Instant = new(2024, 5, 1, 8, 11, 12, 345, TimeSpan.Zero);

    private static void IsThePhonesPhoto(PhotoView view)
    {
        Assert.Empty(view.Problems);
        Assert.Equal(("Apple", "iPhone 15", "Main Camera 6.8mm f/1.8"), (view.Make, view.Model, view.Lens));
        Assert.Equal(48.8577, view.Location!.Latitude, 6);
        Assert.Equal(2.295, view.Location.Longitude, 6);
        Assert.Equal(35.5, view.Location.Altitude);
        Assert.Equal("2024-05-01T10:11:12.345", view.Taken!.LocalText);
        Assert.Equal(TimeSpan.FromHours(2), view.Taken.Offset);
        Assert.Equal(Instant, view.Taken.Utc);
        Assert.Equal(PhotoTimeSource.ExifOriginal, view.Taken.Source);
        Assert.Equal(SampleFiles.ContentId, view.ContentIdentifier);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadsAJpegInBothByteOrders(bool big)
    {
        var view = Read(SampleFiles.Jpeg(SampleFiles.Exif(big: big)));
        IsThePhonesPhoto(view);
        Assert.Equal(("image/jpeg", 640, 480, 6), (view.MediaType, view.Width, view.Height, view.Orientation));
        Assert.Null(view.MotionVideo);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReadsAPng(bool exifLast)
    {
        var view = Read(SampleFiles.Png(SampleFiles.Exif(), exifLast));
        IsThePhonesPhoto(view);
        Assert.Equal(("image/png", 1080, 2400), (view.MediaType, view.Width, view.Height));
    }

    [Theory]
    [InlineData("VP8X", 1024, 768)]
    [InlineData("VP8 ", 512, 480)]
    [InlineData("VP8L", 512, 480)]
    public void ReadsAWebP(string kind, int width, int height)
    {
        var view = Read(SampleFiles.WebP(SampleFiles.Exif(), kind));
        IsThePhonesPhoto(view);
        Assert.Equal(("image/webp", width, height), (view.MediaType, view.Width, view.Height));
        IsThePhonesPhoto(Read(SampleFiles.WebP([.. "Exif\0\0"u8, .. SampleFiles.Exif()])));
    }

    [Theory]
    [InlineData("heic", "image/heic", "mdat")]
    [InlineData("mif1", "image/heif", "mdat")]
    [InlineData("avif", "image/avif", "mdat")]
    [InlineData("heic", "image/heic", "idat")]
    [InlineData("heic", "image/heic", "split")]
    public void ReadsHeicAndAvif(string brand, string type, string exifIn)
    {
        var view = Read(SampleFiles.Heic(SampleFiles.Exif(), brand: brand, exifIn: exifIn));
        IsThePhonesPhoto(view);
        // The container's own size and turning are those of the primary item, and outrank Exif's.
        Assert.Equal((type, 4032, 3024, 6), (view.MediaType, view.Width, view.Height, view.Orientation));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 8)]
    [InlineData(2, 3)]
    [InlineData(3, 6)]
    public void HeicIsTurnedByItsContainer(byte turned, int orientation) =>
        Assert.Equal(orientation, Read(SampleFiles.Heic(SampleFiles.Exif(), turned: turned)).Orientation);

    /// <summary>The eight orientations of Exif from a turn against the clock (in quarters) and then a swap (0 top and bottom, 1 left and right).</summary>
    [Theory]
    [InlineData(0, 0, 4)]
    [InlineData(0, 1, 2)]
    [InlineData(1, 0, 5)]
    [InlineData(1, 1, 7)]
    [InlineData(2, 0, 2)]
    [InlineData(2, 1, 4)]
    [InlineData(3, 0, 7)]
    [InlineData(3, 1, 5)]
    public void HeicIsMirroredAfterItIsTurned(byte turned, byte axis, int orientation) =>
        Assert.Equal(orientation, Read(SampleFiles.Heic(SampleFiles.Exif(), turned: turned, mirrored: axis)).Orientation);

    [Fact]
    public void ReadsGifTiffAndDng()
    {
        var gif = Read(SampleFiles.Gif());
        Assert.Equal(("image/gif", 320, 240), (gif.MediaType, gif.Width, gif.Height));
        var full = new Ifd().Long(0x100, 6000).Long(0x101, 4000);
        var dng = Read(new Ifd().Long(0x100, 256).Long(0x101, 171).Ascii(0x110, "Camera").Bytes(0xC612, 1, 4, 0, 0)
            .Sub(0x14A, new Ifd().Long(0x100, 1024).Long(0x101, 683), full).Sub(0x8825, SampleFiles.Gps(-33.8568, 151.2153)).ToTiff(false));
        Assert.Equal(("image/x-adobe-dng", 6000, 4000, "Camera"), (dng.MediaType, dng.Width, dng.Height, dng.Model));
        Assert.Equal(-33.8568, dng.Location!.Latitude, 6);
        Assert.Equal("image/tiff", Read(new Ifd().Short(0x100, 10).Short(0x101, 10).ToTiff()).MediaType);
    }

    [Theory]
    [InlineData(48.8577, 2.295)]
    [InlineData(48.8577, -73.9857)]
    [InlineData(-33.8568, 151.2153)]
    [InlineData(-22.9519, -43.2105)]
    [InlineData(0.0001, -0.0001)]
    [InlineData(-90, 180)]
    public void ReadsPlacesInEveryQuadrant(double latitude, double longitude)
    {
        var location = Read(SampleFiles.Jpeg(SampleFiles.Exif(latitude, longitude))).Location!;
        Assert.Equal(latitude, location.Latitude, 5);
        Assert.Equal(longitude, location.Longitude, 5);
    }

    [Fact]
    public void NowhereIsNoPlace()
    {
        Assert.Null(Read(SampleFiles.Jpeg(SampleFiles.Exif(0, 0))).Location);
        byte[] Jpeg(Ifd gps) => SampleFiles.Jpeg(new Ifd().Sub(0x8825, gps).ToTiff());
        Assert.Null(Read(Jpeg(new Ifd().Ascii(1, "N").Rational(2, (91, 1), (0, 1), (0, 1)).Ascii(3, "E").Rational(4, (1, 1), (0, 1), (0, 1)))).Location);
        Assert.Null(Read(Jpeg(new Ifd().Ascii(1, "N").Rational(2, (1, 0), (0, 1), (0, 1)).Ascii(3, "E").Rational(4, (1, 1), (0, 1), (0, 1)))).Location);
        Assert.Null(Read(Jpeg(new Ifd().Ascii(1, "N").Ascii(2, "forty eight").Ascii(3, "E").Rational(4, (1, 1)))).Location);
        Assert.Null(Read(Jpeg(new Ifd().Rational(2, (1, 1), (0, 1), (0, 1)).Ascii(3, "E").Rational(4, (1, 1), (0, 1), (0, 1)))).Location);
        // Two numbers instead of three, and seconds of 0/0, do occur.
        var odd = Read(Jpeg(new Ifd().Ascii(1, "South").Rational(2, (12, 1), (3050, 100)).Ascii(3, "w").Rational(4, (7, 1), (0, 1), (0, 0)))).Location!;
        Assert.Equal((-(12 + 30.5 / 60), -7.0), (odd.Latitude, odd.Longitude));
        Assert.Null(odd.Altitude);
    }

    [Fact]
    public void BelowTheSeaIsNegative()
    {
        var view = Read(SampleFiles.Jpeg(new Ifd().Sub(0x8825, SampleFiles.Gps(31.5, 35.5, (4305, 10), 1)).ToTiff()));
        Assert.Equal(-430.5, view.Location!.Altitude);
    }

    [Fact]
    public void WithoutAnOffsetTheSatellitesTellIt()
    {
        var taken = Read(SampleFiles.Jpeg(SampleFiles.Exif(offset: null))).Taken!;
        Assert.Equal((TimeSpan.FromHours(2), true), (taken.Offset, taken.OffsetInferred));
        Assert.Equal(Instant, taken.Utc);
    }

    [Fact]
    public void WithoutAnyOffsetTheReadersZoneIsAGuess()
    {
        var exif = new Ifd().Sub(0x8769, new Ifd().Ascii(0x9003, "2024:05:01 10:11:12")).ToTiff();
        var zone = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(8), "x", "x");
        var taken = Read(SampleFiles.Jpeg(exif), zone: zone).Taken!;
        Assert.Equal("2024-05-01T10:11:12", taken.LocalText);
        Assert.Null(taken.Offset);
        Assert.Equal(new DateTimeOffset(2024, 5, 1, 2, 11, 12, TimeSpan.Zero), taken.Utc);
    }

    [Theory]
    [InlineData("0000:00:00 00:00:00")]
    [InlineData("    :  :     :  :  ")]
    [InlineData("2024:13:01 00:00:00")]
    [InlineData("2024:02:30 00:00:00")]
    [InlineData("2024:05:01 25:00:00")]
    [InlineData("2024:05:01")]
    public void ADateThatIsNoneFallsBackToTheNext(string date)
    {
        var exif = new Ifd().Ascii(0x132, "2020:01:02 03:04:05").Sub(0x8769, new Ifd().Ascii(0x9003, date)).ToTiff();
        Assert.Equal(("2020-01-02T03:04:05", PhotoTimeSource.ExifModified), (Read(SampleFiles.Jpeg(exif)).Taken!.LocalText, Read(SampleFiles.Jpeg(exif)).Taken!.Source));
    }

    [Theory]
    [InlineData("IMG_20240501_101112.jpg", "2024-05-01T10:11:12")]
    [InlineData("PXL_20240501_081112345.MP.jpg", "2024-05-01T08:11:12.345")]
    [InlineData("Screenshot_20240501-101112_Firefox.png", "2024-05-01T10:11:12")]
    [InlineData("20240501_101112(1).jpg", "2024-05-01T10:11:12")]
    [InlineData("2024-05-01 10.11.12.jpg", "2024-05-01T10:11:12")]
    [InlineData("WhatsApp Image 2024-05-01 at 10.11.12.jpeg", "2024-05-01T10:11:12")]
    [InlineData("signal-2024-05-01-101112.jpg", "2024-05-01T10:11:12")]
    [InlineData("IMG-20240501-WA0007.jpg", "2024-05-01T12:00:00")]
    [InlineData("mmexport1714551072345.jpg", "2024-05-01T08:11:12.345")]
    [InlineData("DCIM/20240501/IMG_0001.jpg", null)]
    [InlineData("IMG_20241399_101112.jpg", null)]
    [InlineData("DSC01234567890123456789.jpg", null)]
    [InlineData("IMG_0001.jpg", null)]
    [InlineData("IMG_20\u0662\u06640501_101112.jpg", null)]
    public void FileNamesTellTheTimeWhereNothingElseDoes(string name, string? local)
    {
        var taken = Read(SampleFiles.Jpeg(), name).Taken;
        Assert.Equal(local, taken?.LocalText);
        if (local is not null)
            Assert.Equal(PhotoTimeSource.FileName, taken!.Source);
        Assert.Equal(local is null ? PhotoTimeSource.FileTime : PhotoTimeSource.FileName, Read(SampleFiles.Jpeg(), name, Instant).Taken!.Source);
    }

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(90, 6, true)]
    [InlineData(180, 3, false)]
    [InlineData(270, 8, true)]
    public void ReadsAMovie(int turned, int orientation, bool wide)
    {
        var view = Read(SampleFiles.Mp4(turned: turned, wide: wide, headerFirst: wide));
        Assert.Empty(view.Problems);
        Assert.Equal(("video/mp4", 1920, 1080, orientation), (view.MediaType, view.Width, view.Height, view.Orientation));
        Assert.Equal(TimeSpan.FromSeconds(2.5), view.Duration);
        Assert.Equal(new PhotoLocation(48.8577, 2.295, 35.5), view.Location);
        Assert.Equal(("Google", "Pixel 8"), (view.Make, view.Model));
        Assert.Equal(new DateTimeOffset(2024, 5, 1, 8, 11, 12, TimeSpan.Zero), view.Taken!.Utc);
        Assert.Equal(PhotoTimeSource.MovieHeader, view.Taken.Source);
    }

    [Fact]
    public void ReadsALivePhotosMovie()
    {
        var view = Read(SampleFiles.LiveMovie());
        Assert.Empty(view.Problems);
        Assert.Equal(("video/quicktime", SampleFiles.ContentId, "Apple", "iPhone 15"), (view.MediaType, view.ContentIdentifier, view.Make, view.Model));
        Assert.Equal(("2024-05-01T10:11:12", TimeSpan.FromHours(2), PhotoTimeSource.QuickTimeDate), (view.Taken!.LocalText, view.Taken.Offset, view.Taken.Source));
        Assert.Equal(new PhotoLocation(48.8577, 2.295, 35.5), view.Location);
    }

    [Theory]
    [InlineData("+48.8577+002.2950/", 48.8577, 2.295)]
    [InlineData("-33.8568-151.2153", -33.8568, -151.2153)]
    [InlineData("+4851.462+00217.70/", 48.8577, 2.295)]
    [InlineData("+485127.72+0021742.0+35/", 48.8577, 2.295)]
    public void ReadsPlacesOfIso6709(string text, double latitude, double longitude)
    {
        var location = Read(SampleFiles.Mp4(place: text)).Location!;
        Assert.Equal(latitude, location.Latitude, 6);
        Assert.Equal(longitude, location.Longitude, 6);
    }

    [Fact]
    public void ReadsPlaceAndTimeOf3Gpp()
    {
        byte[] loci = SampleFiles.Box("loci", [0, 0, 0, 0, 0x55, 0xC4], [.. "home\0\0"u8], [0x00, 0x06, 0xAD, 0x14, 0xFF, 0xCB, 0xA1, 0x76, 0, 0x0A, 0x88, 0xF5], [.. "earth\0\0"u8]);
        byte[] date = SampleFiles.Box("date", [.. "2020-11-20T15:04:02+0100"u8]);
        var view = Read(SampleFiles.Mp4(place: null, appleMeta: SampleFiles.Box("udta", loci, date)));
        Assert.Equal((-52.36929, 6.67609, 10.53), (Math.Round(view.Location!.Latitude, 5), Math.Round(view.Location.Longitude, 5), Math.Round(view.Location.Altitude!.Value, 2)));
        Assert.Equal(new DateTimeOffset(2020, 11, 20, 14, 4, 2, TimeSpan.Zero), view.Taken!.Utc);
    }

    [Theory]
    [InlineData("+0.0+0.0/")]
    [InlineData("+48.8577/")]
    [InlineData("+++")]
    [InlineData("+1.2.3+4")]
    [InlineData("+99999999+2/")]
    public void OddPlacesAreNone(string text) => Assert.Null(Read(SampleFiles.Mp4(place: text)).Location);

    [Fact]
    public void UnknownFilesAreKeptAndNamed()
    {
        foreach (var bytes in (byte[][])[[], [0xFF], [.. "plain text, no photo at all"u8], [.. "RIFF\0\0\0\0AVI LIST"u8]])
        {
            var view = Read(bytes, "odd.jpg");
            Assert.Equal(PhotoMetadata.UnknownType, view.MediaType);
            Assert.Equal("odd.jpg", Assert.Single(view.Problems).Item);
        }
    }

    [Fact]
    public void ReadsLittleOfALargePhoto()
    {
        var exif = new Ifd().Ascii(0x10F, "M").Sub(0x8769, new Ifd().Ascii(0x9003, "2024:05:01 10:11:12").Opaque(0x9286, new byte[40_000])).ToTiff();
        var photo = new CountingStream(SampleFiles.Jpeg(exif, pictureLength: 5_000_000));
        Assert.Equal("M", PhotoMetadata.Read(photo, "x").Make);
        Assert.InRange(photo.BytesRead, 1, 128 * 1024);
        var movie = new CountingStream([.. SampleFiles.Box("ftyp", [.. "mp42\0\0\0\0"u8]), .. SampleFiles.Box("mdat", new byte[8_000_000]), .. SampleFiles.Mp4()[328..]]);
        Assert.NotNull(PhotoMetadata.Read(movie, "x").Duration);
        Assert.InRange(movie.BytesRead, 1, 64 * 1024);
    }
}

/// <summary>Counts what is read of a file.</summary>
internal sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
{
    public long BytesRead { get; private set; }

    // A derived MemoryStream sends every other way of reading here.
    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = base.Read(buffer, offset, count);
        BytesRead += read;
        return read;
    }
}
