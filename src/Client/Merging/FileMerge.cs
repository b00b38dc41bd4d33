using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Merging;

/// <summary>The files of a merged record. Entries are kept as they are, never numbered anew: their role and revision are in what sealed them.</summary>
internal static class FileMerge
{
    /// <summary>
    /// What both have, what one added, and what one removed while <paramref name="isNeeded"/> says that the merged record still names it. Two
    /// entries are one file if name and content are the same; the later side's entry stands. Its files come first, in its order.
    /// </summary>
    public static IReadOnlyList<RecordFile> ThreeWay(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer, Func<RecordFile, bool> isNeeded)
    {
        if (older.Files.Count == 0 && newer.Files.Count == 0) return [];
        HashSet<(string, Id)> had = Keys(basis), ours = Keys(older), theirs = Keys(newer), taken = [];
        return [.. newer.Files.Concat(older.Files).Where(file =>
            ((ours.Contains(Key(file)) && theirs.Contains(Key(file))) || !had.Contains(Key(file)) || isNeeded(file)) && taken.Add(Key(file)))];
    }

    private static (string, Id) Key(RecordFile file) => (file.Name, file.ContentId);

    private static HashSet<(string, Id)> Keys(RecordPlaintext? record) => record is null ? [] : [.. record.Files.Select(Key)];
}
