using System.Text;

namespace Candor.Formats.Notes;

/// <summary>Merges front matter key by key. Line endings are "\n" in all that this class takes and gives.</summary>
internal sealed class FrontMatterMerge
{
    private readonly Fields? basis;
    private readonly Fields older;
    private readonly Fields newer;
    private readonly List<(string Key, string OlderLines)> overruled = [];

    private FrontMatterMerge(Fields? basis, Fields older, Fields newer) => (this.basis, this.older, this.newer) = (basis, older, newer);

    /// <summary>The merged block without its fences, null for none, and the keys where the newer side's value replaced another.</summary>
    /// <param name="basis">The common ancestor, or null if none is known: then nothing was ever removed.</param>
    /// <param name="older">The side that loses a tie.</param>
    /// <param name="newer">The side that wins it.</param>
    public static (string? Inner, List<(string Key, string OlderLines)> Overruled) Merge(NoteFile? basis, NoteFile older, NoteFile newer)
    {
        if (older.Front is null && newer.Front is null)
            return (null, []);
        var merge = new FrontMatterMerge(basis is null ? null : new Fields(basis.Front), new Fields(older.Front), new Fields(newer.Front));
        var inner = merge.Run();
        return (inner.Length > 0 || KeepsEmptyBlock(basis, older, newer) ? inner : null, merge.overruled);
    }

    /// <summary>Two rules in a row may be a block without keys or just two rules: they go only where somebody took them out.</summary>
    private static bool KeepsEmptyBlock(NoteFile? basis, NoteFile older, NoteFile newer)
    {
        var (left, right) = (older.Front is not null, newer.Front is not null);
        return basis is null ? left || right : left == basis.Front is not null ? right : left;
    }

    private string Run()
    {
        var lead = Choose(basis?.Lead, older.Lead, newer.Lead) ?? older.Lead + newer.Lead;
        var merged = new StringBuilder(lead);
        foreach (var key in Order())
            merged.Append(MergeKey(key));
        return merged.ToString();
    }

    /// <summary>The newer side's order, with the older side's own keys behind the key they followed there.</summary>
    private List<string> Order()
    {
        var order = new List<string>(newer.Keys);
        string? previous = null;
        foreach (var key in older.Keys)
        {
            if (!newer.Has(key))
                order.Insert(previous is null ? order.Count : order.IndexOf(previous) + 1, key);
            previous = key;
        }
        return order;
    }

    private string? MergeKey(string key)
    {
        var (was, left, right) = (basis?.Raw(key), older.Raw(key), newer.Raw(key));
        if (left is null || right is null)
        {
            // Gone on one side: removed if the other left it as it was, else the edit is worth more than the removal.
            var present = left ?? right;
            return was is not null && present == was ? "" : present;
        }
        return Choose(was, left, right) ?? MergeValues(key, left, right);
    }

    /// <summary>The plain cases of a three-way merge; null if both sides changed it, differently.</summary>
    private static string? Choose(string? was, string left, string right) =>
        left == right || left == was ? right : right == was ? left : null;

    private string MergeValues(string key, string left, string right)
    {
        var (ours, theirs) = (older.Entry(key)!, newer.Entry(key)!);
        switch (key)
        {
            case "tags" when ours.Values is not null && theirs.Values is not null:
                return FrontMatterText.Lines(theirs.Key, MergeTags(Items(basis?.Entry(key)), Items(ours), Items(theirs)), "\n");
            case "updated" or "created"
                when FrontMatterText.ParseInstant(ours.Scalar) is { } first && FrontMatterText.ParseInstant(theirs.Scalar) is { } second:
                return (first > second) == (key == "updated") ? left : right;
            case "pinned" or "archived" or "color" or "updated":
                return right;
        }
        if (older.Value(key) != newer.Value(key))
            overruled.Add((theirs.Key, older.Value(key)));
        return right;
    }

    private static List<string> MergeTags(List<string> was, List<string> left, List<string> right)
    {
        var merged = right.Where(tag => left.Contains(tag) || !was.Contains(tag)).ToList();
        merged.AddRange(left.Where(tag => !was.Contains(tag) && !right.Contains(tag)));
        return [.. merged.Distinct(StringComparer.Ordinal)];
    }

    private static List<string> Items(FrontMatterEntry? entry) => entry switch
    {
        { IsSequence: true, Values: { } values } => [.. values],
        { Scalar: { } words } => [.. words.Split(words.Contains(',', StringComparison.Ordinal) ? ',' : ' ',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        _ => [],
    };

    /// <summary>A block's entries under keys that are unique even where the block repeats one.</summary>
    private sealed class Fields
    {
        private readonly Dictionary<string, FrontMatterEntry> entries = new(StringComparer.Ordinal);
        private readonly string text = "";

        public Fields(FrontMatter? front)
        {
            if (front is null)
                return;
            text = front.Text;
            Lead = Unix(text[front.InnerStart..(front.Entries.Count > 0 ? front.Entries[0].Start : front.InnerEnd)]);
            var repeats = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var entry in front.Entries)
            {
                var key = entry.Key.ToLowerInvariant();
                repeats[key] = repeats.GetValueOrDefault(key) + 1;
                key = repeats[key] == 1 ? key : $"{key}\n{repeats[key]}";
                entries.Add(key, entry);
                Keys.Add(key);
            }
        }

        public string Lead { get; } = "";
        public List<string> Keys { get; } = [];
        public bool Has(string key) => entries.ContainsKey(key);
        public FrontMatterEntry? Entry(string key) => entries.GetValueOrDefault(key);
        public string? Raw(string key) => Entry(key) is { } entry ? Unix(text[entry.Start..entry.End]) : null;
        public string Value(string key) => Entry(key) is { } entry ? Unix(text[entry.Start..entry.ValueEnd]) : "";

        private static string Unix(string lines) => lines.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
    }
}
