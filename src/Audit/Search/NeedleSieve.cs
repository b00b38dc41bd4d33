using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Candor.Audit.Search;

/// <summary>Finds any of many needles in one pass over bytes.</summary>
/// <remarks>
/// Not Aho-Corasick: the forms of 200 values are some ten thousand needles of twenty bytes, whose automaton has a million states and misses the cache at every other byte. Here a needle's
/// first 5 bytes, letters folded, hash to one bit of a map that stays in the cache. A position whose bit is clear, nearly every one, is done after one load and one multiplication. Of the
/// rest the first 8 bytes (5 where the needle is shorter) are looked up in a second map, and only what stands there too is compared. That is one pass, whatever the number of needles,
/// and no input makes it slower than (positions × needles that share their first bytes).
/// </remarks>
internal sealed class NeedleSieve
{
    /// <summary>Bytes of the shortest needle.</summary>
    public const int Shortest = 5;

    private const int LongKey = 8;
    private const ulong Fold = 0x2020202020202020;
    private const ulong ShortMask = 0xFF_FFFF_FFFF;
    private const ulong Spread = 0x9E3779B97F4A7C15, Again = 0xD6E8FEB86659FD93;
    private const int FewestBits = 15, MostBits = 22;

    private readonly Needle[] _needles;
    private readonly KeyTable _long, _short;
    private readonly ulong[] _map;
    private readonly int _shift;

    public NeedleSieve(IEnumerable<Needle> needles)
    {
        _needles = [.. needles.Where(n => n.Least >= Shortest).OrderBy(Key)];
        Longest = _needles.Length == 0 ? Shortest : _needles.Max(n => n.Bytes.Length);
        (_map, _shift) = Map(_needles.Length, 32);
        int longs = _needles.Count(n => n.Least >= LongKey);
        (_long, _short) = (new(longs), new(_needles.Length - longs));
        for (int i = 0; i < _needles.Length;)
        {
            bool isLong = _needles[i].Least >= LongKey;
            ulong key = Key(_needles[i]).Key;
            int from = i;
            while (i < _needles.Length && Key(_needles[i]) == (isLong ? 1 : 0, key)) i++;
            (isLong ? _long : _short).Add(key, from, i - from);
            Set(_map, _shift, key << 24); // The scan drops three bytes of eight by the same shift.
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
        ref ulong map = ref MemoryMarshal.GetArrayDataReference(_map);
        int shift = _shift, at = from;
        unchecked // Hashing wraps on purpose.
        {
            // Eight bytes from each position on are within the span: end leaves room for them. Of one load the next four positions are told, and one branch does for all.
            for (; BitConverter.IsLittleEndian && at + 4 <= end; at += 4)
            {
                ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at)) | Fold;
                ulong first = Hit(word << 24, ref map, shift), second = Hit(word << 16 & ~0xFFFFFFUL, ref map, shift), third = Hit(word << 8 & ~0xFFFFFFUL, ref map, shift), fourth = Hit(word & ~0xFFFFFFUL, ref map, shift);
                if (((first | second | third | fourth) & 1) == 0) continue;
                if ((first & 1) != 0) Compare(bytes, at, found);
                if ((second & 1) != 0) Compare(bytes, at + 1, found);
                if ((third & 1) != 0) Compare(bytes, at + 2, found);
                if ((fourth & 1) != 0) Compare(bytes, at + 3, found);
            }
        }
        for (; at < Math.Min(to, bytes.Length - Shortest + 1); at++) Compare(bytes, at, found);
    }

    /// <summary>The lowest bit is set where a needle may begin with these five bytes. The map's size is the power of two that the shift leaves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hit(ulong key, ref ulong map, int shift)
    {
        ulong bit = unchecked(key * Spread) >> shift;
        return Unsafe.Add(ref map, (nint)(bit >> 6)) >> (int)(bit & 63);
    }

    private void Compare(ReadOnlySpan<byte> bytes, int at, Action<Needle, int> found)
    {
        ulong key;
        if (bytes.Length - at >= LongKey) key = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) | Fold;
        else
        {
            Span<byte> last = stackalloc byte[LongKey];
            last.Clear();
            bytes[at..].CopyTo(last);
            key = BinaryPrimitives.ReadUInt64LittleEndian(last) | Fold;
        }
        if (_long.TryGet(key, out var range)) Compare(bytes[at..], at, range, found);
        if (_short.TryGet(key & ShortMask, out range)) Compare(bytes[at..], at, range, found);
    }

    private void Compare(ReadOnlySpan<byte> rest, int at, (int From, int Count) range, Action<Needle, int> found)
    {
        foreach (var needle in _needles.AsSpan(range.From, range.Count))
        {
            if (rest.Length >= needle.Least && Common(rest, needle.Bytes.AsSpan(0, needle.Least), needle.AnyCase) == needle.Least) found(needle, at);
        }
    }

    /// <summary>Ranges of needles by the key that they share. A bit for each key stands before the table: what is not there costs one load mostly.</summary>
    private sealed class KeyTable
    {
        private readonly ulong[] _bits, _keys;
        private readonly (int From, int Count)[] _ranges;
        private readonly int _bitShift, _keyShift;

        public KeyTable(int most)
        {
            (_bits, _bitShift) = Map(most, 64);
            int bits = 4;
            while (1L << bits < 2L * most) bits++;
            (_keys, _ranges, _keyShift) = (new ulong[1 << bits], new (int, int)[1 << bits], 64 - bits);
        }

        public void Add(ulong key, int from, int count)
        {
            Set(_bits, _bitShift, unchecked(key * Again));
            int at = Home(key);
            while (_ranges[at].Count > 0) at = at + 1 & _keys.Length - 1;
            (_keys[at], _ranges[at]) = (key, (from, count));
        }

        public bool TryGet(ulong key, out (int From, int Count) range)
        {
            ulong bit = unchecked(key * Again * Spread) >> _bitShift;
            range = default;
            if ((_bits[bit >> 6] >> (int)(bit & 63) & 1) == 0) return false;
            for (int at = Home(key); _ranges[at].Count > 0; at = at + 1 & _keys.Length - 1)
            {
                if (_keys[at] != key) continue;
                range = _ranges[at];
                return true;
            }
            return false;
        }

        private int Home(ulong key) => (int)(unchecked(key * Spread) >> _keyShift);
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

    private static (ulong[] Map, int Shift) Map(int count, long each)
    {
        int bits = FewestBits;
        while (bits < MostBits && 1 << bits < each * count) bits++;
        return (new ulong[1 << (bits - 6)], 64 - bits);
    }

    private static void Set(ulong[] map, int shift, ulong key)
    {
        ulong bit = unchecked(key * Spread) >> shift;
        map[bit >> 6] |= 1UL << (int)(bit & 63);
    }
}
