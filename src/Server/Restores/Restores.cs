using System.Collections.Immutable;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Restores;

/// <summary>Which accounts were put back to a backup, as the operator said (candor-server restored), and which of them still wait. In memory, from the database. Safe for use by many threads.</summary>
public sealed class Restores(Database database, NoteSigner key, TimeProvider time)
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<Id, StoredRestore>? _newest;

    /// <summary>The signed statement of the newest restore; null: there was none.</summary>
    public string? Statement(Id account) => Find(account) is { } restore
        ? System.Text.Encoding.UTF8.GetString(new RestoreStatement(Checkpoint.AccountOrigin(key.Name, account.ToArray()), restore.Id, restore.At, restore.Size, restore.Root).Sign(key).ToBytes())
        : null;

    /// <summary>True where this restore is the account's newest.</summary>
    public bool IsNewest(Id account, Id restore) => Find(account)?.Id == restore;

    /// <summary>Seconds that ordinary commits wait at most; 0: they do not.</summary>
    public int WaitsFor(Id account) => Find(account) is { } restore ? SecondsUntil(restore.Ends) : 0;

    /// <summary>The same for whichever account waits longest.</summary>
    public int LongestWait() => All() is { IsEmpty: false } all ? SecondsUntil(all.Values.Max(r => r.Ends)) : 0;

    /// <summary>A device has put back what it had; once all have, nobody waits.</summary>
    public async Task ReportAsync(AccountState state, Id restore, Id holder)
    {
        if (!await database.WriteAsync(sql => RestoreRows.Report(sql, state, restore, holder)).ConfigureAwait(false)) return;
        lock (_lock)
        {
            if (_newest?.TryGetValue(state.Account, out var there) == true && there.Id == restore) _newest = _newest.SetItem(state.Account, there with { Ends = 0 });
        }
    }

    internal void Forget()
    {
        lock (_lock) _newest = null;
    }

    private StoredRestore? Find(Id account) => All().TryGetValue(account, out var found) ? found : null;

    private ImmutableDictionary<Id, StoredRestore> All()
    {
        if (_newest is { } newest) return newest;
        lock (_lock) return _newest ??= database.Read(RestoreRows.Newest).ToImmutableDictionary();
    }

    /// <param name="ends">Unix milliseconds; 0: over.</param>
    private int SecondsUntil(long ends) => ends - time.GetUtcNow().ToUnixTimeMilliseconds() is > 0 and var left ? (int)Math.Min(int.MaxValue, (left + 999) / 1000) : 0;
}
