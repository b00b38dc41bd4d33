using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Audit.Search;

/// <summary>Finds any of many needles in one pass over bytes.</summary>
/// <remarks>
/// Not Aho-Corasick: the forms of 200 values are some ten thousand needles of twenty bytes, whose automaton has a million states and misses the cache at every other byte. Here a needle's
/// first 8 bytes (5 where it is shorter), letters folded, hash to one bit of a small map. A position whose bit is clear, nearly every one, is done after one load and one multiplication;
/// the rest are compared. That is one pass, whatever the number of needles, and no input makes it slower than (positions × needles that share their first bytes).
/// </remarks>
internal sealed class NeedleSieve
{
    /// <summary>Bytes of the shortest needle.</summary>
    public const int Shortest = 5;

    private const int LongKey = 8;
    private const ulong Fold = 0x2020202020202020;
    private const ulong ShortMask = 0xFF_FFFF_FFFF;
    private const ulong Spread = 0x9E3779B97F4A7C15;
    private const int FewestBits = 15, MostBits = 22;

    private readonly Needle[] _needles;
    private readonly Dictionary<ulong, (int From, int Count)> _long = [], _short = [];
    private readonly ulong[] _longMap, _shortMap;
    private readonly int _longShift, _shortShift;

    public NeedleSieve(IEnumerable<Needle> needles)
    {
        _needles = [.. needles.Where(n => n.Least >= Shortest).OrderBy(Key)];
        Longest = _needles.Length == 0 ? Shortest : _needles.Max(n => n.Bytes.Length);
        int longs = _needles.Count(n => n.Least >= LongKey);
        (_longMap, _longShift) = Map(longs);
        (_shortMap, _shortShift) = Map(_needles.Length - longs);
        for (int i = 0; i < _needles.Length;)
        {
            bool isLong = _needles[i].Least >= LongKey;
            ulong key = Key(_needles[i]).Key;
            int from = i;
            while (i < _needles.Length && Key(_needles[i]) == (isLong ? 1 : 0, key)) i++;
            (isLong ? _long : _short)[key] = (from, i - from);
            if (isLong) Set(_longMap, _longShift, key);
            else Set(_shortMap, _shortShift, key << 24); // The scan drops three bytes of eight by the same shift.
        }
    }

    public int Count => _needles.Length;

    /// <summary>Bytes of the longest needle.</summary>
    public int Longest { get; }

    /// <summary>Calls <paramref name="found"/> for each needle whose first <see cref="Needle.Least"/> bytes stand at a position from <paramref name="from"/> to before <paramref name="to"/>, with that position.</summary>
    /// <param name="bytes">All that is there; a match may reach beyond <paramref name="to"/>. Guards are not looked at: <see cref="NeedleMatch"/> does.</param>
    /// <param name="from">First position.</param>
    /// <param name="to">Behind the last position.</param>
    /// <param name="found">The needle and its position.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Scan(ReadOnlySpan<byte> bytes, int from, int to, Action<Needle, int> found)
    {
        int end = Math.Min(to, bytes.Length - LongKey + 1);
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        ref ulong longMap = ref MemoryMarshal.GetArrayDataReference(_longMap);
        ref ulong shortMap = ref MemoryMarshal.GetArrayDataReference(_shortMap);
        int longShift = _longShift, shortShift = _shortShift;
        int at = from;
        unchecked // Hashing wraps on purpose.
        {
            // Eight bytes from each position on are within the span: end leaves room for them. Four positions at a time: their loads do not wait for each other, and one branch does for all.
            for (; BitConverter.IsLittleEndian && at + 4 <= end; at += 4)
            {
                ref byte here = ref Unsafe.Add(ref start, at);
                ulong hit = Hit(ref here, ref longMap, longShift, ref shortMap, shortShift) | Hit(ref Unsafe.Add(ref here, 1), ref longMap, longShift, ref shortMap, shortShift)
                    | Hit(ref Unsafe.Add(ref here, 2), ref longMap, longShift, ref shortMap, shortShift) | Hit(ref Unsafe.Add(ref here, 3), ref longMap, longShift, ref shortMap, shortShift);
                if ((hit & 1) == 0) continue;
                for (int i = at; i < at + 4; i++)
                {
                    ref byte one = ref Unsafe.Add(ref start, i);
                    if ((Hit(ref one, ref longMap, longShift, ref shortMap, shortShift) & 1) != 0) Compare(bytes, i, Unsafe.ReadUnaligned<ulong>(ref one) | Fold, found);
                }
            }
        }
        Span<byte> last = stackalloc byte[LongKey];
        for (; at < Math.Min(to, bytes.Length - Shortest + 1); at++)
        {
            last.Clear();
            var rest = bytes[at..Math.Min(bytes.Length, at + LongKey)];
            rest.CopyTo(last);
            Compare(bytes, at, BinaryPrimitives.ReadUInt64LittleEndian(last) | Fold, found);
        }
    }

    /// <summary>The lowest bit is set where a needle may begin with these eight bytes. The maps' sizes are the powers of two that the shifts leave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hit(ref byte at, ref ulong longMap, int longShift, ref ulong shortMap, int shortShift)
    {
        unchecked
        {
            ulong key = Unsafe.ReadUnaligned<ulong>(ref at) | Fold;
            ulong bit = (key * Spread) >> longShift, shortBit = ((key << 24) * Spread) >> shortShift;
            return (Unsafe.Add(ref longMap, (nint)(bit >> 6)) >> (int)(bit & 63)) | (Unsafe.Add(ref shortMap, (nint)(shortBit >> 6)) >> (int)(shortBit & 63));
        }
    }

    private void Compare(ReadOnlySpan<byte> bytes, int at, ulong key, Action<Needle, int> found)
    {
        if (_long.TryGetValue(key, out var range)) Compare(bytes[at..], at, range, found);
        if (_short.TryGetValue(key & ShortMask, out range)) Compare(bytes[at..], at, range, found);
    }

    private void Compare(ReadOnlySpan<byte> rest, int at, (int From, int Count) range, Action<Needle, int> found)
    {
        foreach (var needle in _needles.AsSpan(range.From, range.Count))
        {
            if (rest.Length >= needle.Least && Common(rest, needle.Bytes.AsSpan(0, needle.Least), needle.AnyCase) == needle.Least) found(needle, at);
        }
    }

    /// <summary>How many bytes at the start are the same.</summary>
    public static int Common(ReadOnlySpan<byte> text, ReadOnlySpan<byte> needle, bool anyCase)
    {
        int same = text.CommonPrefixLength(needle);
        if (!anyCase) return same;
        while (same < text.Length && same < needle.Length && Lower(text[same]) == Lower(needle[same])) same++;
        return same;
    }

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    /// <summary>Needles with the same key lie together, long ones behind short ones.</summary>
    private static (int Long, ulong Key) Key(Needle needle)
    {
        Span<byte> head = stackalloc byte[LongKey];
        head.Clear();
        bool isLong = needle.Least >= LongKey;
        needle.Bytes.AsSpan(0, isLong ? LongKey : Shortest).CopyTo(head);
        ulong key = BinaryPrimitives.ReadUInt64LittleEndian(head) | Fold;
        return isLong ? (1, key) : (0, key & ShortMask);
    }

    private static (ulong[] Map, int Shift) Map(int count)
    {
        int bits = FewestBits;
        while (bits < MostBits && 1 << bits < 32L * count) bits++;
        return (new ulong[1 << (bits - 6)], 64 - bits);
    }

    private static void Set(ulong[] map, int shift, ulong key)
    {
        ulong bit = unchecked(key * Spread) >> shift;
        map[bit >> 6] |= 1UL << (int)(bit & 63);
    }
}
