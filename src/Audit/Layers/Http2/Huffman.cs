using System.Text;

namespace Candor.Audit.Layers.Http2;

/// <summary>The one Huffman code of HPACK and QPACK (RFC 7541, appendix B).</summary>
/// <remarks>The code is canonical: symbols of one length have consecutive codes in their order, so the lengths say it all.</remarks>
internal static class Huffman
{
    private const int Longest = 30;

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    ];

    // Of each length: the first code, how many there are, and where their symbols begin.
    private static readonly int[] s_first = new int[Longest + 1], s_count = new int[Longest + 1], s_at = new int[Longest + 1];
    private static readonly byte[] s_symbols = new byte[256];

    static Huffman()
    {
        int code = 0, at = 0;
        for (int length = 1; length <= Longest; length++)
        {
            code <<= 1;
            (s_first[length], s_at[length]) = (code, at);
            for (int symbol = 0; symbol < 256; symbol++)
            {
                if (Lengths[symbol] != length) continue;
                s_symbols[at++] = (byte)symbol;
                s_count[length]++;
            }
            code += s_count[length];
        }
    }

    /// <summary>The octets as characters, one to one. Null: it is no such code, or longer than <paramref name="most"/>, or its padding is not a short run of ones.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> coded, int most)
    {
        // The shortest code has five bits.
        byte[] output = new byte[Math.Min(most, coded.Length * 8 / 5 + 1)];
        int length = 0, code = 0, bits = 0;
        foreach (byte each in coded)
        {
            for (int i = 7; i >= 0; i--)
            {
                code = code << 1 | each >> i & 1;
                bits++;
                if (bits > Longest) return null;
                int index = code - s_first[bits];
                if (index < 0 || index >= s_count[bits]) continue;
                if (length == output.Length) return null;
                output[length++] = s_symbols[s_at[bits] + index];
                code = bits = 0;
            }
        }
        return bits > 7 || code != (1 << bits) - 1 ? null : Encoding.Latin1.GetString(output, 0, length);
    }
}
