using Candor.Protocol;

namespace Candor.Client.Store;

/// <summary>A piece of a file that the server has acknowledged while no commit names it yet.</summary>
public readonly record struct UploadedPiece(int Piece, Id Revision, uint Epoch, Hash32 Blob);

public sealed partial class LocalStore
{
    /// <summary>Pieces of a file that arrived before a run broke off. Names and ids only.</summary>
    /// <param name="record">Whose.</param>
    /// <param name="role">The file's role and its content id: another content is another file.</param>
    public IReadOnlyList<UploadedPiece> Uploads(Id record, string role)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT piece, revision, epoch, blob FROM uploads WHERE record = $record AND role = $role ORDER BY piece");
        Set(command, ("$record", record.ToArray()), ("$role", role));
        using var reader = command.ExecuteReader();
        var pieces = new List<UploadedPiece>();
        while (reader.Read())
        {
            pieces.Add(new(reader.GetInt32(0), Id.From(reader.GetFieldValue<byte[]>(1)), (uint)reader.GetInt64(2), new Hash32(reader.GetFieldValue<byte[]>(3))));
        }
        return pieces;
    }

    /// <summary>True where some earlier run left pieces behind: only then is it worth asking file by file.</summary>
    public bool HasUploads()
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT EXISTS (SELECT 1 FROM uploads)");
        return command.ExecuteScalar() is long and not 0;
    }

    public void SaveUpload(Id record, string role, UploadedPiece piece)
    {
        using var held = _lock.EnterScope();
        using var command = Command(
            "INSERT INTO uploads (record, role, piece, revision, epoch, blob) VALUES ($record, $role, $piece, $revision, $epoch, $blob) "
            + "ON CONFLICT (record, role, piece) DO UPDATE SET revision = excluded.revision, epoch = excluded.epoch, blob = excluded.blob");
        Set(command, ("$record", record.ToArray()), ("$role", role), ("$piece", piece.Piece), ("$revision", piece.Revision.ToArray()), ("$epoch", (long)piece.Epoch),
            ("$blob", piece.Blob.ToArray()));
        command.ExecuteNonQuery();
    }

    /// <summary>Forgets the pieces of records whose commits were acknowledged, or that cannot be gone on with.</summary>
    public void ForgetUploads(IEnumerable<Id> records)
    {
        using var held = _lock.EnterScope();
        using var transaction = _db.BeginTransaction();
        using var command = Command("DELETE FROM uploads WHERE record = $record", transaction);
        foreach (var record in records)
        {
            Set(command, ("$record", record.ToArray()));
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }
}
