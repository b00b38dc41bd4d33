using Candor.Protocol;

namespace Candor.Log;

/// <summary>The rules of spec/account-log.md §4, by their numbers. Pure: a state and a commit in, an error or the facts after it out.</summary>
internal static class AccountRules
{
    public static string? Check(AccountState state, Leaf leaf, Commit commit, out AccountFacts? after)
    {
        after = null;
        if (commit.Account != state.Account) return ErrorName.WrongAccount; // R3
        if (commit.PrevSize != state.Size || commit.PrevRoot != state.Root) return ErrorName.HeadMoved; // R4

        // R5. The founder is no holder yet: the first commit brings its own author.
        bool first = state.Size == 0;
        var author = first ? FounderIn(commit) : state.Holders.GetValueOrDefault(commit.Author);
        if (author is null) return first ? ErrorName.GenesisBad : ErrorName.HolderUnknown;
        if (!author.IsLive) return ErrorName.HolderRemoved;

        if (!HolderSignature.Verify(author.Keys, leaf)) return ErrorName.SignatureBad; // R6
        if (commit.Seq != author.LastSeq + 1) return ErrorName.SeqBad; // R7
        if (author.LastSeq > 0 && commit.Time <= author.LastTime) return ErrorName.TimeOrder; // R8

        string? error = commit.Kind == Kind.None
            ? AccountChange.Check(state, commit, out after)
            : CheckRecords(state, commit, author);
        if (error is not null) return error;

        after ??= state.Facts;
        var heard = after.Holders[commit.Author] with { LastSeq = commit.Seq, LastTime = commit.Time };
        after = after with
        {
            Holders = after.Holders.SetItem(heard.Id, heard),
            LatestTime = commit.Time > after.LatestTime ? commit.Time : after.LatestTime,
        };
        return null;
    }

    private static Holder? FounderIn(Commit commit)
    {
        for (int i = 0; i < commit.Operations.Count; i++)
        {
            if (commit.Operations[i] is HolderAdd add && add.Keys.Id == commit.Author)
            {
                return new Holder { Keys = add.Keys, SealedName = add.SealedName, AddedEpoch = 1, Added = commit.PlaceOf(i) };
            }
        }
        return null;
    }

    /// <summary>R9 to R13 for a commit of a vault.</summary>
    private static string? CheckRecords(AccountState state, Commit commit, Holder author)
    {
        if (state.Size == 0) return ErrorName.GenesisBad; // R21: the first commit founds the account
        if (author.Keys.Type != HolderType.Device || commit.Operations.Count == 0) return ErrorName.KindMixed; // R9
        foreach (var operation in commit.Operations)
        {
            if (operation is not (Put or Remove)) return ErrorName.KindMixed; // R9
        }
        if (author.ConsentFor(commit.Kind) is not { On: true }) return ErrorName.ConsentRequired; // R10

        uint epoch = state.VaultOf(commit.Kind).NewestEpoch;
        for (int i = 0; i < commit.Operations.Count; i++)
        {
            var (parents, stale) = commit.Operations[i] switch
            {
                Put put => (put.Parents, put.Epoch != epoch),
                Remove remove => (remove.Parents, false),
                _ => ([], false),
            };
            if (stale) return ErrorName.EpochStale; // R11; R12 is checked where the form is read
            if (parents.Count > 0 && parents[^1] >= commit.PlaceOf(i)) return ErrorName.ParentBad; // R13: ascending, so the last is enough
        }
        return null;
    }
}
