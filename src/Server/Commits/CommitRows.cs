using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>A commit as a pull needs it.</summary>
/// <param name="Index">In the log.</param>
/// <param name="Leaf">Encoded.</param>
/// <param name="Bundle">What is kept of its payloads; null where there are none, or they are not for the one who asks.</param>
/// <param name="HasSuperseded">Some operation of it is named as a parent by a later one.</param>
internal sealed record StoredCommit(long Index, byte[] Leaf, byte[]? Bundle, bool HasSuperseded);

/// <summary>Tables commits, bundles, superseded and vaults.</summary>
internal static class CommitRows
{
    /// <summary>A page of a pull ends after this many bytes or rows: what is read at once is what fits in memory many times over.</summary>
    private const int PageBytes = 1 << 20, PageRows = 256;

    public static void Insert(Statements sql, Id account, long index, Kind kind, ReadOnlyMemory<byte> leaf, ReadOnlyMemory<byte> bundle, DateTimeOffset now)
    {
        sql.Execute("INSERT INTO commits (account, idx, kind, leaf, received) VALUES (@account, @idx, @kind, @leaf, @received)",
            ("account", account), ("idx", index), ("kind", kind), ("leaf", leaf), ("received", now));
        if (bundle.IsEmpty) return;
        sql.Execute("INSERT INTO bundles (account, idx, kind, bundle) VALUES (@account, @idx, @kind, @bundle)",
            ("account", account), ("idx", index), ("kind", kind), ("bundle", bundle));
    }

    /// <summary>When the server took a commit, Unix milliseconds of its clock; 0: long ago.</summary>
    public static long Received(Statements sql, Id account, long index) =>
        sql.Number("SELECT received FROM commits WHERE account = @account AND idx = @idx", ("account", account), ("idx", index));

    public static byte[]? Leaf(Statements sql, Id account, long index) =>
        sql.Scalar("SELECT leaf FROM commits WHERE account = @account AND idx = @idx", ("account", account), ("idx", index)) as byte[];

    public static byte[]? Bundle(Statements sql, Id account, long index) =>
        sql.Scalar("SELECT bundle FROM bundles WHERE account = @account AND idx = @idx", ("account", account), ("idx", index)) as byte[];

    /// <summary>Commits from <paramref name="from"/> up to <paramref name="to"/>, at least one if there is one; payloads only of the kinds in the mask.</summary>
    public static List<StoredCommit> Page(Statements sql, Id account, long from, long to, long kinds)
    {
        var page = new List<StoredCommit>();
        using var rows = sql.Query(
            """
            SELECT c.idx, c.leaf, b.bundle,
                   EXISTS (SELECT 1 FROM superseded s WHERE s.account = c.account AND s.idx = c.idx)
            FROM commits c
            LEFT JOIN bundles b ON b.account = c.account AND b.idx = c.idx AND ((1 << c.kind) & @kinds) <> 0
            WHERE c.account = @account AND c.idx >= @from AND c.idx < @to
            ORDER BY c.idx LIMIT 256
            """,
            ("kinds", kinds), ("account", account), ("from", from), ("to", to));
        for (long bytes = 0; bytes < PageBytes && page.Count < PageRows && rows.Read();)
        {
            var commit = new StoredCommit(rows.GetInt64(0), rows.Bytes(1), rows.BytesOrNull(2), rows.GetInt64(3) != 0);
            bytes += commit.Leaf.Length + (commit.Bundle?.Length ?? 0);
            page.Add(commit);
        }
        return page;
    }

    /// <summary>Numbers of the commit's superseded operations, ascending; with those whose payload is no longer in the bundle marked.</summary>
    public static List<(int Op, bool Dropped)> Superseded(Statements sql, Id account, long index)
    {
        var ops = new List<(int, bool)>();
        using var rows = sql.Query("SELECT op, dropped FROM superseded WHERE account = @account AND idx = @idx ORDER BY op", ("account", account), ("idx", index));
        while (rows.Read()) ops.Add((rows.GetInt32(0), rows.GetInt64(1) != 0));
        return ops;
    }

    /// <summary>Marks a place as superseded, if it is of the same kind: a device has no say over kinds that it has no consent for.</summary>
    public static void Supersede(Statements sql, Id account, Place place, Kind kind, long by, DateTimeOffset now) => sql.Execute(
        """
        INSERT INTO superseded (account, idx, op, at_idx, at_time)
        SELECT account, idx, @op, @by, @now FROM commits WHERE account = @account AND idx = @idx AND kind = @kind
        ON CONFLICT (account, idx, op) DO UPDATE SET at_idx = excluded.at_idx, at_time = excluded.at_time WHERE dropped = 2 AND superseded.at_idx = superseded.idx
        """,
        ("op", place.Op), ("by", by), ("now", now), ("account", account), ("idx", place.Index), ("kind", kind));

    /// <returns>False where it was there.</returns>
    public static bool InsertVault(Statements sql, Id account, Vault vault, ReadOnlyMemory<byte> sealedKey) => sql.Execute(
        "INSERT INTO vaults (account, kind, epoch, sealed) VALUES (@account, @kind, @epoch, @sealed) ON CONFLICT DO NOTHING",
        ("account", account), ("kind", vault.Kind), ("epoch", (long)vault.Epoch), ("sealed", sealedKey)) == 1;

    public static List<(uint Epoch, byte[] Sealed)> Vaults(Statements sql, Id account, Kind kind)
    {
        var vaults = new List<(uint, byte[])>();
        using var rows = sql.Query("SELECT epoch, sealed FROM vaults WHERE account = @account AND kind = @kind ORDER BY epoch", ("account", account), ("kind", kind));
        while (rows.Read()) vaults.Add(((uint)rows.GetInt64(0), rows.Bytes(1)));
        return vaults;
    }

    /// <summary>Destroys the kind's payloads and sealed vault keys; the log stays. The number of bytes that went.</summary>
    public static long Erase(Statements sql, Id account, Kind kind)
    {
        long bytes = sql.Number("SELECT COALESCE(SUM(LENGTH(bundle)), 0) FROM bundles WHERE account = @account AND kind = @kind", ("account", account), ("kind", kind))
            + sql.Number("SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM vaults WHERE account = @account AND kind = @kind", ("account", account), ("kind", kind));
        sql.Execute("DELETE FROM bundles WHERE account = @account AND kind = @kind", ("account", account), ("kind", kind));
        sql.Execute("DELETE FROM vaults WHERE account = @account AND kind = @kind", ("account", account), ("kind", kind));
        sql.Execute("DELETE FROM superseded WHERE account = @account AND idx IN (SELECT idx FROM commits WHERE account = @account AND kind = @kind)",
            ("account", account), ("kind", kind));
        return bytes;
    }
}
