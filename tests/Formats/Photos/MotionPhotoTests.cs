using Candor.Formats.Photos;
using Xunit;

namespace Candor.Tests.Photos;

public class MotionPhotoTests
{
    private static readonly byte[] Video = SampleFiles.Mp4();

    private static PhotoView Read(byte[] bytes) => PhotoMetadata.Read(new MemoryStream(bytes), "PXL_1.MP.jpg");

    private static void HasTheVideo(byte[] file, EmbeddedVideoKind kind, long? stillAt)
    {
        var view = Read(file);
        Assert.Empty(view.Problems);
        var video = view.MotionVideo!;
        Assert.Equal((kind, stillAt), (video.Kind, video.StillAtMicroseconds));
        Assert.Equal(Video, file.AsSpan((int)video.Offset, (int)video.Length).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FindsTheVideoOfAnAndroidMotionPhoto(bool asElements) =>
        HasTheVideo(SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length, asElements: asElements), tail: Video), EmbeddedVideoKind.MotionPhoto, 1_500_000);

    [Fact]
    public void FindsTheVideoBehindAGainMap() => HasTheVideo(
        SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length, gainMap: 777), tail: [.. SampleFiles.Jpeg(pictureLength: 1000)[..777], .. Video]), EmbeddedVideoKind.MotionPhoto, 1_500_000);

    [Fact]
    public void FindsTheVideoOfTheOldFormat() =>
        HasTheVideo(SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MicroVideoXmp(Video.Length), tail: Video), EmbeddedVideoKind.MicroVideo, 900);

    [Fact]
    public void FindsTheVideoInSamsungsTrailer()
    {
        HasTheVideo(SampleFiles.Jpeg(SampleFiles.Exif(), tail: SampleFiles.SamsungTail(Video)), EmbeddedVideoKind.SamsungTrailer, null);
        // The XMP of later models counts bytes that are not where it says.
        HasTheVideo(SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length), tail: SampleFiles.SamsungTail(Video)), EmbeddedVideoKind.SamsungTrailer, 1_500_000);
    }

    [Fact]
    public void FindsTheVideoInAHeicFile()
    {
        HasTheVideo(SampleFiles.Heic(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length, 8, "image/heic"), after: SampleFiles.Box("mpvd", Video)), EmbeddedVideoKind.HeifBox, 1_500_000);
        HasTheVideo(SampleFiles.Heic(SampleFiles.Exif(), after: SampleFiles.Box("mpvd", Video)), EmbeddedVideoKind.HeifBox, null);
    }

    [Fact]
    public void ALostVideoIsReported()
    {
        foreach (var file in (byte[][])
            [
                SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length)),
                SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MotionXmp(Video.Length), tail: Video[10..]),
                SampleFiles.Jpeg(SampleFiles.Exif(), SampleFiles.MicroVideoXmp(1L << 40)),
                SampleFiles.Heic(SampleFiles.Exif(), SampleFiles.MotionXmp(1 << 30)),
            ])
        {
            var view = Read(file);
            Assert.Null(view.MotionVideo);
            Assert.Contains("video is not there", Assert.Single(view.Problems).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AVideoThatTheFileDisownsIsNone()
    {
        var view = Read(SampleFiles.Jpeg(null, SampleFiles.MotionXmp(Video.Length).Replace("MotionPhoto=\"1\"", "MotionPhoto=\"0\"", StringComparison.Ordinal), tail: Video));
        Assert.Null(view.MotionVideo);
        Assert.Empty(view.Problems);
    }

    [Fact]
    public void XmpMayNotExpandEntities()
    {
        var bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" + SampleFiles.MotionXmp(5).Replace("MotionPhotoVersion=\"1\"", "MotionPhotoVersion=\"&b;\"", StringComparison.Ordinal);
        var view = Read(SampleFiles.Jpeg(null, bomb));
        Assert.Contains("XMP", Assert.Single(view.Problems).Reason, StringComparison.Ordinal);
    }
}
