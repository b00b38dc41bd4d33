using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Candor.Audit.Search;

/// <summary>Where in bytes a machine word stands that is near a coordinate of the owner's places: the few positions at which <see cref="PlaceSearch"/> then looks closely.</summary>
/// <remarks>
/// In every form a coordinate, give or take half a millidegree, is a range of 32 bits: of a whole number of micro-degrees or E7, of a float, of the upper half of a double. So each position
/// costs one subtraction and one comparison a range, four positions at a time, in either byte order. Without it every byte of a picture would be taken for twelve kinds of numbers.
/// </remarks>
internal sealed class PlaceWords
{
    private readonly List<(uint Low, uint Span)> _ranges = [];
    private readonly List<(long Low, long High)> _varints = [];

    /// <param name="places">Of the owner.</param>
    /// <param name="near">Degrees on either side of a coordinate.</param>
    public PlaceWords(IReadOnlyList<OwnerValue> places, double near)
    {
        foreach (double degrees in places.SelectMany(p => (double[])[p.At.Latitude, p.At.Longitude]))
        {
            foreach (double scale in (double[])[1e6, 1e7])
            {
                long low = (long)Math.Floor((degrees - near) * scale), high = (long)Math.Ceiling((degrees + near) * scale);
                _ranges.Add((unchecked((uint)(int)low), (uint)(high - low)));
                _varints.Add((low, high));
            }
            // Bits of floating point grow with the magnitude; beside zero both signs are near.
            double from = Math.Max(0, Math.Abs(degrees) - near), to = Math.Abs(degrees) + near;
            bool[] signs = Math.Abs(degrees) <= near ? [false, true] : [degrees < 0];
            foreach (bool negative in signs)
            {
                uint sign = negative ? 0x8000_0000u : 0, low = BitConverter.SingleToUInt32Bits((float)from), high = BitConverter.SingleToUInt32Bits((float)to) + 1;
                _ranges.Add((sign | low, high - low));
                ulong first = BitConverter.DoubleToUInt64Bits(from) >> 32, last = BitConverter.DoubleToUInt64Bits(to) >> 32;
                _ranges.Add((sign | (uint)first, (uint)(last - first)));
            }
        }
    }

    /// <summary>Positions in rising order at which a word of any kind may begin; some twice.</summary>
    public List<int> Candidates(ReadOnlySpan<byte> bytes)
    {
        var hits = new List<int>();
        Words(bytes, hits);
        Varints(bytes, hits);
        // A double's upper half comes second where the lower half comes first.
        for (int i = hits.Count - 1; i >= 0; i--)
        {
            if (hits[i] >= 4) hits.Add(hits[i] - 4);
        }
        hits.Sort();
        return hits;
    }

    private void Words(ReadOnlySpan<byte> bytes, List<int> hits)
    {
        var ranges = CollectionsMarshal.AsSpan(_ranges);
        var reversed = Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
        int at = 0;
        for (; at + 16 + 3 <= bytes.Length; at += 16)
        {
            for (int phase = 0; phase < 4; phase++)
            {
                var little = Vector128.Create(bytes.Slice(at + phase, 16));
                uint found = Within(little.AsUInt32(), ranges) | Within(Vector128.Shuffle(little, reversed).AsUInt32(), ranges);
                for (int lane = 0; found != 0; lane++, found >>= 1)
                {
                    if ((found & 1) != 0) hits.Add(at + phase + 4 * lane);
                }
            }
        }
        for (; at + 4 <= bytes.Length; at++)
        {
            uint little = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]), big = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(little);
            foreach (var (low, span) in ranges)
            {
                if (unchecked(little - low) > span && unchecked(big - low) > span) continue;
                hits.Add(at);
                break;
            }
        }
    }

    private static uint Within(Vector128<uint> words, ReadOnlySpan<(uint Low, uint Span)> ranges)
    {
        var any = Vector128<uint>.Zero;
        foreach (var (low, span) in ranges)
        {
            var above = words - Vector128.Create(low);
            any |= Vector128.Equals(Vector128.Min(above, Vector128.Create(span)), above);
        }
        return any.ExtractMostSignificantBits();
    }

    private void Varints(ReadOnlySpan<byte> bytes, List<int> hits)
    {
        for (int at = 0; at + 4 <= bytes.Length; at++)
        {
            if (bytes[at] < 0x80 || at > 0 && bytes[at - 1] >= 0x80) continue;
            int end = at;
            if (!Bodies.ProtobufForm.Varint(bytes, ref end, out ulong varint)) continue;
            long plain = unchecked((long)varint), zigzag = unchecked((long)(varint >> 1) ^ -(long)(varint & 1));
            foreach (var (low, high) in _varints)
            {
                if ((plain < low || plain > high) && (zigzag < low || zigzag > high)) continue;
                hits.Add(at);
                break;
            }
        }
    }
}
