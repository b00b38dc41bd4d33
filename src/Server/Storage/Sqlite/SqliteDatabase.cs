using System.Collections.Concurrent;
using System.Data.Common;
using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Server.Storage.Sqlite;

/// <summary>One SQLite file in WAL mode. One thread writes; works that wait together share a transaction and its fsync.</summary>
/// <remarks>
/// 1. The writer takes all works that wait. 2. Each runs in a savepoint, so that one that throws undoes only itself. 3. One COMMIT, synchronous=FULL: the journal
/// is on stable storage. 4. Only then every caller is answered. A crash before 3 leaves none of them, after it all of them. Where the disk itself fails at 3, nobody is
/// answered and nothing is written any more: after a failed flush the system may have dropped what it could not write, and a second flush would say that all is well.
/// </remarks>
public sealed class SqliteDatabase : Database
{
    /// <summary>Works in one transaction; more wait for the next.</summary>
    private const int MaxGroup = 512;

    /// <summary>Works that may wait; the next one is told that we are busy.</summary>
    private const int MaxWaiting = 4096;

    // secure_delete: what was erased is overwritten, not just forgotten. 32 MiB of journal before it is folded back.
    private const string Pragmas = """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
        PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
        """;

    private readonly string _readers;
    private readonly SqliteConnection _writer;
    private readonly Statements _statements;
    private readonly BlockingCollection<Work> _waiting = new(MaxWaiting);
    private readonly ConcurrentBag<(SqliteConnection Connection, Statements Statements)> _idle = [];
    private readonly Thread _thread;
    private readonly Action<Exception>? _failed;
    private bool _broken;

    private SqliteDatabase(string path, SqliteConnection writer, Action<Exception>? failed)
    {
        _failed = failed;
        _readers = Source(path, SqliteOpenMode.ReadOnly);
        _writer = writer;
        _statements = new(writer);
        _thread = new(WriteLoop) { IsBackground = true, Name = "database writer" };
        _thread.Start();
    }

    /// <summary>Opens the file, makes it where there is none, and brings its tables up to this version.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="failed">Called once if the disk fails under it; every write from there on is refused.</param>
    /// <exception cref="InvalidOperationException">A newer version wrote it.</exception>
    public static SqliteDatabase Open(string path, Action<Exception>? failed = null)
    {
        var writer = new SqliteConnection(Source(path, SqliteOpenMode.ReadWriteCreate));
        try
        {
            writer.Open();
            // Before the first table: pages of 8 KiB suit rows of some kilobytes.
            Run(writer, "PRAGMA page_size = 8192;" + Pragmas);
            SchemaScripts.Apply(writer);
            return new(path, writer, failed);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Writes a copy of a database as it is at one moment, while others read and write it.</summary>
    /// <param name="path">Of the database.</param>
    /// <param name="copy">A file that is not there.</param>
    public static void CopyTo(string path, string copy)
    {
        using var connection = new SqliteConnection(Source(path, SqliteOpenMode.ReadOnly));
        connection.Open();
        Run(connection, "PRAGMA busy_timeout = 5000");
        using var command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO $copy";
        command.Parameters.AddWithValue("$copy", copy);
        command.ExecuteNonQuery();
    }

    public override Task<T> WriteAsync<T>(Func<Statements, T> work)
    {
        var waiting = new Work<T>(work);
        try
        {
            if (!_waiting.TryAdd(waiting)) throw new StorageException(ErrorName.Busy);
        }
        catch (InvalidOperationException e)
        {
            throw new StorageException(ErrorName.Busy, e); // shutting down
        }
        return waiting.Answer;
    }

    public override T Read<T>(Func<Statements, T> work)
    {
        if (!_idle.TryTake(out var reader))
        {
            var connection = new SqliteConnection(_readers);
            connection.Open();
            Run(connection, "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;");
            reader = (connection, new(connection));
        }
        try
        {
            return work(reader.Statements);
        }
        finally
        {
            _idle.Add(reader);
        }
    }

    public override Task ForgetDeletedAsync()
    {
        var work = new Work<int>(statements => statements.Execute("PRAGMA wal_checkpoint(TRUNCATE)")) { Alone = true };
        try
        {
            _waiting.Add(work);
            return work.Answer;
        }
        catch (InvalidOperationException)
        {
            return Task.CompletedTask; // shutting down: closing the file folds the journal back
        }
    }

    public override IReadOnlyList<string> Check() => Read(statements =>
    {
        var found = new List<string>();
        using var rows = statements.Query("PRAGMA integrity_check");
        while (rows.Read())
        {
            if (rows.GetString(0) is var line && line != "ok") found.Add(line);
        }
        return found;
    });

    private void WriteLoop()
    {
        var group = new List<Work>(MaxGroup);
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            group.Clear();
            var next = first;
            Work? alone = null;
            do
            {
                if (next.Alone) alone = next;
                else group.Add(next);
            }
            while (alone is null && group.Count < MaxGroup && _waiting.TryTake(out next!));
            if (group.Count > 0) RunGroup(group);
            if (alone is null) continue;
            if (_broken) alone.Fail(new StorageException(ErrorName.Busy));
            else if (alone.TryRun(_statements)) alone.Done();
            else CheckDisk(alone.Error!);
        }
    }

    private void RunGroup(List<Work> group)
    {
        if (_broken)
        {
            foreach (var work in group) work.Fail(new StorageException(ErrorName.Busy));
            return;
        }
        try
        {
            _statements.Execute("BEGIN IMMEDIATE");
            foreach (var work in group)
            {
                _statements.Execute("SAVEPOINT work");
                if (!work.TryRun(_statements)) _statements.Execute("ROLLBACK TO work");
                _statements.Execute("RELEASE work");
            }
            _statements.Execute("COMMIT");
        }
        catch (DbException e)
        {
            // The transaction as a whole failed: nobody was answered, nothing stays.
            try
            {
                _statements.Execute("ROLLBACK");
            }
            catch (DbException)
            {
                // SQLite has rolled back by itself.
            }
            CheckDisk(e);
            foreach (var work in group) work.Fail(Named(e));
            return;
        }
        foreach (var work in group) work.Done();
    }

    /// <summary>SQLITE_IOERR: a write or a flush failed, and it was no lack of room.</summary>
    private void CheckDisk(Exception e)
    {
        if (_broken || e is not SqliteException { SqliteErrorCode: 10 }) return;
        _broken = true;
        _failed?.Invoke(e);
    }

    private static Exception Named(Exception e) => e is SqliteException { SqliteErrorCode: var code }
        ? code switch
        {
            13 => new StorageException(ErrorName.DiskFull, e), // SQLITE_FULL
            5 or 6 => new StorageException(ErrorName.Busy, e), // SQLITE_BUSY, SQLITE_LOCKED
            _ => e,
        }
        : e;

    private static string Source(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString();

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _waiting.CompleteAdding();
        _thread.Join();
        _waiting.Dispose();
        while (_idle.TryTake(out var reader))
        {
            reader.Statements.Dispose();
            reader.Connection.Dispose();
        }
        _statements.Dispose();
        _writer.Dispose();
    }

    private abstract class Work
    {
        /// <summary>Not inside a transaction.</summary>
        public bool Alone { get; init; }

        /// <summary>False where the work threw: its caller gets the exception, its changes have to be undone.</summary>
        public abstract bool TryRun(Statements statements);

        /// <summary>What it threw.</summary>
        public Exception? Error { get; protected set; }

        public abstract void Done();

        public abstract void Fail(Exception e);
    }

    private sealed class Work<T>(Func<Statements, T> work) : Work
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Answer => _answer.Task;

        public override bool TryRun(Statements statements)
        {
            try
            {
                _result = work(statements);
                return true;
            }
#pragma warning disable CA1031 // Whatever it is, it is its caller's, and the writer goes on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Error = e;
                Fail(Named(e));
                return false;
            }
        }

        public override void Done() => _answer.TrySetResult(_result!);

        public override void Fail(Exception e) => _answer.TrySetException(e);
    }
}
