namespace Candor.Audit.Bodies;

/// <summary>Whether bytes may be raw deflate (RFC 1951), by all that its first block says before what it holds: nearly everything that is none is told by it without a decoder's exception.</summary>
/// <remarks>As strict as the decoder (zlib's <c>inflate_table</c>): codes over-subscribed or incomplete, a repeat of nothing, a distance to before the beginning. What ends early may be.</remarks>
internal ref struct DeflateStart
{
    private const int MostSymbols = 24, EndOfBlock = 256, LongestCode = 15;

    private static readonly byte[] s_order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;
    private uint _bits;
    private int _count;
    private bool _ended;

    private DeflateStart(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool MayBe(ReadOnlySpan<byte> bytes)
    {
        var start = new DeflateStart(bytes);
        start.Take(1);
        return start.Take(2) switch
        {
            0 => bytes.Length >= 5 && (bytes[1] ^ bytes[3]) == 0xFF && (bytes[2] ^ bytes[4]) == 0xFF,
            1 => start.Fixed(),
            2 => start.Dynamic(),
            _ => false,
        };
    }

    /// <summary>The next bits, the first one lowest; zeros behind the end.</summary>
    private uint Take(int count)
    {
        while (_count < count)
        {
            if (_at == _bytes.Length) _ended = true;
            _bits |= (_at < _bytes.Length ? (uint)_bytes[_at++] : 0) << _count;
            _count += 8;
        }
        uint taken = _bits & ((1u << count) - 1);
        _bits >>= count;
        _count -= count;
        return taken;
    }

    /// <summary>3.2.6: the first symbols are literals, lengths from 257 to 285 with a distance to what there is, or the end.</summary>
    private bool Fixed()
    {
        int made = 0;
        for (int n = 0; n < MostSymbols; n++)
        {
            int symbol = FixedSymbol();
            if (_ended || symbol == EndOfBlock) return true;
            if (symbol > 285) return false;
            if (symbol < EndOfBlock)
            {
                made++;
                continue;
            }
            int length = Length(symbol), distance = Distance();
            if (_ended) return true;
            if (distance == 0 || distance > made) return false;
            made += length;
        }
        return true;
    }

    private int FixedSymbol()
    {
        int code = 0;
        for (int n = 0; n < 7; n++) code = code << 1 | (int)Take(1);
        if (code < 0b0011000) return EndOfBlock + code;
        code = code << 1 | (int)Take(1);
        if (code < 0b11000000) return code - 0b00110000;
        if (code < 0b11001000) return 280 + code - 0b11000000;
        code = code << 1 | (int)Take(1);
        return 144 + code - 0b110010000;
    }

    private int Length(int symbol)
    {
        if (symbol < 265) return symbol - 254;
        if (symbol == 285) return 258;
        int extra = (symbol - 261) >> 2;
        return 3 + ((4 + (symbol - 261 & 3)) << extra) + (int)Take(extra);
    }

    /// <summary>Zero: there is no such.</summary>
    private int Distance()
    {
        int code = 0;
        for (int n = 0; n < 5; n++) code = code << 1 | (int)Take(1);
        if (code > 29) return 0;
        if (code < 4) return code + 1;
        int extra = (code >> 1) - 1;
        return 1 + ((2 + (code & 1)) << extra) + (int)Take(extra);
    }

    /// <summary>3.2.7: the codes that the block says it is coded with.</summary>
    private bool Dynamic()
    {
        int literals = (int)Take(5) + 257, distances = (int)Take(5) + 1, meta = (int)Take(4) + 4;
        if (literals > 286 || distances > 30) return false;
        Span<byte> lengths = stackalloc byte[19];
        lengths.Clear();
        for (int n = 0; n < meta; n++) lengths[s_order[n]] = (byte)Take(3);
        if (_ended) return true;
        if (!Complete(lengths, allowSingle: false)) return false;
        Span<byte> all = stackalloc byte[286 + 30];
        for (int n = 0; n < literals + distances;)
        {
            int symbol = Symbol(lengths);
            if (_ended) return true;
            if (symbol < 0 || symbol == 16 && n == 0) return false;
            byte value = symbol < 16 ? (byte)symbol : symbol == 16 ? all[n - 1] : (byte)0;
            int times = symbol switch { < 16 => 1, 16 => 3 + (int)Take(2), 17 => 3 + (int)Take(3), _ => 11 + (int)Take(7) };
            if (_ended) return true;
            if (n + times > literals + distances) return false;
            all.Slice(n, times).Fill(value);
            n += times;
        }
        var far = all.Slice(literals, distances);
        return all[EndOfBlock] != 0 && Complete(all[..literals], allowSingle: true) && (!far.ContainsAnyExcept((byte)0) || Complete(far, allowSingle: true));
    }

    /// <summary>Whether codes of these lengths use up all there are; one code of one bit may stand alone.</summary>
    private static bool Complete(ReadOnlySpan<byte> lengths, bool allowSingle)
    {
        int left = 1 << LongestCode, most = 0;
        foreach (byte length in lengths)
        {
            if (length == 0) continue;
            left -= 1 << LongestCode - length;
            most = Math.Max(most, length);
        }
        return left == 0 || left > 0 && allowSingle && most == 1;
    }

    /// <summary>The next symbol of a canonical code (3.2.2); -1: there is none such.</summary>
    private int Symbol(scoped ReadOnlySpan<byte> lengths)
    {
        int code = 0, first = 0;
        for (int length = 1; length <= 7; length++)
        {
            code = code << 1 | (int)Take(1);
            int here = lengths.Count((byte)length);
            if (code - first < here)
            {
                int index = code - first;
                for (int symbol = 0; symbol < lengths.Length; symbol++)
                {
                    if (lengths[symbol] == length && index-- == 0) return symbol;
                }
            }
            first = first + here << 1;
        }
        return -1;
    }
}
