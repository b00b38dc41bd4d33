using System.Text;
using Candor.Formats;
using Candor.Formats.Photos;
using Candor.Formats.Takeout;
using Candor.Tests.Notes;
using Xunit;

namespace Candor.Tests.Takeout;

public class TakeoutSidecarTests
{
    private static Reading<TakeoutSidecar> Parse(string json) => TakeoutSidecar.Parse(Encoding.UTF8.GetBytes(json), "a.json");

    private const string Full = """
        {"title":"IMG_20200920_131207.jpg","description":"by the sea","imageViews":"9",
         "creationTime":{"timestamp":"1600598769","formatted":"Sep 20, 2020, 10:46:09 AM UTC"},
         "photoTakenTime":{"timestamp":"1600596727","formatted":"Sep 20, 2020, 10:12:07 AM UTC"},
         "geoData":{"latitude":55.269423,"longitude":37.665591,"altitude":214.492,"latitudeSpan":0.0,"longitudeSpan":0.0},
         "geoDataExif":{"latitude":1.0,"longitude":2.0,"altitude":0.0},
         "people":[{"name":"Дочь"},{"name":""},{}],"url":"https://photos.google.com/photo/x","favorited":true,"archived":false,"trashed":true}
        """;

    [Fact]
    public void ReadsWhatGoogleKnew()
    {
        var sidecar = Parse(Full).Item!;
        Assert.Equal(("IMG_20200920_131207.jpg", "by the sea"), (sidecar.Title, sidecar.Description));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1600596727), sidecar.Taken);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1600598769), sidecar.Uploaded);
        Assert.Equal(new PhotoLocation(55.269423, 37.665591, 214.492), sidecar.Location);
        Assert.Equal(["Дочь"], sidecar.People);
        Assert.Equal((true, false, true), (sidecar.Favorited, sidecar.Archived, sidecar.Trashed));
    }

    [Theory]
    [InlineData("""{"photoTakenTime":{"timestamp":"-86400"}}""", -86400L)]
    [InlineData("""{"photoTakenTime":{"timestamp":1600000000}}""", 1600000000L)]
    [InlineData("""{"photoTakenTime":{"timestamp":"0"},"creationTime":{"timestamp":"5"}}""", 5L)]
    [InlineData("""{"photoTakenTime":{},"creationTime":{"timestamp":"5"}}""", 5L)]
    [InlineData("""{"photoTakenTime":{"timestamp":"99999999999999"},"creationTime":"x"}""", null)]
    [InlineData("""{"photoTakenTime":{"timestamp":"noon"}}""", null)]
    public void ReadsTimesAndFallsBackToTheUpload(string json, long? seconds) =>
        Assert.Equal(seconds is { } value ? DateTimeOffset.FromUnixTimeSeconds(value) : null, Parse(json).Item!.Taken);

    [Theory]
    [InlineData("""{"creationTime":{},"geoData":{"latitude":0.0,"longitude":0.0},"geoDataExif":{"latitude":1.5,"longitude":-2.5,"altitude":0.0}}""", 1.5, -2.5)]
    [InlineData("""{"creationTime":{},"geoData":{"latitude":91,"longitude":0.5},"geoDataExif":{"latitude":1.5,"longitude":-2.5}}""", 1.5, -2.5)]
    [InlineData("""{"creationTime":{},"geoData":{"latitude":0.0,"longitude":0.0,"altitude":5}}""", null, null)]
    [InlineData("""{"creationTime":{},"geoData":{"latitude":"1","longitude":1}}""", null, null)]
    public void ZeroZeroIsNoPlace(string json, double? latitude, double? longitude)
    {
        var location = Parse(json).Item!.Location;
        Assert.Equal((latitude, longitude), (location?.Latitude, location?.Longitude));
        Assert.Null(location?.Altitude);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"title\":\"album\"}")]
    [InlineData("{\"photoTakenTime\":")]
    public void WhatIsNoSidecarIsNamed(string json)
    {
        Assert.Null(Parse(json).Item);
        Assert.Equal("a.json", Parse(json).Problem!.Item);
    }

    [Fact]
    public void ReadsAlbumsOfBothStyles()
    {
        var album = TakeoutAlbum.Parse("""{"title":"Trip","description":"","access":"protected","date":{"timestamp":"1672477816"}}"""u8.ToArray(), "m").Item!;
        Assert.Equal(("Trip", null, DateTimeOffset.FromUnixTimeSeconds(1672477816)), (album.Title, album.Description, album.Date));
        Assert.Equal("Old", TakeoutAlbum.Parse("""{"albumData":{"title":"Old"}}"""u8.ToArray(), "m").Item!.Title);
        Assert.Equal("", TakeoutAlbum.Parse("""{"title":""}"""u8.ToArray(), "m").Item!.Title);
        Assert.NotNull(TakeoutAlbum.Parse(Encoding.UTF8.GetBytes(Full), "m").Problem);
    }

    [Fact]
    public void DamagedSidecarsNeverThrow()
    {
        byte[][] seeds = [Encoding.UTF8.GetBytes(Full), [0xEF, 0xBB, 0xBF, .. "{\"title\":\"\\ud800\",\"date\":{\"timestamp\":1e3},\"creationTime\":{\"timestamp\":9e99}}"u8]];
        var read = 0;
        foreach (var bytes in Mutations.Of(seeds, 6000, 6))
        {
            var reading = TakeoutSidecar.Parse(bytes, "a");
            Assert.True(reading.Item is null != reading.Problem is null);
            read += reading.Item is null ? 0 : 1;
            _ = TakeoutAlbum.Parse(bytes, "a");
        }
        Assert.InRange(read, 200, 5900);
    }
}
