using System.Buffers;
using System.Buffers.Binary;

namespace Candor.Server.Requests;

/// <summary>Writes CBOR straight into an answer that is under way: a payload is copied once, from the database to the wire.</summary>
internal static class CborOutput
{
    // Major types of RFC 8949 §3.1, and null of §3.3.
    private const int Unsigned = 0, ByteString = 2, Array = 4;
    private const byte NullByte = 0xF6;

    public static void WriteUInt(this IBufferWriter<byte> output, long value) => Head(output, Unsigned, (ulong)value);

    public static void WriteArrayStart(this IBufferWriter<byte> output, int count) => Head(output, Array, (ulong)count);

    public static void WriteByteString(this IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        WriteByteStringStart(output, bytes.Length);
        output.Write(bytes);
    }

    /// <summary>The head of a byte string; its bytes follow in pieces.</summary>
    public static void WriteByteStringStart(this IBufferWriter<byte> output, int length) => Head(output, ByteString, (ulong)length);

    public static void WriteText(this IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        Head(output, 3, (ulong)utf8.Length);
        output.Write(utf8);
    }

    public static void WriteNull(this IBufferWriter<byte> output) => output.Write([NullByte]);

    /// <summary>The shortest form, which the profile asks for.</summary>
    private static void Head(IBufferWriter<byte> output, int major, ulong value)
    {
        Span<byte> head = stackalloc byte[9];
        int top = major << 5;
        int length;
        switch (value)
        {
            case < 24:
                head[0] = (byte)(top | (int)value);
                length = 1;
                break;
            case <= byte.MaxValue:
                (head[0], head[1]) = ((byte)(top | 24), (byte)value);
                length = 2;
                break;
            case <= ushort.MaxValue:
                head[0] = (byte)(top | 25);
                BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)value);
                length = 3;
                break;
            case <= uint.MaxValue:
                head[0] = (byte)(top | 26);
                BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)value);
                length = 5;
                break;
            default:
                head[0] = (byte)(top | 27);
                BinaryPrimitives.WriteUInt64BigEndian(head[1..], value);
                length = 9;
                break;
        }
        output.Write(head[..length]);
    }
}
