namespace Candor.Protocol;

/// <summary>Heads of arrays and byte strings as CBOR has them (RFC 8949 §3), for what holds megabytes: a writer would copy these, and grow by copying.</summary>
internal static class CborHead
{
    // The major type in the top three bits, then the length in its shortest form.
    public const byte Bytes = 2 << 5, Array = 4 << 5;

    public static int LengthOf(int count) => count < 24 ? 1 : count <= byte.MaxValue ? 2 : count <= ushort.MaxValue ? 3 : 5;

    public static void Write(Span<byte> encoded, ref int at, byte type, int count)
    {
        int length = LengthOf(count);
        encoded[at] = (byte)(type | length switch { 1 => count, 2 => 24, 3 => 25, _ => 26 });
        for (int i = 1; i < length; i++) encoded[at + i] = (byte)((count >> (8 * (length - 1 - i))) & 0xff);
        at += length;
    }

    /// <summary>A byte string with its head.</summary>
    public static void Write(Span<byte> encoded, ref int at, ReadOnlySpan<byte> bytes)
    {
        Write(encoded, ref at, Bytes, bytes.Length);
        bytes.CopyTo(encoded[at..]);
        at += bytes.Length;
    }
}
