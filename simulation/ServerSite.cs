using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Restores;
using Candor.Server.Operator;
using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;

namespace Candor.Simulation;

/// <summary>The real server on a folder of its own, reached by <see cref="MemoryWire"/> (<see cref="ServerHost"/>). It can be killed, copied, and put back to an earlier copy.</summary>
internal sealed class ServerSite(string root, WorldTime world) : IDisposable
{
    public static readonly Uri Address = new("http://candor.sim");

    private ServerHost? _server;
    private int _copies;

    public WallClock Clock { get; } = new(world);

    /// <summary>The folder that it runs on.</summary>
    public string Folder { get; private set; } = Path.Combine(root, "server");

    public bool IsUp => _server is not null;

    public async Task StartAsync() => _server = await ServerHost.StartAsync(Folder, Clock);

    public Task<WireAnswer> SendAsync(WireRequest request) => _server!.SendAsync(request);

    /// <summary>What the hourly run does.</summary>
    public Task CleanAsync() => _server!.Cleaner.RunAsync(default);

    /// <summary>The files as they are at this moment, the journal not folded back: what a kill leaves.</summary>
    public string Copy()
    {
        string copy = Path.Combine(root, $"server-{++_copies}");
        Disk.Copy(Folder, copy);
        return copy;
    }

    /// <summary>kill -9: the process is gone, the disk stays as it is.</summary>
    public void Kill()
    {
        if (_server is null) return;
        string left = Copy(), old = Folder;
        Stop();
        Directory.Delete(old, recursive: true);
        Folder = left;
    }

    /// <summary>The process ends and another one begins on a copy that was made before.</summary>
    public async Task PutBackAsync(string copy)
    {
        Stop();
        Folder = Path.Combine(root, $"server-{++_copies}");
        Disk.Copy(copy, Folder);
        await StartAsync();
    }

    /// <summary>An honest operator puts an earlier copy back and says so before the server starts (candor-server restored): ordinary commits wait until every phone has answered, at most so long.</summary>
    public async Task RestoreAsync(string copy, TimeSpan wait)
    {
        Stop();
        Folder = Path.Combine(root, $"server-{++_copies}");
        Disk.Copy(copy, Folder);
        using (var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(Folder)))
        {
            await database.WriteAsync(sql => RestoreRows.Begin(sql, Id.Random(), Clock.GetUtcNow(), wait));
        }
        await StartAsync();
    }

    public AccountState? StateOf(Id account) => _server!.Database.Read(sql => AccountRows.Load(sql, account));

    /// <summary>Lets the database grow by so many pages and no further; null: as far as it likes. SQLite itself then says that the disk is full.</summary>
    public Task LimitAsync(long? pages) => _server!.Database.WriteAsync(sql =>
    {
        long limit = pages is { } more ? sql.Number("PRAGMA page_count") + more : 1_073_741_823;
        return sql.Number($"PRAGMA max_page_count = {limit}");
    });

    /// <summary>Everything that is kept, read again: damage, in words.</summary>
    public IReadOnlyList<string> Scrub() => _server!.Scrub();

    public void Stop()
    {
        // Nobody is connected: there is nothing to let end.
        _server?.Stop();
        _server = null;
    }

    public void Dispose() => Stop();
}

/// <summary>Files as a crash leaves them.</summary>
internal static class Disk
{
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string path in Directory.GetFiles(from))
        {
            // The index of a journal lies in shared memory, and a lock belongs to a process: both are gone with it.
            if (!path.EndsWith("-shm", StringComparison.Ordinal) && Path.GetFileName(path) != "lock") CopyFile(path, Path.Combine(to, Path.GetFileName(path)));
        }
        foreach (string folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static void CopyFile(string from, string to)
    {
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        using var target = new FileStream(to, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        source.CopyTo(target);
    }

    /// <summary>
    /// What a loss of power may take from a device's files: the end of the store's journal from where it was last flushed, torn anywhere; and lines of answers at the end of the ledger,
    /// which are not flushed either. Departures are, and stay.
    /// </summary>
    /// <param name="journal">Of the store, in write-ahead mode.</param>
    /// <param name="flushed">Bytes of it that are on stable storage.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="chance">How much.</param>
    public static void LosePower(string journal, long flushed, string ledger, Random chance)
    {
        if (File.Exists(journal) && new FileInfo(journal).Length is var written && written > flushed) Cut(journal, flushed + chance.NextInt64(written - flushed + 1));
        byte[] lines = File.ReadAllBytes(ledger);
        int safe = lines.AsSpan().LastIndexOf("\"ev\":\"out\""u8);
        safe = safe < 0 ? 0 : safe + lines.AsSpan(safe).IndexOf((byte)'\n') + 1;
        Cut(ledger, safe + chance.NextInt64(lines.Length - safe + 1));
    }

    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }
}
