using System.Threading.Channels;
using Candor.Client.Api;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

public sealed partial class Account
{
    /// <summary>Times that a commit is made anew because another device was faster.</summary>
    private const int Attempts = 8;

    /// <summary>How long a batch waits to be filled: after that what is there is committed, so that a kill costs little.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Commits changes of one kind, in as many commits as they need. Each is on the server's stable storage when it counts as done.</summary>
    /// <param name="kind">A kind that is on.</param>
    /// <param name="changes">In order.</param>
    /// <param name="done">Called with the changes of each commit once it is acknowledged.</param>
    /// <param name="cancel">Stops between two commits.</param>
    /// <exception cref="ServerRefusedException">consent-required before anything is sealed where the kind is off.</exception>
    public Task CommitAsync(Kind kind, IReadOnlyList<RecordChange> changes, Action<IReadOnlyList<CommittedChange>>? done, CancellationToken cancel) =>
        CommitAsync(kind, changes.ToAsyncEnumerable(), done, cancel);

    /// <summary>The same for changes that are still being made. While one commit is on its way the next is sealed.</summary>
    public async Task CommitAsync(Kind kind, IAsyncEnumerable<RecordChange> changes, Action<IReadOnlyList<CommittedChange>>? done, CancellationToken cancel)
    {
        await FetchVaultKeysAsync(kind, cancel);
        var keys = KeysOf(kind) ?? throw Off(kind);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var batches = Channel.CreateBounded<SealedBatch>(1);
        var sealing = Task.Run(() => SealAsync(keys, changes, batches.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(cancel)) await CommitAsync(kind, batch, done, cancel);
        }
        finally
        {
            await stop.CancelAsync();
            await sealing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        await sealing;
    }

    /// <summary>How long a device that runs may be silent in the log (spec/account-log.md §5).</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromHours(24);

    /// <summary>Writes an empty commit where this device has written nothing for a day, so that the others see that it is alive, and that they see it.</summary>
    public Task SayAliveAsync(CancellationToken cancel)
    {
        long last = _state.Holders.GetValueOrDefault(_me.Id)?.LastTime.Ms ?? 0;
        bool due = _clock.GetUtcNow().ToUnixTimeMilliseconds() - last >= (long)Heartbeat.TotalMilliseconds;
        return due ? CommitAsync(Kind.None, () => ([], [], default), cancel) : Task.CompletedTask;
    }

    private static async Task SealAsync(VaultKeys keys, IAsyncEnumerable<RecordChange> changes, ChannelWriter<SealedBatch> batches, CancellationToken cancel)
    {
        Exception? failed = null;
        try
        {
            var batch = new SealedBatch();
            await using var source = changes.GetAsyncEnumerator(cancel);
            var next = source.MoveNextAsync().AsTask();
            while (true)
            {
                if (batch.Changes.Count > 0 && !next.IsCompleted)
                {
                    if (await Task.WhenAny(next, Task.Delay(Patience, cancel)) != next)
                    {
                        await batches.WriteAsync(batch, cancel);
                        batch = new();
                    }
                }
                if (!await next) break;
                if (batch.IsFull)
                {
                    await batches.WriteAsync(batch, cancel);
                    batch = new();
                }
                if (source.Current.Onto is { } first) batch.Add(keys, first);
                batch.Add(keys, source.Current);
                next = source.MoveNextAsync().AsTask();
            }
            if (batch.Changes.Count > 0) await batches.WriteAsync(batch, cancel);
        }
        catch (Exception e)
        {
            failed = e;
            throw;
        }
        finally
        {
            batches.TryComplete(failed);
        }
    }

    private async Task CommitAsync(Kind kind, SealedBatch batch, Action<IReadOnlyList<CommittedChange>>? done, CancellationToken cancel)
    {
        try
        {
            await UploadLargeAsync(kind, batch, cancel);
            long index = 0;
            await CommitAsync(kind, () =>
            {
                index = _state.Size;
                return (batch.Operations(index), [], batch.Bundle);
            }, cancel, async () =>
            {
                // A revocation came between: what was sealed under older keys is sealed anew.
                var keys = KeysOf(kind) ?? throw Off(kind);
                if (batch.Epoch == 0 || keys.NewestEpoch == batch.Epoch) return;
                var again = new SealedBatch();
                foreach (var sealedChange in batch.Changes) again.Add(keys, sealedChange.Change);
                batch.Dispose();
                batch = again;
                await UploadLargeAsync(kind, batch, cancel);
            });
            var large = batch.Changes.Select((c, op) => (Change: c, Op: op)).Where(c => c.Change.Large is not null);
            _store.SavePayloads(large.Select(c => (new Place(index, c.Op), c.Change.Large!)));
            done?.Invoke([.. batch.Changes.Select((c, op) => new CommittedChange(c.Change, new(index, op)))]);
        }
        finally
        {
            batch.Dispose();
        }
    }

    private async Task UploadLargeAsync(Kind kind, SealedBatch batch, CancellationToken cancel)
    {
        foreach (var sealedChange in batch.Large)
            await _api.PutBlobAsync(Id, kind, sealedChange.Hash, sealedChange.Large!, ConsentFor(kind), cancel);
    }

    /// <summary>Index in the log of this device's consent for a kind: what the ledger names; -1 for the account itself.</summary>
    internal long ConsentFor(Kind kind) => kind == Kind.None ? -1 : _state.Holders.GetValueOrDefault(_me.Id)?.ConsentFor(kind)?.Place.Index ?? -1;

    private Task<bool> CommitAsync(
        Kind kind, Func<(IReadOnlyList<Operation> Operations, IReadOnlyList<ReadOnlyMemory<byte>> Vaults, ReadOnlyMemory<byte> Bundle)> make, CancellationToken cancel,
        Func<Task>? moved = null) => GuardedAsync(() => CommitCoreAsync(kind, make, moved, cancel), cancel);

    private async Task<bool> CommitCoreAsync(
        Kind kind, Func<(IReadOnlyList<Operation> Operations, IReadOnlyList<ReadOnlyMemory<byte>> Vaults, ReadOnlyMemory<byte> Bundle)> make, Func<Task>? moved,
        CancellationToken cancel)
    {
        bool waited = false;
        for (int attempt = 1; ; attempt++)
        {
            var (operations, vaults, bundle) = make();
            var commit = Next(kind, operations);
            byte[] leaf = _me.Sign(commit);
            bool taken = false;
            try
            {
                byte[] checkpoint = await _api.PushAsync(Id, new(leaf, bundle, vaults), kind, ConsentFor(kind), cancel);
                Take(leaf, commit, bundle, checkpoint);
                return taken = true;
            }
            catch (ServerRefusedException refusal) when ((refusal.Name == ErrorName.HeadMoved && attempt < Attempts) || (refusal.Name == ErrorName.Restoring && !waited))
            {
                // Restoring: the pull puts back what this device has. If all have done so, the commit is taken then.
                waited |= refusal.Name == ErrorName.Restoring;
                ForgetRoot();
                await PullAsync(cancel);
                // What moved the head may have been a revocation, and with it the keys.
                if (kind != Kind.None) await FetchVaultKeysAsync(kind, cancel);
                if (moved is not null) await moved();
            }
            finally
            {
                // Refused or unheard: a rotated root key that the log does not have must not stay. What comes next makes its own from the log.
                if (!taken) ForgetRoot();
            }
        }
    }

    private void ForgetRoot()
    {
        _rootKeys?.Dispose();
        _rootKeys = null;
    }

    private Commit Next(Kind kind, IReadOnlyList<Operation> operations, Id? author = null)
    {
        var by = author ?? _me.Id;
        var me = _state.Holders.GetValueOrDefault(by);
        var time = HybridTime.Next(me?.LastTime ?? default, _state.LatestTime, _clock.GetUtcNow());
        return new(Id, _state.Size, _state.Root, by, (me?.LastSeq ?? 0) + 1, time, kind, operations);
    }
}
