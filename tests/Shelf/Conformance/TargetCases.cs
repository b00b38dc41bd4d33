namespace Candor.Tests.Shelf.Conformance;

/// <summary>Cases of the official suite's test_file_download, test_updater_delegation_graphs and test_quoting_issues: cases.txt names them.</summary>
public class TargetCases
{
    /// <summary>Delegations as delegator&gt;role, "!" for a terminating one, ":*.py" for other paths than all; then the order in which roles are asked for.</summary>
    public static TheoryData<string, string, string> Graphs => new()
    {
        { "basic-delegation", "targets>A", "A" },
        { "single-level-delegations", "targets>A targets>B", "AB" },
        { "two-level-delegations", "targets>A targets>B B>C", "ABC" },
        { "two-level-test-DFS-order-of-traversal", "targets>A targets>B A>C A>D", "ACDB" },
        { "three-level-delegation-test-DFS-order-of-traversal", "targets>A targets>B A>C C>D", "ACDB" },
        { "two-level-terminating-ignores-all-but-roles-descendants", "targets>A targets>B A>!C A>D", "AC" },
        { "three-level-terminating-ignores-all-but-roles-descendants", "targets>A targets>B A>!C C>D", "ACD" },
        { "two-level-ignores-all-branches-not-matching-paths", "targets>A:*.py targets>B A>C", "B" },
        { "three-level-ignores-all-branches-not-matching-paths", "targets>A targets>B A>C:*.py C>D", "AB" },
        { "cyclic-graph", "targets>A targets>B B>C C>D D>B", "ABCD" },
        { "two-roles-delegating-to-a-third", "targets>A targets>B B>C A>C", "ACB" },
        { "two-roles-delegating-to-a-third-different-paths", "targets>A targets>B B>C A>C:*.py", "ABC" },
    };

    /// <summary>Path, whether it is found, roles that are asked for.</summary>
    public static TheoryData<string, string, bool, string> Searches => new()
    {
        { "no delegations", "targetfile", true, "" },
        { "targetpath matches wildcard", "README.md", true, "A" },
        { "targetpath with separators x", "releases/x/x_v1", true, "BC" },
        { "targetpath with separators y", "releases/y/y_v1.zip", true, "BD" },
        { "targetpath is not delegated by all roles in the chain", "releases/z/z_v1.zip", false, "B" },
        { "wildcard does not match path separator", "releases/README.md", false, "" },
        { "targetpath matches question mark wildcard", "foo-1.tgz", true, "A" },
        { "targetpath does not match question mark wildcard", "foo-alpha.tgz", false, "" },
        { "targetpath matching is case sensitive", "README.MD", false, "" },
    };

    [Theory]
    [MemberData(nameof(Graphs))]
    public async Task DelegationsAreSearchedInTheirOrderAndDownwardsFirst(string name, string delegations, string order)
    {
        Assert.NotEmpty(name);
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        var changed = new List<string>();
        foreach (string one in delegations.Split(' '))
        {
            string delegator = one[..one.IndexOf('>', StringComparison.Ordinal)], role = one[(delegator.Length + 1)..].Split(':')[0];
            c.Repository.Delegate(delegator, role.TrimStart('!'), [one.Contains(':', StringComparison.Ordinal) ? one.Split(':')[1] : "*"], role[0] == '!');
            changed.AddRange([role.TrimStart('!'), delegator]);
        }
        c.Repository.Publish([.. changed.Distinct(), "snapshot", "timestamp"]);
        Assert.Equal(1, await c.DownloadAsync("missingpath"));
        Assert.Equal(order, string.Concat(c.Repository.Asked.Skip(4).Select(a => a.Role)));
        Assert.All(c.Repository.Asked.Skip(4), a => Assert.Equal(1, a.Version));
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task ATargetIsFoundOnlyWhereEveryRoleOnTheWayDelegatesIt(string name, string path, bool found, string order)
    {
        Assert.NotEmpty(name);
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Delegate("targets", "A", ["*.doc", "*.md", "foo-?.tgz"]);
        c.Repository.Delegate("targets", "B", ["releases/*/*"]);
        c.Repository.Delegate("B", "C", ["releases/x/*"]);
        c.Repository.Delegate("B", "D", ["releases/y/*.zip"]);
        foreach (var (role, target) in ((string, string)[])[("targets", "targetfile"), ("A", "README.md"), ("A", "releases/README.md"), ("A", "foo-1.tgz"), ("A", "foo-alpha.tgz"), ("C", "releases/x/x_v1"), ("D", "releases/y/y_v1.zip"), ("D", "releases/z/z_v1.zip")])
            c.Repository.AddArtifact(role, target, $"{target} by {role}");
        c.Repository.Publish("A", "B", "C", "D", "targets", "snapshot", "timestamp");
        Assert.Equal(found ? 0 : 1, await c.DownloadAsync(path));
        Assert.Equal(found ? 1 : 0, c.Downloaded().Count(d => d.StartsWith(path, StringComparison.Ordinal)));
        Assert.Equal(order, string.Concat(c.Repository.Asked.Skip(4).Select(a => a.Role)));
    }

    [Fact]
    public async Task ARoleThatOneDelegatorVouchesForIsNotVouchedForByAnother()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Delegate("targets", "parent-a", ["team-a/*"]);
        c.Repository.Delegate("targets", "parent-b", ["team-b/*"]);
        c.Repository.Delegate("parent-a", "release", ["team-a/*"]);
        var ofB = c.Repository.Delegate("parent-b", "release", ["team-b/*"]);
        Assert.True(c.Repository.Signers["release"].Remove(ofB));
        c.Repository.AddArtifact("release", "team-a/trusted_root.json", "trusted A");
        c.Repository.AddArtifact("release", "team-b/trusted_root.json", "malicious B");
        c.Repository.Publish("release", "parent-a", "parent-b", "targets", "snapshot", "timestamp");
        Assert.Equal(1, await c.DownloadAsync("team-a/trusted_root.json", "team-b/trusted_root.json"));
        Assert.True(c.Downloaded() is [] or ["trusted A"]);
    }

    [Fact]
    public async Task ADelegatedRoleThatTheSnapshotDoesNotListIsNotEvenAskedFor()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.Delegate("targets", "delegated", ["delegatedpath/*"]);
        c.Repository.Publish("delegated", "targets");
        ((System.Text.Json.Nodes.JsonObject)c.Repository.Roles["snapshot"]["meta"]!).Remove("delegated.json");
        c.Repository.Publish("snapshot", "timestamp");
        Assert.Equal(0, await c.RefreshAsync());
        c.Repository.Asked.Clear();
        Assert.Equal(1, await c.DownloadAsync("delegatedpath/foo"));
        Assert.Null(c.Version("delegated"));
        Assert.Equal([("root", 2), ("timestamp", null)], c.Repository.Asked);
    }

    [Theory]
    [InlineData("?")]
    [InlineData("#")]
    [InlineData("/delegatedrole")]
    [InlineData("../delegatedrole")]
    public async Task AnUnusualNameOfARoleIsQuotedOnTheWireAndOnTheDisk(string role)
    {
        using var c = new ConformanceCase();
        c.Repository.Delegate("targets", role, ["*"]);
        c.Repository.AddKey(role, delegator: "targets");
        c.Repository.Publish(role, "targets", "snapshot", "timestamp");
        await c.InitAsync();
        Assert.Equal(1, await c.DownloadAsync("nonexistent target"));
        Assert.Contains((Uri.EscapeDataString(role), 1), c.Repository.Asked);
        Assert.Equal(5, c.Trusted().Count);
        Assert.False(File.Exists(Path.Combine(c.Metadata, "..", "delegatedrole.json")));
    }

    [Theory]
    [InlineData("target_file.txt")]
    [InlineData("path/to/a/target_file.txt")]
    public async Task ATargetIsDownloadedWhenItIsAskedFor(string path)
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        Add(c, path, "target file contents");
        Assert.Equal(0, await c.RefreshAsync());
        Assert.Empty(c.Downloaded());
        Assert.Equal(0, await c.DownloadAsync(path));
        Assert.Equal(["target file contents"], c.Downloaded());
    }

    [Fact]
    public async Task BytesThatAreNotTheListedOnesAreNotTaken()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        c.Repository.AddArtifact("targets", "target_file.txt", "target file contents");
        Add(c, "another_target_file.txt", "content");
        Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
        c.Repository.Artifacts["target_file.txt"] = c.Repository.Artifacts["another_target_file.txt"] = "malicious data - should not download"u8.ToArray();
        await c.DownloadAsync("target_file.txt");
        Assert.Equal(["target file contents"], c.Downloaded());
        Assert.Equal(1, await c.DownloadAsync("another_target_file.txt"));
        Assert.Equal(["target file contents"], c.Downloaded());
    }

    [Fact]
    public async Task ATargetThatChangesOftenIsFollowedAndNeverReplacedByOtherBytes()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        Add(c, "target_file.txt", "target file contents");
        Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
        var expected = new List<string> { "target file contents" };
        for (int i = 0; i < 11; i++)
        {
            c.Repository.AddArtifact("targets", "target_file.txt", $"modified file contents {i}");
            Add(c, $"new-target-{i}", $"new file contents {i}");
            // The client sees every fifth.
            if (i % 5 != 0) continue;
            Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
            expected.RemoveAll(e => e.StartsWith("target", StringComparison.Ordinal) || e.StartsWith("modified", StringComparison.Ordinal));
            expected.Add($"modified file contents {i}");
            Assert.Equal(expected.Order(StringComparer.Ordinal), c.Downloaded());
            Assert.Equal(0, await c.DownloadAsync($"new-target-{i}"));
            expected.Add($"new file contents {i}");
            Assert.Equal(expected.Order(StringComparer.Ordinal), c.Downloaded());
            c.Repository.Artifacts["target_file.txt"] = "malicious contents"u8.ToArray();
            c.Repository.Publish("targets", "snapshot", "timestamp");
            await c.DownloadAsync("target_file.txt");
            Assert.Equal(expected.Order(StringComparer.Ordinal), c.Downloaded());
        }
    }

    [Theory]
    [InlineData("hashes0", "sha256")]
    [InlineData("hashes1", "sha512")]
    [InlineData("hashes2", "sha256 sha512")]
    public async Task EitherHashOfTheSpecificationIsTakenAndBothAre(string name, string hashes)
    {
        Assert.NotEmpty(name);
        using var c = new ConformanceCase();
        c.Repository.AddArtifact("targets", "target_file.txt", "target file contents", hashes.Split(' '));
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
        var (path, hash) = Assert.Single(c.Repository.Fetched);
        Assert.Equal("target_file.txt", path);
        Assert.Contains(((System.Text.Json.Nodes.JsonObject)c.Repository.Roles["targets"]["targets"]!["target_file.txt"]!["hashes"]!).Select(h => (string?)h.Value), h => h == hash);
        Assert.Equal(["target file contents"], c.Downloaded());
    }

    [Fact]
    public async Task ATargetWithNoHashThatIsKnownIsNotTaken()
    {
        using var c = new ConformanceCase();
        c.Repository.AddArtifact("targets", "target_file.txt", "target file contents", "sha512");
        var hashes = (System.Text.Json.Nodes.JsonObject)c.Repository.Roles["targets"]["targets"]!["target_file.txt"]!["hashes"]!;
        hashes["unknown-hash"] = (string?)hashes["sha512"];
        hashes.Remove("sha512");
        c.Repository.Publish("targets", "snapshot", "timestamp");
        Assert.Equal(0, await c.InitAsync());
        Assert.Equal(1, await c.DownloadAsync("target_file.txt"));
        Assert.Empty(c.Downloaded());
    }

    [Fact]
    public async Task WhatIsHereIsNotFetchedAgain()
    {
        using var c = new ConformanceCase();
        Assert.Equal(0, await c.InitAsync());
        Add(c, "target_file.txt", "target file contents");
        Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
        Assert.Equal(0, await c.DownloadAsync("target_file.txt"));
        Assert.Single(c.Repository.Fetched);
    }

    private static void Add(ConformanceCase c, string path, string content)
    {
        c.Repository.AddArtifact("targets", path, content);
        c.Repository.Publish("targets", "snapshot", "timestamp");
    }
}
