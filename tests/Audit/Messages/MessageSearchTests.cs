using System.IO.Compression;
using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Messages;
using Candor.Audit.Search;

namespace Candor.Tests.Audit.Messages;

public class MessageSearchTests
{
    private const string Owner = "identifiers:\n  imei: ['490154203237518']\nowner:\n  numbers: ['+4915123456789']\n";

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var made = new MemoryStream();
        using (var gzip = new GZipStream(made, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(bytes);
        return made.ToArray();
    }

    [Fact]
    public void AValueThatTwoPacketsShareIsFoundOnceWithItsPlaceInTheStream()
    {
        var searched = new Searched(Owner);
        searched.Post("/a", [], "{\"imei\":\"490154"u8.ToArray(), "203237518\",\"x\":1}"u8.ToArray());
        var sighting = Assert.Single(searched.Book.Sightings);
        Assert.Equal(("body", 1200 + 9, 3L, 15), (sighting.Part, sighting.Offset, sighting.Origin.Frame, sighting.Finding.Length));
        Assert.Equal("POST https://api.example/a", sighting.Request);
        Assert.True(sighting.IsSent);
        Assert.Equal((15, 200 + 17, 0), (searched.Tally[Side.Client][ByteClass.Identified], searched.Tally[Side.Client][ByteClass.Explained], searched.Tally[Side.Client][ByteClass.Undetermined]));
    }

    [Fact]
    public void AHeadIsSearchedFieldByFieldAndMovesNoMoreBytesThanItTook()
    {
        var searched = new Searched(Owner);
        string packed = Convert.ToBase64String(Gzip("{\"device\":\"490154203237518\"}"u8));
        searched.Post("/v1?msisdn=%2B4915123456789", [new("X-INFO", packed), new("Cookie", "a=b; id=490154203237518")]);
        Assert.Equal(["field Cookie", "field X-INFO", "target"], searched.Book.Sightings.Select(s => s.Part).Order(StringComparer.Ordinal));
        Assert.Contains("gzip", searched.Book.Sightings.Single(s => s.Part == "field X-INFO").Finding.Chain, StringComparison.Ordinal);
        var sums = searched.Tally[Side.Client];
        Assert.Equal(200, sums.Total);
        Assert.InRange(sums[ByteClass.Identified], 40, 200);
        Assert.Contains("Cookie", Assert.Single(searched.Book.Requests).Telling);
        Assert.DoesNotContain("4915123456789", searched.Book.Requests[0].Url, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAServerEchoesIsNoUpload()
    {
        var searched = new Searched(Owner);
        var sink = searched.Layering.MessagesOf(searched.Conversation);
        sink.Head(0, Side.Server, new() { Status = 200, WireBytes = 50 }, 0, default);
        sink.Body(0, Side.Server, "{\"imei\":\"490154203237518\"}"u8, 50, default);
        sink.End(0, Side.Server, true, default);
        Assert.Empty(searched.Book.Sightings);
        Assert.Equal(26, searched.Tally[Side.Server][ByteClass.Explained]);
    }

    [Fact]
    public void WhatNobodyCanReadIsUndeterminedAlsoWithinAFormThatIsKnown()
    {
        var searched = new Searched(Owner);
        byte[] opaque = Noise(3000);
        searched.Post("/a", [], opaque);
        Assert.Equal(3000, searched.Tally[Side.Client][ByteClass.Undetermined]);
        var within = new Searched(Owner);
        byte[] json = Encoding.ASCII.GetBytes($"{{\"v\":1,\"data\":\"{Convert.ToBase64String(opaque)}\"}}");
        within.Post("/a", [], json);
        Assert.InRange(within.Tally[Side.Client][ByteClass.Undetermined], 3990, 4000);
        Assert.Equal(200 + json.Length, within.Tally[Side.Client].Total);
    }

    [Fact]
    public void ABodyLongerThanIsHeldIsSearchedToItsEndAndEachPlaceIsToldOnce()
    {
        var searched = new Searched(Owner);
        byte[] filler = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("nothing to see here. ", 40_000)));
        var pieces = Enumerable.Repeat(filler, 10).ToList();
        // The eighth mebibyte ends within the tenth piece, in the middle of a value.
        int edge = (8 << 20) - 9 * filler.Length;
        byte[] last = [.. filler.AsSpan(0, edge - 7), .. "490154203237518"u8, .. filler, .. " 490154203237518 "u8];
        pieces[9] = last;
        searched.Post("/long", [], [.. pieces]);
        Assert.Equal([1200 + (8 << 20) - 7, 1200 + 9L * filler.Length + last.Length - 16], searched.Book.Sightings.Select(s => s.Offset));
        Assert.Equal(200 + pieces.Sum(p => p.Length), searched.Tally[Side.Client].Total);
        Assert.Equal(1, searched.Book.Exhausted);
    }

    [Fact]
    public void AnUnknownStreamIsSearchedAcrossPacketsAndEachSideOfAGap()
    {
        var searched = new Searched(Owner);
        var sink = searched.Layering.Unread(searched.Conversation);
        byte[] noise = Noise(500);
        sink.Take(Side.Client, 0, [.. noise, .. "49015420"u8], new(1, 1));
        sink.Take(Side.Client, 508, [.. "3237518"u8, 0, .. noise], new(2, 2));
        sink.Gap(Side.Client, 1016, 100, new(3, 3));
        sink.Take(Side.Client, 1116, "490154203237518"u8, new(4, 4));
        sink.Take(Side.Server, 0, "490154203237518"u8, new(5, 5));
        sink.End(Side.Client, new(6, 6));
        sink.End(Side.Server, new(6, 6));
        Assert.Equal([(500L, 2L), (1116L, 4L)], searched.Book.Sightings.Select(s => (s.Offset, s.Origin.Frame)));
        Assert.Equal((30, 1031), (searched.Tally[Side.Client][ByteClass.Identified], searched.Tally[Side.Client].Total));
        Assert.True(searched.Tally[Side.Client][ByteClass.Undetermined] >= 900);
    }

    [Theory]
    [InlineData("0123456789abcdef")] // Hex, of eight bytes that say nothing.
    [InlineData("%48%65%6c%6c%6f%20%48%65%6c%6c%6f")]
    public void WhatIsReadWithinNoiseExplainsItselfAndNotTheNoise(string known)
    {
        var searched = new Searched(Owner);
        var sink = searched.Layering.Unread(searched.Conversation);
        sink.Take(Side.Client, 0, [.. Noise(500), 0, .. Encoding.ASCII.GetBytes(known), 0, .. Noise(500)], new(1, 1));
        sink.End(Side.Client, new(2, 2));
        Assert.InRange(searched.Tally[Side.Client][ByteClass.Explained], known.Length, known.Length + 8);
        Assert.Equal(1002 + known.Length, searched.Tally[Side.Client].Total);
    }

    [Theory]
    [InlineData("datagram")]
    [InlineData("stream")]
    public void NoiseOfAnySizeIsUndeterminedButForAChanceThatIsStated(string part)
    {
        const double chance = 1e-3;
        long all = 0, read = 0;
        foreach (int size in (int[])[4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 48, 64, 92, 148, 300, 1000, 1400, 3000])
        {
            var random = new Random(size);
            byte[] noise = new byte[size];
            int count = 600 / (1 + size / 64), seen = 0;
            for (int i = 0; i < count; i++)
            {
                random.NextBytes(noise);
                if (Unread.In(BodyDecoder.Decode(noise.ToArray()), BodyDeclaration.None, part).Bytes < size) seen++;
            }
            Assert.True(seen <= 1, $"{seen} of {count} of {size} bytes");
            (all, read) = (all + count, read + seen);
        }
        Assert.InRange(read, 0, all * chance);
    }

    [Theory]
    [InlineData("0A0568656C6C6F1203796F75", "datagram", true)] // Protobuf, whose strings can be read.
    [InlineData("08011002180320042805", "datagram", true)] // Five numbers, in the order of their fields.
    [InlineData("08D9AB03B5B4", "datagram", false)] // One number, and then something that is none.
    [InlineData("0D0102030415", "datagram", false)]
    [InlineData("82A16901A16A02", "datagram", false)] // MessagePack with two letters.
    [InlineData("82A26964A26162A47479706504", "datagram", true)] // MessagePack with two words.
    [InlineData("70696E67", "datagram", false)] // Four letters, which one datagram of noise in two hundred is.
    [InlineData("70696E67", "body", true)]
    [InlineData("70696E6720707921", "stream", false)]
    [InlineData("68656C6C6F20796F752C20776F726C64", "stream", true)]
    public void AFormCountsWhereItIsMoreThanChance(string hex, string part, bool read)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(read ? 0 : bytes.Length, Unread.In(BodyDecoder.Decode(bytes), BodyDeclaration.None, part).Bytes);
    }

    [Fact]
    public void AFormThatItsCarrierDeclaresNeedsNoMore()
    {
        byte[] bytes = [0x10, 1, 0x08, 1, 0x18, 1];
        Assert.Equal(6, Unread.In(BodyDecoder.Decode(bytes), BodyDeclaration.None, "body").Bytes);
        Assert.Equal(0, Unread.In(BodyDecoder.Decode(bytes), new([], "application/x-protobuf"), "body").Bytes);
    }

    [Fact]
    public void APlaceholderIsToldAndCountsForNothing()
    {
        var searched = new Searched("identifiers:\n  serial: [ABCD1234567]\n", detect: true);
        searched.Post("/a", [], "{\"mac\":\"02:00:00:00:00:00\"}"u8.ToArray());
        var sighting = Assert.Single(searched.Book.Sightings);
        Assert.Equal("mac-withheld", sighting.Finding.What);
        Assert.False(sighting.Counts);
        Assert.Equal(0, searched.Tally[Side.Client][ByteClass.Identified]);
    }

    [Fact]
    public void TheFivePhonesOfARealCaptureAreEachFoundByTheirModel()
    {
        var searched = new Searched("identifiers:\n  other: [Redmi Note 9S, M2010J19SG, M2101K7BG, Redmi Note 9 Pro, Redmi Note 8T]\n");
        searched.Read("xiaomi.pcap");
        // The last is a lookup over HTTP, whose User-Agent has a model in it.
        Assert.Equal([3L, 8, 13, 22, 37, 52], searched.Book.Sightings.Select(s => s.Origin.Frame).Distinct().Order());
    }

    [Fact]
    public void ARealMultipartUploadIsReadAndItsAnswerIsNot()
    {
        var searched = new Searched("messages: [never sent by anybody here]\nidentifiers:\n  other: [toto.txt, titi.txt]\n");
        var result = searched.Read("suricata-http-multipart-post.pcap");
        Assert.Equal(["toto.txt", "titi.txt"], searched.Book.Sightings.Where(s => s.IsSent && s.Part == "body").OrderBy(s => s.Offset).Select(s => s.Finding.Value!.Text));
        Assert.Equal(399, searched.Book.Requests.Sum(r => r.Body));
        Assert.Equal(result.Up.Ip, result.Up.Headers + result.Up.Repeated + result.Up.Classes.Total);
    }

    [Theory]
    [InlineData("android.pcap")]
    [InlineData("dns-exf.pcap")]
    [InlineData("doq.pcapng")]
    [InlineData("http_proxy.pcap")]
    [InlineData("quic-33.pcapng")]
    [InlineData("suricata-http-post-gzip.pcap")]
    [InlineData("tls13-h2-cryptohack-dsb.pcapng")]
    [InlineData("tls_ech.pcapng")]
    [InlineData("xiaomi.pcap")]
    [InlineData("zeek-tls12-heise.pcap")]
    public void BytesThatAreSearchedAddUpToo(string name) => Assert.NotEmpty(new Searched(Owner, detect: true).Read(name).Conversations);

    /// <summary>The same at each run: what has the form of something by chance differs from noise to noise.</summary>
    private static byte[] Noise(int size)
    {
        byte[] noise = new byte[size];
        new Random(17).NextBytes(noise);
        return noise;
    }
}
