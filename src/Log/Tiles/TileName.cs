using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Candor.Log;

/// <summary>Which file of a log: a tile of hashes, or a bundle of entries (C2SP tlog-tiles; spec/public-log.md).</summary>
/// <remarks>
/// Level 0 holds leaf hashes; a hash of level L + 1 is the root over one full tile of level L. Written
/// <c>tile/0/x001/234</c> or, where it is not full, <c>tile/0/x001/234.p/17</c>; bundles have <c>entries</c> for the level.
/// </remarks>
public readonly record struct TileName
{
    /// <summary>Hashes of a full tile, entries of a full bundle.</summary>
    public const int FullWidth = 256;

    /// <summary>Tree levels that a tile spans: 2^8 = 256.</summary>
    public const int Height = 8;

    /// <summary>Highest level that a tree of 2^63 - 1 leaves has a tile at.</summary>
    public const int MaxLevel = 7;

    /// <summary>The level that stands for bundles of entries.</summary>
    public const int Entries = -1;

    private const string Prefix = "tile/";

    /// <summary>Longest spelling: prefix, level, seven groups of the index, and a width.</summary>
    private const int LongestPath = 5 + 8 + 8 * 5 + 6;

    /// <exception cref="ArgumentOutOfRangeException">A part is out of range.</exception>
    public TileName(int level, long index, int width = FullWidth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, Entries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaxLevel);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, FullWidth);
        (Level, Index, Width) = (level, index, width);
    }

    public int Level { get; }

    public long Index { get; }

    /// <summary>1 to 256.</summary>
    public int Width { get; }

    public bool IsFull => Width == FullWidth;

    /// <summary>The same place when it is full.</summary>
    public TileName Full => new(Level, Index);

    /// <summary>Nodes at the level of a tree of this size: complete subtrees of 2^(8 * level) leaves.</summary>
    internal static long NodesAt(int level, long size) => level > MaxLevel ? 0 : size >> (Height * Math.Max(level, 0));

    /// <summary>The tile at a place of a tree of this size; null where that tree has none there.</summary>
    public static TileName? At(int level, long index, long size)
    {
        long width = NodesAt(level, size) - index * FullWidth;
        return index < 0 || width <= 0 ? null : new(level, index, (int)Math.Min(width, FullWidth));
    }

    /// <summary>The partial tiles at the right edge of a tree of this size, lowest level first. What they hold is the whole tree's frontier.</summary>
    public static IReadOnlyList<TileName> Edge(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var edge = new List<TileName>();
        for (int level = 0; level <= MaxLevel; level++)
        {
            long nodes = NodesAt(level, size);
            if (nodes % FullWidth != 0) edge.Add(new(level, nodes / FullWidth, (int)(nodes % FullWidth)));
        }
        return edge;
    }

    /// <summary>Path below the log's prefix, without a slash before it.</summary>
    public override string ToString()
    {
        var path = new StringBuilder(Prefix, LongestPath);
        if (Level == Entries) path.Append("entries");
        else path.Append(CultureInfo.InvariantCulture, $"{Level}");
        int groups = 1;
        for (long rest = Index / 1000; rest > 0; rest /= 1000) groups++;
        long scale = 1;
        for (int i = 1; i < groups; i++) scale *= 1000;
        for (; scale > 0; scale /= 1000) path.Append(scale > 1 ? "/x" : "/").Append((Index / scale % 1000).ToString("D3", CultureInfo.InvariantCulture));
        if (!IsFull) path.Append(CultureInfo.InvariantCulture, $".p/{Width}");
        return path.ToString();
    }

    /// <summary>Reads a path; false for any other spelling than the one that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> path, [NotNullWhen(true)] out TileName? name)
    {
        name = null;
        if (path.Length > LongestPath || !path.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var rest = path[Prefix.Length..];
        int slash = rest.IndexOf('/');
        if (slash < 1) return false;
        int level;
        if (rest[..slash].SequenceEqual("entries")) level = Entries;
        else if (slash != 1 || rest[0] is < '0' or > (char)('0' + MaxLevel)) return false;
        else level = rest[0] - '0';
        rest = rest[(slash + 1)..];

        int width = FullWidth, mark = rest.IndexOf(".p/");
        if (mark >= 0)
        {
            if (!int.TryParse(rest[(mark + 3)..], NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= FullWidth) return false;
            rest = rest[..mark];
        }
        if (!TryIndex(rest, out long index)) return false;
        var read = new TileName(level, index, width);
        if (!path.SequenceEqual(read.ToString())) return false;
        name = read;
        return true;
    }

    private static bool TryIndex(ReadOnlySpan<char> groups, out long index)
    {
        index = 0;
        while (true)
        {
            bool more = groups.Length > 0 && groups[0] == 'x';
            if (more) groups = groups[1..];
            if (groups.Length < 3 || groups[..3].ContainsAnyExceptInRange('0', '9')) return false;
            if (index > (long.MaxValue - 999) / 1000) return false;
            index = index * 1000 + (groups[0] - '0') * 100 + (groups[1] - '0') * 10 + (groups[2] - '0');
            groups = groups[3..];
            if (!more) return groups.IsEmpty;
            if (groups.IsEmpty || groups[0] != '/') return false;
            groups = groups[1..];
        }
    }
}
