using System.Buffers.Binary;

namespace Candor.Tests.Audit;

/// <summary>Makes small captures, packet by packet.</summary>
internal sealed class Wire
{
    public const byte Fin = 1, Syn = 2, Rst = 4, Push = 8, Ack = 16;

    private readonly List<(byte[] Bytes, int Original, long Time)> _packets = [];
    private long _time = 1_700_000_000_000_000_000;

    /// <summary>As tcpdump.org numbers link types; packets are put in as they are.</summary>
    public int LinkType { get; init; } = 101;

    public IReadOnlyList<byte[]> Packets => [.. _packets.Select(p => p.Bytes)];

    public Wire Raw(byte[] packet, int? original = null)
    {
        _packets.Add((packet, original ?? packet.Length, _time += 1_000_000));
        return this;
    }

    public Wire Wait(int seconds)
    {
        _time += seconds * 1_000_000_000L;
        return this;
    }

    /// <summary>From the phone, 10.0.0.1:49152, to 93.184.216.34.</summary>
    public Wire Out(uint sequence, byte flags, ReadOnlySpan<byte> payload = default, int port = 80, uint acknowledged = 0, int cut = 0) => Cut(Tcp(true, sequence, acknowledged, flags, payload, port), cut);

    public Wire In(uint sequence, byte flags, ReadOnlySpan<byte> payload = default, int port = 80, uint acknowledged = 0, int cut = 0) => Cut(Tcp(false, sequence, acknowledged, flags, payload, port), cut);

    public Wire Udp(ReadOnlySpan<byte> payload, int port, bool outwards = true) => Raw(Ip4(17, UdpOf(payload, port, outwards), outwards));

    public static byte[] UdpOf(ReadOnlySpan<byte> payload, int port, bool outwards = true)
    {
        byte[] bytes = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(outwards ? 49152 : port));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)(outwards ? port : 49152));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)bytes.Length);
        payload.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    public static byte[] Tcp(bool outwards, uint sequence, uint acknowledged, byte flags, ReadOnlySpan<byte> payload, int port)
    {
        byte[] bytes = new byte[20 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(outwards ? 49152 : port));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)(outwards ? port : 49152));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), acknowledged);
        bytes[12] = 0x50;
        bytes[13] = flags;
        payload.CopyTo(bytes.AsSpan(20));
        return Ip4(6, bytes, outwards);
    }

    /// <param name="protocol">Of the payload.</param>
    /// <param name="payload">Carried.</param>
    /// <param name="outwards">From the phone.</param>
    /// <param name="id">Of a datagram in fragments.</param>
    /// <param name="offset">Of the fragment, in bytes.</param>
    /// <param name="more">Fragments follow.</param>
    public static byte[] Ip4(byte protocol, ReadOnlySpan<byte> payload, bool outwards = true, int id = 0, int offset = 0, bool more = false)
    {
        byte[] bytes = new byte[20 + payload.Length];
        bytes[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)bytes.Length);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)id);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), (ushort)(offset / 8 | (more ? 0x2000 : 0)));
        (bytes[8], bytes[9]) = (64, protocol);
        ((byte[])[10, 0, 0, 1]).CopyTo(bytes, outwards ? 12 : 16);
        ((byte[])[93, 184, 216, 34]).CopyTo(bytes, outwards ? 16 : 12);
        payload.CopyTo(bytes.AsSpan(20));
        return bytes;
    }

    public static byte[] Ip6(byte next, ReadOnlySpan<byte> payload)
    {
        byte[] bytes = new byte[40 + payload.Length];
        bytes[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), (ushort)payload.Length);
        (bytes[6], bytes[7]) = (next, 64);
        (bytes[8], bytes[23], bytes[24], bytes[39]) = (0xFD, 1, 0x20, 2);
        payload.CopyTo(bytes.AsSpan(40));
        return bytes;
    }

    /// <summary>As pcap.</summary>
    public byte[] Pcap(bool big = false, bool nano = false, bool modified = false)
    {
        using var file = new MemoryStream();
        Word(file, modified ? 0xA1B2CD34 : nano ? 0xA1B23C4D : 0xA1B2C3D4, big);
        Word(file, big ? 0x00020004u : 0x00040002u, big);
        foreach (uint word in (uint[])[0, 0, 262144, (uint)LinkType]) Word(file, word, big);
        foreach (var (bytes, original, time) in _packets)
        {
            Word(file, (uint)(time / 1_000_000_000), big);
            Word(file, (uint)(time % 1_000_000_000 / (nano ? 1 : 1000)), big);
            Word(file, (uint)bytes.Length, big);
            Word(file, (uint)original, big);
            if (modified) file.Write(new byte[8]);
            file.Write(bytes);
        }
        return file.ToArray();
    }

    /// <summary>As pcapng with one interface, whose clock has <paramref name="resolution"/>.</summary>
    public byte[] Pcapng(bool big = false, byte resolution = 9, byte[]? before = null)
    {
        using var file = new MemoryStream();
        file.Write(Block(0x0A0D0D0A, [.. Words(big, 0x1A2B3C4D, big ? 0x00010000u : 1, uint.MaxValue, uint.MaxValue)], big));
        file.Write(Block(1, [.. Halves(big, LinkType, 0), .. Words(big, 0), .. Halves(big, 9, 1), resolution, 0, 0, 0, .. Halves(big, 0, 0)], big));
        file.Write(before ?? []);
        foreach (var (bytes, original, time) in _packets)
        {
            ulong ticks = (resolution & 0x80) != 0 ? (ulong)((UInt128)time * (1UL << (resolution & 0x7F)) / 1_000_000_000) : (ulong)(time / (long)Math.Pow(10, 9 - resolution));
            file.Write(Block(6, [.. Words(big, 0, (uint)(ticks >> 32), (uint)ticks, (uint)bytes.Length, (uint)original), .. bytes, .. new byte[(4 - bytes.Length % 4) % 4]], big));
        }
        return file.ToArray();
    }

    public static byte[] Block(uint type, byte[] body, bool big = false)
    {
        byte[] padded = [.. body, .. new byte[(4 - body.Length % 4) % 4]];
        return [.. Words(big, type, (uint)(padded.Length + 12)), .. padded, .. Words(big, (uint)(padded.Length + 12))];
    }

    public static byte[] Words(bool big, params uint[] words)
    {
        using var stream = new MemoryStream();
        foreach (uint word in words) Word(stream, word, big);
        return stream.ToArray();
    }

    public static byte[] Halves(bool big, params int[] halves) => [.. halves.SelectMany(h => big ? new[] { (byte)(h >> 8), (byte)h } : [(byte)h, (byte)(h >> 8)])];

    private Wire Cut(byte[] packet, int cut) => Raw(packet[..^cut], packet.Length);

    private static void Word(Stream stream, uint word, bool big)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (big) BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        stream.Write(bytes);
    }
}

/// <summary>Keeps what it is given, as words.</summary>
internal sealed class Heard : Candor.Audit.Layers.IByteSink
{
    private readonly Dictionary<Candor.Audit.Layers.Side, System.Text.StringBuilder> _said = new() { [Candor.Audit.Layers.Side.Client] = new(), [Candor.Audit.Layers.Side.Server] = new() };
    private readonly long[] _next = new long[2];

    public Candor.Audit.Layers.ByteTally? Tally { get; init; }

    /// <summary>Text, with [gap n] and [end] in it.</summary>
    public string this[Candor.Audit.Layers.Side side] => _said[side].ToString();

    public void Take(Candor.Audit.Layers.Side side, long offset, ReadOnlySpan<byte> bytes, Candor.Audit.Layers.Origin origin)
    {
        Assert.Equal(_next[(int)side], offset);
        Assert.False(bytes.IsEmpty);
        _next[(int)side] += bytes.Length;
        _said[side].Append(System.Text.Encoding.Latin1.GetString(bytes));
        Tally?.Add(side, Candor.Audit.Layers.ByteClass.Undetermined, bytes.Length);
    }

    public void Gap(Candor.Audit.Layers.Side side, long offset, long length, Candor.Audit.Layers.Origin origin)
    {
        Assert.Equal(_next[(int)side], offset);
        Assert.True(length > 0);
        _next[(int)side] += length;
        _said[side].Append($"[gap {length}]");
    }

    public void End(Candor.Audit.Layers.Side side, Candor.Audit.Layers.Origin origin) => _said[side].Append("[end]");
}
