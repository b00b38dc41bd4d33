using System.Buffers.Binary;

namespace Candor.Formats.Photos;

/// <summary>PNG, WebP and GIF: a header with the size, and in the first two a chunk with Exif.</summary>
internal static class ChunkedPhoto
{
    /// <summary>A PNG's Exif may stand behind thousands of small picture chunks; only so many are stepped over.</summary>
    private const int MaxChunks = 1024;

    /// <summary>PNG, third edition: length, type, data, checksum; the first chunk is IHDR; eXIf holds a TIFF structure.</summary>
    public static void ReadPng(MediaSource source, PhotoDraft draft)
    {
        draft.MediaType = "image/png";
        var position = 8L;
        for (var chunk = 0; chunk < MaxChunks; chunk++)
        {
            var (length, type) = (source.UInt32At(position), source.UInt32At(position + 4));
            if (length < 0 || type < 0 || position + 12 + length > source.Length)
            {
                draft.Add(position, "The file ends or breaks off before its last part.");
                return;
            }
            if (type == 0x49484452 && chunk == 0 && length >= 8) // IHDR
                (draft.Width, draft.Height) = (Size(source.UInt32At(position + 8)), Size(source.UInt32At(position + 12)));
            else if (type == 0x65584966) // eXIf
                draft.ReadExif(source, position + 8, length);
            else if (type == 0x49454E44) // IEND
                return;
            position += 12 + length;
        }
    }

    /// <summary>RIFF container of WebP: four letters, length (little-endian), data padded to an even length.</summary>
    public static void ReadWebP(MediaSource source, PhotoDraft draft)
    {
        draft.MediaType = "image/webp";
        var position = 12L;
        Span<byte> head = stackalloc byte[18];
        for (var chunk = 0; chunk < MaxChunks && position + 8 <= source.Length; chunk++)
        {
            head.Clear();
            source.TryRead(position, head[..(int)Math.Min(head.Length, source.Length - position)]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var data = head[8..];
            if (position + 8 + length > source.Length)
            {
                draft.Add(position, "The file ends or breaks off before its last part.");
                length = source.Length - position - 8;
            }
            if (head.StartsWith("VP8X"u8) && length >= 10)
                (draft.Width, draft.Height) = (UInt24(data[4..]) + 1, UInt24(data[7..]) + 1);
            else if (head.StartsWith("VP8L"u8) && draft.Width == 0 && length >= 5 && data[0] == 0x2F)
                (draft.Width, draft.Height) = LosslessSize(BinaryPrimitives.ReadUInt32LittleEndian(data[1..]));
            else if (head.StartsWith("VP8 "u8) && draft.Width == 0 && length >= 10 && data[3..6] is [0x9D, 0x01, 0x2A])
                (draft.Width, draft.Height) = (BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
            else if (head.StartsWith("EXIF"u8))
                ReadWebPExif(source, draft, position + 8, length);
            position += 8 + length + (length & 1);
        }
    }

    /// <summary>The specification wants bare TIFF; many writers copy JPEG's "Exif" preamble along.</summary>
    private static void ReadWebPExif(MediaSource source, PhotoDraft draft, long start, long length)
    {
        var preamble = length > 6 && source.Matches(start, "Exif\0\0"u8) ? 6 : 0;
        draft.ReadExif(source, start + preamble, length - preamble);
    }

    /// <summary>14 bits of width - 1, then 14 of height - 1.</summary>
    private static (int, int) LosslessSize(uint bits) => ((int)(bits & 0x3FFF) + 1, (int)(bits >> 14 & 0x3FFF) + 1);

    public static void ReadGif(MediaSource source, PhotoDraft draft)
    {
        draft.MediaType = "image/gif";
        Span<byte> size = stackalloc byte[4];
        if (source.TryRead(6, size))
            (draft.Width, draft.Height) = (BinaryPrimitives.ReadUInt16LittleEndian(size),
                BinaryPrimitives.ReadUInt16LittleEndian(size[2..]));
        else
            draft.Add(6, "The file ends before its size.");
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;

    private static int Size(long value) => value is > 0 and <= int.MaxValue ? (int)value : 0;
}
