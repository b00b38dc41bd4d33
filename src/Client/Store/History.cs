using Candor.Protocol;

namespace Candor.Client.Store;

/// <summary>Walks from revisions of a record back to those that they replaced.</summary>
internal static class History
{
    /// <summary>How far back a common ancestor is looked for.</summary>
    private const int Deepest = 10_000;

    /// <summary>Places that an operation replaced; none for a new record.</summary>
    public static IReadOnlyList<Place> ParentsOf(LocalStore store, Place place) => store.CommitAt(place.Index) is { } commit && place.Op < commit.Operations.Count
        ? commit.Operations[place.Op] switch
        {
            Put put => put.Parents,
            Remove remove => remove.Parents,
            _ => [],
        }
        : [];

    /// <summary>The latest revision from which all of these came; null where there is none. Places are ordered by time, so a walk from the latest on meets it first.</summary>
    public static Place? CommonAncestor(LocalStore store, IEnumerable<Place> places)
    {
        var heads = places.ToList();
        var reached = new SortedDictionary<Place, HashSet<int>>();
        for (int i = 0; i < heads.Count; i++) Reach(reached, heads[i], [i]);
        for (int steps = 0; reached.Count > 0 && steps < Deepest; steps++)
        {
            var (latest, by) = reached.Last();
            if (by.Count == heads.Count) return latest;
            reached.Remove(latest);
            foreach (var parent in ParentsOf(store, latest)) Reach(reached, parent, by);
        }
        return null;
    }

    /// <summary>Every revision of a record before these, the latest first.</summary>
    public static IEnumerable<Place> Before(LocalStore store, IEnumerable<Place> places)
    {
        var left = new SortedSet<Place>(places.SelectMany(p => ParentsOf(store, p)));
        while (left.Count > 0)
        {
            var latest = left.Max;
            left.Remove(latest);
            yield return latest;
            left.UnionWith(ParentsOf(store, latest));
        }
    }

    private static void Reach(SortedDictionary<Place, HashSet<int>> reached, Place place, IEnumerable<int> by)
    {
        if (!reached.TryGetValue(place, out var set)) reached[place] = set = [];
        set.UnionWith(by);
    }
}
