using System.Globalization;
using Candor.Client.Records;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Client.Merging;

/// <summary>One revision of a record, and the time and author of the commit that put it.</summary>
public sealed record RecordVersion(RecordPlaintext Content, HybridTime Time, Id Author);

/// <summary>Makes one content of the heads of a record (spec/records.md §5). Nothing that anyone added is lost: it is in the result, or marked in it.</summary>
/// <remarks>
/// A pure function of the versions: the same heads, in any order, on any device, give the same bytes.
/// 1. Heads are sorted by time, author and bytes; of equal contents the latest stays. 2. A head that is what all started from has nothing to
/// say. 3. What remains is merged two by two from the earliest on; "later" is the later of the two.
/// </remarks>
public static class RecordMerge
{
    /// <param name="kind">Of the vault that the record is in.</param>
    /// <param name="basis">The latest common ancestor; null where there is none: then nothing counts as removed.</param>
    /// <param name="heads">One or more.</param>
    /// <exception cref="ArgumentException">There is no head, or the kind has no vault.</exception>
    public static RecordPlaintext Merge(Kind kind, RecordVersion? basis, IReadOnlyList<RecordVersion> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count == 0) throw new ArgumentException("Nothing to merge.", nameof(heads));
        if (!Kinds.IsVault(kind)) throw new ArgumentException("Not a kind of record.", nameof(kind));
        var start = basis is null ? null : new Side(basis);
        List<Side> sides = [];
        foreach (var side in heads.Select(h => new Side(h)).Order())
        {
            sides.RemoveAll(side.SaysTheSame);
            sides.Add(side);
        }
        bool anyRead = kind == Kind.Messages && sides.Any(s => s.Content.View.Flag("read"));
        if (start is not null && sides.Exists(s => !s.SaysTheSame(start))) sides.RemoveAll(start.SaysTheSame);
        var merged = sides[0];
        foreach (var later in sides.Skip(1)) merged = later.After(Two(kind, start, merged, later));
        return anyRead && !merged.Content.View.Flag("read")
            ? merged.Content with { View = merged.Content.View.Copy().Set("read", true) }
            : merged.Content;
    }

    private static RecordPlaintext Two(Kind kind, Side? basis, Side older, Side newer) => kind switch
    {
        Kind.Contacts => Contacts(basis?.Content, older.Content, newer.Content),
        Kind.Notes => Notes(basis?.Content, older, newer),
        Kind.Messages => Messages(basis?.Content, older.Content, newer.Content),
        _ => Photos(basis?.Content, older.Content, newer.Content),
    };

    private static RecordPlaintext Contacts(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer)
    {
        var original = CardMerge.Merge(basis, older, newer);
        var merged = new RecordPlaintext(Name(basis, older, newer), original, newer.View, FileMerge.ThreeWay(basis, older, newer, _ => false));
        // A card that cannot be made out has the view that came with it.
        var fresh = ContactRecords.Card(merged) is { } card ? ContactRecords.ViewOf(card) : newer.View.Copy();
        return merged with { View = ViewMerge.KeepOthers(fresh, ContactRecords.ViewKeys, basis?.View, older.View, newer.View) };
    }

    private static RecordPlaintext Notes(RecordPlaintext? basis, Side older, Side newer)
    {
        var (ours, theirs) = (older.Content, newer.Content);
        string name = Name(basis, ours, theirs);
        var text = NoteMerge.ThreeWay(
            basis is null ? null : NoteRecords.Note(basis), NoteRecords.Note(ours), NoteRecords.Note(theirs), theirsNewer: true, older.Label, newer.Label).Note;
        var merged = new RecordPlaintext(name, text.Bytes, theirs.View, []);
        var note = NoteRecords.Note(merged);
        var linked = NoteRecords.AttachmentPaths(note, name).ToHashSet(StringComparer.Ordinal);
        var files = FileMerge.ThreeWay(basis, ours, theirs, file => linked.Contains(file.Name));
        long? changed = Latest(ours.View.Number("updated"), theirs.View.Number("updated"));
        var fresh = NoteRecords.ViewOf(note, changed, [.. files.Select(f => f.Name)]);
        return merged with { View = ViewMerge.KeepOthers(fresh, NoteRecords.ViewKeys, basis?.View, ours.View, theirs.View), Files = files };
    }

    /// <summary>An export may leave the pictures out: the version that has more of them, else the later.</summary>
    private static RecordPlaintext Messages(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer)
    {
        var kept = older.Files.Count > newer.Files.Count ? older : newer;
        return kept with { View = ViewMerge.KeepOthers(kept.View.Copy(), MessageRecords.ViewKeys, basis?.View, older.View, newer.View) };
    }

    private static RecordPlaintext Photos(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer)
    {
        // Thumbnail, type and file of a preview belong together; one with a larger picture is worth more.
        if (PhotoRecords.PreviewOf(newer) is not null) return older.Files.Count > newer.Files.Count ? older : newer;
        var files = newer.Files.Count > 0 ? newer.Files : older.Files;
        var original = newer.Original.Length > 0 ? newer.Original : older.Original;
        return new(Name(basis, older, newer), original, ViewMerge.ThreeWay(basis?.View, older.View, newer.View), files);
    }

    /// <summary>The side that moved it; where both did, the later.</summary>
    private static string Name(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer) =>
        newer.Name == basis?.Name || newer.Name.Length == 0 ? older.Name : newer.Name;

    private static long? Latest(long? one, long? other) => one is { } a && other is { } b ? Math.Max(a, b) : one ?? other;

    /// <summary>A version with its bytes, by which it is compared.</summary>
    private sealed class Side(RecordPlaintext content, HybridTime time, Id author) : IComparable<Side>
    {
        private readonly byte[] _bytes = content.Encode();

        public Side(RecordVersion version) : this(version.Content, version.Time, version.Author)
        {
        }

        public RecordPlaintext Content => content;

        public bool SaysTheSame(Side other) => _bytes.AsSpan().SequenceEqual(other._bytes);

        /// <summary>A merge with this one as the later.</summary>
        public Side After(RecordPlaintext merged) => new(merged, time, author);

        public int CompareTo(Side? other) => other is null ? 1
            : time != other.Time ? time.CompareTo(other.Time)
            : author != other.Author ? author.CompareTo(other.Author)
            : _bytes.AsSpan().SequenceCompareTo(other._bytes);

        /// <summary>How a note's conflict names it, the same on every device.</summary>
        public string Label
        {
            get
            {
                bool isDate = time.Ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
                string when = isDate ? DateTimeOffset.FromUnixTimeMilliseconds(time.Ms).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) : "unknown time";
                return $"{when}, device {author.ToString()[..8]}";
            }
        }

        private HybridTime Time => time;

        private Id Author => author;
    }
}
