using Candor.Audit.Packets;
using Candor.Audit.Where;
using Candor.Fuzz;

namespace Candor.Tests.Audit.Where;

/// <summary>Files of ranges, small ones and those that are within the program.</summary>
public class RangePackTests
{
    private static Address At(string text) => Address.TryRead(text)!.Value;

    private static RangePack Pack(byte[] bytes) => RangePack.TryOpen(new MemoryStream(bytes))!;

    [Fact]
    public void AWordHoldsFromItsCutToTheNextInBothVersions()
    {
        var pack = Pack(RangePackSeed.Of("located", ("1.0.0.0", "AU"), ("1.0.0.255", "CN"), ("1.0.1.0", ""), ("255.255.255.255", "DE"), ("2001:db8::", "JP"), ("2001:db8::1", ""), ("ffff::", "FR")));
        Assert.Equal(("Small", "2026-06-01", "located", "CC0-1.0", "nobody"), (pack.Name, pack.Date, pack.Says, pack.Licence, pack.Credit));
        foreach (var (at, word) in ((string, string?)[])[("0.255.255.255", null), ("1.0.0.0", "AU"), ("1.0.0.254", "AU"), ("1.0.0.255", "CN"), ("1.0.1.0", null), ("255.255.255.254", null), ("255.255.255.255", "DE"),
            ("::1", null), ("2001:db8::", "JP"), ("2001:db8::1", null), ("ffff:ffff::", "FR")]) Assert.Equal(word, pack.Of(At(at)));
    }

    [Fact]
    public void ManyBlocksAreOneSequence()
    {
        var cuts = Enumerable.Range(0, 1000).Select(i => ($"10.{i / 256}.{i % 256}.0", i % 3 == 0 ? "" : $"W{i}")).ToArray();
        var pack = Pack(RangePackSeed.Of("located", cuts));
        for (int i = 0; i < 1000; i++) Assert.Equal(i % 3 == 0 ? null : $"W{i}", pack.Of(At($"10.{i / 256}.{i % 256}.{i % 256}")));
    }

    [Fact]
    public void WhatIsCutOffOrChangedThrowsNothing()
    {
        byte[] whole = RangePackSeed.Of("located", ("1.0.0.0", "AU"), ("1.0.1.0", ""), ("2001:db8::", "JP"), ("2001:db9::", ""));
        for (int cut = 0; cut < whole.Length; cut++) Assert.Null(RangePack.TryOpen(new MemoryStream(whole[..cut])));
        for (int i = 0; i < whole.Length; i++)
        {
            foreach (byte by in (byte[])[1, 0x80, 0xFF])
            {
                byte[] changed = [.. whole];
                changed[i] ^= by;
                if (RangePack.TryOpen(new MemoryStream(changed)) is { } pack) foreach (string at in (string[])["0.0.0.0", "1.0.0.1", "255.255.255.255", "2001:db8::1", "ffff::"]) _ = pack.Of(At(at));
            }
        }
    }

    [Fact]
    public void TheShippedSetsAnswerForWhatTheirSourcesSay()
    {
        // Each as the lines of the packages have it, looked up there by hand: an Alibaba server, one of Amazon's in Frankfurt, the range of the year 2014.
        Assert.Equal(["SG", "US", "US"], Shipped.Countries.Select(s => s.Of(At("47.241.7.88"))));
        Assert.Equal(["DE", "DE", "US"], Shipped.Countries.Select(s => s.Of(At("3.120.1.1"))));
        Assert.Equal(["CN", "CN", "CN"], Shipped.Countries.Select(s => s.Of(At("42.62.48.5"))));
        Assert.Equal("AS45102 Alibaba (US) Technology Co., Ltd.", Shipped.Networks.Of(At("47.241.7.88"))!.Called);
        Assert.Equal(13335U, Shipped.Networks.Of(At("1.1.1.1"))!.Number);
        Assert.All(Shipped.Countries, s => Assert.True(s.Licence.StartsWith("CC BY", StringComparison.Ordinal) && s.Credit.Contains("https://", StringComparison.Ordinal) && s.Date.StartsWith("2026-06-", StringComparison.Ordinal)));
        Assert.All(Shipped.Countries, s => Assert.Null(s.Of(At("192.168.1.1"))));
        Assert.NotNull(Shipped.Countries[0].Of(At("2a00:1450:4001::1")));
    }

    [Fact]
    public void EachSourceIsShownWithItsDateAndWhetherTheyAgreeInWords()
    {
        var atlas = new Atlas(Shipped.Countries, PublicSuffixes.Short, Shipped.Networks);
        var found = atlas.Of("tracking.intl.miui.com", At("47.241.7.88"));
        Assert.Equal("SG or US: sources differ", found.Country);
        Assert.Equal("DB-IP Lite: SG (2026-06-01); IPFire Location: US (2026-06-25): they disagree; registered in US (NRO registries, 2026-06-17)", Whereabouts.Words(found.Countries));
        found = atlas.Of("", At("3.120.1.1"));
        Assert.Equal("DE, registered in US", found.Country);
        Assert.Contains(": they agree; registered in US", Whereabouts.Words(found.Countries), StringComparison.Ordinal);
        Assert.Null(atlas.Of("", At("192.168.1.1")).Network);
        Assert.Equal("", Whereabouts.Words([]));
    }

    [Fact]
    public void ANewerFileOfTheSameFormIsADataSetToo()
    {
        var source = CountrySource.Read(RangePackSeed.Of("registered", ("1.0.0.0", "AU"), ("1.0.1.0", "")), "nro.ranges", "2020-01-01")!;
        Assert.Equal(("Small", "2026-06-01", "registered", "AU"), (source.Name, source.Date, source.Says, source.Of(At("1.0.0.9"))));
        Assert.Null(CountrySource.Read(RangePackSeed.Of("announced", ("1.0.0.0", "1 A"), ("1.0.1.0", "")), "x", "2020-01-01"));
        Assert.Equal((64500U, "", "AS64500"), (Network("64500").Number, Network("64500").Name, Network("64500").Called));
        Assert.Null(new NetworkSource(Pack(RangePackSeed.Of("announced", ("1.0.0.0", "-1 A"), ("1.0.1.0", "")))).Of(At("1.0.0.1")));
    }

    private static Network Network(string word) => new NetworkSource(Pack(RangePackSeed.Of("announced", ("1.0.0.0", word), ("1.0.1.0", "")))).Of(At("1.0.0.1"))!;
}
