using Candor.Audit.Captures;

namespace Candor.Audit.Packets;

/// <summary>Transports by their numbers at IANA.</summary>
internal static class Transport
{
    public const byte Icmp = 1, Ip4 = 4, Tcp = 6, Udp = 17, Ip6 = 41, IcmpV6 = 58;
}

[Flags]
internal enum TcpFlags : byte
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Psh = 8,
    Ack = 16,
}

/// <summary>What an IP packet carried, its fragments together: a segment of TCP, a datagram of UDP, or another transport's.</summary>
internal ref struct Segment
{
    public Address Source, Target;
    public ushort SourcePort, TargetPort;
    public byte Protocol;
    public uint Sequence, Acknowledged;
    public TcpFlags Flags;

    /// <summary>What the transport carried. Of ICMP: after its type, code and sum.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Bytes that followed the payload and were cut off.</summary>
    public int Missing;

    /// <summary>Captured bytes from the outermost IP header on, of all fragments.</summary>
    public int IpBytes;

    /// <summary>1, or of how many fragments it was made.</summary>
    public int Packets;

    public long Frame, Time;

    /// <summary>Of ICMP.</summary>
    public byte IcmpType;

    public int Uid;
    public Direction Direction;
}
