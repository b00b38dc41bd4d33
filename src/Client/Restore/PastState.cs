using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Restore;

/// <summary>Which revisions were the newest at a time.</summary>
internal static class PastState
{
    /// <summary>Heads of a kind as the log had them then, by the clocks of those who wrote; an erase takes everything before it, whenever one looks.</summary>
    public static IReadOnlyList<Head> HeadsAt(LocalStore store, long size, Kind kind, DateTimeOffset at, long erasedAt)
    {
        long ms = at.ToUnixTimeMilliseconds();
        var heads = new Dictionary<Place, Head>();
        for (long index = erasedAt + 1; index < size; index++)
        {
            if (store.CommitAt(index) is not { } commit || commit.Kind != kind || commit.Time.Ms > ms) continue;
            for (int op = 0; op < commit.Operations.Count; op++)
            {
                if (store.IsVoid(new(index, op))) continue;
                var (record, parents, removed) = commit.Operations[op] switch
                {
                    Put put => (put.Record, put.Parents, false),
                    Remove remove => (remove.Record, remove.Parents, true),
                    _ => (default, [], false),
                };
                foreach (var parent in parents) heads.Remove(parent);
                heads[new(index, op)] = new(record, kind, new(index, op), removed);
            }
        }
        return [.. heads.Values.OrderBy(h => h.Place).GroupBy(h => h.Record).Select(g => g.Last())];
    }
}
