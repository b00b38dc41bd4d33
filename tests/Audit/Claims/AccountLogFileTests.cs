using System.Text;
using Candor.Audit.Claims;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Tests.Audit.Claims;

/// <summary>Consent times out of an account log: every commit checked, or nothing believed.</summary>
public sealed class AccountLogFileTests : IDisposable
{
    private readonly TestAccount _account = new();

    public void Dispose() => _account.Dispose();

    private byte[] Leaves() => [.. _account.Leaves.SelectMany(l => l)];

    /// <summary>As a pull has them (spec/http-api.md §5), with a checkpoint.</summary>
    private byte[] Pull(long? size = null, byte seed = 0, string server = "cloud.example", byte[]? account = null)
    {
        using var signer = Signer(server, seed);
        var checkpoint = new Checkpoint(Checkpoint.AccountOrigin(server, account ?? _account.State.Account.ToArray()), size ?? _account.State.Size, _account.State.Root);
        return [.. _account.Leaves.SelectMany((leaf, i) => new PulledLeaf(i, leaf, null, []).Encode()), .. new PulledCheckpoint(Encoding.UTF8.GetString(checkpoint.Sign(signer).ToBytes())).Encode()];
    }

    [Fact]
    public void ConsentsAreReadFromCommitsThatEveryRuleHoldsFor()
    {
        _account.With(Kind.Photos);
        var other = _account.Join();
        _account.Must(other, Kind.None, TestAccount.On(Kind.Photos));
        _account.Must(_account.Founder, Kind.None, TestAccount.On(Kind.Photos) with { On = false });
        _account.Must(other, Kind.None, TestAccount.On(Kind.Photos) with { On = false });
        foreach (byte[] file in (byte[][])[Leaves(), Pull()])
        {
            var log = AccountLogFile.Read(file, null, out string? fault);
            Assert.Null(fault);
            Assert.Equal((_account.State.Size, _account.State.Root.ToBase64(), true), (log!.Size, log.Root, log.Verified));
            // On while any device's is: from the first on to the last off.
            Assert.Equal([("cloud-photos", true, 1_000_001L, "commit 1 of the account log"), ("cloud-photos", false, 1_000_005L, "commit 5 of the account log")], log.Marks.Select(m => (m.Purpose, m.Given, m.Time.ToUnixTimeMilliseconds(), m.From)));
        }
        Assert.Equal([1_000_001L, 1_000_004L], AccountLogFile.Read(Leaves(), _account.Founder.Id.ToString()[..8], out _)!.Marks.Select(m => m.Time.ToUnixTimeMilliseconds()));
        Assert.Contains("cloud.example", AccountLogFile.Read(Pull(), null, out _)!.Says, StringComparison.Ordinal);
    }

    private static NoteSigner Signer(string server, byte seed) => new(server, NoteKeyType.Ed25519, [.. Enumerable.Repeat(seed, NoteSigner.SeedSize)]);

    [Fact]
    public void TheCheckpointHasToBeSignedByTheServersKeyWhereItIsKnown()
    {
        _account.With(Kind.Photos);
        using var signer = Signer("cloud.example", 0);
        string key = signer.VerifierKey.ToString();
        var log = AccountLogFile.Read(Pull(), null, out string? fault, key, "which was given");
        Assert.Null(fault);
        Assert.Contains(log!.Checked, c => c.Contains($"with the key {key}, which was given", StringComparison.Ordinal));
        Assert.DoesNotContain(log.NotChecked, c => c.Contains("--server-key", StringComparison.Ordinal));
        // Another key signed it; the key of another server; another account's log; nothing signed; no key at all.
        foreach (var (file, why) in ((byte[], string)[])[(Pull(seed: 1), "not signed by the server's key"), (Pull(server: "evil.example"), "not signed by the server's key"), (Pull(account: new byte[16]), "of another log"), (Leaves(), "no checkpoint")])
        {
            Assert.Null(AccountLogFile.Read(file, null, out fault, key));
            Assert.Contains(why, fault!, StringComparison.Ordinal);
        }
        Assert.Null(AccountLogFile.Read(Pull(), null, out fault, "cloud.example+00000000+AQ6D"));
        Assert.Contains("key is none", fault!, StringComparison.Ordinal);
        // Without a key that is said, and another account's checkpoint is refused all the same.
        log = AccountLogFile.Read(Pull(seed: 1), null, out _);
        Assert.Contains(log!.NotChecked, c => c.Contains("--server-key", StringComparison.Ordinal));
        Assert.Contains("without a look at the server's signature", log.Says, StringComparison.Ordinal);
        Assert.Contains(AccountLogFile.Read(Leaves(), null, out _)!.NotChecked, c => c.Contains("no checkpoint", StringComparison.Ordinal));
        Assert.Null(AccountLogFile.Read(Pull(account: new byte[16]), null, out _));
    }

    [Fact]
    public void WhatBreaksARuleOrIsCutOffIsNotBelieved()
    {
        _account.With(Kind.Photos).With(Kind.Notes);
        byte[] whole = Leaves(), changed = [.. whole];
        changed[^1] ^= 1;
        Assert.Contains("signature-bad", Fault(changed), StringComparison.Ordinal);
        Assert.Contains("cut off", Fault(whole[..^1]), StringComparison.Ordinal);
        byte[] without = [.. _account.Leaves.Where((_, i) => i != 1).SelectMany(l => l)];
        Assert.Contains("breaks a rule of the log: head-moved", Fault(without), StringComparison.Ordinal);
        Assert.Contains("checkpoint is of", Fault(Pull(size: 2)), StringComparison.Ordinal);
        Assert.Contains("empty", Fault([]), StringComparison.Ordinal);
        Assert.NotNull(Fault("hello"u8.ToArray()));
        Assert.NotNull(Fault("{\"changes\":[{}]}"u8.ToArray()));
    }

    [Fact]
    public void TheWordsOfCandorHistoryAreTakenForWhatTheyAre()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"changes":[{"number":2,"time":"2026-11-28T10:00:09Z","device":"phone","kind":"none","changes":"photos off","canUndo":false,"consents":[{"kind":"photos","on":false}]},{"number":1,"time":"2026-11-28T10:00:05Z","device":"phone","kind":"none","changes":"photos on","canUndo":false,"consents":[{"kind":"photos","on":true}]}]}""");
        var log = AccountLogFile.Read(json, null, out string? fault);
        Assert.Null(fault);
        Assert.False(log!.Verified);
        Assert.Contains("nothing can be checked", log.Says, StringComparison.Ordinal);
        Assert.Equal([true, false], log.Marks.Select(m => m.Given));
    }

    private static string? Fault(byte[] bytes)
    {
        Assert.Null(AccountLogFile.Read(bytes, null, out string? fault));
        return fault;
    }
}
