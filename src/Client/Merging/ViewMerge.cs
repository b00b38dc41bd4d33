using Candor.Client.Records;

namespace Candor.Client.Merging;

/// <summary>Views merged key by key: the side that changed a value; where both did, the later; an edit beats a removal. Sets are merged by item.</summary>
internal static class ViewMerge
{
    private static readonly string[] Sets = ["albums", "people"];

    /// <param name="basis">Null where none is known: then nothing was removed.</param>
    /// <param name="older">The side that yields.</param>
    /// <param name="newer">The side that stands where both changed.</param>
    public static RecordView ThreeWay(RecordView? basis, RecordView older, RecordView newer)
    {
        var merged = new RecordView();
        foreach (string key in Keys(older, newer)) Take(merged, key, basis, older, newer);
        return merged;
    }

    /// <summary>Adds to a view that was made anew the keys that whoever made it does not know.</summary>
    public static RecordView KeepOthers(RecordView fresh, string[] known, RecordView? basis, RecordView older, RecordView newer)
    {
        foreach (string key in Keys(older, newer))
        {
            if (known.Contains(key, StringComparer.Ordinal)) continue;
            fresh.Remove(key);
            Take(fresh, key, basis, older, newer);
        }
        return fresh;
    }

    private static IEnumerable<string> Keys(RecordView older, RecordView newer) =>
        newer.Select(item => item.Key).Concat(older.Select(item => item.Key).Where(key => !newer.Has(key)));

    private static void Take(RecordView merged, string key, RecordView? basis, RecordView older, RecordView newer)
    {
        if (Sets.Contains(key, StringComparer.Ordinal) && IsSet(basis, key) && IsSet(older, key) && IsSet(newer, key))
        {
            HashSet<string> had = [.. basis?.Texts(key) ?? []], ours = [.. older.Texts(key)], theirs = [.. newer.Texts(key)];
            merged.With(key, ours.Union(theirs).Where(item => (ours.Contains(item) && theirs.Contains(item)) || !had.Contains(item)).Order(StringComparer.Ordinal));
            return;
        }
        var from = From(key, basis, older, newer);
        if (from.Has(key)) merged.Set(key, from[key]);
    }

    private static RecordView From(string key, RecordView? basis, RecordView older, RecordView newer)
    {
        if (basis is not null && Same(key, basis, older)) return newer;
        if (basis is not null && Same(key, basis, newer)) return older;
        return newer.Has(key) ? newer : older;
    }

    private static bool Same(string key, RecordView left, RecordView right) => left.Has(key) == right.Has(key) && CborText.AreEqual(left[key], right[key]);

    private static bool IsSet(RecordView? view, string key) => view is null || !view.Has(key) || (view[key] is object?[] items && Array.TrueForAll(items, i => i is string));
}
