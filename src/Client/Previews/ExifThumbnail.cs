using System.Buffers.Binary;

namespace Candor.Client.Previews;

/// <summary>The small JPEG that many cameras put into the Exif block of a HEIC file.</summary>
/// <remarks>
/// Exif 2.32, 4.5.5: the second directory of the TIFF structure names it by offset (tag 0x0201) and length (0x0202). The block is sought in
/// the first <see cref="Window"/> bytes by its preamble, where phones put it; a file without one costs that one read.
/// </remarks>
internal static class ExifThumbnail
{
    public const int Window = 256 * 1024;

    private const int MaxEntries = 512;
    private const int JpegOffset = 0x0201;
    private const int JpegLength = 0x0202;

    /// <summary>The bytes of the JPEG, or null.</summary>
    public static byte[]? Find(Stream photo)
    {
        var head = new byte[(int)Math.Min(Window, photo.Length)];
        photo.Position = 0;
        ReadOnlySpan<byte> rest = head.AsSpan(0, photo.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        while (rest.IndexOf("Exif\0\0"u8) is >= 0 and var at)
        {
            rest = rest[(at + 6)..];
            if (FindInTiff(rest) is { } jpeg)
                return jpeg;
        }
        return null;
    }

    private static byte[]? FindInTiff(ReadOnlySpan<byte> tiff)
    {
        bool big;
        if (tiff.StartsWith("MM\0*"u8)) big = true;
        else if (tiff.StartsWith("II*\0"u8)) big = false;
        else return null;
        var first = UInt32(tiff, 4, big);
        var second = UInt32(tiff, first + 2 + 12 * UInt16(tiff, first, big), big);
        if (first < 8 || second < 8)
            return null;
        long offset = -1, length = -1;
        var count = Math.Min(UInt16(tiff, second, big), MaxEntries);
        for (var entry = 0; entry < count; entry++)
        {
            var at = second + 2 + 12L * entry;
            var tag = UInt16(tiff, at, big);
            if (tag == JpegOffset) offset = UInt32(tiff, at + 8, big);
            else if (tag == JpegLength) length = UInt32(tiff, at + 8, big);
        }
        if (offset < 8 || length < 4 || offset > tiff.Length - length)
            return null;
        var jpeg = tiff.Slice((int)offset, (int)length);
        return jpeg is [0xFF, 0xD8, 0xFF, ..] ? jpeg.ToArray() : null;
    }

    /// <summary>-1 outside of the block.</summary>
    private static int UInt16(ReadOnlySpan<byte> tiff, long at, bool big)
    {
        if (at < 0 || at > tiff.Length - 2) return -1;
        var bytes = tiff.Slice((int)at, 2);
        return big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    /// <summary>-1 outside of the block.</summary>
    private static long UInt32(ReadOnlySpan<byte> tiff, long at, bool big)
    {
        if (at < 0 || at > tiff.Length - 4) return -1;
        var bytes = tiff.Slice((int)at, 4);
        return big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
