using System.Buffers.Binary;

namespace Candor.Audit.Search;

/// <summary>A number as machines write it: fixed width in both orders, protobuf varint (plain and zigzag).</summary>
/// <remarks>A string search can never see these: Google's check-in sends the Android id as a varint.</remarks>
internal static class IntegerForms
{
    public static IEnumerable<(byte[] Bytes, string Form)> Of(ulong number)
    {
        byte[] fixed8 = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(fixed8, number);
        yield return ([.. fixed8], "8 bytes, little-endian");
        BinaryPrimitives.WriteUInt64BigEndian(fixed8, number);
        yield return ([.. fixed8], "8 bytes, big-endian");
        yield return (Varint(number), "protobuf varint");
        ulong zigzag = unchecked((number << 1) ^ (ulong)((long)number >> 63));
        if (zigzag != number) yield return (Varint(zigzag), "protobuf varint, zigzag");
        if (number > uint.MaxValue) yield break;
        byte[] fixed4 = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(fixed4, (uint)number);
        yield return ([.. fixed4], "4 bytes, little-endian");
        BinaryPrimitives.WriteUInt32BigEndian(fixed4, (uint)number);
        yield return ([.. fixed4], "4 bytes, big-endian");
    }

    /// <summary>Seven bits a byte, lowest first, the top bit where more follow.</summary>
    public static byte[] Varint(ulong number)
    {
        List<byte> bytes = [];
        for (; number > 0x7F; number >>= 7) bytes.Add((byte)(number & 0x7F | 0x80));
        bytes.Add((byte)number);
        return [.. bytes];
    }

    /// <summary>What the bytes weigh: 8 bits each, but a byte of zeros or ones at either end next to nothing, for lengths and small numbers are full of them.</summary>
    public static double Bits(ReadOnlySpan<byte> bytes)
    {
        while (bytes is [.., 0 or 0xFF]) bytes = bytes[..^1];
        while (bytes is [0 or 0xFF, ..]) bytes = bytes[1..];
        return 8.0 * bytes.Length;
    }
}
