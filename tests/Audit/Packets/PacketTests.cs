using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit.Packets;

/// <summary>What stands around a transport: links, tunnels, fragments, extension headers.</summary>
public class PacketTests
{
    private static readonly byte[] s_question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. "example"u8, 3, .. "org"u8, 0, 0, 1, 0, 1];

    private static readonly byte[] s_dns = Wire.Ip4(17, Wire.UdpOf(s_question, 53));

    private static AuditResult Read(int linkType, params byte[][] packets)
    {
        var wire = new Wire { LinkType = linkType };
        foreach (byte[] packet in packets) wire.Raw(packet);
        return RealCaptures.ReadBytes(wire.Pcap());
    }

    public static TheoryData<int, string> Links() => new()
    {
        { 1, "0000000000000000000000000800" },
        { 1, "000000000000000000000000810000050800" },
        { 1, "00000000000000000000000088A80005810000060800" },
        { 1, "00000000000000000000000088470000100000000140" }, // two labels, the second the last
        { 1, "0000000000000000000000008864110000010000" + "0021" },
        { 1, "0000000000000000000000000064AAAA030000000800" },
        { 113, "00040001000600000000000000000800" },
        { 276, "0800000000000001000104060000000000000000" },
        { 101, "" },
        { 12, "" },
        { 228, "" },
        { 0, "02000000" },
        { 0, "00000002" },
        { 108, "00000002" },
        { 9, "FF030021" },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void EveryLinkLeadsToTheSameQuestion(int linkType, string header)
    {
        byte[] head = Convert.FromHexString(header);
        var result = Read(linkType, [.. head, .. s_dns]);
        Assert.Equal("example.org", Assert.Single(result.Names.Asked).Name);
        Assert.Equal(head.Length, result.Files[0].Packets.Link);
        if (linkType is 113 or 276) Assert.Equal((OwnerSource.Marked, "10.0.0.1"), (result.OwnersFrom, result.Owners[0].ToString()));
    }

    [Fact]
    public void FramesFillingIsNoByteOfThePacket()
    {
        var result = Read(1, [.. Convert.FromHexString("0000000000000000000000000800"), .. s_dns, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(6, result.Files[0].Packets.Padding);
        Assert.Equal(s_dns.Length, result.Conversations[0][Side.Client].IpBytes);
    }

    [Fact]
    public void FragmentsInAnyOrderMakeTheDatagramAndAnOverlapBelievesTheFirst()
    {
        byte[] udp = Wire.UdpOf(s_question, 53);
        byte[] first = Wire.Ip4(17, udp.AsSpan(0, 16), id: 7, more: true), middle = Wire.Ip4(17, udp.AsSpan(16, 8), id: 7, offset: 16, more: true), last = Wire.Ip4(17, udp.AsSpan(24), id: 7, offset: 24);
        byte[] lie = Wire.Ip4(17, [.. udp.AsSpan(0, 16), .. "LIE LIE "u8], id: 7, more: true);
        foreach (byte[][] order in (byte[][][])[[first, middle, last], [last, first, middle], [middle, last, first], [middle, lie, last]])
        {
            var result = Read(101, order);
            Assert.Equal("example.org", Assert.Single(result.Names.Asked).Name);
            Assert.Equal((3, order.Contains(lie) ? 8 : 0), (result.Files[0].Packets.Fragments, result.Files[0].Packets.FragmentOverlap));
        }
        var half = Read(101, first, last);
        Assert.Equal(1, half.Files[0].Packets.FragmentsLost);
        Assert.Equal(first.Length + last.Length, half.Conversations[0].Tally[Side.Client][ByteClass.Damaged]);
    }

    [Fact]
    public void Ip6WithItsHeadersItsFragmentsAndInATunnelIsRead()
    {
        byte[] udp = Wire.UdpOf(s_question, 53);
        byte[] headers = Wire.Ip6(0, [60, 0, .. new byte[6], 17, 1, .. new byte[14], .. udp]);
        byte[] one = Wire.Ip6(44, [17, 0, 0, 1, 0, 0, 0, 9, .. udp.AsSpan(0, 16)]), two = Wire.Ip6(44, [17, 0, 0, 16, 0, 0, 0, 9, .. udp.AsSpan(16)]);
        byte[] tunnel = Wire.Ip4(41, Wire.Ip6(17, udp));
        foreach (byte[][] packets in (byte[][][])[[headers], [one, two], [tunnel]])
        {
            var result = Read(101, packets);
            Assert.Equal("example.org", Assert.Single(result.Names.Asked).Name);
            Assert.Equal("[2000::2]:53", result.Conversations[0].Server.ToString());
        }
    }

    [Fact]
    public void AManyTimesNestedTunnelEnds()
    {
        byte[] packet = s_dns;
        for (int i = 0; i < 40; i++) packet = Wire.Ip4(4, packet);
        var result = Read(101, packet);
        Assert.Empty(result.Names.Asked);
        Assert.Equal(packet.Length, result.Files[0].Packets.Malformed);
    }

    [Fact]
    public void WhatIsNotIpOrIsBrokenIsCounted()
    {
        var result = Read(1, [.. new byte[12], 8, 6, .. new byte[28]], [.. new byte[12], 8, 0, 0x45, 0], [1, 2, 3], [.. new byte[12], 8, 0, .. Wire.Ip4(6, "short"u8)]);
        Assert.Equal((1, 3), (result.Files[0].Packets.NotIpPackets, result.Files[0].Packets.MalformedPackets));
        Assert.Equal(1, Read(147, [1, 2, 3]).Files[0].Packets.UnknownLinkPackets);
    }

    [Fact]
    public void ARecordingThatCutsPacketsWithinTheirHeadsStillTellsWhoTalkedAndHowMuch()
    {
        byte[] packet = Wire.Tcp(true, 100, 0, Wire.Push | Wire.Ack, new byte[12 + 500], 443); // Twelve of them options.
        packet[32] = 0x80;
        foreach (int kept in (int[])[60, 44, 34])
        {
            var result = RealCaptures.ReadBytes(new Wire().Raw(packet[..kept], packet.Length).Pcap());
            var sums = Assert.Single(result.Conversations)[Side.Client];
            Assert.Equal((443, Math.Max(0, kept - 52), 552L - Math.Max(52, kept), 0L), (result.Conversations[0].Server.Port, (int)sums.Payload, sums.Cut, result.Files[0].Packets.MalformedPackets));
        }
    }

    [Fact]
    public void ALargeSegmentOfAnInterfaceThatCutsItLaterHasItsLengthFromTheCapture()
    {
        byte[] packet = Wire.Tcp(true, 100, 0, Wire.Push | Wire.Ack, new byte[3000], 4000);
        (packet[2], packet[3]) = (0, 0);
        Assert.Equal(3000, Read(101, packet).Conversations[0][Side.Client].Payload);
    }

    [Theory]
    [InlineData("8.8.8.8", Scope.Internet)]
    [InlineData("192.168.1.1", Scope.Lan)]
    [InlineData("172.31.0.1", Scope.Lan)]
    [InlineData("172.32.0.1", Scope.Internet)]
    [InlineData("100.64.0.1", Scope.Lan)]
    [InlineData("127.0.0.1", Scope.Loopback)]
    [InlineData("255.255.255.255", Scope.Many)]
    [InlineData("fe80::1", Scope.Lan)]
    [InlineData("fd00::1", Scope.Lan)]
    [InlineData("2001:db8::1", Scope.Internet)]
    [InlineData("ff02::fb", Scope.Many)]
    [InlineData("::1", Scope.Loopback)]
    public void AnAddressSaysHowFarItReaches(string text, Scope scope)
    {
        var address = Address.TryRead(text)!.Value;
        Assert.Equal((scope, text), (address.Scope, address.ToString()));
    }
}
