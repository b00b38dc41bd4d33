using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Blobs;
using Candor.Server.Operator;
using Candor.Server.Requests;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>Takes a push into an account's log, or founds the account with it.</summary>
/// <remarks>
/// 1. The leaf is checked by every rule against a clone of the state, and the payloads against the leaf: on the caller's thread, many at a time.
/// 2. In one unit of work: the blobs are here, the quota holds, the head is still the one that the commit names (compare and set); then leaf, payloads, vault keys and
/// the new state are written, and what the commit erases is destroyed. 3. After the flush the new state is the account's, and the checkpoint is signed. A crash
/// before 3 leaves either no trace or a commit whose author asks again and gets the same checkpoint.
/// </remarks>
public sealed partial class CommitIntake(
    Database database, BlobStore blobs, AccountStates accounts, Checkpoints checkpoints, Restores.Restores restores, Law.Residency residency, ChangeNotices notices, ServerSettings settings, TimeProvider time, ILogger<CommitIntake> log)
{
    /// <summary>Is told of every erasure that was done, for the public log; null: nobody is.</summary>
    internal Action<Opening>? Erased { get; init; }

    /// <summary>Extends an account's log.</summary>
    /// <returns>The checkpoint of the new head, or why not.</returns>
    public async Task<(byte[]? Checkpoint, Problem? Problem)> AppendAsync(AccountState before, Push push)
    {
        // 1.
        var after = before.Clone();
        if (after.TryExtend(push.Leaf, out var commit) is { } refusal)
        {
            if (refusal != ErrorName.HeadMoved) return (null, Problem.Of(refusal));
            return IsNewestLeaf(before, push, commit!) ? (checkpoints.Sign(before), null) : (null, Problem.HeadMoved(before.Size));
        }
        if (restores.WaitsFor(before.Account) is > 0 and var seconds) return (null, Problem.Later(ErrorName.Restoring, seconds));
        if (residency.Check(commit!, after) is { } elsewhere) return (null, elsewhere);
        if (PushContents.Check(commit!, push) is { } unfit) return (null, Problem.Of(unfit));
        // Leaves never change, so what is read before the unit of work holds in it.
        if (database.Read(sql => ParentRecords.Check(sql, commit!)) is { } stranger) return (null, Problem.Of(stranger));

        // 2.
        var named = PushContents.BlobsOf(commit!);
        var problem = await database.WriteAsync(sql => Store(sql, before, after, commit!, push, named)).ConfigureAwait(false);
        if (problem is not null)
            return problem.Name == ErrorName.HeadMoved ? await AgainAsync(after.Account, push, problem).ConfigureAwait(false) : (null, problem);
        await DestroyAsync(commit!, push.Leaf).ConfigureAwait(false);

        // 3.
        return (Publish(after, commit!), null);
    }

    /// <summary>Makes an account of its first commit.</summary>
    /// <param name="push">The first commit.</param>
    /// <param name="invite">Where registration asks for one.</param>
    public async Task<(byte[]? Checkpoint, Problem? Problem)> FoundAsync(Push push, string? invite)
    {
        if (!Leaf.TryDecode(push.Leaf, out var leaf)) return (null, Problem.Of(ErrorName.CommitMalformed));
        if (!Commit.TryDecode(leaf.Body, out var commit, out string? malformed)) return (null, Problem.Of(malformed!));
        if (accounts.Find(commit.Account) is { } there)
            return IsNewestLeaf(there, push, commit) ? (checkpoints.Sign(there), null) : (null, Problem.Of(ErrorName.AccountExists));
        if (settings.Registration == Registration.Closed) return (null, Problem.Of(ErrorName.RegistrationClosed));

        var state = new AccountState(commit.Account);
        if (state.TryExtend(push.Leaf, out _) is { } refusal) return (null, Problem.Of(refusal == ErrorName.HeadMoved ? ErrorName.GenesisBad : refusal));
        if (residency.Check(commit, state) is { } elsewhere) return (null, elsewhere);
        if (PushContents.Check(commit, push) is { } unfit) return (null, Problem.Of(unfit));

        var problem = await database.WriteAsync(sql =>
        {
            if (AccountRows.Exists(sql, state.Account)) return Problem.Of(ErrorName.AccountExists);
            if (settings.Registration == Registration.Invite && !Invites.TryUse(sql, invite, time.GetUtcNow())) return Problem.Of(ErrorName.InviteBad);
            AccountRows.Insert(sql, state, SizeOf(push), time.GetUtcNow());
            WriteContents(sql, commit, push, []);
            return null;
        }).ConfigureAwait(false);
        if (problem is not null) return (null, problem);
        log.AccountFounded();
        return (Publish(state, commit), null);
    }

    /// <summary>The unit of work: first every check, then every change.</summary>
    private Problem? Store(Statements sql, AccountState before, AccountState after, Commit commit, Push push, IReadOnlyDictionary<Hash32, int> named)
    {
        var missing = new List<Hash32>();
        foreach (var (name, length) in named)
        {
            var stored = BlobRows.Find(sql, new(after.Account, commit.Kind, name));
            if (stored is not { Erased: false }) missing.Add(name);
            else if (length > 0 && stored.Value.Size != length) return Problem.Of(ErrorName.PayloadBad);
        }
        if (AccountRows.Size(sql, after.Account) is var size && size != commit.PrevSize) return Problem.HeadMoved(size);
        if (EraseBrake.Check(sql, before, commit, settings.EraseWait, time.GetUtcNow()) is { } soon) return soon;
        if (PeopleBrake.Check(sql, before, commit, time.GetUtcNow()) is { } early) return early;
        if (missing.Count > 0) return Problem.BlobMissing(missing);
        // Devices, consents and erasures have to work when everything is full.
        if (settings.Quota > 0 && commit.Kind != Kind.None && AccountRows.Bytes(sql, after.Account) is var used && used + SizeOf(push) > settings.Quota)
            return Problem.QuotaExceeded(used, settings.Quota);

        if (!AccountRows.Advance(sql, after, SizeOf(push))) return Problem.HeadMoved(AccountRows.Size(sql, after.Account));
        WriteContents(sql, commit, push, named.Keys);
        return null;
    }

    private void WriteContents(Statements sql, Commit commit, Push push, IEnumerable<Hash32> named)
    {
        var now = time.GetUtcNow();
        CommitRows.Insert(sql, commit.Account, commit.PrevSize, commit.Kind, push.Leaf, push.Bundle, now);
        foreach (var name in named) BlobRows.Reference(sql, new(commit.Account, commit.Kind, name), commit.PrevSize);
        int vaults = 0;
        foreach (var operation in commit.Operations)
        {
            switch (operation)
            {
                case Put put:
                    Supersede(sql, commit, put.Parents, now);
                    break;
                case Remove remove:
                    Supersede(sql, commit, remove.Parents, now);
                    break;
                case Vault vault:
                    if (push.Vaults[vaults++] is { IsEmpty: false } sealedKey) CommitRows.InsertVault(sql, commit.Account, vault, sealedKey);
                    break;
                case HolderAdd add:
                    AccountRows.InsertHolder(sql, commit.Account, add.Keys, now);
                    break;
                case HolderRemove remove:
                    AccountRows.RemoveHolder(sql, commit.Account, remove.Holder, now);
                    break;
                case Erase erase:
                    long bytes = CommitRows.Erase(sql, commit.Account, erase.Kind) + BlobRows.Erase(sql, commit.Account, erase.Kind, commit.PrevSize);
                    AccountRows.AddBytes(sql, commit.Account, -bytes);
                    break;
            }
        }
    }

    private static void Supersede(Statements sql, Commit commit, IReadOnlyList<Place> parents, DateTimeOffset now)
    {
        foreach (var parent in parents) CommitRows.Supersede(sql, commit.Account, parent, commit.Kind, commit.PrevSize, now);
    }

    /// <summary>Removes the files of what was erased, and what the journal still holds of it. A crash before this is made good by gc at the next start.</summary>
    private async Task DestroyAsync(Commit commit, ReadOnlyMemory<byte> leaf)
    {
        bool any = false;
        foreach (var erase in commit.Operations.OfType<Erase>())
        {
            any = true;
            foreach (var name in database.Read(sql => BlobRows.Erased(sql, commit.Account, erase.Kind, commit.PrevSize)))
                blobs.Delete(new(commit.Account, erase.Kind, name));
            log.KindErased(erase.Kind.Word());
            Erased?.Invoke(Opening.Erasure(commit.Account, commit.PrevSize, MerkleTree.LeafHash(leaf.Span), erase.Kind.Word()));
        }
        if (any) await database.ForgetDeletedAsync().ConfigureAwait(false);
    }

    private byte[] Publish(AccountState state, Commit commit)
    {
        accounts.Keep(state);
        notices.Changed(state);
        CommitMeter.Appended(commit);
        return checkpoints.Sign(state);
    }

    /// <summary>Somebody was faster: perhaps the same push, sent twice at once.</summary>
    private async Task<(byte[]? Checkpoint, Problem? Problem)> AgainAsync(Id account, Push push, Problem moved)
    {
        var state = await Task.Run(() => database.Read(sql => AccountRows.Load(sql, account))).ConfigureAwait(false);
        if (state is null || !Leaf.TryDecode(push.Leaf, out var leaf) || !Commit.TryDecode(leaf.Body, out var commit, out _)) return (null, moved);
        return IsNewestLeaf(state, push, commit) ? (checkpoints.Sign(accounts.Keep(state)), null) : (null, moved);
    }

    private bool IsNewestLeaf(AccountState state, Push push, Commit commit) =>
        commit.PrevSize == state.Size - 1
        && database.Read(sql => CommitRows.Leaf(sql, state.Account, commit.PrevSize)) is { } newest
        && push.Leaf.Span.SequenceEqual(newest);

    private static long SizeOf(Push push) => push.Leaf.Length + push.Bundle.Length + push.Vaults.Sum(v => (long)v.Length);
}
