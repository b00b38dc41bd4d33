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
            else if (single && VCardNames.IsListed(name) && b.Concat(n).Concat(o).Select(i => i.Sides).Distinct().Count() == 1)
                MergeList(b.FirstOrDefault(), n.FirstOrDefault(), o.FirstOrDefault());
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

    private void Add(MergeItem olderItem)
    {
        _added.Add(olderItem);
        Decide(olderItem, TakenFromOlder);
    }

    // A name that a contact has once

    private void MergeOne(string name, MergeItem? b, MergeItem? n, MergeItem? o)
    {
        if (n?.Key == o?.Key) return;
        if (name is "REV" or "PRODID") MergeBookkeeping(name, n, o);
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
        else if (n.Key == b?.Key)
        {
            _inPlace[n] = o;
            Decide(o, TakenFromOlder);
        }
        else if (o.Key == b?.Key) Decide(n, TakenFromNewer);
        else
        {
            _conflicts.Add(MergeItem.Of(new VCardProperty(
                null, ContactMerge.ConflictName, [new VCardParameter(ContactMerge.ConflictOf, name), .. o.Main.Parameters], o.Main.RawValue)));
            Decide(o, MergeOutcome.ConflictKept);
        }
    }

    private void MergeBookkeeping(string name, MergeItem? n, MergeItem? o)
    {
        if (n is null) _added.Add(o!);
        else if (o is not null && name is "REV" && string.CompareOrdinal(ContactMerge.Revision(o.Main), ContactMerge.Revision(n.Main)) > 0) _inPlace[n] = o;
    }

    // A list of words in one property: CATEGORIES, NICKNAME

    private void MergeList(MergeItem? b, MergeItem? n, MergeItem? o)
    {
        if (n?.Key == o?.Key) return;
        List<string> had = Words(b), mine = Words(n), other = Words(o);
        var (hadSet, mineSet, otherSet) = (had.ToHashSet(StringComparer.Ordinal), mine.ToHashSet(StringComparer.Ordinal), other.ToHashSet(StringComparer.Ordinal));
        var kept = mine.Where(w => otherSet.Contains(w) || !hadSet.Contains(w));
        var added = other.Where(w => !mineSet.Contains(w) && !hadSet.Contains(w)).Order(StringComparer.Ordinal);
        List<string> words = [.. kept, .. added];
        var home = n ?? o!;
        if (words.Count == 0)
        {
            if (n is not null) Drop(n, RemovedByOlder);
        }
        else if (n is null || !words.SequenceEqual(mine))
        {
            var merged = MergeItem.Of(home.Main.WithRawValue(string.Join(',', words.Select(VCardText.Escape))));
            if (n is null) _added.Add(merged);
            else _inPlace[n] = merged;
            Decide(merged, MergeOutcome.Combined);
        }
        else Decide(n, TakenFromNewer);
    }

    private static List<string> Words(MergeItem? item) =>
        item is null ? [] : [.. item.Main.Values.Select(v => v.Trim()).Where(v => v.Length > 0).Distinct(StringComparer.Ordinal)];

    // A name that a contact may have often

    private void MergeSet(List<MergeItem> b, List<MergeItem> n, List<MergeItem> o)
    {
        var had = b.Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
        var inNewer = n.Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
        var inOlder = o.Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var item in n.Where(i => had.Contains(i.Key) && !inOlder.Contains(i.Key))) Drop(item);
        List<MergeItem> fresh = [.. n.Where(i => !had.Contains(i.Key) && !inOlder.Contains(i.Key))];
        List<MergeItem> other = [.. o.Where(i => !had.Contains(i.Key) && !inNewer.Contains(i.Key))];
        List<MergeItem> lost = [.. b.Where(i => !inNewer.Contains(i.Key) && !inOlder.Contains(i.Key))];

        CombineSameValue(b, fresh, other);
        CombineValueAndSides(lost, fresh, other);

        var both = fresh.Count > 0 && other.Count > 0 && lost.Count > 0;
        foreach (var item in fresh) Decide(item, both ? MergeOutcome.BothKept : TakenFromNewer);
        foreach (var item in other)
        {
            _added.Add(item);
            Decide(item, both ? MergeOutcome.BothKept : TakenFromOlder);
        }
        if (other.Count == 0)
            foreach (var gone in b.Where(i => inNewer.Contains(i.Key) && !inOlder.Contains(i.Key))) Decide(gone, RemovedByOlder);
        if (fresh.Count == 0)
            foreach (var gone in b.Where(i => inOlder.Contains(i.Key) && !inNewer.Contains(i.Key))) Decide(gone, RemovedByNewer);
    }

    /// <summary>Both sides added, or changed what stands beside, one and the same value.</summary>
    private void CombineSameValue(List<MergeItem> b, List<MergeItem> fresh, List<MergeItem> other)
    {
        var starts = b.GroupBy(i => i.Match, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var byMatch = other.GroupBy(i => i.Match, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Queue<MergeItem>(g), StringComparer.Ordinal);
        var used = new HashSet<MergeItem>();
        foreach (var mine in fresh)
        {
            if (!byMatch.TryGetValue(mine.Match, out var queue) || queue.Count == 0) continue;
            if (MergeItem.Combine(starts.GetValueOrDefault(mine.Match), mine, queue.Peek()) is not { } combined) continue;
            used.Add(queue.Dequeue());
            used.Add(mine);
            _inPlace[mine] = combined;
            Decide(combined, MergeOutcome.Combined);
        }
        fresh.RemoveAll(used.Contains);
        other.RemoveAll(used.Contains);
    }

    /// <summary>One side gave a property a new value, the other a new label or type: the property gets both. Only where there is no doubt which is which.</summary>
    private void CombineValueAndSides(List<MergeItem> lost, List<MergeItem> fresh, List<MergeItem> other)
    {
        foreach (var was in lost.GroupBy(i => i.Sides, StringComparer.Ordinal).Where(g => g.Count() == 1).Select(g => g.First()))
        {
            var found = Find(was, fresh, other);
            var sidesAreMine = found is not null;
            found ??= Find(was, other, fresh);
            if (found is not { } pair || pair.Sides.WithValueOf(pair.Value) is not { } combined) continue;
            var (mine, theirs) = sidesAreMine ? pair : (pair.Value, pair.Sides);
            _inPlace[mine] = mine.Main.Group is { } group && combined.Main.Group is not null ? combined.InGroup(group) : combined;
            fresh.Remove(mine);
            other.Remove(theirs);
            Decide(combined, MergeOutcome.Combined);
        }
    }

    private static (MergeItem Sides, MergeItem Value)? Find(MergeItem was, List<MergeItem> sidesFrom, List<MergeItem> valueFrom)
    {
        List<MergeItem> sides = [.. sidesFrom.Where(i => i.Match == was.Match)], values = [.. valueFrom.Where(i => i.Sides == was.Sides)];
        return sides.Count == 1 && values.Count == 1 ? (sides[0], values[0]) : null;
    }

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
        var additions = _added.Concat(_conflicts).OrderBy(i => i.Key, StringComparer.Ordinal).ToLookup(i => i.Name, StringComparer.Ordinal);
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
