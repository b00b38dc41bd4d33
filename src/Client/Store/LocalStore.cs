using System.Runtime.InteropServices;
using Candor.Log;
using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Client.Store;

/// <summary>A newest revision of a record, or the tombstone that ends it.</summary>
public readonly record struct Head(Id Record, Kind Kind, Place Place, bool Removed);

/// <summary>A commit that was verified, with what came of its payloads.</summary>
/// <param name="Index">Its number in the log.</param>
/// <param name="Leaf">Encoded leaf.</param>
/// <param name="Commit">The same, read.</param>
/// <param name="Bundle">As in a pull; null: no payloads came.</param>
/// <param name="Gone">Numbers of the operations whose payload is not in the bundle.</param>
public sealed record VerifiedCommit(long Index, ReadOnlyMemory<byte> Leaf, Commit Commit, ReadOnlyMemory<byte>? Bundle, IReadOnlyList<int> Gone);

/// <summary>What a device keeps of its account: the verified head, the leaves, sealed records, and which revisions are the newest.</summary>
/// <remarks>
/// Records and vault keys stay sealed as they travelled; record ids, sizes and times are what the server knows too. One process at a time; safe for several threads.
/// A commit is in it wholly or not at all, together with the head that it leads to. After a crash the log is asked again from that head.
/// </remarks>
public sealed partial class LocalStore : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS commits (idx INTEGER PRIMARY KEY, kind INTEGER NOT NULL, leaf BLOB NOT NULL, bundle BLOB, gone BLOB);
        CREATE TABLE IF NOT EXISTS heads (idx INTEGER NOT NULL, op INTEGER NOT NULL, record BLOB NOT NULL, kind INTEGER NOT NULL, removed INTEGER NOT NULL,
                                          absent INTEGER NOT NULL, PRIMARY KEY (idx, op)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS heads_by_record ON heads (record);
        CREATE INDEX IF NOT EXISTS heads_absent ON heads (kind) WHERE absent = 1;
        CREATE TABLE IF NOT EXISTS payloads (idx INTEGER NOT NULL, op INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (idx, op)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS vaults (kind INTEGER NOT NULL, epoch INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, epoch)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS uploads (record BLOB NOT NULL, role TEXT NOT NULL, piece INTEGER NOT NULL, revision BLOB NOT NULL, epoch INTEGER NOT NULL, blob BLOB NOT NULL,
                                            PRIMARY KEY (record, role, piece)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS off (kind INTEGER PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS void (idx INTEGER NOT NULL, op INTEGER NOT NULL, PRIMARY KEY (idx, op)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS pulled (id INTEGER PRIMARY KEY CHECK (id = 1), ms INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS announced (idx INTEGER PRIMARY KEY, ms INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS restores (id BLOB PRIMARY KEY, at INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, ours INTEGER NOT NULL, reached INTEGER NOT NULL,
                                             done INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
        """;

    /// <summary>Of the tables above, in the file's user_version. 0 is what was written before versions were counted: the same without restores.</summary>
    private const int SchemaVersion = 1;

    private readonly SqliteConnection _db;
    private readonly Lock _lock = new();

    /// <summary>The commit that was asked for last: records are read in the order of the log, thousands from one commit.</summary>
    private StoredCommit? _last;

    /// <summary>Statements that are run once for each of thousands of records, by their text: to parse one takes longer than to run it.</summary>
    private readonly Dictionary<string, SqliteCommand> _kept = [];

    private LocalStore(SqliteConnection db) => _db = db;

    /// <summary>Opens or makes the store.</summary>
    /// <exception cref="SqliteException">The file is not a store, or cannot be written.</exception>
    /// <exception cref="Devices.DeviceException">A newer program wrote it; it was not touched.</exception>
    public static LocalStore Open(string path)
    {
        var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            db.Open();
            var store = new LocalStore(db);
            store.CheckVersion(path);
            // Bundles of sealed records are large: larger pages are fewer writes and fewer overflow pages, and a cache that holds one whole writes each page once.
            store.Execute("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -4096;");
            store.Migrate();
            store.LoadOff();
            store.LoadVoid();
            return store;
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>Before anything else is done to the file.</summary>
    private void CheckVersion(string path)
    {
        if (Version() is var version && version > SchemaVersion)
            throw new Devices.DeviceException($"{path} was written by a newer candor (its version is {version}, this program knows up to {SchemaVersion}). Run the newer program. Nothing was changed.");
    }

    /// <summary>Brings an older file up to this version: all of it in one transaction, or nothing.</summary>
    private void Migrate()
    {
        if (Version() == SchemaVersion) return;
        using var transaction = _db.BeginTransaction();
        using (var command = Command(Schema + $"PRAGMA user_version = {SchemaVersion};", transaction)) command.ExecuteNonQuery();
        transaction.Commit();
    }

    private long Version()
    {
        using var command = Command("PRAGMA user_version");
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The verified head and what the log says, or null before the first commit.</summary>
    public AccountState? LoadState()
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT state FROM state WHERE id = 1");
        return command.ExecuteScalar() is byte[] bytes && AccountState.TryDecode(bytes, out var state) ? state : null;
    }

    /// <summary>Takes verified commits, and the state that they lead to, in one transaction.</summary>
    /// <remarks>An operation whose parents are not revisions of its own record is void (spec/account-log.md §6): it is written down as such and changes nothing.</remarks>
    public void Apply(IReadOnlyList<VerifiedCommit> commits, AccountState state)
    {
        if (commits.Count == 0) return;
        using var held = _lock.EnterScope();
        bool erased = false;
        // The head that was verified is what a lying server is caught by, and what is told to be safe: a loss of power must not take it back.
        Execute("PRAGMA synchronous = FULL");
        using var transaction = _db.BeginTransaction();
        using var commitInsert = Command("INSERT INTO commits (idx, kind, leaf, bundle, gone) VALUES ($idx, $kind, $leaf, CASE WHEN $length IS NULL THEN NULL ELSE zeroblob($length) END, $gone)", transaction);
        using var headInsert = Command("INSERT INTO heads (idx, op, record, kind, removed, absent) VALUES ($idx, $op, $record, $kind, $removed, $absent)", transaction);
        using var headDelete = Command("DELETE FROM heads WHERE idx = $idx AND op = $op", transaction);
        using var fresh = new NewHeads(Command(NewHeads.Insertion, transaction));
        var voided = new List<Place>();
        foreach (var commit in commits)
        {
            Set(commitInsert, ("$idx", commit.Index), ("$kind", (int)commit.Commit.Kind), ("$leaf", Whole(commit.Leaf)),
                ("$length", commit.Bundle?.Length ?? (object)DBNull.Value), ("$gone", EncodeGone(commit.Gone)));
            commitInsert.ExecuteNonQuery();
            if (commit.Bundle is { IsEmpty: false } bundle) SaveBundle(commit.Index, bundle.Span);
            var gone = commit.Gone.ToHashSet();
            for (int op = 0; op < commit.Commit.Operations.Count; op++)
            {
                var operation = commit.Commit.Operations[op];
                bool isHere = operation is Put { IsInline: true } && commit.Bundle is not null && !gone.Contains(op);
                if (isHere && operation is Put { Parents.Count: 0 } added)
                {
                    fresh.Add(added.Record);
                    continue;
                }
                fresh.Insert(commit, op);
                if (operation is Erase erase)
                {
                    EraseKind(erase.Kind, commit.Index, transaction);
                    erased = true;
                }
                (Id Record, IReadOnlyList<Place> Parents)? change = operation switch
                {
                    Put p => (p.Record, p.Parents),
                    Remove r => (r.Record, r.Parents),
                    _ => null,
                };
                if (change is not { } of) continue;
                if (of.Parents.Any(parent => voided.Contains(parent) || RecordAt(parent, commits, transaction) != (of.Record, commit.Commit.Kind)))
                {
                    voided.Add(commit.Commit.PlaceOf(op));
                    continue;
                }
                foreach (var parent in of.Parents)
                {
                    Set(headDelete, ("$idx", parent.Index), ("$op", parent.Op));
                    headDelete.ExecuteNonQuery();
                }
                Set(headInsert, ("$idx", commit.Index), ("$op", op), ("$record", of.Record.ToArray()), ("$kind", (int)commit.Commit.Kind),
                    ("$removed", operation is Remove ? 1 : 0), ("$absent", operation is Put && !isHere ? 1 : 0));
                headInsert.ExecuteNonQuery();
            }
            fresh.Insert(commit, commit.Commit.Operations.Count);
        }
        SaveVoid(voided, transaction);
        using var save = Command("INSERT INTO state (id, state) VALUES (1, $state) ON CONFLICT (id) DO UPDATE SET state = excluded.state", transaction);
        Set(save, ("$state", state.Encode()));
        save.ExecuteNonQuery();
        transaction.Commit();
        Execute("PRAGMA synchronous = NORMAL");
        _void.UnionWith(voided);
        if (erased) ForgetOldPages();
    }

    public IReadOnlyList<Head> HeadsOf(Id record)
    {
        using var held = _lock.EnterScope();
        var command = Kept("SELECT record, kind, idx, op, removed FROM heads WHERE record = $key ORDER BY idx, op");
        Set(command, ("$key", record.ToArray()));
        return ReadHeads(command);
    }

    /// <summary>Heads of a kind that were written at or after a leaf, in their order, tombstones too.</summary>
    public IReadOnlyList<Head> HeadsSince(Kind kind, long index)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT record, kind, idx, op, removed FROM heads WHERE idx >= $idx AND kind = $kind ORDER BY idx, op");
        Set(command, ("$idx", index), ("$kind", (int)kind));
        return ReadHeads(command);
    }

    /// <summary>Records of a kind that have more than one newest revision: a merge is due.</summary>
    public IReadOnlyList<Id> Parted(Kind kind)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT record FROM heads WHERE kind = $kind GROUP BY record HAVING COUNT(*) > 1");
        Set(command, ("$kind", (int)kind));
        using var reader = command.ExecuteReader();
        var records = new List<Id>();
        while (reader.Read()) records.Add(Id.From(reader.GetFieldValue<byte[]>(0)));
        return records;
    }

    /// <summary>The commit at an index of the log; null beyond what was verified.</summary>
    public Commit? CommitAt(long index)
    {
        using var held = _lock.EnterScope();
        return Load(index, null)?.Commit;
    }

    /// <summary>Heads of a kind in the order in which they were written, tombstones too.</summary>
    public IReadOnlyList<Head> Heads(Kind kind)
    {
        using var held = _lock.EnterScope();
        return ReadHeads("WHERE kind = $key ORDER BY idx, op", (int)kind);
    }

    /// <summary>The put at a place, and its sealed record where it is here.</summary>
    public (Put Put, ReadOnlyMemory<byte>? Sealed)? PutAt(Place place)
    {
        using var held = _lock.EnterScope();
        if (Load(place.Index, null) is not { } stored || place.Op >= stored.Commit.Operations.Count || stored.Commit.Operations[place.Op] is not Put put) return null;
        bool here = stored.Places.TryGetValue(place.Op, out var range) && range.End.Value <= stored.Bundle.Length;
        return (put, here ? stored.Bundle.AsMemory(range) : LatePayload(place));
    }

    /// <summary>Keeps payloads that came after their commits: those of a kind that was off when the log was pulled. They must have been checked.</summary>
    public void SavePayloads(IEnumerable<(Place Place, byte[] Sealed)> payloads)
    {
        using var held = _lock.EnterScope();
        using var transaction = _db.BeginTransaction();
        using var insert = Command("INSERT INTO payloads (idx, op, sealed) VALUES ($idx, $op, $sealed) ON CONFLICT (idx, op) DO NOTHING", transaction);
        using var here = Command("UPDATE heads SET absent = 0 WHERE idx = $idx AND op = $op", transaction);
        foreach (var (place, sealedRecord) in payloads)
        {
            Set(insert, ("$idx", place.Index), ("$op", place.Op), ("$sealed", sealedRecord));
            insert.ExecuteNonQuery();
            Set(here, ("$idx", place.Index), ("$op", place.Op));
            here.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    /// <summary>Newest revisions of a kind whose sealed record is not here, in the order of the log.</summary>
    public IReadOnlyList<(Place Place, Put Put)> Absent(Kind kind)
    {
        using var held = _lock.EnterScope();
        return [.. ReadHeads("WHERE kind = $key AND absent = 1 ORDER BY idx, op", (int)kind).Where(h => !h.Removed).Select(h => (h.Place, PutAt(h.Place)!.Value.Put))];
    }

    /// <summary>The sealed vault keys that this device was given; none for a kind that is off.</summary>
    public IReadOnlyList<(uint Epoch, byte[] Sealed)> LoadVaults(Kind kind)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT epoch, sealed FROM vaults WHERE kind = $kind ORDER BY epoch");
        Set(command, ("$kind", (int)kind));
        using var reader = command.ExecuteReader();
        var vaults = new List<(uint, byte[])>();
        while (reader.Read()) vaults.Add(((uint)reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        return vaults;
    }

    /// <summary>Replaces a kind's sealed vault keys; with none, the kind has no key on this device any more.</summary>
    public void SaveVaults(Kind kind, IReadOnlyList<(uint Epoch, byte[] Sealed)> vaults)
    {
        using var held = _lock.EnterScope();
        using var transaction = _db.BeginTransaction();
        using var delete = Command("DELETE FROM vaults WHERE kind = $kind", transaction);
        Set(delete, ("$kind", (int)kind));
        delete.ExecuteNonQuery();
        using var insert = Command("INSERT INTO vaults (kind, epoch, sealed) VALUES ($kind, $epoch, $sealed)", transaction);
        foreach (var (epoch, sealedKey) in vaults)
        {
            Set(insert, ("$kind", (int)kind), ("$epoch", (long)epoch), ("$sealed", sealedKey));
            insert.ExecuteNonQuery();
        }
        transaction.Commit();
        ForgetOldPages();
    }

    /// <summary>Keeps the newest checkpoint that fitted: should the server sign another history of that size, the two are proof.</summary>
    public void SaveCheckpoint(byte[] note)
    {
        using var held = _lock.EnterScope();
        using var command = Command("INSERT INTO checkpoint (id, note) VALUES (1, $note) ON CONFLICT (id) DO UPDATE SET note = excluded.note WHERE note <> excluded.note");
        Set(command, ("$note", note));
        command.ExecuteNonQuery();
    }

    public byte[]? LoadCheckpoint()
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT note FROM checkpoint WHERE id = 1");
        return command.ExecuteScalar() as byte[];
    }

    /// <summary>Leaves as they were verified, in order.</summary>
    public IEnumerable<byte[]> Leaves(long count)
    {
        for (long index = 0; index < count; index++)
        {
            if (LeafAt(index) is { } leaf) yield return leaf;
        }
    }

    internal byte[]? LeafAt(long index)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT leaf FROM commits WHERE idx = $idx");
        Set(command, ("$idx", index));
        return command.ExecuteScalar() as byte[];
    }

    public void Dispose()
    {
        foreach (var command in _kept.Values) command.Dispose();
        _db.Dispose();
    }

    /// <summary>An erase takes everything that this device kept of the kind: newest and superseded payloads, heads, and sealed keys.</summary>
    private void EraseKind(Kind kind, long before, SqliteTransaction transaction)
    {
        foreach (string sql in new[]
        {
            "DELETE FROM payloads WHERE idx IN (SELECT idx FROM commits WHERE kind = $kind AND idx < $idx)",
            "UPDATE commits SET bundle = NULL, gone = NULL WHERE kind = $kind AND idx < $idx",
            "DELETE FROM heads WHERE kind = $kind AND idx < $idx",
            "DELETE FROM vaults WHERE kind = $kind",
        })
        {
            using var command = Command(sql, transaction);
            Set(command, ("$kind", (int)kind), ("$idx", before));
            command.ExecuteNonQuery();
        }
        _last = null;
    }

    /// <summary>The record of a put or remove, null for a void one; of one in <paramref name="batch"/>, whose commits follow each other, or of one in the store.</summary>
    private (Id Record, Kind Kind)? RecordAt(Place place, IReadOnlyList<VerifiedCommit> batch, SqliteTransaction transaction)
    {
        if (_void.Contains(place)) return null;
        long inBatch = place.Index - batch[0].Index;
        var commit = inBatch >= 0 ? (inBatch < batch.Count ? batch[(int)inBatch].Commit : null) : Load(place.Index, transaction)?.Commit;
        if (commit is null || place.Op >= commit.Operations.Count) return null;
        return commit.Operations[place.Op] switch
        {
            Put put => (put.Record, commit.Kind),
            Remove remove => (remove.Record, commit.Kind),
            _ => null,
        };
    }

    private ReadOnlyMemory<byte>? LatePayload(Place place)
    {
        var command = Kept("SELECT sealed FROM payloads WHERE idx = $idx AND op = $op");
        Set(command, ("$idx", place.Index), ("$op", place.Op));
        // Not a conditional expression: a null array would convert to empty memory, which is not "not here".
        if (command.ExecuteScalar() is byte[] sealedRecord) return sealedRecord;
        return null;
    }

    private StoredCommit? Load(long index, SqliteTransaction? transaction)
    {
        if (_last?.Index == index) return _last;
        using var command = Command("SELECT leaf, bundle, gone FROM commits WHERE idx = $idx", transaction);
        Set(command, ("$idx", index));
        using var reader = command.ExecuteReader();
        if (!reader.Read() || !Leaf.TryDecode(reader.GetFieldValue<byte[]>(0), out var leaf) || !Commit.TryDecode(leaf.Body, out var commit, out _)) return null;
        if (reader.IsDBNull(1)) return _last = new(index, commit, [], []);
        var gone = DecodeGone(reader.IsDBNull(2) ? [] : reader.GetFieldValue<byte[]>(2));
        return _last = new(index, commit, reader.GetFieldValue<byte[]>(1), Bundle.Places(commit, gone));
    }

    private List<Head> ReadHeads(string where, object key)
    {
        using var command = Command($"SELECT record, kind, idx, op, removed FROM heads {where}");
        Set(command, ("$key", key));
        return ReadHeads(command);
    }

    private static List<Head> ReadHeads(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var heads = new List<Head>();
        while (reader.Read())
        {
            heads.Add(new(Id.From(reader.GetFieldValue<byte[]>(0)), (Kind)reader.GetInt32(1), new(reader.GetInt64(2), reader.GetInt32(3)), reader.GetInt32(4) != 0));
        }
        return heads;
    }

    /// <summary>What was overwritten must not stay in the write-ahead log.</summary>
    private void ForgetOldPages() => Execute("PRAGMA wal_checkpoint(TRUNCATE);");

    /// <summary>Writes megabytes where they belong, without the two copies that a parameter costs.</summary>
    private void SaveBundle(long index, ReadOnlySpan<byte> bundle)
    {
        using var blob = new SqliteBlob(_db, "commits", "bundle", index);
        blob.Write(bundle);
    }

    /// <summary>The bytes as an array: the one that they fill, where they do.</summary>
    private static byte[] Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : bytes.ToArray();

    private static object EncodeGone(IReadOnlyList<int> gone)
    {
        if (gone.Count == 0) return DBNull.Value;
        byte[] bytes = new byte[2 * gone.Count];
        for (int i = 0; i < gone.Count; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), (ushort)gone[i]);
        return bytes;
    }

    private static HashSet<int> DecodeGone(byte[] bytes)
    {
        var gone = new HashSet<int>();
        for (int i = 0; i + 1 < bytes.Length; i += 2) gone.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(i)));
        return gone;
    }

    private SqliteCommand Command(string sql, SqliteTransaction? transaction = null)
    {
        var command = _db.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        return command;
    }

    /// <summary>Of the store, which disposes it; outside of transactions only.</summary>
    private SqliteCommand Kept(string sql) => _kept.TryGetValue(sql, out var command) ? command : _kept[sql] = Command(sql);

    private static void Set(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values)
        {
            if (command.Parameters.Contains(name)) command.Parameters[name].Value = value;
            else command.Parameters.AddWithValue(name, value);
        }
    }

    private void Execute(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    /// <summary>A commit of the store with its payloads: where each lies in the bundle, by the number of its operation.</summary>
    private sealed record StoredCommit(long Index, Commit Commit, byte[] Bundle, Dictionary<int, Range> Places);
}
