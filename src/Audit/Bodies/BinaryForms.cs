using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Globalization;

namespace Candor.Audit.Bodies;

/// <summary>protobuf without its schema: fields to the very end, each of a wire type that is in use. What has a length is a piece; nested messages are found when the piece is read.</summary>
internal static class ProtobufForm
{
    private const int LargestField = 1 << 18, MaxPieces = 3000, LeastLength = 6;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces) => TryRead(bytes, pieces, []);

    /// <param name="bytes">All of it.</param>
    /// <param name="pieces">Takes what has a length.</param>
    /// <param name="fields">Takes the numbers of the fields, as far as pieces are taken.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces, List<ulong> fields)
    {
        if (bytes.Length < LeastLength || !Fields(bytes, pieces, fields))
        {
            pieces.Clear();
            return false;
        }
        return true;
    }

    private static bool Fields(ReadOnlySpan<byte> bytes, List<Piece> pieces, List<ulong> fields)
    {
        for (int at = 0; at < bytes.Length;)
        {
            if (!Varint(bytes, ref at, out ulong tag) || tag >> 3 is 0 or > LargestField) return false;
            if (fields.Count < MaxPieces) fields.Add(tag >> 3);
            ulong value = 0;
            switch (tag & 7)
            {
                case 0: if (!Varint(bytes, ref at, out value)) return false; break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                case 2:
                    if (!Varint(bytes, ref at, out value) || value > (ulong)(bytes.Length - at)) return false;
                    if (pieces.Count < MaxPieces) pieces.Add(new(at, (int)value, string.Create(CultureInfo.InvariantCulture, $"f{tag >> 3}")));
                    at += (int)value;
                    break;
                default: return false; // Groups have been out of use since 2010.
            }
            if (at > bytes.Length) return false;
        }
        return true;
    }

    public static bool Varint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return true;
        }
        return false;
    }
}

/// <summary>CBOR (RFC 8949): one map or array to the very end; strings are pieces.</summary>
internal static class CborForm
{
    private const int MaxPieces = 3000, MaxItems = 100_000;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        if (bytes[0] >> 5 is not (4 or 5 or 6)) return false;
        byte[] all = bytes.ToArray();
        var reader = new CborReader(all, CborConformanceMode.Lax);
        try
        {
            for (int items = 0; reader.PeekState() != CborReaderState.Finished; items++)
            {
                if (items > MaxItems) return Refuse(pieces);
                switch (reader.PeekState())
                {
                    case CborReaderState.StartMap: reader.ReadStartMap(); break;
                    case CborReaderState.EndMap: reader.ReadEndMap(); break;
                    case CborReaderState.StartArray: reader.ReadStartArray(); break;
                    case CborReaderState.EndArray: reader.ReadEndArray(); break;
                    case CborReaderState.Tag: reader.ReadTag(); break;
                    case CborReaderState.ByteString or CborReaderState.TextString:
                        int before = all.Length - reader.BytesRemaining;
                        reader.SkipValue();
                        int end = all.Length - reader.BytesRemaining, head = Head(all[before]);
                        if (pieces.Count < MaxPieces && head > 0 && before + head <= end) pieces.Add(new(before + head, end - before - head, ""));
                        break;
                    default: reader.SkipValue(); break;
                }
            }
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException or OverflowException or ArgumentException)
        {
            return Refuse(pieces);
        }
        return reader.BytesRemaining == 0 || Refuse(pieces);
    }

    private static int Head(byte first) => (first & 0x1F) switch { < 24 => 1, 24 => 2, 25 => 3, 26 => 5, 27 => 9, _ => 0 };

    private static bool Refuse(List<Piece> pieces)
    {
        pieces.Clear();
        return false;
    }
}

/// <summary>MessagePack (its specification, "Formats"): one map or array to the very end; strings and binaries are pieces.</summary>
internal static class MessagePackForm
{
    private const int MaxDepth = 32, MaxPieces = 3000;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        int at = 0;
        bool collection = bytes[0] is >= 0x80 and <= 0x9F or >= 0xDC and <= 0xDF;
        if (collection && bytes.Length >= 6 && Value(bytes, ref at, 0, pieces) && at == bytes.Length && pieces.Count > 0) return true;
        pieces.Clear();
        return false;
    }

    private static bool Value(ReadOnlySpan<byte> bytes, ref int at, int depth, List<Piece> pieces)
    {
        if (at >= bytes.Length || depth > MaxDepth) return false;
        byte type = bytes[at++];
        switch (type)
        {
            case <= 0x7F or >= 0xE0 or 0xC0 or 0xC2 or 0xC3: return true;
            case <= 0x8F: return Values(bytes, ref at, (type & 0x0F) * 2L, depth, pieces);
            case <= 0x9F: return Values(bytes, ref at, type & 0x0F, depth, pieces);
            case <= 0xBF: return String(bytes, ref at, type & 0x1F, pieces);
            case 0xC4 or 0xD9: return Length(bytes, ref at, 1, out long n) && String(bytes, ref at, n, pieces);
            case 0xC5 or 0xDA: return Length(bytes, ref at, 2, out n) && String(bytes, ref at, n, pieces);
            case 0xC6 or 0xDB: return Length(bytes, ref at, 4, out n) && String(bytes, ref at, n, pieces);
            case 0xC7: return Length(bytes, ref at, 1, out n) && Skip(bytes, ref at, n + 1);
            case 0xC8: return Length(bytes, ref at, 2, out n) && Skip(bytes, ref at, n + 1);
            case 0xC9: return Length(bytes, ref at, 4, out n) && Skip(bytes, ref at, n + 1);
            case 0xCC or 0xD0: return Skip(bytes, ref at, 1);
            case 0xCD or 0xD1 or 0xD4: return Skip(bytes, ref at, 2);
            case 0xD5: return Skip(bytes, ref at, 3);
            case 0xCA or 0xCE or 0xD2: return Skip(bytes, ref at, 4);
            case 0xD6: return Skip(bytes, ref at, 5);
            case 0xCB or 0xCF or 0xD3: return Skip(bytes, ref at, 8);
            case 0xD7: return Skip(bytes, ref at, 9);
            case 0xD8: return Skip(bytes, ref at, 17);
            case 0xDC: return Length(bytes, ref at, 2, out n) && Values(bytes, ref at, n, depth, pieces);
            case 0xDD: return Length(bytes, ref at, 4, out n) && Values(bytes, ref at, n, depth, pieces);
            case 0xDE: return Length(bytes, ref at, 2, out n) && Values(bytes, ref at, n * 2, depth, pieces);
            case 0xDF: return Length(bytes, ref at, 4, out n) && Values(bytes, ref at, n * 2, depth, pieces);
            default: return false;
        }
    }

    private static bool Values(ReadOnlySpan<byte> bytes, ref int at, long count, int depth, List<Piece> pieces)
    {
        if (count > bytes.Length - at) return false;
        for (long i = 0; i < count; i++)
        {
            if (!Value(bytes, ref at, depth + 1, pieces)) return false;
        }
        return true;
    }

    private static bool String(ReadOnlySpan<byte> bytes, ref int at, long length, List<Piece> pieces)
    {
        if (length > bytes.Length - at) return false;
        if (pieces.Count < MaxPieces) pieces.Add(new(at, (int)length, ""));
        at += (int)length;
        return true;
    }

    private static bool Length(ReadOnlySpan<byte> bytes, ref int at, int size, out long length)
    {
        length = 0;
        if (size > bytes.Length - at) return false;
        for (int i = 0; i < size; i++) length = length << 8 | bytes[at++];
        return true;
    }

    private static bool Skip(ReadOnlySpan<byte> bytes, ref int at, long count)
    {
        if (count > bytes.Length - at) return false;
        at += (int)count;
        return true;
    }
}

/// <summary>Apple's binary property list ("bplist00", CFBinaryPList.c): strings and data are pieces.</summary>
internal static class PlistForm
{
    private const int Trailer = 32, MaxObjects = 10_000;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        if (bytes.Length < 8 + Trailer || !bytes.StartsWith("bplist0"u8)) return false;
        var trailer = bytes[^Trailer..];
        int size = trailer[6];
        ulong count = BinaryPrimitives.ReadUInt64BigEndian(trailer[8..]), table = BinaryPrimitives.ReadUInt64BigEndian(trailer[24..]);
        if (size is 0 or > 8 || count > MaxObjects || table > (ulong)(bytes.Length - Trailer) || count * (ulong)size > (ulong)(bytes.Length - Trailer) - table) return false;
        for (int i = 0; i < (int)count; i++)
        {
            long offset = Number(bytes.Slice((int)table + i * size, size));
            if (offset < 8 || offset >= (long)table) continue;
            Piece(bytes[..(int)table], (int)offset, pieces);
        }
        return true;
    }

    private static void Piece(ReadOnlySpan<byte> bytes, int at, List<Piece> pieces)
    {
        int kind = bytes[at] >> 4;
        long length = bytes[at++] & 0x0F;
        if (kind is not (4 or 5 or 6)) return;
        if (length == 15)
        {
            if (at >= bytes.Length || bytes[at] >> 4 != 1) return;
            int size = 1 << (bytes[at++] & 3);
            if (size > bytes.Length - at) return;
            length = Number(bytes.Slice(at, size));
            at += size;
        }
        if (kind == 6) length = Math.Min(length, int.MaxValue) * 2;
        if (length > 0 && length <= bytes.Length - at) pieces.Add(new(at, (int)length, kind == 4 ? "data" : "string"));
    }

    /// <summary>-1 for a number that is not one of 63 bits.</summary>
    private static long Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        foreach (byte b in bytes) number = number << 8 | b;
        return number > long.MaxValue ? -1 : (long)number;
    }
}
