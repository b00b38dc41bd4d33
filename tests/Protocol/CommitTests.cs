using Candor.Protocol;
using Candor.Tests.Hostile;
using CsCheck;

namespace Candor.Tests.Protocol;

public class CommitTests
{
    private static readonly Gen<Id> Ids = Gen.ULong.Select(Gen.ULong).Select((a, b) => new Id(new UInt128(a, b)));
    private static readonly Gen<Hash32> Hashes = Gen.Byte.Array[32].Select(b => new Hash32(b));
    private static readonly Gen<Place[]> Parents = Gen.Long[0, 1L << 40].Select(Gen.Int[0, Limits.Operations - 1]).Select((i, o) => new Place(i, o))
        .HashSet[0, 5].Select(s => s.Order().ToArray());
    private static readonly Gen<Hash32[]> Blobs = Hashes.HashSet[0, 4].Select(s => s.Order().ToArray());
    private static readonly Gen<Kind> VaultKinds = Gen.Int[1, 4].Select(k => (Kind)k);
    private static readonly Gen<HolderKeys> Keys = Gen.Int[1, 4].Select(Gen.Byte.Array[32], Gen.Byte.Array[32]).Select((t, s, a) => new HolderKeys((HolderType)t, s, a));
    private static readonly Gen<Wrap> Wraps = Ids.Select(Gen.Byte.Array[Limits.Wrap]).Select((id, b) => new Wrap(id, 1, b));

    private static readonly Gen<Operation> Operations = Gen.OneOf(
        Gen.Select(Ids, Ids, Gen.UInt[1, uint.MaxValue], Parents, Hashes, Gen.Int[Limits.SmallestSealed, Limits.SealedRecord], Blobs)
            .Select(t => (Operation)new Put(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5, t.Item6, t.Item7)),
        Gen.Select(Ids, Parents).Select(t => (Operation)new Remove(t.Item1, t.Item2)),
        Gen.Select(VaultKinds, Gen.Bool, Gen.String[0, 20], Hashes).Select(t => (Operation)new Consent(t.Item1, t.Item2, Valid(t.Item3), t.Item4)),
        Gen.Select(Keys, Gen.Byte.Array[0, 100]).Select(t => (Operation)new HolderAdd(t.Item1, t.Item2)),
        Ids.Select(id => (Operation)new HolderRemove(id)),
        Gen.Select(Gen.UInt[1, 1000], Wraps.Array[1, 4]).Select(t => (Operation)new Keyring(t.Item1, [.. t.Item2.DistinctBy(w => w.Holder).OrderBy(w => w.Holder)], default)),
        Gen.Select(VaultKinds, Gen.UInt[1, 1000], Hashes).Select(t => (Operation)new Vault(t.Item1, t.Item2, t.Item3, Limits.SealedKey)),
        Wraps.Select(w => (Operation)new Grant(w)),
        Gen.Select(VaultKinds, Hashes, Gen.Long[0, 1L << 40]).Select(t => (Operation)new Erase(t.Item1, [1, 7], t.Item3, t.Item2)),
        Gen.Select(Gen.String[0, 20], Gen.String[0, 20]).Select(t => (Operation)new Region(Valid(t.Item1), Valid(t.Item2))),
        Ids.Select(id => (Operation)new Found(id)));

    private static readonly Gen<Commit> Commits =
        Gen.Select(Gen.Select(Ids, Gen.Long[0, long.MaxValue], Hashes, Ids), Gen.Long[1, long.MaxValue], Gen.Long[0, 1L << 50], Gen.Int[0, 65535], Gen.Int[0, 4], Operations.Array[0, 8])
            .Select(t => new Commit(t.Item1.Item1, t.Item1.Item2, t.Item1.Item3, t.Item1.Item4, t.Item2, new(t.Item3, t.Item4), (Kind)t.Item5, t.Item6));

    [Fact]
    public void WhatIsWrittenReadsBackAndWritesTheSameBytes() => Commits.Sample(commit =>
    {
        byte[] body = commit.Encode();
        Assert.True(Commit.TryDecode(body, out var read, out string? error), error);
        Assert.Equal(body, read.Encode());
    }, iter: 2000);

    [Fact]
    public void DamagedBytesAreRefusedOrReadAsWhatTheySay() => Gen.Select(Commits, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Int[0, 3]).Sample((commit, at, value, how) =>
    {
        byte[] body = commit.Encode();
        at %= body.Length;
        body = how switch
        {
            0 => [.. body[..at], value, .. body[(at + 1)..]],
            1 => body[..at],
            2 => [.. body[..at], value, .. body[at..]],
            _ => [.. body, value],
        };
        // Deterministic encoding: one value has one spelling, so whatever reads must write back to the very same bytes.
        if (Commit.TryDecode(body, out var read, out string? error)) Assert.Equal(body, read.Encode());
        else Assert.True(error is ErrorName.CommitMalformed or ErrorName.VersionUnknown);
    }, iter: 20_000);

    [Attack("K14")]
    [Fact]
    public void AnotherVersionIsNamedAsSuch()
    {
        using var account = new TestAccount();
        byte[] body = account.Founder.Next(account.State, Kind.None).Encode();
        body[1] = 2;
        Assert.False(Commit.TryDecode(body, out _, out string? error));
        Assert.Equal(ErrorName.VersionUnknown, error);
    }

    [Fact]
    public void AHolderUnderAnotherHoldersIdIsRefused()
    {
        using var one = new TestHolder();
        using var other = new TestHolder();
        var commit = new Commit(Id.Random(), 0, default, one.Id, 1, new(1, 0), Kind.None, [new HolderAdd(one.Keys, default)]);
        byte[] body = commit.Encode();
        int at = body.AsSpan().LastIndexOf(one.Id.ToArray());
        other.Id.CopyTo(body.AsSpan(at));
        Assert.False(Commit.TryDecode(body, out _, out _));
    }

    [Fact]
    public void PushAndLeafReadBackAndRefuseWhatIsLeftOver() => Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300], Gen.Byte.Array[104].Array[0, 4]).Sample((leaf, bundle, vaults) =>
    {
        byte[] bytes = new Push(leaf, bundle, [.. vaults.Select(v => (ReadOnlyMemory<byte>)v)]).Encode();
        Assert.True(Push.TryDecode(bytes, out var push));
        Assert.Equal(leaf, push.Leaf.ToArray());
        Assert.Equal(bundle, push.Bundle.ToArray());
        Assert.Equal(vaults.Length, push.Vaults.Count);
        Assert.False(Push.TryDecode((byte[])[.. bytes, 0], out _));
        Assert.False(Push.TryDecode(bytes.AsMemory(0, bytes.Length - 1), out _));
    }, iter: 500);

    private static string Valid(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
