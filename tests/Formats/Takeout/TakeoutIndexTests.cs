using Candor.Formats.Takeout;
using CsCheck;
using Xunit;

namespace Candor.Tests.Takeout;

public class TakeoutIndexTests
{
    private static TakeoutIndex Index(params string[] names) => TakeoutIndex.Build(names.Select(name => new TakeoutEntry("1.zip", "Takeout/Google Photos/Trip/" + name)));

    private static string Sidecar(TakeoutIndex index, string media) =>
        index.Matches.SingleOrDefault(match => match.Media.Path.EndsWith("/" + media, StringComparison.Ordinal)) is { } match
            ? $"{match.Sidecar.Path[(match.Sidecar.Path.LastIndexOf('/') + 1)..]} {match.Rule}" : "";

    /// <summary>Pairs seen in real exports: sidecar, file, rule.</summary>
    [Theory]
    [InlineData("IMG_1.jpg.json", "IMG_1.jpg", TakeoutRule.Exact)]
    [InlineData("IMG_1.jpg.supplemental-metadata.json", "IMG_1.jpg", TakeoutRule.Exact)]
    [InlineData("Screenshot_20190317-234331.jpg.supplemental-me.json", "Screenshot_20190317-234331.jpg", TakeoutRule.Clipped)]
    [InlineData("PXL_20211013_220651983.PORTRAIT-01.COVE.jpg.su.json", "PXL_20211013_220651983.PORTRAIT-01.COVE.jpg", TakeoutRule.Clipped)]
    [InlineData("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json", "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg", TakeoutRule.Clipped)]
    [InlineData("05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json", "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg", TakeoutRule.Clipped)]
    [InlineData("original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json", "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg", TakeoutRule.Clipped)]
    [InlineData("😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋.json", "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛.jpg", TakeoutRule.Clipped)]
    [InlineData("DSC_0101.JPG(1).json", "DSC_0101(1).JPG", TakeoutRule.Numbered)]
    [InlineData("A.PORTRAIT.jpg.supplemental-metadata(1).json", "A.PORTRAIT(1).jpg", TakeoutRule.Numbered)]
    [InlineData("PXL_20220405_090123740.PORTRAIT.jpg.supplement(1).json", "PXL_20220405_090123740.PORTRAIT(1).jpg", TakeoutRule.Numbered)]
    [InlineData("Backyard_ceremony_wedding_photography_xxxxxxx_(494).json", "Backyard_ceremony_wedding_photography_xxxxxxx_m(494).jpg", TakeoutRule.Numbered)]
    [InlineData("13039_327707840323_537645323_9470255_27214_n.j(1).json", "13039_327707840323_537645323_9470255_27214_n(1).jpg", TakeoutRule.Numbered)]
    [InlineData("21.12.11 - 1.supplemental-metadata(1).json", "21.12(1).11 - 1", TakeoutRule.Numbered)]
    [InlineData("skytree (2).jpg.supplemental-metadata.json", "skytree (2).jpg", TakeoutRule.Exact)]
    [InlineData("PXL_20210102_221126856.MP~2.jpg.json", "PXL_20210102_221126856.MP~2.jpg", TakeoutRule.Exact)]
    [InlineData("[UNSET].jpg.supplemental-metadata.json", "[UNSET].jpg", TakeoutRule.Exact)]
    [InlineData("03.03.13 - 1.supplemental-metadata.json", "03.03.13 - 1", TakeoutRule.Exact)]
    [InlineData("IMG_4081.JPG(1).json", "IMG_4081(1).jpg", TakeoutRule.OtherCase)]
    [InlineData("IMG_1.supplemental-metadata.json", "IMG_1.jpg", TakeoutRule.MissingExtension)]
    [InlineData("IMG_1.json", "IMG_1.heic", TakeoutRule.MissingExtension)]
    [InlineData("IMG_1.jpg.supplemental-metadata.json", "IMG_1", TakeoutRule.MissingExtension)]
    [InlineData("123456789123456789123456789123456789_DSCN0091.JP.supplemental-meta.json", "123456789123456789123456789123456789_DSCN0091.JPG", TakeoutRule.MissingExtension)]
    [InlineData("A_name_of_a_photo_that_goes_on_and_on_for_very_long_1.jp.json", "A_name_of_a_photo_that_goes_on_and_on_for_very_long_1.jpg", TakeoutRule.MissingExtension)]
    [InlineData("A_name_of_a_photo_that_goes_on_and_on_for_very_long_.json", "A_name_of_a_photo_that_goes_on_and_on_for_very_long_1.jpg", TakeoutRule.Clipped)]
    [InlineData("IMG_1.jpg.supplemental-metadata.json", "IMG_1-edited.jpg", TakeoutRule.Edited)]
    [InlineData("IMG_1.jpg.supplemental-metadata(2).json", "IMG_1-edited(2).jpg", TakeoutRule.Edited)]
    [InlineData("PXL_20220405_090123740.PORTRAIT.jpg.json", "PXL_20220405_090123740.PORTRAIT-modifié.jpg", TakeoutRule.Edited)]
    public void MatchesPairsOfRealExports(string sidecar, string media, TakeoutRule rule)
    {
        var index = Index(sidecar, media);
        Assert.Equal($"{sidecar} {rule}", Sidecar(index, media));
        Assert.Empty(index.UnmatchedMedia);
        Assert.Empty(index.UnmatchedSidecars);
    }

    [Theory]
    [InlineData("PXL_20211013_220651983.jpg.json", "PXL_20211013_220651958.jpg")]
    [InlineData("DSC_0102.JPG(2).json", "DSC_0102(1).JPG")]
    [InlineData("DSC_0103.JPG(1).json", "DSC_0103.JPG")]
    [InlineData("DSC_0104.JPG.json", "DSC_0104(1).JPG")]
    [InlineData("photo.jpg.json", "photo-beach.jpg")]
    [InlineData("PXL_20220405_090123740.PORTRAIT.jpg.json", "PXL_20220405_090123741.PORTRAIT-modifié.jpg")]
    [InlineData("Backyard_ceremony_wedding_photography_xxxxxxx_(494).json", "Backyard_ceremony_wedding_photography_xxxxxxx_m(185).jpg")]
    [InlineData("user-generated-memory-titles.json", "IMG_1.jpg")]
    public void StrangersStayUnmatchedAndAreReported(string sidecar, string media)
    {
        var index = Index(sidecar, media);
        Assert.Empty(index.Matches);
        Assert.EndsWith(media, Assert.Single(index.UnmatchedMedia).Path, StringComparison.Ordinal);
        Assert.EndsWith(sidecar, Assert.Single(index.UnmatchedSidecars).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFileOfAClusterFindsItsOwn()
    {
        var index = Index("IMG_1.HEIC", "IMG_1.MP4", "IMG_1-edited.jpg", "IMG_1(1).HEIC", "IMG_1(1).MP4", "IMG_1.HEIC.supplemental-metadata.json", "IMG_1.HEIC.supplemental-metadata(1).json",
            "PXL_2.MP.jpg", "PXL_2.MP", "PXL_2.MP.jpg.supplemental-metadata.json", "IMG_3.MOV", "IMG_3.HEIC.json");
        Assert.Equal("IMG_1.HEIC.supplemental-metadata.json Exact", Sidecar(index, "IMG_1.HEIC"));
        Assert.Equal("IMG_1.HEIC.supplemental-metadata.json LiveMovie", Sidecar(index, "IMG_1.MP4"));
        Assert.Equal("IMG_1.HEIC.supplemental-metadata.json Edited", Sidecar(index, "IMG_1-edited.jpg"));
        Assert.Equal("IMG_1.HEIC.supplemental-metadata(1).json Numbered", Sidecar(index, "IMG_1(1).HEIC"));
        Assert.Equal("IMG_1.HEIC.supplemental-metadata(1).json LiveMovie", Sidecar(index, "IMG_1(1).MP4"));
        Assert.Equal("PXL_2.MP.jpg.supplemental-metadata.json LiveMovie", Sidecar(index, "PXL_2.MP"));
        Assert.Equal("IMG_3.HEIC.json LiveMovie", Sidecar(index, "IMG_3.MOV"));
        Assert.Empty(index.UnmatchedMedia);
    }

    [Fact]
    public void NamesThatAreAlikeToTheLastKeptLetterPairInNaturalOrder()
    {
        const string Kept = "Wedding_of_Anna_and_Bert_in_the_old_garden_hal"; // 46 letters
        Assert.Equal(46, Kept.Length);
        string[] media = [Kept + "l_a10.jpg", Kept + "l_a2.jpg", Kept + "l_a1.jpg", Kept + "l.jpg"];
        string[] sidecars = [Kept + ".json", Kept + "(1).json", Kept + "(2).json", Kept + "(3).json"];
        var index = Index([.. media, .. sidecars]);
        Assert.Equal($"{Kept}.json NaturalOrder", Sidecar(index, Kept + "l.jpg"));
        Assert.Equal($"{Kept}(1).json NaturalOrder", Sidecar(index, Kept + "l_a1.jpg"));
        Assert.Equal($"{Kept}(2).json NaturalOrder", Sidecar(index, Kept + "l_a2.jpg"));
        Assert.Equal($"{Kept}(3).json NaturalOrder", Sidecar(index, Kept + "l_a10.jpg"));
        // With one sidecar lost nobody can tell whose it was.
        var gap = Index([.. media, .. sidecars[1..]]);
        Assert.Empty(gap.Matches);
        Assert.Equal((4, 3), (gap.UnmatchedMedia.Count, gap.UnmatchedSidecars.Count));
    }

    [Fact]
    public void APhotoAndItsSidecarMayLieInDifferentArchives()
    {
        var index = TakeoutIndex.Build(
        [
            new TakeoutEntry("1.zip", "Takeout/Google Photos/Trip/a.jpg"), new TakeoutEntry("2.zip", "Takeout/Google Photos/Trip/a.jpg.supplemental-metadata.json"),
            new TakeoutEntry("2.zip", "Takeout/Google Photos/Trip/metadata.json"), new TakeoutEntry("3.zip", "Takeout/Google Photos/Trip/a.jpg"),
            new TakeoutEntry("3.zip", "Takeout/archive_browser.html"), new TakeoutEntry("3.zip", "Takeout/Google Photos/Reise/Metadaten.json"),
            new TakeoutEntry("3.zip", "Takeout/Google Photos/Other/a.jpg.json"),
        ]);
        var match = Assert.Single(index.Matches);
        Assert.Equal(("1.zip", "2.zip"), (match.Media.Archive, match.Sidecar.Archive));
        Assert.Equal("3.zip", Assert.Single(index.Duplicates).Archive);
        Assert.Equal(["Takeout/Google Photos/Reise", "Takeout/Google Photos/Trip"], index.Albums.Keys);
        Assert.Single(index.Others);
        Assert.EndsWith("Other/a.jpg.json", Assert.Single(index.UnmatchedSidecars).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryEntryIsInExactlyOneListWhateverTheNames()
    {
        var word = Gen.OneOf("IMG_1", "a", "long_name_that_goes_beyond_forty_six_letters_x", "(1)", "(2)", "(\u0662)", "(00007)", "-edited", ".jpg", ".MP", ".mp4", ".supplemental-metadata", ".suppl", ".json", "", " ", "😀", "..", "metadata", "/", "(", ")");
        word.List[1, 6].Select(parts => string.Concat(parts)).List[0, 14].Sample(paths =>
        {
            var entries = paths.Select((path, i) => new TakeoutEntry(i.ToString(null, null), path)).ToList();
            var index = TakeoutIndex.Build(entries);
            var listed = index.Matches.Select(match => match.Media).Concat(index.UnmatchedMedia).Concat(index.UnmatchedSidecars)
                .Concat(index.Matches.Select(match => match.Sidecar).Distinct()).Concat(index.Duplicates).Concat(index.Others).Concat(index.Albums.Values);
            Assert.Equal(entries.OrderBy(entry => int.Parse(entry.Archive, null)), listed.OrderBy(entry => int.Parse(entry.Archive, null)));
        }, iter: 3_000);
    }

    [Fact]
    public void AHundredThousandEntriesTakeLinearTime()
    {
        var names = Enumerable.Range(0, 50_000).SelectMany(i => new[]
        {
            $"IMG_{i}{(i % 3 == 0 ? "-edited" : "")}.jpg", i % 5 == 0 ? $"unrelated {i}.json" : $"IMG_{i}.jpg.supplemental-metadata.json",
        }).ToArray();
        var clock = ThreadTime.Start();
        var index = Index(names);
        Assert.Equal(40_000, index.Matches.Count);
        Assert.True(clock.Elapsed.TotalSeconds < 60, $"took {clock.Elapsed}");
    }
}
