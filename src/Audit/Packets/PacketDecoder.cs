using System.Buffers.Binary;
using System.Text;
using Candor.Audit.Captures;

namespace Candor.Audit.Packets;

/// <summary>Takes captured packets apart down to what their transport carried. Check sums are not looked at: an interface that computes them for the system shows wrong ones on what it sends.</summary>
/// <remarks>Every captured byte goes into <see cref="Sums"/> once. Nothing is allocated for a packet that is not a fragment.</remarks>
internal sealed class PacketDecoder
{
    private const uint TrailerMagic = 0x01072021;
    private const int TrailerSize = 32, MaxTunnels = 4, MaxHeaders = 16, MaxApps = 10_000;

    private readonly Fragments _fragments = new();
    private readonly Dictionary<int, string> _apps = [];

    public PacketSums Sums;

    /// <summary>Apps by number, as trailers named them.</summary>
    public IReadOnlyDictionary<int, string> Apps => _apps;

    /// <summary>Datagrams given up since the last call: the caller empties it.</summary>
    public List<Fragments.Datagram> Lost { get; } = [];

    /// <summary>False: there is no segment in it, or not yet; its bytes are counted.</summary>
    public bool TryDecode(in CapturedPacket packet, out Segment segment)
    {
        segment = new() { Frame = packet.Frame, Time = packet.Time, Uid = packet.Uid, Direction = packet.Direction, Packets = 1 };
        if (packet.Missing > 0)
        {
            Sums.CutPackets++;
            Sums.CutBytes += packet.Missing;
        }
        var bytes = packet.Bytes;
        if (packet.LinkType == LinkLayer.Ethernet && bytes.Length >= 14 + TrailerSize && BinaryPrimitives.ReadUInt32BigEndian(bytes[^TrailerSize..]) == TrailerMagic)
        {
            Trailer(bytes[^TrailerSize..], ref segment);
            Sums.AppTrailer += TrailerSize;
            bytes = bytes[..^TrailerSize];
        }
        int header = LinkLayer.HeaderOf(packet.LinkType, bytes, ref segment.Direction);
        switch (header)
        {
            case -1:
                Sums.NotIp += bytes.Length;
                Sums.NotIpPackets++;
                return false;
            case -2:
                return Malformed(bytes.Length);
            case -3:
                Sums.UnknownLink += bytes.Length;
                Sums.UnknownLinkPackets++;
                return false;
        }
        Sums.Link += header;
        return Ip(bytes[header..], packet.Missing, 0, 0, ref segment);
    }

    /// <summary>Fragments whose others never came.</summary>
    public void End()
    {
        foreach (var datagram in _fragments.Rest()) Lose(datagram);
    }

    private bool Malformed(int bytes)
    {
        Sums.Malformed += bytes;
        Sums.MalformedPackets++;
        return false;
    }

    private void Lose(Fragments.Datagram datagram)
    {
        Sums.FragmentsLost++;
        Sums.Ip += datagram.IpBytes;
        Lost.Add(datagram);
    }

    private void Trailer(ReadOnlySpan<byte> trailer, ref Segment segment)
    {
        segment.Uid = BinaryPrimitives.ReadInt32BigEndian(trailer[4..]);
        if (segment.Uid < 0 || _apps.Count == MaxApps || _apps.ContainsKey(segment.Uid)) return;
        var name = trailer.Slice(8, 20);
        int end = name.IndexOf((byte)0);
        _apps[segment.Uid] = Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    /// <param name="bytes">From the IP header to the end of the captured packet.</param>
    /// <param name="cut">Bytes that the capture does not have of it.</param>
    /// <param name="above">Bytes of IP around it that were counted into the segment already.</param>
    /// <param name="depth">Tunnels it is in.</param>
    /// <param name="segment">Filled.</param>
    private bool Ip(ReadOnlySpan<byte> bytes, int cut, int above, int depth, ref Segment segment)
    {
        if (bytes.Length == 0 || depth > MaxTunnels) return Malformed(bytes.Length + above);
        return (bytes[0] >> 4) switch
        {
            4 => Ip4(bytes, cut, above, depth, ref segment),
            6 => Ip6(bytes, cut, above, depth, ref segment),
            _ => Malformed(bytes.Length + above),
        };
    }

    private bool Ip4(ReadOnlySpan<byte> bytes, int cut, int above, int depth, ref Segment segment)
    {
        if (bytes.Length < 20) return Malformed(bytes.Length + above);
        int header = (bytes[0] & 15) * 4, total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        // An interface that cuts large segments for the system shows them before, without a length.
        if (total == 0) total = bytes.Length + cut;
        if (header < 20 || total < header || bytes.Length < header) return Malformed(bytes.Length + above);
        int have = Math.Min(total, bytes.Length);
        Sums.Padding += bytes.Length - have;
        segment.Source = Address.Of(bytes.Slice(12, 4));
        segment.Target = Address.Of(bytes.Slice(16, 4));
        segment.IpBytes = above + have;
        int fragment = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        var inner = bytes[header..have];
        if ((fragment & 0x3FFF) == 0) return Carried(bytes[9], inner, total - have, depth, ref segment);
        return Part(bytes[9], inner, total - have, BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), (fragment & 0x1FFF) * 8, (fragment & 0x2000) != 0, depth, ref segment);
    }

    private bool Ip6(ReadOnlySpan<byte> bytes, int cut, int above, int depth, ref Segment segment)
    {
        if (bytes.Length < 40) return Malformed(bytes.Length + above);
        int total = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        total = total == 0 ? bytes.Length + cut : 40 + total;
        int have = Math.Min(total, bytes.Length), missing = total - have;
        Sums.Padding += bytes.Length - have;
        segment.Source = Address.Of(bytes.Slice(8, 16));
        segment.Target = Address.Of(bytes.Slice(24, 16));
        segment.IpBytes = above + have;
        byte next = bytes[6];
        int at = 40;
        for (int headers = 0; headers < MaxHeaders; headers++)
        {
            int size;
            switch (next)
            {
                case 0 or 43 or 60 or 135 or 139 or 140:
                    if (have - at < 8) return Malformed(segment.IpBytes);
                    size = 8 + bytes[at + 1] * 8;
                    break;
                case 51:
                    if (have - at < 8) return Malformed(segment.IpBytes);
                    size = 8 + bytes[at + 1] * 4;
                    break;
                case 44:
                    if (have - at < 8) return Malformed(segment.IpBytes);
                    int offset = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
                    uint id = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 4)..]);
                    next = bytes[at];
                    at += 8;
                    if ((offset & 0xFFF9) != 0) return Part(next, bytes[at..have], missing, id, offset & 0xFFF8, (offset & 1) != 0, depth, ref segment);
                    continue; // an atomic fragment (RFC 6946)
                default:
                    return Carried(next, bytes[at..have], missing, depth, ref segment);
            }
            if (have - at < size) return Malformed(segment.IpBytes);
            next = bytes[at];
            at += size;
        }
        return Malformed(segment.IpBytes);
    }

    private bool Part(byte protocol, ReadOnlySpan<byte> part, int missing, uint id, int offset, bool more, int depth, ref Segment segment)
    {
        Sums.Fragments++;
        segment.Protocol = protocol;
        segment.Payload = part;
        segment.Missing = missing;
        var whole = _fragments.Take(segment, id, offset, more, out int overlap, out var lost);
        Sums.FragmentOverlap += overlap;
        if (lost is not null) Lose(lost);
        if (whole is null) return false;
        segment.IpBytes = whole.IpBytes;
        segment.Packets = whole.Packets;
        return Carried(protocol, whole.Bytes.AsSpan(0, whole.Length), 0, depth, ref segment);
    }

    private bool Carried(byte protocol, ReadOnlySpan<byte> bytes, int missing, int depth, ref Segment segment)
    {
        segment.Protocol = protocol;
        switch (protocol)
        {
            case Transport.Tcp:
                // A recording that keeps 60 bytes of a packet cuts it within the options: who talked to whom, and how much, is there.
                const int flags = 14;
                int size = bytes.Length < flags ? 0 : (bytes[12] >> 4) * 4, optionsCut = Math.Max(0, size - bytes.Length);
                if (size < 20 || optionsCut > missing) return Malformed(segment.IpBytes);
                Sums.TcpPackets += segment.Packets;
                Ports(bytes, ref segment);
                segment.Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
                segment.Acknowledged = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
                segment.Flags = (TcpFlags)(bytes[13] & 0x1F);
                segment.Payload = bytes[(size - optionsCut)..];
                segment.Missing = missing - optionsCut;
                break;
            case Transport.Udp:
                if (bytes.Length < 8) return Malformed(segment.IpBytes);
                Sums.UdpPackets += segment.Packets;
                Ports(bytes, ref segment);
                int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
                if (length < 8 || length > bytes.Length + missing) length = bytes.Length + missing;
                segment.Payload = bytes[8..Math.Min(length, bytes.Length)];
                segment.Missing = Math.Max(0, length - bytes.Length);
                int behind = Math.Max(0, bytes.Length - length);
                Sums.Padding += behind;
                segment.IpBytes -= behind;
                break;
            case Transport.Ip4 or Transport.Ip6 when bytes.Length > 0:
                return Ip(bytes, missing, segment.IpBytes - bytes.Length, depth + 1, ref segment);
            case Transport.Icmp or Transport.IcmpV6:
                if (bytes.Length < 4) return Malformed(segment.IpBytes);
                Sums.IcmpPackets += segment.Packets;
                segment.IcmpType = bytes[0];
                segment.Payload = bytes[4..];
                segment.Missing = missing;
                break;
            default:
                Sums.OtherPackets += segment.Packets;
                segment.Payload = bytes;
                segment.Missing = missing;
                break;
        }
        Sums.Ip += segment.IpBytes;
        return true;
    }

    private static void Ports(ReadOnlySpan<byte> bytes, ref Segment segment)
    {
        segment.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        segment.TargetPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
    }
}
