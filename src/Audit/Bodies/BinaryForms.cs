using System.Buffers.Binary;
using System.Globalization;

namespace Candor.Audit.Bodies;

/// <summary>protobuf without its schema: fields to the very end, each of a wire type that is in use. What has a length is a piece; nested messages are found when the piece is read.</summary>
internal static class ProtobufForm
{
    private const int LargestField = 1 << 18, MaxPieces = 3000, LeastLength = 6;

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

/// <summary>CBOR (RFC 8949): one map, array or tagged value to the very end, well-formed as its appendix C has it but for simple values in two bytes where one would do; strings are pieces.</summary>
internal static class CborForm
{
    private const int MaxDepth = 64, MaxPieces = 3000, MaxItems = 100_000, Indefinite = 31;
    private const byte Break = 0xFF;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        int at = 0, items = 0;
        if (bytes[0] >> 5 is 4 or 5 or 6 && Value(bytes, ref at, 0, ref items, pieces) && at == bytes.Length) return true;
        pieces.Clear();
        return false;
    }

    private static bool Value(ReadOnlySpan<byte> bytes, ref int at, int depth, ref int items, List<Piece> pieces)
    {
        if (at >= bytes.Length || depth > MaxDepth || ++items > MaxItems) return false;
        int type = bytes[at] >> 5, info = bytes[at++] & 0x1F;
        if (info == Indefinite) return type is 2 or 3 ? Chunks(bytes, ref at, type) : type is 4 or 5 && UntilBreak(bytes, ref at, pairs: type == 5, depth, ref items, pieces);
        if (!Argument(bytes, ref at, info, out ulong argument)) return false;
        switch (type)
        {
            case 0 or 1: return true;
            case 2 or 3:
                if (argument > (ulong)(bytes.Length - at)) return false;
                if (pieces.Count < MaxPieces) pieces.Add(new(at, (int)argument, ""));
                at += (int)argument;
                return true;
            case 4 or 5:
                if (argument > (ulong)(bytes.Length - at)) return false;
                for (ulong left = type == 5 ? argument * 2 : argument; left > 0; left--)
                {
                    if (!Value(bytes, ref at, depth + 1, ref items, pieces)) return false;
                }
                return true;
            case 6: return Value(bytes, ref at, depth + 1, ref items, pieces);
            default: return true;
        }
    }

    private static bool UntilBreak(ReadOnlySpan<byte> bytes, ref int at, bool pairs, int depth, ref int items, List<Piece> pieces)
    {
        for (bool key = true; at < bytes.Length; key = !key)
        {
            if (bytes[at] == Break)
            {
                at++;
                return key || !pairs;
            }
            if (!Value(bytes, ref at, depth + 1, ref items, pieces)) return false;
        }
        return false;
    }

    /// <summary>A string in parts, each of the same type and of a length that it says: no piece, for it does not stand there as it is.</summary>
    private static bool Chunks(ReadOnlySpan<byte> bytes, ref int at, int type)
    {
        while (at < bytes.Length)
        {
            byte head = bytes[at++];
            if (head == Break) return true;
            if (head >> 5 != type || !Argument(bytes, ref at, head & 0x1F, out ulong length) || length > (ulong)(bytes.Length - at)) return false;
            at += (int)length;
        }
        return false;
    }

    private static bool Argument(ReadOnlySpan<byte> bytes, ref int at, int info, out ulong argument)
    {
        argument = (ulong)info;
        if (info < 24) return true;
        int size = info > 27 ? int.MaxValue : 1 << info - 24;
        if (size > bytes.Length - at) return false;
        argument = 0;
        foreach (byte b in bytes.Slice(at, size)) argument = argument << 8 | b;
        at += size;
        return true;
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
