using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Candor.Shelf.Updates;

/// <summary>A file in a zip, as the archive's directory describes it.</summary>
/// <param name="Name">ASCII.</param>
/// <param name="Method">0 as it is, 8 deflated.</param>
/// <param name="Stored">Bytes that it takes in the zip.</param>
/// <param name="Length">Bytes that it has.</param>
/// <param name="Header">Where its own header is, from the beginning of the zip.</param>
internal readonly record struct ZipPart(string Name, int Method, long Stored, long Length, long Header);

/// <summary>The directory of an update's zip (APPNOTE 6.3.10, with Zip64), within bounds; nothing is unpacked.</summary>
/// <remarks>Read here and not by ZipArchive: a phone reads the payload where it lies in the file, so its place has to be known, and ZipArchive neither tells it nor bounds what it holds of a directory.</remarks>
internal sealed class ZipDirectory
{
    private const int EndRecord = 22, Locator = 20, WideEndRecord = 56, DirectoryRecord = 46, LocalHeader = 30;

    private const uint EndSignature = 0x06054b50, LocatorSignature = 0x07064b50, WideEndSignature = 0x06064b50, DirectorySignature = 0x02014b50, LocalSignature = 0x04034b50;

    /// <summary>An update has some ten files.</summary>
    private const int MostParts = 1_000;

    private const int LargestDirectory = 1 << 20;

    private readonly Stream _zip;
    private readonly long _end;
    private readonly Dictionary<string, ZipPart> _parts;

    private ZipDirectory(Stream zip, long end, Dictionary<string, ZipPart> parts)
    {
        _zip = zip;
        _end = end;
        _parts = parts;
    }

    public ZipPart? Find(string name) => _parts.TryGetValue(name, out var part) ? part : null;

    /// <summary>Reads the directory. False, with the end of a sentence, for what is no zip or none that an update is; throws only what the stream throws.</summary>
    public static bool TryOpen(Stream zip, out ZipDirectory directory, out string wrong)
    {
        directory = null!;
        wrong = "is no zip archive, or its end is missing";
        // Android signs a whole zip in its comment, so the end record is not at the end; nothing but the comment may follow it.
        int tailLength = (int)Math.Min(zip.Length, EndRecord + ushort.MaxValue);
        byte[] tail = ReadAt(zip, zip.Length - tailLength, tailLength);
        int at = tail.Length - EndRecord;
        while (at >= 0 && !(U32(tail, at) == EndSignature && U16(tail, at + 20) == tail.Length - EndRecord - at)) at--;
        if (at < 0) return false;
        wrong = "is one part of a divided archive";
        if (U16(tail, at + 4) is not (0 or ushort.MaxValue)) return false;
        long endAt = zip.Length - tailLength + at;
        long count = U16(tail, at + 10), size = U32(tail, at + 12), offset = U32(tail, at + 16);
        if (endAt >= Locator && ReadAt(zip, endAt - Locator, Locator) is { Length: Locator } locator && U32(locator, 0) == LocatorSignature)
        {
            endAt = I64(locator, 8);
            wrong = "has a directory outside the file";
            if (ReadAt(zip, endAt, WideEndRecord) is not { Length: WideEndRecord } wide || U32(wide, 0) != WideEndSignature) return false;
            (count, size, offset) = (I64(wide, 32), I64(wide, 40), I64(wide, 48));
        }
        wrong = "has a larger directory than an update has";
        if (count is < 0 or > MostParts || size is < 0 or > LargestDirectory) return false;
        wrong = "has a directory outside the file";
        if (offset < 0 || offset > endAt || size > endAt - offset) return false;
        byte[] records = ReadAt(zip, offset, (int)size);
        if (records.Length != size || !TryRead(records, (int)count, out var parts, out wrong)) return false;
        directory = new(zip, offset, parts);
        wrong = "";
        return true;
    }

    private static bool TryRead(byte[] records, int count, out Dictionary<string, ZipPart> parts, out string wrong)
    {
        parts = new(StringComparer.Ordinal);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            wrong = "has a directory that ends before its last file";
            if (records.Length - at < DirectoryRecord || U32(records, at) != DirectorySignature) return false;
            int nameLength = U16(records, at + 28), extraLength = U16(records, at + 30), commentLength = U16(records, at + 32);
            if (records.Length - at - DirectoryRecord < nameLength + extraLength + commentLength) return false;
            var raw = records.AsSpan(at + DirectoryRecord, nameLength);
            wrong = "has a file whose name leads elsewhere, or is no plain one";
            if (nameLength == 0 || raw.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) || raw.ContainsAny((byte)'\\', (byte)':')) return false;
            string name = Encoding.ASCII.GetString(raw);
            if (name[0] == '/' || name.Split('/').Any(p => p is "." or "..")) return false;
            wrong = $"has a file that is encrypted or packed in an unusual way: {name}";
            int method = U16(records, at + 10);
            if ((U16(records, at + 8) & 0x2041) != 0 || method is not (0 or 8)) return false;
            long stored = U32(records, at + 20), length = U32(records, at + 24), header = U32(records, at + 42);
            wrong = $"does not say how large {name} is";
            if (!TryWiden(records.AsSpan(at + DirectoryRecord + nameLength, extraLength), ref length, ref stored, ref header)) return false;
            if (method == 0 && stored != length) return false;
            wrong = $"has {name} twice";
            if (!parts.TryAdd(name, new(name, method, stored, length, header))) return false;
            at += DirectoryRecord + nameLength + extraLength + commentLength;
        }
        wrong = "has more in its directory than its files";
        return at == records.Length;
    }

    /// <summary>4.5.3: extra field 1 holds, in this order, those of the three values that are all ones in the record.</summary>
    private static bool TryWiden(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long header)
    {
        ReadOnlySpan<byte> wide = [];
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4) break;
            if (id == 1) wide = extra.Slice(4, size);
            extra = extra[(4 + size)..];
        }
        return Take(ref wide, ref length) && Take(ref wide, ref stored) && Take(ref wide, ref header);

        static bool Take(ref ReadOnlySpan<byte> wide, ref long value)
        {
            if (value != uint.MaxValue) return true;
            if (wide.Length < 8) return false;
            value = BinaryPrimitives.ReadInt64LittleEndian(wide);
            wide = wide[8..];
            return value >= 0;
        }
    }

    /// <summary>Where a file's bytes begin. Null where its own header says something else than the directory, or they reach beyond the files.</summary>
    public long? PlaceOf(ZipPart part)
    {
        if (part.Header > _end || ReadAt(_zip, part.Header, LocalHeader) is not { Length: LocalHeader } header || U32(header, 0) != LocalSignature || U16(header, 8) != part.Method) return null;
        int nameLength = U16(header, 26);
        if (nameLength != part.Name.Length || Encoding.ASCII.GetString(ReadAt(_zip, part.Header + LocalHeader, nameLength)) != part.Name) return null;
        long place = part.Header + LocalHeader + nameLength + U16(header, 28);
        return place <= _end && part.Stored <= _end - place ? place : null;
    }

    /// <summary>A small file's bytes. Null where it is longer than the bound, or cannot be unpacked to the length that it has.</summary>
    public byte[]? Read(ZipPart part, int most)
    {
        if (part.Length > most || part.Stored > most || PlaceOf(part) is not { } place) return null;
        byte[] stored = ReadAt(_zip, place, (int)part.Stored);
        if (part.Method == 0) return stored.Length == part.Length ? stored : null;
        byte[] bytes = new byte[part.Length + 1];
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
            int read = inflate.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read == part.Length ? bytes[..read] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Up to so many bytes from a place on; fewer, or none, outside the file.</summary>
    private static byte[] ReadAt(Stream zip, long at, int count)
    {
        if (at < 0 || at > zip.Length) return [];
        zip.Position = at;
        byte[] bytes = new byte[Math.Min(count, zip.Length - at)];
        int read = zip.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static long I64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
}
