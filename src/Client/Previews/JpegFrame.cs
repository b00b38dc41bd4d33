using System.Buffers.Binary;

namespace Candor.Client.Previews;

/// <summary>Looks for the frame header of a JPEG (ITU T.81, B.2.2), which says how it has to be decoded.</summary>
internal static class JpegFrame
{
    private const int MaxSegments = 10_000;

    /// <summary>
    /// Only a baseline or extended sequential frame (SOF0, SOF1) is decoded row by row; every other kind is held whole by a decoder, at two
    /// bytes a coefficient. True too where no frame is found: the stricter limit is for the unknown.
    /// </summary>
    public static bool IsHeldWhole(Stream photo)
    {
        Span<byte> head = stackalloc byte[4];
        var position = 2L;
        for (var segment = 0; segment < MaxSegments; segment++)
        {
            photo.Position = position;
            if (photo.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4)
                return true;
            if (head[0] != 0xFF || head[1] is 0xFF or 0 or 0x01 or (>= 0xD0 and <= 0xD8))
                position++; // padding, or a marker without a length
            else if (head[1] is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                return head[1] > 0xC1;
            else
                position += 2 + BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
        }
        return true;
    }
}
