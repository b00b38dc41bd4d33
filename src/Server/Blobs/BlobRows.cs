using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Blobs;

/// <summary>Table blobs: which blobs are on stable storage, who needs them, and which were erased.</summary>
internal static class BlobRows
{
    public static (long Size, bool Erased)? Find(Statements sql, in BlobKey key)
    {
        using var row = sql.Query("SELECT size, erased_at FROM blobs WHERE account = @account AND kind = @kind AND name = @name",
            ("account", key.Account), ("kind", key.Kind), ("name", key.Name));
        return row.Read() ? (row.GetInt64(0), !row.IsDBNull(1)) : null;
    }

    /// <summary>A blob whose bytes are on stable storage. One that was erased before and is sent again lives again.</summary>
    public static void Insert(Statements sql, in BlobKey key, long size, DateTimeOffset now) => sql.Execute(
        """
        INSERT INTO blobs (account, kind, name, size, stored_at) VALUES (@account, @kind, @name, @size, @now)
        ON CONFLICT (account, kind, name) DO UPDATE SET stored_at = @now, erased_at = NULL
        """,
        ("account", key.Account), ("kind", key.Kind), ("name", key.Name), ("size", size), ("now", now));

    /// <summary>Begins the day that an unreferenced blob is kept anew. False where the blob is not here.</summary>
    public static bool Touch(Statements sql, in BlobKey key, DateTimeOffset now) => sql.Execute(
        "UPDATE blobs SET stored_at = @now WHERE account = @account AND kind = @kind AND name = @name AND erased_at IS NULL",
        ("now", now), ("account", key.Account), ("kind", key.Kind), ("name", key.Name)) == 1;

    public static void Reference(Statements sql, in BlobKey key, long index) => sql.Execute(
        "UPDATE blobs SET first_ref = @idx WHERE account = @account AND kind = @kind AND name = @name AND first_ref IS NULL",
        ("idx", index), ("account", key.Account), ("kind", key.Kind), ("name", key.Name));

    /// <summary>Marks every blob of the kind as erased: its files may go now, its names answer 410. The number of bytes.</summary>
    public static long Erase(Statements sql, Id account, Kind kind, long index)
    {
        long bytes = sql.Number("SELECT COALESCE(SUM(size), 0) FROM blobs WHERE account = @account AND kind = @kind AND erased_at IS NULL", ("account", account), ("kind", kind));
        sql.Execute("UPDATE blobs SET erased_at = @idx WHERE account = @account AND kind = @kind AND erased_at IS NULL",
            ("idx", index), ("account", account), ("kind", kind));
        return bytes;
    }

    public static List<Hash32> Erased(Statements sql, Id account, Kind kind, long index)
    {
        var names = new List<Hash32>();
        using var rows = sql.Query("SELECT name FROM blobs WHERE account = @account AND kind = @kind AND erased_at = @idx",
            ("account", account), ("kind", kind), ("idx", index));
        while (rows.Read()) names.Add(rows.Hash(0));
        return names;
    }

    /// <summary>Blobs that no commit has named since a time.</summary>
    public static List<BlobKey> Unreferenced(Statements sql, DateTimeOffset before, int limit)
    {
        var keys = new List<BlobKey>();
        using var rows = sql.Query(
            "SELECT account, kind, name FROM blobs WHERE first_ref IS NULL AND erased_at IS NULL AND stored_at <= @before ORDER BY stored_at LIMIT @limit",
            ("before", before), ("limit", limit));
        while (rows.Read()) keys.Add(new(rows.Id(0), (Kind)rows.GetInt32(1), rows.Hash(2)));
        return keys;
    }

    /// <summary>Takes the row away if still no commit names the blob. Its size; null where it stays.</summary>
    public static long? DeleteUnreferenced(Statements sql, in BlobKey key, DateTimeOffset before)
    {
        object? size = sql.Scalar(
            """
            DELETE FROM blobs WHERE account = @account AND kind = @kind AND name = @name
                AND first_ref IS NULL AND erased_at IS NULL AND stored_at <= @before RETURNING size
            """,
            ("account", key.Account), ("kind", key.Kind), ("name", key.Name), ("before", before));
        return size as long?;
    }

    /// <summary>Takes the row of a blob away. Its size; null where there is none that lives.</summary>
    public static long? Delete(Statements sql, in BlobKey key) => sql.Scalar(
        "DELETE FROM blobs WHERE account = @account AND kind = @kind AND name = @name AND erased_at IS NULL RETURNING size",
        ("account", key.Account), ("kind", key.Kind), ("name", key.Name)) as long?;

    public static long Count(Statements sql, Id account) =>
        sql.Number("SELECT COUNT(*) FROM blobs WHERE account = @account AND erased_at IS NULL", ("account", account));
}
