using DiffPlex;

namespace Candor.Formats.Notes;

/// <summary>Who changed a stretch of the common ancestor.</summary>
internal enum ChangedBy { Nobody, Older, Newer, BothAlike, BothDifferently }

/// <summary>One stretch of a three-way comparison: the half-open ranges that it covers in the ancestor and on both sides.</summary>
internal readonly record struct MergeChunk(ChangedBy By, Range Basis, Range Older, Range Newer);

/// <summary>Three-way comparison of lists of pieces (lines, words): diff3 over two edit scripts.</summary>
internal static class TextMerge
{
    /// <summary>
    /// Above this many pieces between the first and the last difference no script is sought: everything between counts as replaced. The
    /// search is quadratic in the number of differences, and this keeps the worst case near a second.
    /// </summary>
    private const int MaxPieces = 20_000;

    /// <summary>
    /// Splits three versions into stretches that cover all of each, in order. <paramref name="touching"/> says whether two changes with
    /// nothing between them are one: true for words, where they would read as one; false for lines, where each can stand. Insertions
    /// by both sides at one place are always one.
    /// </summary>
    public static List<MergeChunk> Compare(
        IReadOnlyList<string> basis, IReadOnlyList<string> older, IReadOnlyList<string> newer, bool touching)
    {
        var left = new EditScript(Diff(basis, older));
        var right = new EditScript(Diff(basis, newer));
        var chunks = new List<MergeChunk>();
        var position = 0;
        while (left.Head is not null || right.Head is not null)
        {
            // 1. The earliest change opens a group; an insertion comes before a replacement that starts at the same place.
            var (olderOffset, newerOffset) = (left.Offset, right.Offset);
            var first = IsBefore(left.Head, right.Head) ? left.Take() : right.Take();
            var (start, end) = (first.BasisStart, first.BasisEnd);
            // 2. Every change of either side that meets the group joins it.
            for (; ; )
            {
                if (left.Head is { } ours && Meets(ours, start, end, touching))
                    end = Math.Max(end, left.Take().BasisEnd);
                else if (right.Head is { } theirs && Meets(theirs, start, end, touching))
                    end = Math.Max(end, right.Take().BasisEnd);
                else
                    break;
            }
            // 3. What lies before it is common; the group itself is one stretch.
            if (start > position)
                chunks.Add(new MergeChunk(ChangedBy.Nobody, position..start,
                    Shift(position, start, olderOffset), Shift(position, start, newerOffset)));
            var olderRange = (start + olderOffset)..(end + left.Offset);
            var newerRange = (start + newerOffset)..(end + right.Offset);
            chunks.Add(new MergeChunk(Who(left, right, older, newer, olderRange, newerRange), start..end, olderRange, newerRange));
            left.Taken = right.Taken = false;
            position = end;
        }
        if (position < basis.Count)
            chunks.Add(new MergeChunk(ChangedBy.Nobody, position..basis.Count,
                Shift(position, basis.Count, left.Offset), Shift(position, basis.Count, right.Offset)));
        return chunks;
    }

    /// <summary>What two versions have in common, in order: the ancestor to assume where none is known.</summary>
    public static List<string> Common(IReadOnlyList<string> older, IReadOnlyList<string> newer)
    {
        var common = new List<string>();
        var position = 0;
        foreach (var edit in Diff(older, newer))
        {
            common.AddRange(older.Skip(position).Take(edit.BasisStart - position));
            position = edit.BasisEnd;
        }
        common.AddRange(older.Skip(position));
        return common;
    }

    private static ChangedBy Who(
        EditScript left, EditScript right, IReadOnlyList<string> older, IReadOnlyList<string> newer, Range o, Range n)
    {
        if (!right.Taken)
            return ChangedBy.Older;
        if (!left.Taken)
            return ChangedBy.Newer;
        var length = o.End.Value - o.Start.Value;
        if (length != n.End.Value - n.Start.Value)
            return ChangedBy.BothDifferently;
        for (var i = 0; i < length; i++)
        {
            if (!string.Equals(older[o.Start.Value + i], newer[n.Start.Value + i], StringComparison.Ordinal))
                return ChangedBy.BothDifferently;
        }
        return ChangedBy.BothAlike;
    }

    private static Range Shift(int start, int end, int offset) => (start + offset)..(end + offset);

    private static bool IsBefore(Edit? left, Edit? right) =>
        right is not { } r || left is { } l && (l.BasisStart, l.BasisEnd).CompareTo((r.BasisStart, r.BasisEnd)) <= 0;

    private static bool Meets(Edit edit, int start, int end, bool touching) => touching
        ? edit.BasisStart <= end
        : edit.BasisStart < end && edit.BasisEnd > start || edit.BasisStart == start && edit.BasisEnd == end;

    private static List<Edit> Diff(IReadOnlyList<string> from, IReadOnlyList<string> to)
    {
        int head = 0, tail = 0;
        var shorter = Math.Min(from.Count, to.Count);
        while (head < shorter && string.Equals(from[head], to[head], StringComparison.Ordinal))
            head++;
        while (tail < shorter - head && string.Equals(from[^(tail + 1)], to[^(tail + 1)], StringComparison.Ordinal))
            tail++;
        if (head + tail == from.Count && head + tail == to.Count)
            return [];
        if (from.Count + to.Count - 2 * (head + tail) > MaxPieces || head + tail == shorter)
            return [new Edit(head, from.Count - tail, head, to.Count - tail)];
        var pieces = new Pieces([.. from.Skip(head).Take(from.Count - head - tail)], [.. to.Skip(head).Take(to.Count - head - tail)]);
        var found = Differ.Instance.CreateDiffs(Pieces.From, Pieces.To, ignoreWhiteSpace: false, ignoreCase: false, pieces);
        return [.. found.DiffBlocks.Select(block => new Edit(
            head + block.DeleteStartA, head + block.DeleteStartA + block.DeleteCountA,
            head + block.InsertStartB, head + block.InsertStartB + block.InsertCountB))];
    }

    /// <summary>Basis [BasisStart, BasisEnd) became side [Start, End).</summary>
    private readonly record struct Edit(int BasisStart, int BasisEnd, int Start, int End);

    private sealed class EditScript(List<Edit> edits)
    {
        private int next;

        public Edit? Head => next < edits.Count ? edits[next] : null;

        /// <summary>What to add to a position in the basis, after the last edit taken, for the position on this side.</summary>
        public int Offset { get; private set; }

        public bool Taken { get; set; }

        public Edit Take()
        {
            var edit = edits[next++];
            Offset = edit.End - edit.BasisEnd;
            Taken = true;
            return edit;
        }
    }

    /// <summary>Hands the differ pieces that are already cut; its "texts" are only their names.</summary>
    private sealed class Pieces(string[] from, string[] to) : IChunker
    {
        public const string From = "from";
        public const string To = "to";

        public IReadOnlyList<string> Chunk(string text) => text == From ? from : to;
    }
}
