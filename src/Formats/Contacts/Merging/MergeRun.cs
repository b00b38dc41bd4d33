using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>One three-way merge. "Newer" wins where one must; only the words of the decisions know which side that was.</summary>
internal sealed class MergeRun(VCard? start, VCard newer, VCard older, bool theirsNewer)
{
    /// <summary>What a contact has once. A card that breaks this with two is merged as a set, as the others are.</summary>
    private static readonly FrozenSet<string> Once = new[]
    {
        "FN", "N", "BDAY", "ANNIVERSARY", "X-ANNIVERSARY", "DEATHDATE", "GENDER", "X-GENDER", "UID", "KIND", "X-KIND", VCardConversion.AppleKind,
        "SORT-STRING", "PHOTO", "CLASS", "REV", "PRODID", "X-ABSHOWAS", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-MIDDLE-NAME", "X-PHONETIC-LAST-NAME",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly List<MergeItem> _start = MergeItem.Of(start), _newer = MergeItem.Of(newer), _older = MergeItem.Of(older);
    private readonly FreeGroups _groups = new(newer.Properties.Concat(older.Properties));

    /// <summary>What becomes of each item of the newer card: another item in its place, or null to drop it. Not listed: it stays.</summary>
    private readonly Dictionary<MergeItem, MergeItem?> _inPlace = [];
    private readonly List<MergeItem> _added = [];
    private readonly List<MergeItem> _conflicts = [];
    private readonly List<MergeDecision> _decisions = [];

    private MergeOutcome TakenFromNewer => theirsNewer ? MergeOutcome.TakenFromTheirs : MergeOutcome.TakenFromOurs;

    private MergeOutcome TakenFromOlder => theirsNewer ? MergeOutcome.TakenFromOurs : MergeOutcome.TakenFromTheirs;

    private MergeOutcome RemovedByNewer => theirsNewer ? MergeOutcome.RemovedByTheirs : MergeOutcome.RemovedByOurs;

    private MergeOutcome RemovedByOlder => theirsNewer ? MergeOutcome.RemovedByOurs : MergeOutcome.RemovedByTheirs;

    public MergeResult Merge()
    {
        var starts = _start.ToLookup(i => i.Name, StringComparer.Ordinal);
        var newers = _newer.ToLookup(i => i.Name, StringComparer.Ordinal);
        var olders = _older.ToLookup(i => i.Name, StringComparer.Ordinal);
        foreach (var name in _newer.Concat(_older).Select(i => i.Name).Distinct(StringComparer.Ordinal))
        {
            List<MergeItem> b = [.. starts[name]], n = [.. newers[name]], o = [.. olders[name]];
            var single = b.Count <= 1 && n.Count <= 1 && o.Count <= 1 && b.Concat(n).Concat(o).All(i => i.Properties.Length == 1);
            if (single && Once.Contains(name)) MergeOne(name, b.FirstOrDefault(), n.FirstOrDefault(), o.FirstOrDefault());
            else if (VCardNames.IsListed(name)) MergeWords(b, n, o);
            else MergeSet(b, n, o);
        }
        return new MergeResult(newer.With(Assemble()), [.. _decisions]);
    }

    private void Decide(MergeItem item, MergeOutcome outcome) =>
        _decisions.Add(new MergeDecision(item.Name, outcome, VCardNames.IsBinary(item.Name) ? "" : item.Main.Text));

    private void Drop(MergeItem newerItem, MergeOutcome? outcome = null)
    {
        _inPlace[newerItem] = null;
        if (outcome is { } told) Decide(newerItem, told);
    }

    private void Replace(MergeItem newerItem, MergeItem now, MergeOutcome outcome)
    {
        _inPlace[newerItem] = now;
        Decide(now, outcome);
    }

    private void Add(MergeItem olderItem)
    {
        _added.Add(olderItem);
        Decide(olderItem, TakenFromOlder);
    }

    // A name that a contact has once

    private void MergeOne(string name, MergeItem? b, MergeItem? n, MergeItem? o)
    {
        if (n?.Key == o?.Key) return;
        if (name is "REV" or "PRODID") MergeBookkeeping(name, b, n, o);
        else if (n is null)
        {
            if (o!.Key != b?.Key) Add(o);
            else Decide(o, RemovedByNewer);
        }
        else if (o is null)
        {
            if (n.Key == b?.Key) Drop(n, RemovedByOlder);
            else Decide(n, TakenFromNewer);
        }
        else if (n.Key == b?.Key) Replace(n, o, TakenFromOlder);
        else if (o.Key == b?.Key) Decide(n, TakenFromNewer);
        else
        {
            _conflicts.Add(MergeItem.Of(new VCardProperty(
                null, ContactMerge.ConflictName, [new VCardParameter(ContactMerge.ConflictOf, name), .. o.Main.Parameters], o.Main.RawValue)));
            Decide(o, MergeOutcome.ConflictKept);
        }
    }

    private void MergeBookkeeping(string name, MergeItem? b, MergeItem? n, MergeItem? o)
    {
        if (n is null)
        {
            if (o!.Key != b?.Key) _added.Add(o);
        }
        else if (o is null)
        {
            if (n.Key == b?.Key) Drop(n);
        }
        else if (name is "REV" && string.CompareOrdinal(ContactMerge.Revision(o.Main), ContactMerge.Revision(n.Main)) > 0) _inPlace[n] = o;
    }

    // Lists of words: CATEGORIES, NICKNAME

    /// <summary>Merges word by word, over however many properties the words are spread; words beside other parameters are other words.</summary>
    private void MergeWords(List<MergeItem> b, List<MergeItem> n, List<MergeItem> o)
    {
        foreach (var sides in n.Concat(o).Select(i => i.Sides).Distinct(StringComparer.Ordinal))
        {
            List<MergeItem> mine = [.. n.Where(i => i.Sides == sides)], theirs = [.. o.Where(i => i.Sides == sides)];
            HashSet<string> had = Words(b.Where(i => i.Sides == sides)), mineWords = Words(mine), theirWords = Words(theirs);
            List<string> added = [.. theirWords.Where(w => !mineWords.Contains(w) && !had.Contains(w)).Order(StringComparer.Ordinal)];
            foreach (var item in mine)
            {
                List<string> words = [.. Words([item])], kept = [.. words.Where(w => theirWords.Contains(w) || !had.Contains(w)), .. added];
                if (kept.Count == 0 && words.Count > 0) Drop(item, RemovedByOlder);
                else if (!kept.SequenceEqual(words)) Replace(item, WithWords(item, kept), MergeOutcome.Combined);
                added = [];
            }
            if (added.Count > 0) Add(WithWords(theirs[0], added));
        }
    }

    private static HashSet<string> Words(IEnumerable<MergeItem> items) =>
        items.SelectMany(i => i.Main.Values).Select(v => v.Trim()).Where(v => v.Length > 0).ToHashSet(StringComparer.Ordinal);

    private static MergeItem WithWords(MergeItem item, List<string> words) =>
        MergeItem.Of(item.Properties.SetItem(0, item.Main.WithRawValue(string.Join(',', words.Select(VCardText.Escape)))));

    // A name that a contact may have often

    private void MergeSet(List<MergeItem> b, List<MergeItem> n, List<MergeItem> o)
    {
        Dictionary<string, int> had = Counts(b), mine = Counts(n), theirs = Counts(o);
        int Kept(string key) => Count(had.GetValueOrDefault(key), mine.GetValueOrDefault(key), theirs.GetValueOrDefault(key));
        foreach (var item in n.Where(i => i.Occurrence > Kept(i.Key))) Drop(item);
        List<MergeItem> fresh = [.. n.Where(i => i.Occurrence > theirs.GetValueOrDefault(i.Key) && i.Occurrence <= Kept(i.Key))];
        List<MergeItem> other = [.. o.Where(i => i.Occurrence > mine.GetValueOrDefault(i.Key) && i.Occurrence <= Kept(i.Key))];
        List<MergeItem> lost = [.. b.Where(i => i.Occurrence > mine.GetValueOrDefault(i.Key) || i.Occurrence > theirs.GetValueOrDefault(i.Key))];

        if (lost.Count == 1 && fresh.Count == 1 && other.Count == 1 && n.Count == o.Count) CombineTheOneChange(lost[0], fresh, other);
        else CombineSameValue(b, n, o, lost.Count > 0, fresh, other);

        var both = fresh.Count > 0 && other.Count > 0 && lost.Count > 0;
        foreach (var item in fresh) Decide(item, both ? MergeOutcome.BothKept : TakenFromNewer);
        foreach (var item in other)
        {
            _added.Add(item);
            Decide(item, both ? MergeOutcome.BothKept : TakenFromOlder);
        }
        if (other.Count == 0)
            foreach (var gone in b.Where(i => mine.ContainsKey(i.Key) && !theirs.ContainsKey(i.Key))) Decide(gone, RemovedByOlder);
        if (fresh.Count == 0)
            foreach (var gone in b.Where(i => theirs.ContainsKey(i.Key) && !mine.ContainsKey(i.Key))) Decide(gone, RemovedByNewer);
        // Each took away another one of two names: a card without any name is no card.
        if (n.Count > 0 && n[0].Name == "FN" && other.Count == 0 && n.All(i => _inPlace.TryGetValue(i, out var now) && now is null)) _inPlace.Remove(n[0]);
    }

    private static Dictionary<string, int> Counts(List<MergeItem> items) =>
        items.GroupBy(i => i.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    /// <summary>How often a thing is said after the merge: as often as the side that changed it says, or as the one that says it more.</summary>
    private static int Count(int had, int mine, int theirs) => mine == had ? theirs : theirs == had ? mine : Math.Max(mine, theirs);

    /// <summary>Both sides changed one property of this name, and the same: a new number here and a new label there are one property.</summary>
    private void CombineTheOneChange(MergeItem was, List<MergeItem> fresh, List<MergeItem> other)
    {
        if (MergeItem.Combine(was, fresh[0], other[0]) is not { } combined) return;
        Replace(fresh[0], combined, MergeOutcome.Combined);
        fresh.Clear();
        other.Clear();
    }

    /// <summary>
    /// Both sides added, or changed what stands beside, one and the same value. Only where no card says that value twice, and where a value
    /// is new, only if nothing of this name was changed or removed: else it cannot be told what became what, and both stand.
    /// </summary>
    private void CombineSameValue(List<MergeItem> b, List<MergeItem> n, List<MergeItem> o, bool anyLost, List<MergeItem> fresh, List<MergeItem> other)
    {
        Dictionary<string, MergeItem?> starts = OnlyOnes(b), mine = OnlyOnes(n), theirs = OnlyOnes(o);
        var open = other.ToHashSet();
        foreach (var item in fresh.ToList())
        {
            if (mine[item.Match] is null || !theirs.TryGetValue(item.Match, out var same) || same is null || !open.Contains(same)) continue;
            if (starts.TryGetValue(item.Match, out var start) ? start is null : anyLost) continue;
            if (MergeItem.Combine(start, item, same) is not { } combined) continue;
            Replace(item, combined, MergeOutcome.Combined);
            fresh.Remove(item);
            other.Remove(same);
        }
    }

    /// <summary>The item of each value; null where there are several.</summary>
    private static Dictionary<string, MergeItem?> OnlyOnes(List<MergeItem> items) =>
        items.GroupBy(i => i.Match, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count() == 1 ? g.First() : null, StringComparer.Ordinal);

    // The card

    /// <summary>The newer card's order; what the older one adds stands behind the last of its name, by content; conflicts stand last.</summary>
    private List<VCardProperty> Assemble()
    {
        var items = new List<MergeItem>();
        foreach (var item in _newer)
            if (!_inPlace.TryGetValue(item, out var instead)) items.Add(item);
            else if (instead is not null) items.Add(instead);

        var known = items.Concat(_added).Where(i => i.Name == ContactMerge.ConflictName).Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
        _conflicts.RemoveAll(i => !known.Add(i.Key));
        var additions = _added.Concat(_conflicts).OrderBy(i => i.Key, StringComparer.Ordinal).ThenBy(i => i.Occurrence).ToLookup(i => i.Name, StringComparer.Ordinal);
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++) last[items[i].Name] = i;

        var ordered = new List<MergeItem>();
        for (var i = 0; i < items.Count; i++)
        {
            ordered.Add(items[i]);
            if (last[items[i].Name] == i) ordered.AddRange(additions[items[i].Name]);
        }
        ordered.AddRange(additions.Where(g => !last.ContainsKey(g.Key)).OrderBy(g => g.Key, StringComparer.Ordinal).SelectMany(g => g));

        var taken = _newer.Where(i => !_inPlace.ContainsKey(i) && i.Main.Group is not null).Select(i => i.Main.Group!).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var mine = _newer.Where(i => !_inPlace.ContainsKey(i)).ToHashSet();
        var properties = new List<VCardProperty>();
        foreach (var item in ordered)
        {
            var placed = item;
            if (!mine.Contains(item) && item.Main.Group is { } group && !taken.Add(group))
            {
                placed = item.InGroup(_groups.Next());
                taken.Add(placed.Main.Group!);
            }
            properties.AddRange(placed.Properties);
        }
        return properties;
    }
}
