using Candor.Client.Accounts;
using Candor.Client.Merging;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Makes one of records that several devices changed without knowing of each other: the heads' merge, a function of the heads alone, as any device would write it.</summary>
internal static class HeadMerger
{
    /// <summary>Merges every parted record of the kind and commits the merges. A record whose bytes are not all here is left for another run, or another device.</summary>
    public static async Task RunAsync(KindWork work, CancellationToken cancel)
    {
        var merges = new List<RecordChange>();
        foreach (var record in work.Run.Store.Parted(work.Kind))
        {
            if (MergeOf(work, record) is { } merge) merges.Add(merge);
        }
        if (merges.Count == 0) return;
        await work.Run.Device.Account.CommitAsync(work.Kind, merges, committed =>
        {
            foreach (var _ in committed) work.Merged();
        }, cancel);
    }

    /// <summary>One head for each record, in their order: the last that is no removal stands for those that are not merged yet, for an edit wins over a removal.</summary>
    public static List<Head> OneEach(IEnumerable<Head> heads) =>
        [.. heads.GroupBy(h => h.Record).Select(g => g.Any(h => !h.Removed) ? g.Last(h => !h.Removed) : g.Last()).OrderBy(h => h.Place)];

    private static RecordChange? MergeOf(KindWork work, Id record)
    {
        var heads = work.Run.Store.HeadsOf(record).Take(Limits.Parents).ToList();
        var places = heads.Select(h => h.Place).Order().ToList();
        // An edit wins over a removal; where all are removals, one of them ends it.
        var live = heads.Where(h => !h.Removed).ToList();
        if (live.Count == 0) return new(record, places, null);
        var versions = new List<RecordVersion>();
        foreach (var head in live)
        {
            if (work.Read(head) is not { } content) return null;
            var commit = work.Run.Store.CommitAt(head.Place.Index)!;
            versions.Add(new(content, commit.Time, commit.Author));
        }
        var basis = History.CommonAncestor(work.Run.Store, heads.Select(h => h.Place)) is { } place && work.Read(new(record, work.Kind, place, false)) is { } old
            ? new RecordVersion(old, work.Run.Store.CommitAt(place.Index)!.Time, work.Run.Store.CommitAt(place.Index)!.Author)
            : null;
        return new(record, places, RecordMerge.Merge(work.Kind, basis, versions));
    }
}
