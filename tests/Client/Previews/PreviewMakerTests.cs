using System.Text;
using Candor.Client.Previews;
using Candor.Formats.Photos;
using Candor.Tests.Photos;
using SkiaSharp;

namespace Candor.Tests.Client.Previews;

public class PreviewMakerTests
{
    private static PreviewResult Make(byte[] file, string type = "image/jpeg") => PreviewMaker.Make(new MemoryStream(file), type);

    private static (int, int) SizeOf(PreviewImage image)
    {
        using var bitmap = SKBitmap.Decode(image.Bytes);
        Assert.Equal((image.Width, image.Height), (bitmap.Width, bitmap.Height));
        return (bitmap.Width, bitmap.Height);
    }

    [Theory]
    [InlineData(1, "rgby")]
    [InlineData(2, "gryb")]
    [InlineData(3, "ybgr")]
    [InlineData(4, "byrg")]
    [InlineData(5, "rbgy")]
    [InlineData(6, "bryg")]
    [InlineData(7, "ygbr")]
    [InlineData(8, "gyrb")]
    public void ThePictureStandsUprightWhateverTheOrientation(int orientation, string corners)
    {
        foreach (var (width, height) in new[] { (320, 200), (2600, 1300) })
        {
            var result = Make(Pictures.WithExif(Pictures.Quarters(width, height), new Ifd().Short(0x112, (ushort)orientation).ToTiff()));
            Assert.Equal(PreviewOutcome.Made, result.Outcome);
            Assert.Equal(corners, Pictures.Corners(result.Preview!.Bytes));
            Assert.Equal(corners, Pictures.Corners(result.Thumb!.Bytes));
            Assert.Equal(orientation >= 5, result.Preview.Height > result.Preview.Width);
        }
    }

    [Theory]
    [InlineData(4032, 3024, 2016, 1512, 256, 192)]
    [InlineData(3000, 4000, 1500, 2000, 192, 256)]
    [InlineData(4624, 3468, 2048, 1536, 256, 192)]
    [InlineData(2048, 2048, 2048, 2048, 256, 256)]
    [InlineData(100, 50, 100, 50, 100, 50)]
    [InlineData(1, 1, 1, 1, 1, 1)]
    [InlineData(9000, 3, 2048, 1, 256, 1)]
    public void DimensionsFollowFromTheFileAlone(int width, int height, int previewWidth, int previewHeight, int thumbWidth, int thumbHeight)
    {
        var file = Pictures.Quarters(width, height);
        for (var run = 0; run < 2; run++)
        {
            var result = Make(file);
            Assert.Equal((previewWidth, previewHeight), SizeOf(result.Preview!));
            Assert.Equal((thumbWidth, thumbHeight), SizeOf(result.Thumb!));
        }
    }

    [Fact]
    public void TheThumbFitsItsBytesEvenIfEveryPixelIsNoise()
    {
        var result = Make(Pictures.Noise(256, 256));
        Assert.InRange(result.Thumb!.Bytes.Length, 1, PreviewMaker.ThumbBytes);
        Assert.Equal(PreviewMaker.MediaType, result.Thumb.MediaType);
        Assert.Equal("image/jpeg", PhotoMetadata.Read(new MemoryStream(result.Thumb.Bytes), "").MediaType);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void OtherKindsAreReadByTheirFirstBytes(SKEncodedImageFormat format)
    {
        var result = Make(Pictures.Quarters(600, 400, format), "application/octet-stream");
        Assert.Equal(PreviewOutcome.Made, result.Outcome);
        Assert.Equal("rgby", Pictures.Corners(result.Preview!.Bytes));
    }

    [Fact]
    public void AGifIsItsFirstFrame()
    {
        byte[] gif = [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x84, 0x1C, 0x05, 0, 0x3B];
        var result = Make(gif, "image/gif");
        Assert.True(result.Outcome is PreviewOutcome.Made or PreviewOutcome.Partial, result.Reason);
        Assert.Equal((2, 2), SizeOf(result.Preview!));
    }

    [Fact]
    public void WhatIsTransparentBecomesWhite()
    {
        using var bitmap = new SKBitmap(64, 64, SKColorType.Rgba8888, SKAlphaType.Premul);
        bitmap.Erase(SKColors.Transparent);
        using var made = SKBitmap.Decode(Make(Pictures.Encode(bitmap, SKEncodedImageFormat.Png), "image/png").Preview!.Bytes);
        Assert.Equal(new SKColor(255, 255, 255), made.GetPixel(32, 32));
    }

    [Fact]
    public void NothingOfTheMetadataComesAlong()
    {
        const string Canary = "CANARY-7391";
        var exif = new Ifd().Ascii(0x10F, Canary).Short(0x112, 6).Sub(0x8769, new Ifd().Ascii(0x9003, "2024:05:01 10:11:12").Opaque(0x9286, Encoding.ASCII.GetBytes(Canary)))
            .Sub(0x8825, SampleFiles.Gps(48.8577, 2.295)).ToTiff();
        var file = Pictures.WithExif(Pictures.Quarters(800, 600), exif);
        Assert.NotNull(PhotoMetadata.Read(new MemoryStream(file), "").Location);
        var result = Make(file);
        foreach (var image in new[] { result.Preview!, result.Thumb! })
        {
            var view = PhotoMetadata.Read(new MemoryStream(image.Bytes), "");
            Assert.Equal((null, null, null, 1), (view.Location, view.Make, view.Taken, view.Orientation));
            Assert.Equal(-1, image.Bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Canary)));
            // No application segment but JFIF's own, no comment: not even a profile.
            Assert.DoesNotContain(SegmentsOf(image.Bytes), marker => marker is (>= 0xE1 and <= 0xEF) or 0xFE);
        }
    }

    private static IEnumerable<byte> SegmentsOf(byte[] jpeg)
    {
        for (var at = 2; jpeg[at + 1] != 0xDA; at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]))
            yield return jpeg[at + 1];
    }

    [Fact]
    public void AMotionPhotoIsItsStill()
    {
        var video = SampleFiles.Mp4();
        Assert.Equal(PreviewOutcome.Made, Make([.. Pictures.Quarters(640, 480), .. video]).Outcome);
    }

    [Fact]
    public void AVideoIsNotEvenLookedAt()
    {
        var stream = new MemoryStream(SampleFiles.Mp4()) { Position = 5 };
        Assert.Equal(PreviewOutcome.CannotBeReadHere, PreviewMaker.Make(stream, "video/mp4").Outcome);
        Assert.Equal(5, stream.Position);
        Assert.Equal(PreviewOutcome.CannotBeReadHere, Make(SampleFiles.Mp4()).Outcome);
    }

    [Fact]
    public void OfAHeicTheCamerasOwnThumbnailIsTaken()
    {
        var small = Pictures.Quarters(160, 120);
        byte[] Heic(byte[] jpeg, byte turned) => SampleFiles.Heic(WithThumbnail(jpeg), turned: turned);
        var result = Make(Heic(small, 3), "image/heic");
        Assert.Equal(PreviewOutcome.ThumbOnly, result.Outcome);
        Assert.Null(result.Preview);
        Assert.Equal("bryg", Pictures.Corners(result.Thumb!.Bytes));
        Assert.Equal((120, 160), SizeOf(result.Thumb));
        Assert.Equal(PreviewOutcome.CannotBeReadHere, Make(Heic(small[..40], 0), "image/heic").Outcome);
        Assert.Equal(PreviewOutcome.CannotBeReadHere, Make(SampleFiles.Heic(SampleFiles.Exif()), "image/heic").Outcome);
    }

    /// <summary>A TIFF structure whose second directory names a JPEG behind it.</summary>
    private static byte[] WithThumbnail(byte[] jpeg)
    {
        byte[] Tiff(uint at) => new Ifd { Next = new Ifd().Long(0x201, at).Long(0x202, (uint)jpeg.Length) }.Ascii(0x10F, "Samsung").ToTiff();
        var length = (uint)Tiff(0).Length;
        return [.. Tiff(length), .. jpeg];
    }
}
