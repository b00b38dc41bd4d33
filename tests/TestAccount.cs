using Candor.Log;
using Candor.Protocol;

namespace Candor.Tests;

/// <summary>An account log that a test extends commit by commit, with one founding device.</summary>
internal sealed class TestAccount : IDisposable
{
    public TestAccount()
    {
        Founder = new();
        var nonce = Id.Random();
        State = new(HolderKeys.AccountId(Founder.Id, nonce));
        Must(Founder, Kind.None, new Found(nonce), new HolderAdd(Founder.Keys, default), new Keyring(1, [WrapFor(Founder)], default));
    }

    public TestHolder Founder { get; }

    public AccountState State { get; }

    /// <summary>Encoded leaves, in order.</summary>
    public List<byte[]> Leaves { get; } = [];

    public static Wrap WrapFor(TestHolder holder) => new(holder.Id, 1, new byte[Limits.Wrap]);

    public static Vault VaultKey(Kind kind, uint epoch) => new(kind, epoch, Hash32.Of([(byte)kind, (byte)epoch]), Limits.SealedKey);

    public static Consent On(Kind kind) => new(kind, true, "de", Hash32.Of("text"u8));

    public static Put NewRecord(uint epoch = 1) => new(Id.Random(), Id.Random(), epoch, [], Hash32.Of(Id.Random().ToArray()), Limits.SmallestSealed, []);

    public string? Try(TestHolder author, Kind kind, params Operation[] operations) => Try(author, author.Next(State, kind, operations));

    public string? Try(TestHolder author, Commit commit)
    {
        byte[] leaf = author.SignCommit(commit);
        string? error = State.TryExtend(leaf, out _);
        if (error is null) Leaves.Add(leaf);
        return error;
    }

    public void Must(TestHolder author, Kind kind, params Operation[] operations) => Assert.Null(Try(author, kind, operations));

    /// <summary>Turns a kind on for the founder, with its first vault key.</summary>
    public TestAccount With(Kind kind)
    {
        Must(Founder, Kind.None, On(kind), VaultKey(kind, State.Epoch));
        return this;
    }

    public TestHolder Join(HolderType type = HolderType.Device)
    {
        var holder = new TestHolder(type);
        Must(Founder, Kind.None, new HolderAdd(holder.Keys, default), new Grant(WrapFor(holder)));
        return holder;
    }

    public void Dispose() => Founder.Dispose();
}
