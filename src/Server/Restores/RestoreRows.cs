using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Commits;
using Candor.Server.Storage;

namespace Candor.Server.Restores;

/// <summary>The newest restore of an account.</summary>
/// <param name="Id">Of the restore.</param>
/// <param name="At">When the operator said so, Unix milliseconds.</param>
/// <param name="Size">Leaves in the backup.</param>
/// <param name="Root">Over them.</param>
/// <param name="Ends">Until when ordinary commits wait, Unix milliseconds; 0: they do not.</param>
internal readonly record struct StoredRestore(Id Id, long At, long Size, Hash32 Root, long Ends);

/// <summary>Tables restores and restore_reports, and payloads that a restore lost.</summary>
internal static class RestoreRows
{
    /// <summary>Writes down for every account that it was restored. How many there are.</summary>
    public static long Begin(Statements sql, Id id, DateTimeOffset now, TimeSpan wait)
    {
        var accounts = new List<Id>();
        using (var rows = sql.Query("SELECT account FROM accounts"))
        {
            while (rows.Read()) accounts.Add(rows.Id(0));
        }
        sql.Execute("UPDATE restores SET ends = 0");
        foreach (var account in accounts)
        {
            var state = AccountRows.Load(sql, account)!;
            sql.Execute("INSERT INTO restores (account, id, at, size, root, ends) VALUES (@account, @id, @at, @size, @root, @ends)",
                ("account", account), ("id", id), ("at", now), ("size", state.Size), ("root", state.Root), ("ends", wait > TimeSpan.Zero ? (now + wait).ToUnixTimeMilliseconds() : 0L));
        }
        return accounts.Count;
    }

    public static Dictionary<Id, StoredRestore> Newest(Statements sql)
    {
        var newest = new Dictionary<Id, StoredRestore>();
        using var rows = sql.Query("SELECT account, id, at, size, root, ends FROM restores ORDER BY at");
        while (rows.Read()) newest[rows.Id(0)] = new(rows.Id(1), rows.GetInt64(2), rows.GetInt64(3), rows.Hash(4), rows.GetInt64(5));
        return newest;
    }

    /// <summary>A device has put back what it had. True where all live devices have: then the wait is over.</summary>
    public static bool Report(Statements sql, AccountState state, Id id, Id holder)
    {
        sql.Execute("INSERT INTO restore_reports (account, id, holder) VALUES (@account, @id, @holder) ON CONFLICT DO NOTHING", ("account", state.Account), ("id", id), ("holder", holder));
        foreach (var live in state.LiveHolders.Where(h => h.Keys.Type == HolderType.Device))
        {
            if (sql.Scalar("SELECT 1 FROM restore_reports WHERE account = @account AND id = @id AND holder = @holder", ("account", state.Account), ("id", id), ("holder", live.Id)) is null) return false;
        }
        sql.Execute("UPDATE restores SET ends = 0 WHERE account = @account AND id = @id", ("account", state.Account), ("id", id));
        return true;
    }

    /// <summary>The payload of a place is not here, and a device may bring it. Not superseded: at_idx is the place's own commit, until a later one supersedes it.</summary>
    public static void Miss(Statements sql, Id account, Place place, DateTimeOffset now) => sql.Execute(
        "INSERT INTO superseded (account, idx, op, at_idx, at_time, dropped) VALUES (@account, @idx, @op, @idx, @now, 2)",
        ("account", account), ("idx", place.Index), ("op", place.Op), ("now", now));

    /// <summary>Numbers of a commit's payloads that are missed.</summary>
    public static HashSet<int> Missed(Statements sql, Id account, long index)
    {
        var ops = new HashSet<int>();
        using var rows = sql.Query("SELECT op FROM superseded WHERE account = @account AND idx = @idx AND dropped = 2", ("account", account), ("idx", index));
        while (rows.Read()) ops.Add(rows.GetInt32(0));
        return ops;
    }

    /// <summary>Puts payloads that were missed where they belong. The bytes that came.</summary>
    public static long Fill(Statements sql, Commit commit, long index, IReadOnlyDictionary<int, ReadOnlyMemory<byte>> payloads)
    {
        var missed = Missed(sql, commit.Account, index);
        missed.IntersectWith(payloads.Keys);
        if (missed.Count == 0) return 0;
        var dropped = CommitRows.Superseded(sql, commit.Account, index).Where(s => s.Dropped).Select(s => s.Op).ToHashSet();
        byte[] before = CommitRows.Bundle(sql, commit.Account, index) ?? [];
        var all = Bundle.Places(commit, dropped).ToDictionary(p => p.Key, p => (ReadOnlyMemory<byte>)before.AsMemory(p.Value));
        foreach (int op in missed) all[op] = payloads[op];
        byte[] after = [.. all.OrderBy(p => p.Key).SelectMany(p => p.Value.ToArray())];
        sql.Execute(
            "INSERT INTO bundles (account, idx, kind, bundle) VALUES (@account, @idx, @kind, @bundle) ON CONFLICT (account, idx) DO UPDATE SET bundle = excluded.bundle",
            ("account", commit.Account), ("idx", index), ("kind", commit.Kind), ("bundle", after));
        foreach (int op in missed)
        {
            sql.Execute("DELETE FROM superseded WHERE account = @account AND idx = @idx AND op = @op AND at_idx = @idx", ("account", commit.Account), ("idx", index), ("op", op));
            sql.Execute("UPDATE superseded SET dropped = 0 WHERE account = @account AND idx = @idx AND op = @op", ("account", commit.Account), ("idx", index), ("op", op));
        }
        return after.Length - before.Length;
    }
}
