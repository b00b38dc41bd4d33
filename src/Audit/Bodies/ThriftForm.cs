using System.Buffers.Binary;
using System.Globalization;

namespace Candor.Audit.Bodies;

/// <summary>Apache Thrift messages in the compact and the strict binary protocol (doc/specs of the project), also in a frame of four bytes; strings and binaries are pieces.</summary>
internal static class ThriftForm
{
    private const int MaxDepth = 24, MaxPieces = 3000, MaxValues = 100_000;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        int frame = bytes.Length > 8 && BinaryPrimitives.ReadInt32BigEndian(bytes) == bytes.Length - 4 ? 4 : 0;
        var reader = new Reader(bytes, pieces) { At = frame };
        bool read = bytes[frame..] switch
        {
            // Version 1 in five bits, one of four types in three.
            [0x82, 0x21 or 0x41 or 0x61 or 0x81, ..] => reader.CompactMessage(),
            [0x80, 0x01, 0x00, 1 or 2 or 3 or 4, ..] => reader.BinaryMessage(),
            _ => false,
        };
        if (read) return true;
        pieces.Clear();
        return false;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private readonly List<Piece> _pieces = pieces;
        private int _values;

        public int At;

        public bool CompactMessage()
        {
            At += 2;
            return Varint(out _) && CompactString("") && CompactStruct("", 0);
        }

        public bool BinaryMessage()
        {
            At += 4;
            return BinaryString("") && Skip(4) && BinaryStruct("", 0);
        }

        private bool CompactStruct(string path, int depth)
        {
            if (depth > MaxDepth) return false;
            for (long field = 0; At < _bytes.Length;)
            {
                byte head = _bytes[At++];
                if (head == 0) return true;
                if (head >> 4 != 0) field += head >> 4;
                else if (!Varint(out ulong zigzag)) return false;
                else field = (long)((zigzag >> 1) & 0x7FFF);
                if ((head & 0x0F) is not (1 or 2) && !Compact(head & 0x0F, Field(path, field), depth)) return false;
            }
            return false;
        }

        private bool Compact(int type, string path, int depth)
        {
            if (++_values > MaxValues || depth > MaxDepth) return false;
            ulong size;
            switch (type)
            {
                case 1 or 2 or 3: return Skip(1); // Booleans in collections take a byte.
                case 4 or 5 or 6: return Varint(out _);
                case 7: return Skip(8);
                case 8: return CompactString(path);
                case 9 or 10:
                    if (At >= _bytes.Length) return false;
                    byte head = _bytes[At++];
                    size = (uint)head >> 4;
                    if (size == 15 && !Varint(out size) || size > (ulong)(_bytes.Length - At)) return false;
                    for (ulong i = 0; i < size; i++)
                    {
                        if (!Compact(head & 0x0F, path, depth + 1)) return false;
                    }
                    return true;
                case 11:
                    if (!Varint(out size) || size > (ulong)(_bytes.Length - At)) return false;
                    if (size == 0) return true;
                    if (At >= _bytes.Length) return false;
                    byte kinds = _bytes[At++];
                    for (ulong i = 0; i < size; i++)
                    {
                        if (!Compact(kinds >> 4, path, depth + 1) || !Compact(kinds & 0x0F, path, depth + 1)) return false;
                    }
                    return true;
                case 12: return CompactStruct(path, depth + 1);
                default: return false;
            }
        }

        private bool BinaryStruct(string path, int depth)
        {
            if (depth > MaxDepth) return false;
            while (At < _bytes.Length)
            {
                byte type = _bytes[At++];
                if (type == 0) return true;
                if (_bytes.Length - At < 2) return false;
                short field = BinaryPrimitives.ReadInt16BigEndian(_bytes[At..]);
                At += 2;
                if (!Binary(type, Field(path, field), depth)) return false;
            }
            return false;
        }

        private bool Binary(int type, string path, int depth)
        {
            if (++_values > MaxValues || depth > MaxDepth) return false;
            switch (type)
            {
                case 2 or 3: return Skip(1);
                case 6: return Skip(2);
                case 8: return Skip(4);
                case 4 or 10: return Skip(8);
                case 11: return BinaryString(path);
                case 12: return BinaryStruct(path, depth + 1);
                case 13 or 14 or 15:
                    int kinds = type == 13 ? 2 : 1;
                    if (_bytes.Length - At < kinds + 4) return false;
                    int first = _bytes[At], second = _bytes[At + kinds - 1];
                    int size = BinaryPrimitives.ReadInt32BigEndian(_bytes[(At + kinds)..]);
                    At += kinds + 4;
                    if (size < 0 || size > _bytes.Length - At) return false;
                    for (int i = 0; i < size; i++)
                    {
                        if (!Binary(first, path, depth + 1) || kinds == 2 && !Binary(second, path, depth + 1)) return false;
                    }
                    return true;
                default: return false;
            }
        }

        private bool CompactString(string path) => Varint(out ulong length) && length <= (ulong)(_bytes.Length - At) && String((int)length, path);

        private bool BinaryString(string path)
        {
            if (_bytes.Length - At < 4) return false;
            int length = BinaryPrimitives.ReadInt32BigEndian(_bytes[At..]);
            At += 4;
            return length >= 0 && length <= _bytes.Length - At && String(length, path);
        }

        private bool String(int length, string path)
        {
            if (_pieces.Count < MaxPieces && path.Length > 0) _pieces.Add(new(At, length, path));
            At += length;
            return true;
        }

        private bool Varint(out ulong value) => ProtobufForm.Varint(_bytes, ref At, out value);

        private bool Skip(int count)
        {
            At += count;
            return At <= _bytes.Length;
        }

        private static string Field(string path, long field) => string.Create(CultureInfo.InvariantCulture, $"{path}{(path.Length == 0 ? "" : ".")}{field}");
    }
}
