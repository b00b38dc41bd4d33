using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>Takes payloads out of bundles when their time is over; the leaf stays, and that they are gone is remembered.</summary>
internal static class SupersededCommits
{
    /// <summary>Commits with operations that were superseded before a time and still have their payload.</summary>
    public static List<(Id Account, long Index)> Due(Statements sql, DateTimeOffset before, int limit)
    {
        var due = new List<(Id, long)>();
        using var rows = sql.Query("SELECT DISTINCT account, idx FROM superseded WHERE dropped = 0 AND at_time <= @before LIMIT @limit", ("before", before), ("limit", limit));
        while (rows.Read()) due.Add((rows.Id(0), rows.GetInt64(1)));
        return due;
    }

    /// <summary>Rewrites one commit's bundle without what is due. How many payloads went, and the blobs that they named.</summary>
    public static (int Payloads, Kind Kind, List<Hash32> Blobs) Drop(Statements sql, Id account, long index, DateTimeOffset before)
    {
        var due = new HashSet<int>();
        using (var rows = sql.Query("SELECT op FROM superseded WHERE account = @account AND idx = @idx AND dropped = 0 AND at_time <= @before",
            ("account", account), ("idx", index), ("before", before)))
        {
            while (rows.Read()) due.Add(rows.GetInt32(0));
        }
        var commit = PushContents.Stored(CommitRows.Leaf(sql, account, index)!);
        var blobs = due.Where(op => op < commit.Operations.Count).SelectMany(op => commit.Operations[op] is Put put ? put.Blobs : []).ToList();
        int payloads = 0;
        if (CommitRows.Bundle(sql, account, index) is { } bundle)
        {
            var dropped = CommitRows.Superseded(sql, account, index).Where(s => s.Dropped).Select(s => s.Op).ToHashSet();
            var places = Bundle.Places(commit, dropped);
            payloads = places.Keys.Count(due.Contains);
            byte[] rest = [.. places.Where(p => !due.Contains(p.Key)).OrderBy(p => p.Key).SelectMany(p => bundle[p.Value])];
            sql.Execute("UPDATE bundles SET bundle = @bundle WHERE account = @account AND idx = @idx", ("bundle", rest), ("account", account), ("idx", index));
            AccountRows.AddBytes(sql, account, rest.Length - bundle.Length);
        }
        sql.Execute("UPDATE superseded SET dropped = 1 WHERE account = @account AND idx = @idx AND dropped = 0 AND at_time <= @before",
            ("account", account), ("idx", index), ("before", before));
        return (payloads, commit.Kind, blobs);
    }

    /// <summary>Takes out of <paramref name="names"/> those that a revision of this commit still needs.</summary>
    public static int Keep(Statements sql, Id account, Kind kind, long index, HashSet<Hash32> names)
    {
        if (sql.Scalar("SELECT leaf FROM commits WHERE account = @account AND idx = @idx AND kind = @kind",
            ("account", account), ("idx", index), ("kind", kind)) is not byte[] leaf) return names.Count;
        var commit = PushContents.Stored(leaf);
        HashSet<int>? dropped = null;
        for (int op = 0; op < commit.Operations.Count; op++)
        {
            if (commit.Operations[op] is not Put { Blobs.Count: > 0 } put) continue;
            if (dropped is null)
            {
                // A payload that a restore lost may come back, and needs its blobs.
                dropped = CommitRows.Superseded(sql, account, index).Where(s => s.Dropped).Select(s => s.Op).ToHashSet();
                dropped.ExceptWith(Restores.RestoreRows.Missed(sql, account, index));
            }
            if (!dropped.Contains(op)) names.ExceptWith(put.Blobs);
        }
        return names.Count;
    }
}
