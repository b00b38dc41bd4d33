using System.Buffers.Binary;

namespace Candor.Protocol;

/// <summary>Finds where the items of a CBOR sequence (RFC 8742) end, so that a stream can be read item by item. Looks at lengths only.</summary>
public static class CborSequence
{
    /// <summary>Measures the item that begins <paramref name="bytes"/>.</summary>
    /// <returns>Its length; 0 if more bytes are needed to know or to have it whole; -1 if no item of the profile begins so.</returns>
    /// <param name="bytes">The stream from an item's first byte on.</param>
    /// <param name="longest">Items that would be longer are refused with -1 as soon as that shows.</param>
    public static int Measure(ReadOnlySpan<byte> bytes, int longest)
    {
        long at = 0;
        long open = 1; // Values still to come before the item is whole.
        while (open > 0)
        {
            open--;
            if (at >= bytes.Length) return at > longest ? -1 : 0;
            byte first = bytes[(int)at];
            int major = first >> 5;
            int info = first & 0x1f;
            int extra = info switch { < 24 => 0, 24 => 1, 25 => 2, 26 => 4, 27 => 8, _ => -1 };
            if (extra < 0 || (major == 7 && extra > 0) || major == 6) return -1;
            if (at + 1 + extra > bytes.Length) return 0;
            ulong value = extra switch
            {
                0 => (ulong)info,
                1 => bytes[(int)at + 1],
                2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[((int)at + 1)..]),
                4 => BinaryPrimitives.ReadUInt32BigEndian(bytes[((int)at + 1)..]),
                _ => BinaryPrimitives.ReadUInt64BigEndian(bytes[((int)at + 1)..]),
            };
            at += 1 + extra;
            if (major is 2 or 3 or 4 or 5 && value > (ulong)longest) return -1;
            if (major is 2 or 3) at += (long)value;
            else if (major == 4) open += (long)value;
            else if (major == 5) open += 2 * (long)value;
            // Every value to come has at least one byte.
            if (at + open > longest) return -1;
        }
        return at <= bytes.Length ? (int)at : 0;
    }
}
