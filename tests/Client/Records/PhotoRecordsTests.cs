using System.Text;
using Candor.Client.Records;
using Candor.Formats.Photos;
using Candor.Formats.Takeout;
using Candor.Protocol;

namespace Candor.Tests.Client.Records;

public class PhotoRecordsTests
{
    private static readonly Id Content = Id.From("0123456789abcdef"u8);
    private static readonly DateTime Noon = new(2024, 5, 1, 12, 0, 0, DateTimeKind.Unspecified);
    private static readonly DateTimeOffset File = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly DateTimeOffset Sidecar = DateTimeOffset.FromUnixTimeSeconds(1_600_000_000);

    private static RecordDraft Draft(PhotoView view) => PhotoRecords.Of(view, "2024/05/IMG 1.HEIC", 17, Content, File, () => new MemoryStream(new byte[17]));

    private static PhotoView Photo(PhotoTime? taken = null) => new() { MediaType = "image/heic", Taken = taken };

    private static PhotoTime Time(PhotoTimeSource source, TimeSpan? offset = null) => new(Noon, offset, new DateTimeOffset(Noon, offset ?? TimeSpan.Zero), source);

    [Fact]
    public void ThePhotoIsTheFileItselfUnderTheKeyOfItsContent()
    {
        var draft = Draft(Photo());
        Assert.Equal("c:0123456789abcdef"u8.ToArray(), draft.NaturalKey.ToArray());
        var file = Assert.Single(draft.Files);
        Assert.Equal(("blob", "IMG 1.HEIC", "image/heic", 17L), (file.Role, file.Name, file.MediaType, file.Size));
        Assert.Equal(("2024/05/IMG 1.HEIC", 0), (draft.Content.Name, draft.Content.Original.Length));
        using Stream one = file.Open(), two = file.Open();
        Assert.NotSame(one, two);
    }

    [Fact]
    public void TheViewHasWholeNumbersOfSmallUnits()
    {
        var view = Draft(Photo(Time(PhotoTimeSource.ExifOriginal, TimeSpan.FromHours(2))) with
        {
            Width = 4032,
            Height = 3024,
            Orientation = 6,
            Location = new PhotoLocation(52.5200066, -13.404954, 34.5678),
            Make = "Maker",
            Model = "One",
            Duration = TimeSpan.FromMilliseconds(1234.5),
            MotionVideo = new EmbeddedVideo(5000, 700, EmbeddedVideoKind.MotionPhoto),
            ContentIdentifier = "ABC",
        }).Content.View;
        Assert.Equal(("image/heic", 17L, 4032L, 3024L, 6L), (view.Text("type"), view.Number("size"), view.Number("w"), view.Number("h"), view.Number("orient")));
        Assert.Equal((525200066L, -134049540L, 34568L), (view.Number("lat"), view.Number("lon"), view.Number("alt")));
        Assert.Equal(("2024-05-01T12:00:00", 1714557600000L), (view.Text("taken"), view.Number("utc")));
        Assert.Equal(("Maker", "One", 1234L, "ABC"), (view.Text("make"), view.Text("model"), view.Number("dur"), view.Text("live")));
        Assert.Equal([5000L, 700L], view.Items("motion"));
        Assert.Equal(File.ToUnixTimeMilliseconds(), view.Number("modified"));
    }

    [Theory]
    [InlineData(PhotoTimeSource.ExifOriginal, true, true)]
    [InlineData(PhotoTimeSource.FileName, true, true)]
    [InlineData(PhotoTimeSource.MovieHeader, false, true)]
    [InlineData(PhotoTimeSource.GpsClock, false, true)]
    [InlineData(PhotoTimeSource.FileTime, false, false)]
    public void OnlyWhatTheFileSaysIsATimeOfTaking(PhotoTimeSource source, bool saysLocal, bool saysUtc)
    {
        var view = Draft(Photo(Time(source))).Content.View;
        Assert.Equal((saysLocal, saysUtc), (view.Has("taken"), view.Has("utc")));
    }

    [Fact]
    public void TakeoutGivesTimeAndPlaceOnlyToAFileWithoutThem()
    {
        var sidecar = new TakeoutSidecar { Title = "IMG 1.HEIC", Taken = Sidecar, Location = new PhotoLocation(1, 2), Description = "Us", Favorited = true, People = ["Bo", "Al"] };
        var bare = PhotoRecords.WithTakeout(Draft(Photo(Time(PhotoTimeSource.FileTime))), sidecar, ["Zoo", "Alps", "Zoo"]).Content.View;
        Assert.Equal((Sidecar.ToUnixTimeMilliseconds(), 10_000_000L, 20_000_000L), (bare.Number("utc"), bare.Number("lat"), bare.Number("lon")));
        Assert.Equal(("Us", true), (bare.Text("caption"), bare.Flag("fav")));
        Assert.Equal(["Alps", "Zoo"], bare.Texts("albums"));
        Assert.Equal(["Al", "Bo"], bare.Texts("people"));

        var own = Draft(Photo(Time(PhotoTimeSource.ExifOriginal)) with { Location = new PhotoLocation(3, 4) });
        byte[] before = own.Content.Encode();
        var full = PhotoRecords.WithTakeout(own, sidecar, []).Content.View;
        Assert.Equal((own.Content.View.Number("utc"), 30_000_000L), (full.Number("utc"), full.Number("lat")));
        Assert.Equal(before, own.Content.Encode());
    }

    [Fact]
    public void WhatSidecarsWriteForNoneGivesNoPlaceAndNoTime()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"title":"a.jpg","photoTakenTime":{"timestamp":"0"},"geoData":{"latitude":0.0,"longitude":0.0,"altitude":0.0}}""");
        var view = PhotoRecords.WithTakeout(Draft(Photo()), TakeoutSidecar.Parse(json, "a.json").Item, [""]).Content.View;
        Assert.Equal((false, false, false), (view.Has("utc"), view.Has("lat"), view.Has("albums")));
    }

    [Fact]
    public void AppliedTwiceTakeoutChangesNothing()
    {
        var sidecar = new TakeoutSidecar { Title = "x", Taken = Sidecar, People = ["Bo"] };
        var once = PhotoRecords.WithTakeout(Draft(Photo()), sidecar, ["Alps"]);
        Assert.Equal(once.Content.Encode(), PhotoRecords.WithTakeout(once, sidecar, ["Alps"]).Content.Encode());
    }

    [Fact]
    public void APreviewNamesItsPhotoAndIsNotOneItself()
    {
        var draft = PhotoRecords.Preview(Content, [1, 2, 3], "image/webp", 9, () => new MemoryStream(new byte[9]));
        Assert.Equal("v:0123456789abcdef"u8.ToArray(), draft.NaturalKey.ToArray());
        Assert.Equal(Content, PhotoRecords.PreviewOf(draft.Content));
        Assert.Equal("preview", Assert.Single(draft.Files).Role);
        Assert.Empty(PhotoRecords.Preview(Content, [1], "image/webp").Files);
        Assert.Null(PhotoRecords.PreviewOf(Draft(Photo()).Content));
        Assert.Throws<ArgumentException>(() => PhotoRecords.Preview(Content, new byte[PhotoRecords.LargestThumb + 1], "image/webp"));
    }
}
