namespace Candor.Tests.Shelf.Conformance;

/// <summary>Cases of the official suite's test_rollback: cases.txt names them.</summary>
public class RollbackCases
{
    [Fact]
    public async Task AnOlderTimestampIsRefused()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Publish("timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(2, c.Version("timestamp"));
        Again(c, "timestamp");
        c.Repository.Publish("timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(2, c.Version("timestamp"));
        Assert.Equal(("timestamp", null), c.Repository.Asked[^1]);
    }

    [Theory]
    [InlineData("basic", false)]
    [InlineData("with hashes", true)]
    public async Task AnOlderSnapshotIsRefused(string what, bool hashes)
    {
        Assert.NotEmpty(what);
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.SaysHashes = hashes;
        c.Repository.Publish("snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        Again(c, "snapshot");
        c.Repository.Publish("snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((2, 2), (c.Version("timestamp"), c.Version("snapshot")));
        Assert.Equal(("timestamp", null), c.Repository.Asked[^1]);
    }

    [Fact]
    public async Task ARoleThatASnapshotListedIsNotTakenOff()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Delegate("targets", "delegated", ["delegatedpath/*"]);
        c.Repository.Publish("delegated", "targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        ((System.Text.Json.Nodes.JsonObject)c.Repository.Roles["snapshot"]["meta"]!).Remove("delegated.json");
        c.Repository.Publish("snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal(2, c.Version("snapshot"));
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("snapshot")]
    [InlineData("timestamp")]
    public async Task AfterNewKeysAVersionThatWasDrivenUpIsForgotten(string role)
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        if (role == "targets")
        {
            c.Repository.Delegate("targets", "delegated", ["delegatedpath/*"]);
            c.Repository.Publish("delegated");
        }
        for (int i = 0; i < 99; i++) c.Repository.Publish(role);
        c.Repository.Publish(role switch { "targets" => ["snapshot", "timestamp"], "snapshot" => ["timestamp"], _ => [] });
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(100, c.Version(role));

        if (role != "timestamp") c.Repository.RotateKeys("snapshot");
        if (role != "targets") c.Repository.RotateKeys("timestamp");
        Again(c, role);
        if (role == "targets") ((System.Text.Json.Nodes.JsonObject)c.Repository.Roles["snapshot"]["meta"]!).Remove("delegated.json");
        c.Repository.Publish(role == "timestamp" ? ["root", "timestamp"] : ["root", "targets", "snapshot", "timestamp"]);
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Equal(1, c.Version(role));
    }

    [Theory]
    [InlineData("basic", false)]
    [InlineData("with hashes", true)]
    public async Task OlderTargetsAreRefused(string what, bool hashes)
    {
        Assert.NotEmpty(what);
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.SaysHashes = hashes;
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        Again(c, "targets");
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(1, await c.RefreshAsync());
        Assert.Equal((2, 2), (c.Version("snapshot"), c.Version("targets")));
    }

    /// <summary>A role begins again at version 1.</summary>
    private static void Again(ConformanceCase c, string role)
    {
        c.Repository.Published.Remove(role);
        c.Repository.SetVersion(role, 1);
    }
}
