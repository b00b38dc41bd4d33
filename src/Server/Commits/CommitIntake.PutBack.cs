using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Blobs;
using Candor.Server.Requests;
using Candor.Server.Restores;

namespace Candor.Server.Commits;

/// <summary>Commits that the server had taken before it was put back to a backup (spec/http-api.md §5.1): the same leaves, by the same rules; of what they carried, what a device still has.</summary>
public sealed partial class CommitIntake
{
    /// <summary>Takes the next commit of those that were lost, or what is missing of one that is here again.</summary>
    public async Task<(byte[]? Checkpoint, Problem? Problem)> PutBackAsync(AccountState before, Id sender, PutBack sent)
    {
        if (!Leaf.TryDecode(sent.Leaf, out var leaf)) return (null, Problem.Of(ErrorName.CommitMalformed));
        if (!Commit.TryDecode(leaf.Body, out var commit, out string? malformed)) return (null, Problem.Of(malformed!));
        if (commit.Account != before.Account) return (null, Problem.Of(ErrorName.WrongAccount));
        if (PushContents.Check(commit, sent, out var payloads) is { } unfit) return (null, Problem.Of(unfit));
        if (commit.PrevSize < before.Size) return await FillAsync(before, commit, sent, payloads).ConfigureAwait(false);

        var after = before.Clone();
        if (after.TryExtend(sent.Leaf, out _) is { } refusal) return (null, refusal == ErrorName.HeadMoved ? Problem.HeadMoved(before.Size) : Problem.Of(refusal));
        if (database.Read(sql => ParentRecords.Check(sql, commit)) is { } stranger) return (null, Problem.Of(stranger));
        var problem = await database.WriteAsync(sql =>
        {
            if (AccountRows.Size(sql, after.Account) is var size && size != commit.PrevSize) return Problem.HeadMoved(size);
            // Another device vouches for an erasure that it saw in the log; whoever erased waits again, as a stolen device would have to.
            if (commit.Author == sender && EraseBrake.Check(sql, before, commit, settings.EraseWait, time.GetUtcNow()) is { } soon) return soon;
            var push = new Push(sent.Leaf, sent.Bundle, sent.Vaults);
            if (!AccountRows.Advance(sql, after, SizeOf(push))) return Problem.HeadMoved(AccountRows.Size(sql, after.Account));
            WriteContents(sql, commit, push, PushContents.BlobsOf(commit).Keys);
            foreach (int op in sent.Gone) RestoreRows.Miss(sql, commit.Account, commit.PlaceOf(op), time.GetUtcNow());
            return null;
        }).ConfigureAwait(false);
        if (problem is not null) return (null, problem);
        await DestroyAsync(commit, sent.Leaf).ConfigureAwait(false);
        return (Publish(after, commit), null);
    }

    /// <summary>The leaf is here: payloads, keys and blobs that are not yet are taken.</summary>
    private async Task<(byte[]? Checkpoint, Problem? Problem)> FillAsync(AccountState state, Commit commit, PutBack sent, IReadOnlyDictionary<int, ReadOnlyMemory<byte>> payloads)
    {
        long index = commit.PrevSize;
        if (database.Read(sql => CommitRows.Leaf(sql, commit.Account, index)) is not { } here || !sent.Leaf.Span.SequenceEqual(here)) return (null, Problem.HeadMoved(state.Size));
        await database.WriteAsync(sql =>
        {
            var now = AccountRows.Load(sql, commit.Account)!;
            if (commit.Kind != Kind.None && index <= now.VaultOf(commit.Kind).ErasedAt) return 0;
            long bytes = RestoreRows.Fill(sql, commit, index, payloads);
            foreach (var name in PushContents.BlobsOf(commit).Keys) BlobRows.Reference(sql, new(commit.Account, commit.Kind, name), index);
            foreach (var (vault, sealedKey) in commit.Operations.OfType<Vault>().Zip(sent.Vaults))
            {
                if (!sealedKey.IsEmpty && now.VaultOf(vault.Kind).Keys.Any(k => k.Hash == vault.Hash) && CommitRows.InsertVault(sql, commit.Account, vault, sealedKey)) bytes += sealedKey.Length;
            }
            if (bytes != 0) AccountRows.AddBytes(sql, commit.Account, bytes);
            return bytes;
        }).ConfigureAwait(false);
        return (checkpoints.Sign(state), null);
    }
}
