using Candor.Log;
using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Client.Store;

/// <summary>A restore of the server that this device was told of.</summary>
/// <param name="Statement">What the server signed.</param>
/// <param name="Ours">Commits that this device had verified when it heard of it: from the statement's size up to here it puts back what it has.</param>
/// <param name="Reached">The server's size as it was seen last: under one restore it never shrinks.</param>
/// <param name="Done">This device has put everything back.</param>
internal sealed record KeptRestore(RestoreStatement Statement, long Ours, long Reached, bool Done);

public sealed partial class LocalStore
{
    private const string RestoreColumns = "SELECT id, at, size, root, ours, reached, done FROM restores ";

    internal KeptRestore? FindRestore(Id id, string account)
    {
        using var held = _lock.EnterScope();
        using var command = Command(RestoreColumns + "WHERE id = $id");
        Set(command, ("$id", id.ToArray()));
        return ReadRestore(command, account);
    }

    /// <summary>The newest that is not done.</summary>
    internal KeptRestore? OpenRestore(string account)
    {
        using var held = _lock.EnterScope();
        using var command = Command(RestoreColumns + "WHERE done = 0 ORDER BY at DESC LIMIT 1");
        return ReadRestore(command, account);
    }

    /// <summary>The time of the newest statement, and how many were heard since a moment of this device's clock.</summary>
    internal (long NewestAt, long Heard) RestoresSince(DateTimeOffset since)
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT COALESCE(MAX(at), 0), COALESCE(SUM(seen >= $since), 0) FROM restores");
        Set(command, ("$since", since.ToUnixTimeMilliseconds()));
        using var reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>When this device last heard that the server was restored, by its own clock.</summary>
    internal DateTimeOffset LastRestoreHeard()
    {
        using var held = _lock.EnterScope();
        using var command = Command("SELECT COALESCE(MAX(seen), 0) FROM restores");
        return DateTimeOffset.FromUnixTimeMilliseconds((long)command.ExecuteScalar()!);
    }

    /// <summary>Writes a restore down, at once on stable storage: it is what a shorter log is excused with, once.</summary>
    internal void SaveRestore(KeptRestore restore, DateTimeOffset seen)
    {
        using var held = _lock.EnterScope();
        Execute("PRAGMA synchronous = FULL");
        using var command = Command(
            "INSERT INTO restores (id, at, size, root, ours, reached, done, seen) VALUES ($id, $at, $size, $root, $ours, $reached, $done, $seen) "
            + "ON CONFLICT (id) DO UPDATE SET reached = MAX(reached, excluded.reached), done = excluded.done");
        var (statement, ours, reached, done) = restore;
        Set(command, ("$id", statement.Id.ToArray()), ("$at", statement.At), ("$size", statement.Size), ("$root", statement.Root.ToArray()), ("$ours", ours), ("$reached", reached),
            ("$done", done ? 1 : 0), ("$seen", seen.ToUnixTimeMilliseconds()));
        command.ExecuteNonQuery();
        Execute("PRAGMA synchronous = NORMAL");
    }

    private static KeptRestore? ReadRestore(SqliteCommand command, string account)
    {
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        var statement = new RestoreStatement(account, Id.From(reader.GetFieldValue<byte[]>(0)), reader.GetInt64(1), reader.GetInt64(2), new Hash32(reader.GetFieldValue<byte[]>(3)));
        return new(statement, reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6) != 0);
    }
}
