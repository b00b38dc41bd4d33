using System.Buffers.Binary;
using Candor.Audit.Captures;

namespace Candor.Audit.Packets;

/// <summary>What stands before IP in a packet.</summary>
internal static class LinkLayer
{
    public const int Ethernet = 1;

    private const int MaxTags = 8;

    /// <summary>The size of the header; -1: the packet is not IP; -2: it ends within its header; -3: nobody here knows the link type.</summary>
    public static int HeaderOf(int linkType, ReadOnlySpan<byte> bytes, ref Direction direction)
    {
        switch (linkType)
        {
            case Ethernet:
                return bytes.Length < 14 ? -2 : Typed(bytes, 14, Half(bytes, 12));
            case 12 or 14 or 101:
                return bytes.Length < 1 ? -2 : bytes[0] >> 4 is 4 or 6 ? 0 : -1;
            case 228:
                return bytes.Length < 1 ? -2 : bytes[0] >> 4 == 4 ? 0 : -1;
            case 229:
                return bytes.Length < 1 ? -2 : bytes[0] >> 4 == 6 ? 0 : -1;
            case 0 or 108:
                if (bytes.Length < 4) return -2;
                uint family = BinaryPrimitives.ReadUInt32BigEndian(bytes);
                if (family > 0xFFFF) family = BinaryPrimitives.ReverseEndianness(family);
                return family is 2 or 10 or 24 or 28 or 30 ? 4 : -1; // AF_INET, and AF_INET6 of Linux, NetBSD, FreeBSD, macOS
            case 113:
                if (bytes.Length < 16) return -2;
                direction = Sent(Half(bytes, 0), direction);
                return Typed(bytes, 16, Half(bytes, 14));
            case 276:
                if (bytes.Length < 20) return -2;
                direction = Sent(bytes[10], direction);
                return Typed(bytes, 20, Half(bytes, 0));
            case 9 or 50:
                int at = bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 3]) ? 2 : 0;
                return bytes.Length < at + 2 ? -2 : Half(bytes, at) is 0x21 or 0x57 ? at + 2 : -1;
            default:
                return -3;
        }
    }

    /// <summary>Goes on behind an EtherType: VLAN tags (also two), MPLS labels, PPPoE, and 802.3 with SNAP.</summary>
    private static int Typed(ReadOnlySpan<byte> bytes, int at, int type)
    {
        for (int tags = 0; tags < MaxTags; tags++)
        {
            switch (type)
            {
                case 0x0800 or 0x86DD:
                    return at;
                case 0x8100 or 0x88A8 or 0x9100 or 0x9200:
                    if (bytes.Length < at + 4) return -2;
                    type = Half(bytes, at + 2);
                    at += 4;
                    continue;
                case 0x8847 or 0x8848:
                    if (bytes.Length < at + 5) return -2;
                    if ((bytes[at + 2] & 1) != 0) return bytes[at + 4] >> 4 is 4 or 6 ? at + 4 : -1;
                    at += 4;
                    continue;
                case 0x8864:
                    return bytes.Length < at + 8 ? -2 : Half(bytes, at + 6) is 0x21 or 0x57 ? at + 8 : -1;
                case <= 1500 when bytes.Length >= at + 8 && bytes[at..].StartsWith((ReadOnlySpan<byte>)[0xAA, 0xAA, 3, 0, 0, 0]):
                    type = Half(bytes, at + 6);
                    at += 8;
                    continue;
                default:
                    return -1;
            }
        }
        return -1;
    }

    /// <summary>Linux cooked captures say what the packet was to the machine: 0 to 3 came in, 4 went out.</summary>
    private static Direction Sent(int packetType, Direction known) => packetType == 4 ? Direction.Out : packetType < 4 ? Direction.In : known;

    private static int Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
