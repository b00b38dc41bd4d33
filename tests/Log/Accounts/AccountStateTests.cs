using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Hostile;

namespace Candor.Tests.Log.Accounts;

/// <summary>The rules of spec/account-log.md §4, each broken once: by number, with the error that names it.</summary>
public sealed class AccountStateTests : IDisposable
{
    private readonly TestAccount _account = new();

    private TestHolder Founder => _account.Founder;

    private AccountState State => _account.State;

    public void Dispose() => _account.Dispose();

    [Fact]
    public void R1_BytesThatAreNoLeafAreRefused()
    {
        byte[] leaf = Founder.SignCommit(Founder.Next(State, Kind.None));
        Assert.Equal(ErrorName.CommitMalformed, State.TryExtend(leaf.AsMemory(1), out _));
        Assert.Equal(ErrorName.CommitMalformed, State.TryExtend(Array.Empty<byte>(), out _));
    }

    [Fact]
    public void R3_ACommitForAnotherAccountIsRefused()
    {
        using var other = new TestAccount();
        Assert.Equal(ErrorName.WrongAccount, _account.Try(Founder, Founder.Next(State, Kind.None) with { Account = other.State.Account }));
    }

    [Fact]
    public void R4_OnlyTheHeadIsExtended()
    {
        var commit = Founder.Next(State, Kind.None);
        Assert.Equal(ErrorName.HeadMoved, _account.Try(Founder, commit with { PrevSize = State.Size + 1 }));
        Assert.Equal(ErrorName.HeadMoved, _account.Try(Founder, commit with { PrevRoot = Hash32.Of("another history"u8) }));
        Assert.Null(_account.Try(Founder, commit));
        Assert.Equal(ErrorName.HeadMoved, _account.Try(Founder, commit));
    }

    [Attack("D06")]
    [Fact]
    public void R5_OnlyALiveHolderIsHeard()
    {
        using var stranger = new TestHolder();
        Assert.Equal(ErrorName.HolderUnknown, _account.Try(stranger, Kind.None));
        using var second = _account.Join();
        _account.Must(Founder, Kind.None, new HolderRemove(second.Id), new Keyring(2, [TestAccount.WrapFor(Founder)], new byte[Limits.SealedKey]));
        Assert.Equal(ErrorName.HolderRemoved, _account.Try(second, Kind.None));
        Assert.Null(State.Holders[second.Id].Wrap);
    }

    [Fact]
    public void R6_ASignatureByAnotherKeyOrOverOtherBytesIsRefused()
    {
        using var stranger = new TestHolder();
        var commit = Founder.Next(State, Kind.None);
        Assert.Equal(ErrorName.SignatureBad, State.TryExtend(stranger.SignCommit(commit), out _));
        byte[] leaf = Founder.SignCommit(commit);
        leaf[^1] ^= 1;
        Assert.Equal(ErrorName.SignatureBad, State.TryExtend(leaf, out _));
    }

    [Attack("S15")]
    [Fact]
    public void R7_R8_AnAuthorCountsItsCommitsAndItsClockOnlyMovesForward()
    {
        var commit = Founder.Next(State, Kind.None);
        Assert.Equal(ErrorName.SeqBad, _account.Try(Founder, commit with { Seq = commit.Seq + 1 }));
        Assert.Equal(ErrorName.SeqBad, _account.Try(Founder, commit with { Seq = commit.Seq - 1 }));
        Assert.Equal(ErrorName.TimeOrder, _account.Try(Founder, commit with { Time = State.Holders[Founder.Id].LastTime }));
    }

    [Fact]
    public void R9_ACommitTouchesOneVaultOrTheAccount()
    {
        _account.With(Kind.Notes);
        Assert.Equal(ErrorName.KindMixed, _account.Try(Founder, Kind.None, TestAccount.NewRecord()));
        Assert.Equal(ErrorName.KindMixed, _account.Try(Founder, Kind.Notes, TestAccount.On(Kind.Photos)));
        Assert.Equal(ErrorName.KindMixed, _account.Try(Founder, Kind.Notes));
        using var phrase = _account.Join(HolderType.Phrase);
        Assert.Equal(ErrorName.KindMixed, _account.Try(phrase, Kind.Notes, TestAccount.NewRecord()));
    }

    [Fact]
    public void R10_WithoutConsentNothingOfTheKindIsTaken()
    {
        Assert.Equal(ErrorName.ConsentRequired, _account.Try(Founder, Kind.Notes, TestAccount.NewRecord()));
        _account.With(Kind.Notes);
        Assert.Equal(ErrorName.ConsentRequired, _account.Try(Founder, Kind.Photos, TestAccount.NewRecord()));
        using var second = _account.Join();
        Assert.Equal(ErrorName.ConsentRequired, _account.Try(second, Kind.Notes, TestAccount.NewRecord()));
        _account.Must(Founder, Kind.Notes, TestAccount.NewRecord());
        _account.Must(Founder, Kind.None, TestAccount.On(Kind.Notes) with { On = false });
        Assert.Equal(ErrorName.ConsentRequired, _account.Try(Founder, Kind.Notes, TestAccount.NewRecord()));
    }

    [Fact]
    public void R11_R13_RevisionsUseTheNewestKeyAndNameEarlierPlaces()
    {
        _account.With(Kind.Notes);
        Assert.Equal(ErrorName.EpochStale, _account.Try(Founder, Kind.Notes, TestAccount.NewRecord(2)));
        var put = TestAccount.NewRecord();
        Assert.Equal(ErrorName.ParentBad, _account.Try(Founder, Kind.Notes, put with { Parents = [new(State.Size, 0)] }));
        Assert.Equal(ErrorName.ParentBad, _account.Try(Founder, Kind.Notes, new Remove(put.Record, [new(State.Size + 5, 0)])));
        Assert.Null(_account.Try(Founder, Kind.Notes, put, put with { Revision = Id.Random(), Parents = [new(State.Size, 0)] }));
    }

    [Fact]
    public void R14_OnlyADeviceConsentsAndOnlyForItself()
    {
        using var phrase = _account.Join(HolderType.Phrase);
        Assert.Equal(ErrorName.KindMixed, _account.Try(phrase, Kind.None, TestAccount.On(Kind.Notes)));
    }

    [Fact]
    public void R15_AHolderComesOnceAndNeverAgain()
    {
        using var second = _account.Join();
        Assert.Equal(ErrorName.HolderBad, _account.Try(Founder, Kind.None, new HolderAdd(second.Keys, default), new Grant(TestAccount.WrapFor(second))));
        _account.Must(Founder, Kind.None, new HolderRemove(second.Id), new Keyring(2, [TestAccount.WrapFor(Founder)], new byte[Limits.SealedKey]));
        Assert.Equal(ErrorName.HolderBad, _account.Try(Founder, Kind.None, new HolderAdd(second.Keys, default), new Grant(TestAccount.WrapFor(second))));
    }

    [Fact]
    public void R16_RemovingAHolderTakesANewEpochAndLeavesSomebody()
    {
        using var second = _account.Join();
        Assert.Equal(ErrorName.HolderBad, _account.Try(Founder, Kind.None, new HolderRemove(second.Id)));
        Assert.Equal(ErrorName.HolderBad, _account.Try(Founder, Kind.None, new HolderRemove(Id.Random())));
        Assert.Equal(ErrorName.HolderBad, _account.Try(Founder, Kind.None, new HolderRemove(second.Id), new HolderRemove(Founder.Id)));
    }

    [Fact]
    public void R17_AKeyringIsForExactlyThoseWhoAreLiveAndBringsEveryVaultAlong()
    {
        _account.With(Kind.Notes);
        using var second = _account.Join();
        var wraps = new[] { TestAccount.WrapFor(Founder), TestAccount.WrapFor(second) }.OrderBy(w => w.Holder).ToList();
        byte[] previous = new byte[Limits.SealedKey];
        var vault = TestAccount.VaultKey(Kind.Notes, 2);
        Assert.Equal(ErrorName.KeyringBad, _account.Try(Founder, Kind.None, new Keyring(2, wraps, previous)));
        Assert.Equal(ErrorName.KeyringBad, _account.Try(Founder, Kind.None, new Keyring(2, [wraps[0]], previous), vault));
        Assert.Equal(ErrorName.KeyringBad, _account.Try(Founder, Kind.None, new Keyring(3, wraps, previous), vault with { Epoch = 3 }));
        Assert.Equal(ErrorName.KeyringBad, _account.Try(Founder, Kind.None, new Keyring(2, wraps, default), vault));
        _account.Must(Founder, Kind.None, new Keyring(2, wraps, previous), vault);
        Assert.Equal(2u, State.Epoch);
        Assert.Equal(2u, State.VaultOf(Kind.Notes).NewestEpoch);
    }

    [Fact]
    public void R18_AKindHasOneVaultKeyInAnEpoch()
    {
        _account.With(Kind.Notes);
        Assert.Equal(ErrorName.VaultBad, _account.Try(Founder, Kind.None, TestAccount.VaultKey(Kind.Notes, 1)));
        Assert.Equal(ErrorName.VaultBad, _account.Try(Founder, Kind.None, TestAccount.VaultKey(Kind.Photos, 2)));
    }

    [Fact]
    public void R19_EveryNewHolderGetsTheRootKeyAndNobodyElse()
    {
        using var second = new TestHolder();
        Assert.Equal(ErrorName.GrantBad, _account.Try(Founder, Kind.None, new HolderAdd(second.Keys, default)));
        Assert.Equal(ErrorName.GrantBad, _account.Try(Founder, Kind.None, new Grant(TestAccount.WrapFor(second))));
        Assert.Equal(ErrorName.GrantBad, _account.Try(Founder, Kind.None, new Grant(TestAccount.WrapFor(Founder))));
    }

    [Fact]
    public void R20_AnEraseNamesEveryKeyAndMakesANewEpoch()
    {
        _account.With(Kind.Notes).With(Kind.Photos);
        var keyring = new Keyring(2, [TestAccount.WrapFor(Founder)], new byte[Limits.SealedKey]);
        var erase = new Erase(Kind.Notes, [1], 0, Hash32.Of([]));
        var photos = TestAccount.VaultKey(Kind.Photos, 2);
        Assert.Equal(ErrorName.EraseBad, _account.Try(Founder, Kind.None, erase));
        Assert.Equal(ErrorName.EraseBad, _account.Try(Founder, Kind.None, erase with { Epochs = [1, 2] }, keyring, photos));
        Assert.Equal(ErrorName.EraseBad, _account.Try(Founder, Kind.None, erase, keyring, photos, TestAccount.VaultKey(Kind.Notes, 2)));
        _account.Must(Founder, Kind.None, erase, keyring, photos);
        Assert.False(State.VaultOf(Kind.Notes).Exists);
        Assert.Equal(State.Size - 1, State.VaultOf(Kind.Notes).ErasedAt);
        Assert.Equal(ErrorName.ConsentRequired, _account.Try(Founder, Kind.Notes, TestAccount.NewRecord(2)));
        _account.With(Kind.Notes);
        _account.Must(Founder, Kind.Notes, TestAccount.NewRecord(2));
    }

    [Fact]
    public void R21_AnAccountIsFoundedByTheDeviceThatItsIdNames()
    {
        using var founder = new TestHolder();
        using var thief = new TestHolder();
        var nonce = Id.Random();
        var account = HolderKeys.AccountId(founder.Id, nonce);
        Operation[] Genesis(TestHolder who) => [new Found(nonce), new HolderAdd(who.Keys, default), new Keyring(1, [TestAccount.WrapFor(who)], default)];

        Assert.Equal(ErrorName.GenesisBad, Extend(account, thief, Genesis(thief)));
        Assert.Equal(ErrorName.GenesisBad, Extend(account, founder, [.. Genesis(founder)[..2]]));
        Assert.Equal(ErrorName.GenesisBad, Extend(account, founder, [.. Genesis(founder)[1..]]));
        Assert.Null(Extend(account, founder, Genesis(founder)));
        Assert.Equal(ErrorName.GenesisBad, _account.Try(Founder, Kind.None, new Found(nonce)));

        static string? Extend(Id account, TestHolder author, Operation[] operations)
        {
            var state = new AccountState(account);
            return state.TryExtend(author.SignCommit(author.Next(state, Kind.None, operations)), out _);
        }
    }

    [Fact]
    public void ARefusedLeafLeavesTheStateAsItWas()
    {
        _account.With(Kind.Notes);
        using var second = new TestHolder();
        byte[] before = State.Encode();
        Assert.NotNull(_account.Try(Founder, Kind.None, TestAccount.On(Kind.Photos), TestAccount.VaultKey(Kind.Photos, 1), new HolderAdd(second.Keys, default)));
        Assert.Equal(before, State.Encode());
    }

    [Fact]
    public void AStateWrittenDownGoesOnWhereItStopped()
    {
        _account.With(Kind.Notes).With(Kind.Messages);
        using var second = _account.Join();
        _account.Must(Founder, Kind.Notes, TestAccount.NewRecord());
        byte[] bytes = State.Encode();
        Assert.True(AccountState.TryDecode(bytes, out var restored));
        Assert.Equal(bytes, restored.Encode());
        Assert.Equal(State.Root, restored.Root);
        Assert.Null(restored.TryExtend(second.SignCommit(second.Next(restored, Kind.None)), out _));
        for (int i = 0; i < bytes.Length; i++)
        {
            AccountState.TryDecode(bytes.AsMemory(0, i), out var cut);
            Assert.Null(cut);
        }
    }

    [Fact]
    public void SomebodyWhoHoldsOnlyTheLeavesArrivesAtTheSameState()
    {
        _account.With(Kind.Notes);
        using var second = _account.Join();
        _account.Must(Founder, Kind.Notes, TestAccount.NewRecord(), TestAccount.NewRecord());
        var replay = new AccountState(State.Account);
        foreach (byte[] leaf in _account.Leaves) Assert.Null(replay.TryExtend(leaf, out _));
        Assert.Equal(State.Encode(), replay.Encode());
    }
}
