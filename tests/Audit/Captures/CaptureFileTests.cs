using System.IO.Compression;
using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Tests.Hostile;

namespace Candor.Tests.Audit.Captures;

/// <summary>Files in every form that recorders write, and damaged ones.</summary>
public class CaptureFileTests
{
    private static readonly Wire s_wire = new Wire().Out(99, Wire.Syn).In(499, Wire.Syn | Wire.Ack, acknowledged: 100).Out(100, Wire.Push | Wire.Ack, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"u8);

    private static (List<byte[]> Packets, List<long> Times, CaptureReader Reader) Read(byte[] file)
    {
        var reader = CaptureReader.TryOpen(new MemoryStream(file));
        Assert.NotNull(reader);
        List<byte[]> packets = [];
        List<long> times = [];
        while (reader.TryNext(out var packet))
        {
            packets.Add(packet.Bytes.ToArray());
            times.Add(packet.Time);
        }
        return (packets, times, reader);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    public void EveryFormOfPcapHoldsTheSame(bool big, bool nano, bool modified)
    {
        byte[] file = s_wire.Pcap(big, nano, modified);
        var (packets, times, reader) = Read(file);
        Assert.Equal(s_wire.Packets, packets);
        Assert.Equal([1_700_000_000_001_000_000, 1_700_000_000_002_000_000, 1_700_000_000_003_000_000], times);
        Assert.Equal((file.Length, null), (reader.Sums.Total, reader.Fault));
        Assert.Equal(file.Length, reader.Sums.Framing + s_wire.Packets.Sum(p => p.Length));
    }

    [Theory]
    [InlineData(false, 9)]
    [InlineData(true, 9)]
    [InlineData(false, 6)]
    [InlineData(true, 3)]
    [InlineData(false, 0x80 | 20)]
    public void EveryClockOfPcapngTellsTheTime(bool big, byte resolution)
    {
        byte[] file = s_wire.Pcapng(big, resolution);
        var (packets, times, reader) = Read(file);
        Assert.Equal(s_wire.Packets, packets);
        Assert.InRange(times[2], 1_700_000_000_003_000_000 - 1_000, 1_700_000_000_003_000_000);
        Assert.Equal((file.Length, null), (reader.Sums.Total, reader.Fault));
    }

    [Fact]
    public void SectionsOfBothByteOrdersFollowEachOther()
    {
        byte[] file = [.. s_wire.Pcapng(), .. s_wire.Pcapng(big: true), .. s_wire.Pcapng()];
        var (packets, _, reader) = Read(file);
        Assert.Equal(9, packets.Count);
        Assert.Equal((file.Length, null), (reader.Sums.Total, reader.Fault));
    }

    [Fact]
    public void SecretsAndNamesAreReadAndOnesBehindThePacketsAreKnownBefore()
    {
        byte[] secrets = Wire.Block(10, [.. Wire.Words(false, CaptureSecrets.TlsKeyLog, 7), .. "CLIENT_"u8]);
        byte[] names = Wire.Block(4, [.. Wire.Halves(false, 1, 16), 93, 184, 216, 34, .. "example.org\0"u8, 0, 0, 0, 0]);
        byte[] lost = Wire.Block(5, [.. Wire.Words(false, 0, 0, 0), .. Wire.Halves(false, 5, 8), .. Wire.Words(false, 12, 0)]);
        byte[] file = [.. s_wire.Pcapng(), .. secrets, .. names, .. lost];
        var (_, _, reader) = Read(file);
        Assert.Equal("CLIENT_"u8.ToArray(), Assert.Single(reader.Secrets).Bytes.ToArray());
        Assert.Equal("example.org", Assert.Single(reader.Names).Name);
        Assert.Equal(12, reader.Lost);
        List<uint> told = [];
        var run = new Candor.Audit.AuditRun(new Layering(), []) { Secrets = s => told.Add(s.Type) };
        Assert.True(run.TryRead(new MemoryStream(file), "x", TestContext.Current.CancellationToken));
        Assert.Equal([CaptureSecrets.TlsKeyLog], told);
        Assert.Equal("example.org", run.Finish().Conversations[0].LookedUp[0]);
    }

    [Attack("I08")]
    [Fact]
    public void AnyCutOfAFileIsReadAsFarAsItGoesAndAccountedFor()
    {
        foreach (byte[] file in (byte[][])[s_wire.Pcap(), s_wire.Pcapng()])
        {
            for (int length = 28; length < file.Length; length++)
            {
                var (packets, _, reader) = Read(file[..length]);
                Assert.Equal(length, reader.Sums.Total);
                Assert.True(packets.Count <= 3);
            }
            Assert.NotNull(Read(file[..^3]).Reader.Fault);
        }
    }

    [Fact]
    public void APacketOfImpossibleLengthEndsThePcapNotTheReader()
    {
        byte[] file = s_wire.Pcap();
        // The second packet's captured length.
        int at = 24 + 16 + s_wire.Packets[0].Length + 8;
        (file[at], file[at + 1], file[at + 2], file[at + 3]) = (0xFF, 0xFF, 0xFF, 0x7F);
        var (packets, _, reader) = Read(file);
        Assert.Single(packets);
        Assert.Equal(file.Length, reader.Sums.Total);
        Assert.Contains("impossible length", reader.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ACompressedFileIsReadAlsoWhereItBreaksOff()
    {
        using var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Optimal, leaveOpen: true)) stream.Write(s_wire.Pcap());
        var (packets, _, reader) = Read(gzip.ToArray());
        Assert.Equal(s_wire.Packets, packets);
        Assert.True(reader.Compressed);
        Assert.NotNull(Read(gzip.ToArray()[..^30]).Reader.Fault);
    }

    [Fact]
    public void WhatIsNoCaptureIsCalledSo()
    {
        Assert.Null(CaptureReader.TryOpen(new MemoryStream("{\"log\":{\"entries\":[]}}"u8.ToArray())));
        Assert.Null(CaptureReader.TryOpen(new MemoryStream([])));
    }

    [Fact]
    public void PcapdroidSaysWhoseAPacketIsInATrailerAndInABlock()
    {
        byte[] ip = Wire.Tcp(true, 99, 0, Wire.Syn, default, 80);
        byte[] framed = [.. new byte[12], 8, 0, .. ip, 1, 7, 0x20, 0x21, 0, 0, 0x27, 0x75, .. "com.example.app\0\0\0\0\0"u8, 1, 2, 3, 4];
        var trailer = RealCaptures.ReadBytes(new Wire { LinkType = 1 }.Raw(framed).Pcap());
        Assert.Equal("com.example.app", trailer.Conversations[0].App);
        Assert.Equal(32, trailer.Files[0].Packets.AppTrailer);

        byte[] app = Wire.Block(0xBAD, [.. Wire.Words(false, 62652), 1, 0, 1, 0, .. Wire.Words(false, 10101), 11, 4, .. "org.exampleNews"u8]);
        byte[] comment = [.. Wire.Halves(false, 1, 7), .. "u-10101"u8, 0, .. Wire.Halves(false, 0, 0)];
        byte[] packet = Wire.Block(6, [.. Wire.Words(false, 0, 0, 1, (uint)ip.Length, (uint)ip.Length), .. ip, .. comment]);
        // The name stands behind the packet: it is known all the same.
        var block = RealCaptures.ReadBytes([.. new Wire().Pcapng(), .. packet, .. app]);
        Assert.Equal("org.example", block.Conversations[0].App);
    }

    [Fact]
    public void EachFileHasThePhoneThatIsInIt()
    {
        var here = new Wire().Out(99, Wire.Syn, port: 4000).Out(100, Wire.Push | Wire.Ack, "a longer talk at home"u8, 4000);
        var elsewhere = new Wire();
        foreach (byte[] packet in new Wire().Out(99, Wire.Syn, port: 4000).Out(100, Wire.Push | Wire.Ack, "a talk"u8, 4000).Packets)
        {
            packet[15] = 7; // 10.0.0.7 sends it
            elsewhere.Raw(packet);
        }
        var run = new Candor.Audit.AuditRun(new Layering(), []);
        Assert.True(run.TryRead(new MemoryStream(here.Pcap()), "home.pcap"));
        Assert.True(run.TryRead(new MemoryStream(elsewhere.Pcap()), "cafe.pcap"));
        var result = run.Finish();
        Assert.Equal(["10.0.0.1", "10.0.0.7"], result.Owners.Select(o => o.ToString()).Order());
        Assert.All(result.Conversations, c => Assert.Equal(Side.Client, c.Phone));
    }
}
