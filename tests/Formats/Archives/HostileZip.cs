using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Candor.Tests.Archives;

/// <summary>Writes zips byte by byte, true or lying.</summary>
internal sealed class HostileZip
{
    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly ArrayBufferWriter<byte> _directory = new();
    private int _count;

    public sealed record Entry(string Name)
    {
        public byte[] RawName { get; init; } = Encoding.UTF8.GetBytes(Name);
        public byte[] Stored { get; init; } = [];
        public byte[] Extra { get; init; } = [];
        public ushort Method { get; init; }
        public ushort Flags { get; init; }
        public uint Crc { get; init; }
        public uint Length { get; init; }
        public uint? StoredLength { get; init; }
        public uint? Offset { get; init; }
        public byte Host { get; init; } = 3;
        public uint Attributes { get; init; } = 0x81A4_0000;
        public string? LocalName { get; init; }
    }

    public static Entry Deflated(string name, byte[] data)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return new Entry(name) { Method = 8, Stored = packed.ToArray(), Length = (uint)data.Length, Crc = Crc(data) };
    }

    public static Entry Plain(string name, string data = "hello")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(data);
        return new Entry(name) { Stored = bytes, Length = (uint)bytes.Length, Crc = Crc(bytes) };
    }

    public uint Position => (uint)_file.WrittenCount;

    public HostileZip Add(params Entry[] entries)
    {
        foreach (Entry e in entries)
        {
            uint at = e.Offset ?? Position;
            if (e.Offset is null)
            {
                byte[] local = e.LocalName is null ? e.RawName : Encoding.UTF8.GetBytes(e.LocalName);
                Write(_file, 0x04034b50u, (ushort)20, e.Flags, e.Method, 0u, e.Crc, e.StoredLength ?? (uint)e.Stored.Length, e.Length, (ushort)local.Length, (ushort)0);
                _file.Write(local);
                _file.Write(e.Stored);
            }
            Record(e, at);
        }
        return this;
    }

    /// <summary>A directory record alone.</summary>
    public void Record(Entry e, uint at)
    {
        Write(_directory, 0x02014b50u, (ushort)(20 | (e.Host << 8)), (ushort)20, e.Flags, e.Method, 0u, e.Crc, e.StoredLength ?? (uint)e.Stored.Length, e.Length,
            (ushort)e.RawName.Length, (ushort)e.Extra.Length, (ushort)0, (ushort)0, (ushort)0, e.Attributes, at);
        _directory.Write(e.RawName);
        _directory.Write(e.Extra);
        _count++;
    }

    public void Raw(ReadOnlySpan<byte> bytes) => _file.Write(bytes);

    public byte[] Bytes(int? count = null, uint? offset = null, uint? size = null, string comment = "")
    {
        uint at = Position;
        _file.Write(_directory.WrittenSpan);
        ushort n = (ushort)Math.Min(count ?? _count, ushort.MaxValue);
        Write(_file, 0x06054b50u, (ushort)0, (ushort)0, n, n, size ?? (uint)_directory.WrittenCount, offset ?? at, (ushort)comment.Length);
        _file.Write(Encoding.ASCII.GetBytes(comment));
        return _file.WrittenSpan.ToArray();
    }

    public byte[] Zip64Bytes(long count)
    {
        long at = _file.WrittenCount;
        _file.Write(_directory.WrittenSpan);
        long end = _file.WrittenCount;
        Write(_file, 0x06064b50u, 44ul, (ushort)45, (ushort)45, 0u, 0u, (ulong)count, (ulong)count, (ulong)_directory.WrittenCount, (ulong)at);
        Write(_file, 0x07064b50u, 0u, (ulong)end, 1u);
        Write(_file, 0x06054b50u, (ushort)0, (ushort)0, ushort.MaxValue, ushort.MaxValue, uint.MaxValue, uint.MaxValue, (ushort)0);
        return _file.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> to, params object[] fields)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (object field in fields)
        {
            switch (field)
            {
                case ushort n:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes, n);
                    to.Write(bytes[..2]);
                    break;
                case uint n:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes, n);
                    to.Write(bytes[..4]);
                    break;
                case ulong n:
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes, n);
                    to.Write(bytes);
                    break;
                default:
                    throw new ArgumentException($"{field.GetType()}");
            }
        }
    }

    /// <summary>CRC-32 bit by bit, to check the fast one against.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
