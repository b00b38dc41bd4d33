using System.Text;
using Candor.Audit.Packets;
using Candor.Audit.Where;

namespace Candor.Tests.Audit.Where;

public class WhereTests
{
    private static Address At(string text) => Address.TryRead(text)!.Value;

    private static CountrySource Source(string text, string name) => CountrySource.Read(Encoding.ASCII.GetBytes(text), name, "2026-06-17")!;

    [Fact]
    public void SourcesThatDifferAreShownEachWithItsDate()
    {
        var registry = Source("2|nro|20260601|3|19830705|20260601|+0000\napnic|CN|ipv4|47.241.0.0|65536|20150101|allocated\napnic|JP|ipv6|2001:200::|32|19990813|allocated\n", "nro");
        var located = Source("47.241.0.0,47.241.255.255,SG\n1.0.0.0,1.0.0.255,AU\n", "dbip.csv");
        var atlas = new Atlas([registry, located], PublicSuffixes.Short);
        var found = atlas.Of("tracking.intl.miui.com", At("47.241.7.88"));
        Assert.Equal([("nro", "2026-06-01", "registered", "CN"), ("dbip.csv", "2026-06-17", "located", "SG")], found.Countries.Select(c => (c.Source, c.Date, c.Says, c.Country)));
        Assert.Equal("SG, registered in CN", found.Country);
        Assert.Equal(("Xiaomi", "CN", true), (found.Operator!.Name, found.Operator.Seat, found.Operator.IsTracker));
        Assert.Equal("JP", registry.Of(At("2001:200:ffff::1")));
        Assert.Null(registry.Of(At("2001:201::1")));
        Assert.Null(registry.Of(At("47.242.0.0")));
    }

    [Fact]
    public void WhereNothingIsInstalledOrNobodyCanKnowNothingIsSaid()
    {
        Assert.Equal("not known", Atlas.Empty.Of("a.example", At("203.0.113.9")).Country);
        Assert.Equal("in the house", Atlas.Empty.Of("", At("192.168.1.1")).Country);
        Assert.Equal("many", Atlas.Empty.Of("", At("224.0.0.251")).Country);
        Assert.StartsWith("anywhere (Cloudflare", new Atlas([Source("0.0.0.0,255.255.255.255,US\n", "x")], PublicSuffixes.Short).Of("", At("104.17.3.4")).Country, StringComparison.Ordinal);
        Assert.Null(Atlas.Empty.Of("printer.example", At("10.0.0.3")).Operator);
        Assert.Null(Operators.Of("notxiaomi.com"));
        Assert.True(Operators.Count > 100);
    }

    [Fact]
    public void ADomainEndsWhereSomebodyRegisteredIt()
    {
        var list = PublicSuffixes.Read("// a comment\ncom\nuk\nco.uk\n*.ck\n!www.ck\nelb.amazonaws.com\n", "test")!;
        Assert.Equal("example.co.uk", list.Registered("a.b.example.co.uk"));
        Assert.Equal("example.com", list.Registered("Example.com."));
        Assert.Equal("www.ck", list.Registered("a.www.ck"));
        Assert.Equal("x.other.ck", list.Registered("a.x.other.ck"));
        Assert.Equal("mine.elb.amazonaws.com", list.Registered("a.mine.elb.amazonaws.com"));
        Assert.Equal("example.nowhere", list.Registered("a.example.nowhere"));
        Assert.Equal("10.0.0.1", list.Registered("10.0.0.1"));
        Assert.Equal("example.com.cn", PublicSuffixes.Short.Registered("a.example.com.cn"));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(28)]
    [InlineData(32)]
    public void AMaxMindFileAnswersByBitsInEachWidth(int bits)
    {
        byte[] file = MaxMind(bits);
        var source = CountrySource.Read(file, "x.mmdb", "2020-01-01")!;
        Assert.Equal("2026-06-17", source.Date);
        Assert.Equal("SG", source.Of(At("128.0.0.1")));
        Assert.Null(source.Of(At("1.2.3.4")));
        Assert.Null(source.Of(At("8000::1")));
        for (int cut = 0; cut < file.Length; cut++) CountrySource.Read(file[..cut], "x", "")?.Of(At("128.0.0.1"));
    }

    /// <summary>A tree of one node for IPv4: addresses from 128.0.0.0 on are in Singapore. Laid out by hand from MaxMind-DB-spec.md.</summary>
    internal static byte[] MaxMind(int bits)
    {
        // Left: 1 = the number of nodes: nothing. Right: 1 + 16 + 0: the first value.
        byte[] node = bits switch { 24 => [0, 0, 1, 0, 0, 17], 28 => [0, 0, 1, 0, 0, 0, 17], _ => [0, 0, 0, 1, 0, 0, 0, 17] };
        byte[] value = [0xE1, 0x4C, .. "country_code"u8, 0x42, .. "SG"u8];
        byte[] metadata =
        [
            0xE4, 0x4A, .. "node_count"u8, 0xC1, 1, 0x4B, .. "record_size"u8, 0xA1, (byte)bits, 0x4A, .. "ip_version"u8, 0xA1, 4,
            0x4B, .. "build_epoch"u8, 4, 2, 0x6A, 0x31, 0xE4, 0x80,
        ];
        return [.. node, .. new byte[16], .. value, 0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8, .. metadata];
    }
}
