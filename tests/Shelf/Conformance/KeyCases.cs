using System.Text.Json.Nodes;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>Cases of the official suite's test_keys and test_updater_key_rotations: cases.txt names them.</summary>
public class KeyCases
{
    /// <summary>Roots one after the other, each as keys/threshold/signatures; "!" before one that is to be refused.</summary>
    public static TheoryData<string, string> RootRotations => new()
    {
        { "1-of-1-key-rotation", "1/1/1 2/1/21 2/1/2" },
        { "1-of-1-key-rotation-unused-signatures", "1/1/314 2/1/3214 2/1/324" },
        { "3-of-5-sign-with-different-keycombos", "01234/3/024 01234/3/041 01234/3/013 01234/3/013" },
        { "3-of-5-one-key-rotated", "01234/3/024 01345/3/041" },
        { "3-of-5-one-key-rotated-with-intermediate-step", "01234/3/024 01345/3/0245 01345/3/045" },
        { "3-of-5-all-keys-rotated-with-intermediate-step", "01234/3/024 56789/3/024567 56789/3/567" },
        { "1-of-3-threshold-increase-to-2-of-3", "123/1/1 123/2/12" },
        { "2-of-3-threshold-decrease-to-1-of-3", "123/2/12 123/1/12 123/1/1" },
        { "1-of-2-threshold-increase-to-2-of-2", "1/1/1 12/2/12" },
        { "1-of-1-key-rotation-fail-not-signed-with-old-key", "1/1/1 !2/1/234" },
        { "1-of-1-key-rotation-fail-not-signed-with-new-key", "1/1/1 !2/1/134" },
        { "3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys", "01234/3/024 !01345/3/024" },
        { "3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys", "01234/3/024 !01345/3/045" },
        { "1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached", "123/1/1 !123/2/2" },
        { "2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached", "123/2/12 !123/1/1" },
    };

    public static TheoryData<string, string> OtherRotations => new()
    {
        { "1-of-1-key-rotation", "2/1/2" },
        { "1-of-1-key-rotation-unused-signatures", "1/1/314" },
        { "1-of-1-key-rotation-fail-not-signed-with-new-key", "!2/1/134" },
        { "3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys", "!01345/3/024" },
        { "2-of-5-one-key-signature-mising-threshold-not-reached", "!01345/3/04" },
        { "3-of-5-sign-first-combo", "01234/3/024" },
        { "3-of-5-sign-second-combo", "01234/3/041" },
        { "3-of-5-sign-third-combo", "01234/3/013" },
        { "3-of-5-sign-fourth-combo", "01234/3/123" },
        { "3-of-5-sign-fifth-combo", "01234/3/234" },
    };

    [Theory]
    [MemberData(nameof(RootRotations))]
    public async Task ARootIsFollowedOnlyThroughEnoughOldAndEnoughNewKeys(string name, string roots)
    {
        Assert.NotEmpty(name);
        using var c = new ConformanceCase();
        c.Repository.Published.Remove("root");
        RepositorySigner[] signers = [.. Enumerable.Range(0, 10).Select(_ => c.Repository.NewSigner())];
        foreach (string root in roots.Split(' '))
        {
            Set(c.Repository, "root", root, signers);
            c.Repository.Publish("root");
        }
        c.Repository.Publish("targets", "snapshot", "timestamp");
        c.TrustedRoot = c.Repository.Published["root"][0];
        Assert.Equal(0, await c.InitAsync());
        bool refused = roots.Contains('!', StringComparison.Ordinal);
        Assert.Equal(refused ? 1 : 0, await c.RefreshAsync());
        Assert.Equal(c.Repository.Published["root"][refused ? ^2 : ^1], c.Kept("root"));
    }

    [Theory]
    [MemberData(nameof(OtherRotations))]
    public async Task ARoleIsTakenOnlyWithEnoughOfTheKeysThatTheRootNames(string name, string role)
    {
        Assert.NotEmpty(name);
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        RepositorySigner[] signers = [.. Enumerable.Range(0, 10).Select(_ => c.Repository.NewSigner())];
        foreach (string which in (string[])["timestamp", "snapshot", "targets"])
        {
            Set(c.Repository, which, role, signers);
            c.Repository.Publish("root", "targets", "snapshot", "timestamp");
            bool refused = role.StartsWith('!');
            Assert.Equal(refused ? 1 : 0, await c.RefreshAsync());
            if (!refused) Assert.Equal(c.Repository.Published[which][^1], c.Kept(which));
        }
    }

    [Fact]
    public async Task FewerSignaturesThanTheThresholdAreTooFew()
    {
        using var c = new ConformanceCase();
        c.Repository.RoleOf("snapshot")["threshold"] = 3;
        c.Repository.AddKey("snapshot");
        c.Repository.AddKey("snapshot");
        c.Repository.Publish("root", "targets", "snapshot", "timestamp");
        await RefreshCases.ReadyAsync(c);
        c.Repository.Signers["snapshot"].RemoveAt(2);
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.NotEqual(3, c.Version("snapshot"));
    }

    [Fact]
    public async Task AThresholdAboveTheNumberOfKeysIsNeverReached()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        for (int i = 0; i < 4; i++) c.Repository.AddKey("snapshot");
        c.Repository.RoleOf("snapshot")["threshold"] = 6;
        c.Repository.Publish("root", "snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((2, true), (c.Version("root"), c.Version("snapshot") != 2));
    }

    [Fact]
    public async Task OneKeyCountsOnceHoweverOftenItIsNamedAndSigns()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        var signer = c.Repository.NewSigner();
        for (int i = 0; i < 9; i++) c.Repository.AddKey("snapshot", signer, signs: i == 0);
        c.Repository.RoleOf("snapshot")["threshold"] = 6;
        c.Repository.Publish("root", "snapshot", "timestamp");
        c.Repository.Tamper("snapshot", file => Repeat((JsonArray)file["signatures"]!, s => (string?)s["keyid"] == signer.Id, 8));
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Null(c.Version("snapshot"));
    }

    [Fact]
    public async Task TwoSignaturesUnderOneKeyIdAreRefused()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Tamper("snapshot", file => Repeat((JsonArray)file["signatures"]!, _ => true, 1));
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Null(c.Version("snapshot"));
    }

    [Theory]
    [InlineData("rsa/rsassa-pss-sha256")]
    [InlineData("ecdsa/ecdsa-sha2-nistp256")]
    [InlineData("ed25519/ed25519")]
    public async Task EveryKindOfKeyOfTheSpecificationSignsAndAWrongSignatureOfItDoesNot(string kind)
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        var signer = c.Repository.AddKey("root", c.Repository.NewSigner(kind.Split('/')[0]));
        Assert.Equal(kind.Split('/')[1], (string?)signer.Key["scheme"]);
        c.Repository.RoleOf("root")["threshold"] = 2;
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(2, c.Version("root"));
        c.Repository.Publish("root");
        // Of the right form, over other bytes.
        string wrong = Convert.ToHexStringLower(signer.Sign("something else"u8.ToArray()));
        c.Repository.Tamper("root", file => ((JsonArray)file["signatures"]!).First(s => (string?)s!["keyid"] == signer.Id)!["sig"] = wrong);
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(2, c.Version("root"));
    }

    [Fact]
    public async Task ABadSignatureBesideEnoughGoodOnesDoesNoHarm()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        string first = c.Repository.Signers["timestamp"][0].Id, old = "";
        c.Repository.Tamper("timestamp", file => old = (string)file["signatures"]![0]!["sig"]!);
        c.Repository.AddKey("timestamp");
        c.Repository.Publish("root", "timestamp");
        foreach (string bad in (string[])[old, ""])
        {
            c.Repository.Tamper("timestamp", file => ((JsonArray)file["signatures"]!).First(s => (string?)s!["keyid"] == first)!["sig"] = bad);
            Assert.Equal(0, await c.RefreshAsync());
            c.Repository.Publish("timestamp");
        }
    }

    private static void Set(SimulatedRepository repository, string role, string what, RepositorySigner[] signers)
    {
        string[] parts = what.TrimStart('!').Split('/');
        repository.DropKeys(role);
        repository.RoleOf(role)["threshold"] = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        foreach (char key in parts[0]) repository.AddKey(role, signers[key - '0'], signs: false);
        foreach (char key in parts[2]) repository.Signers[role].Add(signers[key - '0']);
    }

    private static void Repeat(JsonArray signatures, Func<JsonNode, bool> which, int times)
    {
        var one = signatures.First(s => which(s!))!;
        for (int i = 0; i < times; i++) signatures.Add(one.DeepClone());
    }
}
