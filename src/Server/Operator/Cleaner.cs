using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Blobs;
using Candor.Server.Commits;
using Candor.Server.Storage;

namespace Candor.Server.Operator;

/// <summary>Removes what nobody needs any more: blobs that no commit named within a day, and payloads superseded or removed more than 30 days ago with the blobs only they named.</summary>
/// <remarks>
/// Always the row first, flushed, then the file: a crash between leaves a file without a row, which the next run finds. It runs beside the server's requests,
/// in small units of work.
/// </remarks>
public sealed class Cleaner(Database database, BlobStore blobs, BlobLocks locks, TimeProvider time, ILogger<Cleaner> log) : IDisposable
{
    /// <summary>How long an uploaded blob waits for the commit that names it.</summary>
    public static readonly TimeSpan UnreferencedFor = TimeSpan.FromHours(24);

    /// <summary>How long a superseded or removed revision can be had back.</summary>
    public static readonly TimeSpan SupersededFor = TimeSpan.FromDays(30);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private const int Batch = 256;

    private readonly SemaphoreSlim _oneRun = new(1, 1);

    public async Task RunHourlyAsync(CancellationToken stopping)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            // At the start too: a crash may have left files of what was erased.
            await Task.Delay(TimeSpan.FromMinutes(1), time, stopping).ConfigureAwait(false);
            do
            {
                await TryRunAsync(stopping).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task TryRunAsync(CancellationToken stopping)
    {
        try
        {
            await RunAsync(stopping).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What stops one run must not stop the server, nor the next run.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            log.CleaningFailed(e);
        }
    }

    /// <returns>How many blobs and payloads went.</returns>
    public async Task<(int Blobs, int Payloads)> RunAsync(CancellationToken cancellation)
    {
        await _oneRun.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await RunCoreAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _oneRun.Release();
        }
    }

    public void Dispose() => _oneRun.Dispose();

    private async Task<(int Blobs, int Payloads)> RunCoreAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        int payloads = await DropSupersededAsync(now - SupersededFor, cancellation).ConfigureAwait(false);
        int removed = await RemoveUnreferencedAsync(now - UnreferencedFor, cancellation).ConfigureAwait(false);
        removed += await RemoveStrayFilesAsync(now - UnreferencedFor, cancellation).ConfigureAwait(false);
        blobs.Sweep(now - UnreferencedFor);
        if (removed + payloads > 0)
        {
            await database.ForgetDeletedAsync().ConfigureAwait(false);
            log.Cleaned(removed, payloads);
        }
        return (removed, payloads);
    }

    private async Task<int> RemoveUnreferencedAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        int removed = 0;
        while (database.Read(sql => BlobRows.Unreferenced(sql, before, Batch)) is { Count: > 0 } keys)
        {
            foreach (var key in keys)
            {
                cancellation.ThrowIfCancellationRequested();
                if (await RemoveAsync(key, sql => BlobRows.DeleteUnreferenced(sql, key, before)).ConfigureAwait(false)) removed++;
            }
        }
        return removed;
    }

    /// <summary>Row and file together, while nobody stores the same blob. False where the row has to stay.</summary>
    private async Task<bool> RemoveAsync(BlobKey key, Func<Statements, long?> deleteRow)
    {
        using var alone = await locks.EnterAsync(key).ConfigureAwait(false);
        bool gone = await database.WriteAsync(sql =>
        {
            if (deleteRow(sql) is not { } size) return false;
            AccountRows.AddBytes(sql, key.Account, -size);
            return true;
        }).ConfigureAwait(false);
        if (gone) blobs.Delete(key);
        return gone;
    }

    /// <summary>Files without a living row: a crash came between the two, or before an erasure had removed them all.</summary>
    private async Task<int> RemoveStrayFilesAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        int removed = 0;
        foreach (var (key, at) in blobs.List())
        {
            cancellation.ThrowIfCancellationRequested();
            var row = database.Read(sql => BlobRows.Find(sql, key));
            if (row is { Erased: false } || (row is null && at > before)) continue;
            using var alone = await locks.EnterAsync(key).ConfigureAwait(false);
            if (database.Read(sql => BlobRows.Find(sql, key)) is { Erased: false }) continue;
            blobs.Delete(key);
            removed++;
        }
        return removed;
    }

    private async Task<int> DropSupersededAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        int dropped = 0;
        var orphans = new Dictionary<(Id Account, Kind Kind), HashSet<Hash32>>();
        while (database.Read(sql => SupersededCommits.Due(sql, before, Batch)) is { Count: > 0 } due)
        {
            foreach (var (account, index) in due)
            {
                cancellation.ThrowIfCancellationRequested();
                var (payloads, kind, names) = await database.WriteAsync(sql => SupersededCommits.Drop(sql, account, index, before)).ConfigureAwait(false);
                dropped += payloads;
                if (names.Count == 0) continue;
                if (!orphans.TryGetValue((account, kind), out var all)) orphans.Add((account, kind), all = []);
                all.UnionWith(names);
            }
        }
        foreach (var ((account, kind), names) in orphans) await RemoveOrphansAsync(account, kind, names).ConfigureAwait(false);
        return dropped;
    }

    /// <summary>Of these names, the blobs that no revision still kept needs.</summary>
    private async Task RemoveOrphansAsync(Id account, Kind kind, HashSet<Hash32> names)
    {
        long seen = 0;
        for (long size = database.Read(sql => AccountRows.Size(sql, account)); seen < size && names.Count > 0; seen++)
        {
            long index = seen;
            database.Read(sql => SupersededCommits.Keep(sql, account, kind, index, names));
        }
        foreach (var name in names)
        {
            var key = new BlobKey(account, kind, name);
            await RemoveAsync(key, sql =>
            {
                // Commits that came meanwhile may name it again.
                var still = new HashSet<Hash32> { name };
                for (long index = seen, size = AccountRows.Size(sql, account); index < size; index++) SupersededCommits.Keep(sql, account, kind, index, still);
                return still.Count == 1 ? BlobRows.Delete(sql, key) : null;
            }).ConfigureAwait(false);
        }
    }
}
