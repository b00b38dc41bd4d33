using System.Security.Cryptography;
using System.Text;
using Candor.Shelf;
using Candor.Shelf.Tuf;
using Candor.Tests.Hostile;

namespace Candor.Tests.Shelf;

/// <summary>The attacks that the TUF specification lists (1.5.2), on the roles of our shelf; the official suite drives the same client through conformance/.</summary>
[Attack("W05")]
public sealed class TufClientTests : IDisposable
{
    private readonly ShelfModel _shelf = new();

    public void Dispose() => _shelf.Dispose();

    [Fact]
    public async Task AFirstRefreshAsksForRootTimestampSnapshotTargetsAndASecondForWhatMayHaveChanged()
    {
        await _shelf.RefreshAsync();
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"], _shelf.Asked);
        _shelf.Asked.Clear();
        await _shelf.RefreshAsync();
        Assert.Equal(["2.root.json", "timestamp.json"], _shelf.Asked);
    }

    [Theory]
    [InlineData("root", "root.json")]
    [InlineData("timestamp", "timestamp.json")]
    [InlineData("snapshot", "snapshot.json")]
    [InlineData("targets", "targets.json")]
    public async Task WhatAStrangerSignedIsRefusedAndNothingIsReplaced(string role, string kept)
    {
        await _shelf.RefreshAsync();
        var honest = _shelf.Signers[role];
        _shelf.Named[role] = honest;
        _shelf.Signers[role] = [_shelf.Key()];
        _shelf.Publish(role);
        PublishBelow(role);
        await _shelf.RefusesAsync(ShelfRefusal.Unsigned, kept);
        _shelf.Signers[role] = honest;
        if (role == "root") _shelf.Versions[role]--;
        _shelf.Publish(role);
        PublishBelow(role);
        await _shelf.RefreshAsync();
        Assert.Equal(_shelf.Versions[role], Version(_shelf.Kept[kept], role));
    }

    [Theory]
    [InlineData("timestamp", "timestamp.json")]
    [InlineData("snapshot", "snapshot.json")]
    [InlineData("targets", "targets.json")]
    public async Task WhatIsOutOfDateIsRefused(string role, string kept)
    {
        await _shelf.RefreshAsync();
        _shelf.Expiries[role] = ShelfModel.Now;
        _shelf.Publish(role);
        PublishBelow(role);
        await _shelf.RefusesAsync(ShelfRefusal.Expired, kept);
    }

    [Fact]
    public async Task AShelfThatIsHeldBackIsRefusedWhenItsTimestampEnds()
    {
        await _shelf.RefreshAsync();
        await _shelf.RefusesAsync(ShelfRefusal.Expired, "timestamp.json", ShelfModel.Now.AddDays(30));
    }

    [Fact]
    public async Task AnExpiredRootIsKeptAndNothingBelowIsTaken()
    {
        await _shelf.RefreshAsync();
        _shelf.Expiries["root"] = ShelfModel.Now.AddDays(-1);
        _shelf.Publish("root", "timestamp");
        await _shelf.RefusesAsync(ShelfRefusal.Expired, "timestamp.json");
        Assert.Equal(_shelf.Files["2.root.json"], _shelf.Kept["root.json"]);
        _shelf.Expiries["root"] = ShelfModel.Now.AddDays(1);
        _shelf.Publish("root");
        await _shelf.RefreshAsync();
    }

    [Fact]
    public async Task AnOlderTimestampIsRefused()
    {
        byte[] old = _shelf.Files["timestamp.json"];
        _shelf.Publish("timestamp");
        await _shelf.RefreshAsync();
        _shelf.Files["timestamp.json"] = old;
        await _shelf.RefusesAsync(ShelfRefusal.Rollback, "timestamp.json");
    }

    [Theory]
    [InlineData("snapshot", "timestamp.json")]
    [InlineData("targets", "snapshot.json")]
    public async Task ANewTimestampOverAnOlderSnapshotOrTargetsIsRefused(string role, string kept)
    {
        _shelf.Publish("targets", "snapshot", "timestamp");
        await _shelf.RefreshAsync();
        _shelf.Versions[role] = 0;
        _shelf.Publish(role);
        if (role == "targets") _shelf.Publish("snapshot");
        _shelf.Publish("timestamp");
        await _shelf.RefusesAsync(ShelfRefusal.Rollback, kept);
    }

    [Fact]
    public async Task ARoleThatIsLeftOutOfASnapshotIsRefused()
    {
        _shelf.Delegate("packs", "packs/*", true, []);
        _shelf.Publish("targets", "snapshot", "timestamp");
        await _shelf.RefreshAsync();
        _shelf.Delegated.Clear();
        _shelf.Publish("snapshot", "timestamp");
        await _shelf.RefusesAsync(ShelfRefusal.Rollback, "snapshot.json");
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task AFileOfAnotherVersionThanPromisedIsMixedAndRefused(string role)
    {
        await _shelf.RefreshAsync();
        byte[] first = _shelf.Files[$"1.{role}.json"];
        _shelf.Publish("targets", "snapshot", "timestamp");
        _shelf.Files[$"2.{role}.json"] = first;
        await _shelf.RefusesAsync(ShelfRefusal.Rollback, $"{role}.json");
    }

    [Theory]
    [InlineData("2.root.json", ShelfLimits.Root)]
    [InlineData("timestamp.json", ShelfLimits.Timestamp)]
    [InlineData("2.snapshot.json", ShelfLimits.Snapshot)]
    [InlineData("2.targets.json", ShelfLimits.Targets)]
    public async Task EndlessDataIsReadToTheBoundAndRefused(string name, int most)
    {
        await _shelf.RefreshAsync();
        _shelf.Publish("targets", "snapshot", "timestamp");
        _shelf.Files[name] = new byte[most + 100];
        await _shelf.RefusesAsync(ShelfRefusal.TooLong, "targets.json");
    }

    [Fact]
    public async Task OneStolenKeyOfTwoSignsNothing()
    {
        var keys = new List<ShelfKey> { _shelf.Key(), _shelf.Key(), _shelf.Key() };
        _shelf.Named["targets"] = keys;
        _shelf.Thresholds["targets"] = 2;
        _shelf.Signers["targets"] = keys[..2];
        _shelf.Publish("root", "targets", "snapshot", "timestamp");
        await _shelf.RefreshAsync();
        _shelf.Signers["targets"] = keys[2..];
        _shelf.Publish("targets", "snapshot", "timestamp");
        await _shelf.RefusesAsync(ShelfRefusal.Unsigned, "targets.json");
    }

    /// <summary>The official suite's 3-of-5 cases, by which keys sign; the last two are not enough.</summary>
    [Theory]
    [InlineData("first", true, 0, 2, 4)]
    [InlineData("second", true, 0, 4, 1)]
    [InlineData("third", true, 0, 1, 3)]
    [InlineData("fourth", true, 1, 2, 3)]
    [InlineData("fifth", true, 2, 3, 4)]
    [InlineData("two and a stranger", false, 0, 4, 5)]
    [InlineData("two", false, 0, 4)]
    public async Task AnyThreeOfFiveSign(string combo, bool isEnough, params int[] signers)
    {
        foreach (string role in (string[])["root", "targets", "snapshot", "timestamp"])
        {
            using var shelf = new ShelfModel();
            await shelf.RefreshAsync();
            var keys = Enumerable.Range(0, 6).Select(_ => shelf.Key()).ToList();
            var before = shelf.Signers[role];
            shelf.Named[role] = keys[..5];
            shelf.Thresholds[role] = 3;
            shelf.Signers[role] = [.. signers.Select(i => keys[i])];
            // A new root is signed by the old key as well.
            if (role == "root") shelf.Signers[role].AddRange(before);
            shelf.Publish("root", "targets", "snapshot", "timestamp");
            if (isEnough) await shelf.RefreshAsync();
            else Assert.Equal(ShelfRefusal.Unsigned, (await Assert.ThrowsAsync<ShelfRefusedException>(() => shelf.RefreshAsync())).Reason);
            // Of a role whose keys were changed nothing older may be left either.
            Assert.Equal(isEnough, shelf.Kept.TryGetValue($"{role}.json", out byte[]? kept) && Version(kept, role) == 2);
            Assert.NotEmpty(combo);
        }
    }

    [Fact]
    public void OneKeyUnderTwoIdsOrTwiceAmongTheSignaturesIsOneSignature()
    {
        var key = _shelf.Key();
        var content = _shelf.Content("timestamp");
        string signature = key.Sign(TufJson.Write(content));
        Assert.True(TufFile.TryParse(TufFile.Write(content, new Dictionary<string, string> { ["a"] = signature, ["b"] = signature }), "timestamp", out var file, out _));
        var keys = new Dictionary<string, TufKey> { ["a"] = key.Public, ["b"] = key.Public };
        Assert.True(new TufRole(keys, 1).IsSignedBy(file));
        Assert.False(new TufRole(keys, 2).IsSignedBy(file));
        string one = "{\"keyid\":\"a\",\"sig\":\"" + signature + "\"}";
        byte[] twice = Encoding.UTF8.GetBytes("{\"signatures\":[" + one + "," + one + "],\"signed\":" + Encoding.UTF8.GetString(TufJson.Write(content)) + "}");
        Assert.False(TufFile.TryParse(twice, "timestamp", out _, out string wrong));
        Assert.Contains("one key id", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewRootNeedsTheOldKeysAndItsOwn()
    {
        await _shelf.RefreshAsync();
        var old = _shelf.Signers["root"];
        var fresh = new List<ShelfKey> { _shelf.Key() };
        _shelf.Named["root"] = fresh;
        _shelf.Signers["root"] = fresh;
        _shelf.Publish("root");
        await _shelf.RefusesAsync(ShelfRefusal.Unsigned, "root.json");
        _shelf.Files["2.root.json"] = ShelfModel.Signed(_shelf.Content("root"), old);
        await _shelf.RefusesAsync(ShelfRefusal.Unsigned, "root.json");
        _shelf.Files["2.root.json"] = ShelfModel.Signed(_shelf.Content("root"), [.. old, .. fresh]);
        await _shelf.RefreshAsync();
        Assert.Equal(_shelf.Files["2.root.json"], _shelf.Kept["root.json"]);
    }

    [Fact]
    public async Task AfterAThiefOfTheTimestampKeyWentToTheHighestVersionANewKeyBeginsAnew()
    {
        _shelf.Versions["timestamp"] = int.MaxValue - 2;
        _shelf.Publish("timestamp");
        await _shelf.RefreshAsync();
        _shelf.Versions["timestamp"] = 1;
        _shelf.Publish("timestamp");
        await _shelf.RefusesAsync(ShelfRefusal.Rollback, "timestamp.json");
        _shelf.Signers["timestamp"] = [_shelf.Key()];
        _shelf.Publish("root", "timestamp");
        await _shelf.RefreshAsync();
    }

    [Fact]
    public async Task ADelegatedRoleSpeaksForItsPathsOnlyAndATerminatingOneEndsTheSearch()
    {
        byte[] pack = [1, 2, 3];
        _shelf.Delegate("packs", "packs/*", true, new() { ["packs/en.json"] = ShelfModel.Target(pack), ["updates/evil.zip"] = ShelfModel.Target(pack) });
        _shelf.Delegate("other", "packs/*", false, new() { ["packs/de.json"] = ShelfModel.Target(pack) });
        _shelf.Publish("targets", "snapshot", "timestamp");
        var client = await _shelf.RefreshAsync();
        var found = await client.FindAsync("packs/en.json", default);
        Assert.Equal(3, found!.Length);
        Assert.Equal($"packs/{Convert.ToHexStringLower(SHA256.HashData(pack))}.en.json", found.FileName(found.Hash));
        Assert.Null(await client.FindAsync("updates/evil.zip", default));
        Assert.Null(await client.FindAsync("packs/de.json", default));
        Assert.Equal(["packs/en.json"], (await client.ListAsync("packs/", default)).Select(t => t.Path));
    }

    [Theory]
    [InlineData("*.md", "README.md", true)]
    [InlineData("*.md", "a/README.md", false)]
    [InlineData("*.md", "README.MD", false)]
    [InlineData("foo-?.tgz", "foo-1.tgz", true)]
    [InlineData("foo-?.tgz", "foo-12.tgz", false)]
    [InlineData("a/*/c*", "a/b/cd", true)]
    [InlineData("a/*/c*", "a/b/x/cd", false)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("*", "", true)]
    [InlineData("[ab]", "a", false)]
    public void APatternIsWithinOnePart(string pattern, string path, bool matches) => Assert.Equal(matches, TufPattern.Matches(pattern, path));

    [Theory]
    [InlineData("""{"b":1,"a":[true,null,"x\n\"\\é"]}""", "{\"a\":[true,null,\"x\n\\\"\\\\é\"],\"b\":1}")]
    [InlineData("""{"\uFFFD":1,"\uD83D\uDE00":2}""", "{\"\uFFFD\":1,\"\U0001F600\":2}")]
    [InlineData("1.0", null)]
    [InlineData("1e2", null)]
    [InlineData("9223372036854775808", null)]
    [InlineData("""{"a":1,"a":1}""", null)]
    [InlineData("""{"a":1,"\u0061":1}""", null)]
    [InlineData("""["\uD800"]""", null)]
    [InlineData("[1] 2", null)]
    [InlineData("[1,]", null)]
    [InlineData("", null)]
    public void CanonicalJsonHasOneSpellingAndNoFractions(string text, string? canonical)
    {
        bool read = TufJson.TryParse(Encoding.UTF8.GetBytes(text), out var value);
        Assert.Equal(canonical is not null, read);
        if (read) Assert.Equal(canonical, Encoding.UTF8.GetString(TufJson.Write(value)));
    }

    [Fact]
    public void EcdsaAndRsaKeysVerifyAsOtherProgramsSign()
    {
        byte[] message = [1, 2, 3];
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Check("ecdsa", "ecdsa-sha2-nistp256", ec.ExportSubjectPublicKeyInfoPem(), ec.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var wrong = Key("ecdsa", "ecdsa-sha2-nistp256", other.ExportSubjectPublicKeyInfoPem());
        Assert.False(wrong.Verify(message, Convert.ToHexString(other.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))));
        using var rsa = RSA.Create(2048);
        Check("rsa", "rsassa-pss-sha256", rsa.ExportSubjectPublicKeyInfoPem(), rsa.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));

        void Check(string type, string scheme, string pem, byte[] signature)
        {
            var key = Key(type, scheme, pem);
            Assert.True(key.Verify(message, Convert.ToHexString(signature)));
            Assert.False(key.Verify([1, 2, 4], Convert.ToHexString(signature)));
            Assert.False(key.Verify(message, "zz"));
            Assert.False(key.Verify(message, ""));
        }

        static TufKey Key(string type, string scheme, string pem) => TufKey.TryRead(TufJson.Of(("keytype", type), ("scheme", scheme), ("keyval", TufJson.Of(("public", pem)))))!;
    }

    private static long Version(byte[] bytes, string role) => TufFile.TryParse(bytes, role, out var file, out string wrong) ? file.Head.Version : throw new InvalidOperationException(wrong);

    private void PublishBelow(string role)
    {
        if (role is "targets") _shelf.Publish("snapshot");
        if (role is "targets" or "snapshot") _shelf.Publish("timestamp");
    }
}
