using System.Text;
using System.Text.Json.Nodes;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>Cases of the official suite's test_basic and test_expiration: cases.txt names them.</summary>
public class RefreshCases
{
    private static readonly string[] Top = ["root", "timestamp", "snapshot", "targets"];

    [Fact]
    public async Task ARefreshAsksForTheFourRolesInOrderAndTrustsThem()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal([("root", 2), ("timestamp", null), ("snapshot", 1), ("targets", 1)], c.Repository.Asked);
        foreach (string role in Top) Assert.Equal(c.Repository.Published[role][^1], c.Kept(role));
    }

    [Fact]
    public async Task ADownloadRefreshesFirst()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(1, await c.DownloadAsync("nonexistent artifact"));
        Assert.Equal([("root", 2), ("timestamp", null), ("snapshot", 1), ("targets", 1)], c.Repository.Asked);
        foreach (string role in Top) Assert.Equal(c.Repository.Published[role][^1], c.Kept(role));
    }

    [Theory]
    [InlineData("without a version")]
    [InlineData("with another signature")]
    public async Task AFirstRootThatIsNoneLeadsNowhere(string what)
    {
        using var c = new ConformanceCase();
        var root = (JsonObject)JsonNode.Parse(c.TrustedRoot)!;
        if (what == "without a version") ((JsonObject)root["signed"]!).Remove("version");
        else root["signatures"]![0]!["sig"] = "3045022100ee448afe2d25dd1f05afedac83a24e7df90f203615221434979153dc7cea6d4702207710015851e571885a77db8a6e42c4b2983a59b9e1ebec91178dfa2fb0d42ab8";
        c.TrustedRoot = Encoding.UTF8.GetBytes(root.ToJsonString());
        await c.InitAsync();
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Empty(c.Repository.Asked);
    }

    [Theory]
    [InlineData("root", "root 1")]
    [InlineData("timestamp", "root 2")]
    [InlineData("snapshot", "root 2, timestamp 2")]
    [InlineData("targets", "root 2, snapshot 2, timestamp 2")]
    public async Task WhatIsNotSignedIsRefusedAndWhatCameBeforeItStays(string role, string trusted)
    {
        using var c = new ConformanceCase();
        c.Repository.Signers[role].Clear();
        c.Repository.Publish("root", "targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(trusted, Said(c));
    }

    [Theory]
    [InlineData("root", "root 1")]
    [InlineData("snapshot", "root 2, timestamp 2")]
    [InlineData("targets", "root 2, snapshot 2, timestamp 2")]
    public async Task WhatHasAnotherVersionThanItsNameIsRefused(string role, string trusted)
    {
        using var c = new ConformanceCase();
        c.Repository.SetVersion(role, 2);
        c.Repository.Publish("root", "targets", "snapshot", "timestamp");
        // What lists it says the version of its name.
        Assert.Equal(3, c.Repository.Version(role));
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(trusted, Said(c));
    }

    [Fact]
    public async Task ATimestampOfTheSameVersionIsNotTakenForANewOne()
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        c.Repository.Listed("snapshot.json", "timestamp")["version"] = 100;
        c.Repository.Published.Remove("timestamp");
        c.Repository.Publish("timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(("timestamp", null), c.Repository.Asked[^1]);
        Assert.Equal(1, (long)JsonNode.Parse(c.Kept("timestamp"))!["signed"]!["meta"]!["snapshot.json"]!["version"]!);
    }

    [Fact]
    public async Task HashesOfMetadataAreTakenWhereTheyAreRight()
    {
        using var c = new ConformanceCase();
        c.Repository.SaysHashes = true;
        c.Repository.Publish("targets", "snapshot", "timestamp");
        await ReadyAsync(c);
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("snapshot")]
    public async Task MetadataOfAnotherHashIsRefused(string role)
    {
        using var c = new ConformanceCase();
        c.Repository.SaysHashes = true;
        c.Repository.Publish("targets", "snapshot", "timestamp");
        await ReadyAsync(c);
        string above = role == "targets" ? "snapshot" : "timestamp";
        c.Repository.Publish(role);
        c.Repository.Listed($"{role}.json", above)["hashes"]!["sha256"] = new string('0', 64);
        if (role == "targets") c.Repository.Publish("snapshot");
        c.Repository.Publish("timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((3, true), (c.Version(above), c.Version(role) != 3));
    }

    [Fact]
    public async Task MetadataIsKeptByteForByte()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Published["timestamp"][^1] = [.. c.Repository.Published["timestamp"][^1], (byte)' '];
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(c.Repository.Published["timestamp"][^1], c.Kept("timestamp"));
    }

    [Fact]
    public async Task UnknownFieldsAreSignedAndTaken()
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        var signer = c.Repository.NewSigner();
        signer.Key["extra-field"] = new JsonObject { ["a"] = 1, ["b"] = 2 };
        c.Repository.Roles["root"]["custom-field"] = "value";
        c.Repository.AddKey("root", signer);
        c.Repository.RoleOf("root")["another-field"] = "value";
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(2, c.Version("root"));
    }

    [Fact]
    public async Task AFieldOfOldThatIsNoPartOfTheSpecificationSaysNothing()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.DropKeys("snapshot");
        var signer = c.Repository.NewSigner();
        signer.Key["keyid_hash_algorithms"] = "md5";
        c.Repository.AddKey("snapshot", signer);
        c.Repository.Publish("root", "snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal((2, 2), (c.Version("root"), c.Version("snapshot")));
    }

    [Theory]
    [InlineData("snapshot", "root 1, snapshot 1, targets 1, timestamp 2")]
    [InlineData("targets", "root 1, snapshot 2, targets 1, timestamp 2")]
    public async Task WhatIsListedAndNotThereIsMissed(string role, string trusted)
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        c.Repository.Listed($"{role}.json", role == "snapshot" ? "timestamp" : "snapshot")["version"] = 2;
        c.Repository.Publish(role == "snapshot" ? ["timestamp"] : ["snapshot", "timestamp"]);
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((role, 2), c.Repository.Asked[^1]);
        Assert.Equal(trusted, Said(c));
    }

    [Fact]
    public async Task WithoutATimestampNothingIsRefreshed()
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        c.Repository.Published.Remove("timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(("timestamp", null), c.Repository.Asked[^1]);
    }

    [Fact]
    public async Task ASnapshotThatIsSignedByTheTimestampsKeyIsNoTimestamp()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.AddKey("snapshot", c.Repository.Signers["timestamp"][0]);
        c.Repository.Roles["snapshot"]["meta"] = new JsonObject { ["snapshot.json"] = new JsonObject { ["version"] = 1 } };
        c.Repository.Publish("root", "snapshot");
        c.Repository.Published["timestamp"].Add(c.Repository.Published["snapshot"][^1]);
        c.Repository.Published["snapshot"].RemoveAt(1);
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal("root 2", Said(c));
    }

    [Fact]
    public async Task WhatIsInDateTodayIsNotNextWeek()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Expire("root", DateTimeOffset.UtcNow.AddDays(7));
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(1, await c.RefreshAsync(days: 8));
    }

    [Fact]
    public async Task ARootThatIsOverIsTakenAndNothingBelowIt()
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync());
        c.Repository.Expire("root", DateTimeOffset.UtcNow.AddDays(-1));
        c.Repository.Publish("root", "targets", "snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((3, 1, 1), (c.Version("root"), c.Version("timestamp"), c.Version("snapshot")));
    }

    [Theory]
    [InlineData("timestamp", "root 1, snapshot 1, targets 1, timestamp 1")]
    [InlineData("snapshot", "root 1, snapshot 1, targets 1, timestamp 2")]
    [InlineData("targets", "root 1, snapshot 2, targets 1, timestamp 2")]
    public async Task WhatIsOverIsRefused(string role, string trusted)
    {
        using var c = new ConformanceCase();
        await ReadyAsync(c);
        c.Repository.Expire(role, DateTimeOffset.UtcNow.AddDays(-5));
        c.Repository.Publish(role == "timestamp" ? ["timestamp"] : role == "snapshot" ? ["snapshot", "timestamp"] : ["targets", "snapshot", "timestamp"]);
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(trusted, Said(c));
    }

    [Fact]
    public async Task AKeptRootThatIsOverLeadsToTheNextOne()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Expire("root", DateTimeOffset.UtcNow.AddDays(7));
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync());
        c.Repository.Expire("root", DateTimeOffset.UtcNow.AddDays(21));
        c.Repository.Publish("root");
        Assert.Equal(0, await c.RefreshAsync(days: 18));
        Assert.Equal(3, c.Version("root"));
    }

    [Fact]
    public async Task AKeptTimestampThatIsOverIsReplacedByTheNextOne()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Expire("timestamp", DateTimeOffset.UtcNow.AddDays(7));
        c.Repository.Publish("timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        c.Repository.Expire("timestamp", DateTimeOffset.UtcNow.AddDays(21));
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync(days: 18));
        Assert.Equal("root 1, snapshot 2, targets 2, timestamp 3", Said(c));
    }

    internal static async Task ReadyAsync(ConformanceCase c)
    {
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(0, await c.RefreshAsync());
    }

    private static string Said(ConformanceCase c) => string.Join(", ", c.Trusted().Select(t => $"{t.Role} {t.Version}"));
}
