using System.Buffers.Binary;

namespace Candor.Formats.Archives;

/// <summary>Finds and reads a zip's central directory (APPNOTE 6.3.10, 4.3.12 to 4.3.16, with Zip64).</summary>
/// <remarks>Read here and not by ZipArchive, because that one neither shows where an entry's header lies, which is what finds overlapping
/// entries, nor lets a caller cap the directory before it is in memory. A second parser beside it could be made to disagree with
/// it.</remarks>
internal static class ZipDirectory
{
    private const int EndRecordSize = 22;
    private const int Zip64LocatorSize = 20;
    private const int Zip64EndRecordSize = 56;
    private const int DirectoryRecordSize = 46;
    internal const int LocalHeaderSize = 30;

    private const uint EndSignature = 0x06054b50;
    private const uint Zip64LocatorSignature = 0x07064b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const uint DirectorySignature = 0x02014b50;
    internal const uint LocalSignature = 0x04034b50;

    internal readonly record struct Place(long Count, long Offset, long Size);

    /// <summary>Where the directory lies, or why that cannot be said.</summary>
    internal static string? Find(Stream zip, out Place place)
    {
        place = default;
        long length = zip.Length;
        int tailLength = (int)Math.Min(length, EndRecordSize + ushort.MaxValue);
        byte[] tail = ReadAt(zip, length - tailLength, tailLength);
        for (int at = tail.Length - EndRecordSize; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (U32(end) != EndSignature || U16(end[20..]) > end.Length - EndRecordSize)
                continue;
            return ReadEnd(zip, length - tailLength + at, end, out place);
        }
        return "it is no zip archive, or its end is missing";
    }

    private static string? ReadEnd(Stream zip, long endAt, ReadOnlySpan<byte> end, out Place place)
    {
        place = new Place(U16(end[10..]), U32(end[16..]), U32(end[12..]));
        bool split = U16(end[4..]) is not (0 or ushort.MaxValue) || U16(end[6..]) is not (0 or ushort.MaxValue);
        long limit = endAt;
        byte[] locator = ReadAt(zip, endAt - Zip64LocatorSize, Zip64LocatorSize);
        if (locator.Length == Zip64LocatorSize && U32(locator) == Zip64LocatorSignature)
        {
            long at = I64(locator.AsSpan(8));
            byte[] wide = ReadAt(zip, at, Zip64EndRecordSize);
            if (wide.Length < Zip64EndRecordSize || U32(wide) != Zip64EndSignature)
                return "its Zip64 end record is missing";
            place = new Place(I64(wide.AsSpan(32)), I64(wide.AsSpan(48)), I64(wide.AsSpan(40)));
            split |= U32(wide.AsSpan(16)) != 0 || U32(wide.AsSpan(20)) != 0;
            limit = at;
        }
        if (split)
            return "it is one part of an archive split over several files; join them first";
        bool fits = place is { Count: >= 0, Offset: >= 0, Size: >= 0 } && place.Offset <= limit && place.Size <= limit - place.Offset;
        return fits ? null : "its directory lies outside the file";
    }

    /// <summary>Reads up to <see cref="Place.Count"/> records. Null <c>entry</c> with a reason where a record cannot be read
    /// from.</summary>
    internal static string? Read(Stream zip, Place place, List<(ZipEntry? Entry, string Label, string? Trouble)> into)
    {
        using var directory = new BufferedStream(new ZipRange(zip, place.Offset, place.Size), 64 * 1024);
        Span<byte> record = stackalloc byte[DirectoryRecordSize];
        for (int index = 0; index < place.Count; index++)
        {
            int got = directory.ReadAtLeast(record, record.Length, throwOnEndOfStream: false);
            if (got < record.Length || U32(record) != DirectorySignature)
                return $"its directory announces {place.Count} entries and ends after {index}";
            var name = new byte[U16(record[28..])];
            var extra = new byte[U16(record[30..])];
            var comment = new byte[U16(record[32..])];
            if (!Fill(directory, name) || !Fill(directory, extra) || !Fill(directory, comment))
                return $"its directory announces {place.Count} entries and ends inside number {index + 1}";
            into.Add(ReadRecord(index, record, name, extra));
        }
        return null;
    }

    private static (ZipEntry?, string, string?) ReadRecord(int index, ReadOnlySpan<byte> record, byte[] name, byte[] extra)
    {
        if (name.Length > EntryNames.MaxBytes)
            return (null, $"entry {index + 1}", $"its name is longer than {EntryNames.MaxBytes} bytes");
        string label = EntryNames.Decode(name);
        int flags = U16(record[8..]);
        int method = U16(record[10..]);
        if ((flags & 0x2041) != 0 || method == 99)
            return (null, label, "it is encrypted; unpack the archive with its password and import the result");
        if (method is not (0 or 8))
            return (null, label, $"it is packed with method {method}, which is not read here; pack it again as an ordinary zip");
        int host = record[5];
        uint unixType = U32(record[38..]) >> 28;
        if (host == 3 && unixType is not (0 or 0x8 or 0x4))
            return (null, label, unixType == 0xA ? "it is a symbolic link, not a file" : "it is a device, not a file");

        long stored = U32(record[20..]), inflated = U32(record[24..]), offset = U32(record[42..]);
        if (!Widen(extra, ref inflated, ref stored, ref offset))
            return (null, label, "its Zip64 sizes are missing");
        return (new ZipEntry(label, name)
        {
            Index = index,
            IsDirectory = label.EndsWith('/'),
            DeclaredLength = inflated,
            Method = method,
            Crc = U32(record[16..]),
            HeaderOffset = offset,
            StoredLength = stored,
        }, label, EntryNames.Trouble(label));
    }

    /// <summary>4.5.3: extra field 1 holds, in this order, those of the three values that are all ones in the record.</summary>
    private static bool Widen(ReadOnlySpan<byte> extra, ref long inflated, ref long stored, ref long offset)
    {
        ReadOnlySpan<byte> wide = [];
        while (extra.Length >= 4)
        {
            int id = U16(extra), size = U16(extra[2..]);
            if (size > extra.Length - 4)
                break;
            if (id == 1)
                wide = extra.Slice(4, size);
            extra = extra[(4 + size)..];
        }
        return Take(ref wide, ref inflated) && Take(ref wide, ref stored) && Take(ref wide, ref offset);
    }

    private static bool Take(ref ReadOnlySpan<byte> wide, ref long value)
    {
        if (value != uint.MaxValue)
            return true;
        if (wide.Length < 8)
            return false;
        value = I64(wide);
        wide = wide[8..];
        return value >= 0;
    }

    /// <summary>Up to <paramref name="count"/> bytes from <paramref name="at"/>; fewer, or none, outside the file.</summary>
    internal static byte[] ReadAt(Stream zip, long at, int count)
    {
        if (at < 0 || at > zip.Length)
            return [];
        zip.Position = at;
        var bytes = new byte[Math.Min(count, zip.Length - at)];
        int got = zip.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return got == bytes.Length ? bytes : bytes[..got];
    }

    private static bool Fill(Stream from, byte[] into) => from.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) == into.Length;

    internal static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    internal static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long I64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
