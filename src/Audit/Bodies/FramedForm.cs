using System.Buffers.Binary;

namespace Candor.Audit.Bodies;

/// <summary>Frames of a protocol that nobody knows: some bytes, the length of what follows, and that many bytes, over and over to the very end. gRPC's messages are such (a byte, and four for the length).</summary>
/// <remarks>What a frame carries can be read then: compressed or packed bytes begin at its first byte and nowhere else. That such lengths come to the end by chance is rare: one in thousands of bodies.</remarks>
internal static class FramedForm
{
    private const int MaxBefore = 12, MaxFrames = 1000, LeastPayload = 8;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        foreach (int width in (ReadOnlySpan<int>)[4, 2])
        {
            for (int before = 0; before <= MaxBefore; before++)
            {
                foreach (bool big in (ReadOnlySpan<bool>)[true, false])
                {
                    if (Frames(bytes, before, width, big, pieces)) return true;
                    pieces.Clear();
                }
            }
        }
        return false;
    }

    private static bool Frames(ReadOnlySpan<byte> bytes, int before, int width, bool big, List<Piece> pieces)
    {
        bool carries = false;
        int frames = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int head = before + width;
            if (head > bytes.Length - at || ++frames > MaxFrames) return false;
            var field = bytes.Slice(at + before, width);
            uint length = width == 4 ? (big ? BinaryPrimitives.ReadUInt32BigEndian(field) : BinaryPrimitives.ReadUInt32LittleEndian(field)) : big ? BinaryPrimitives.ReadUInt16BigEndian(field) : BinaryPrimitives.ReadUInt16LittleEndian(field);
            if (length > (uint)(bytes.Length - at - head)) return false;
            if (length >= LeastPayload)
            {
                pieces.Add(new(at + head, (int)length, "frame"));
                carries = true;
            }
            at += head + (int)length;
        }
        return carries;
    }
}
