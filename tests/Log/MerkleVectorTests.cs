using System.Text.Json;
using Candor.Log;
using Candor.Protocol;
using Xunit;
using static Candor.Tests.Log.LogVectors;

namespace Candor.Tests.Log;

/// <summary>spec/vectors/merkle.json: the published trees of RFC 6962, and proofs with every part wrong.</summary>
public sealed class MerkleVectorTests
{
    public static TheoryData<string> Leaves => MerkleCases.OfCall("leaf");

    public static TheoryData<string> Nodes => MerkleCases.OfCall("node");

    public static TheoryData<string> Roots => MerkleCases.OfCall("root");

    public static TheoryData<string> Inclusions => MerkleCases.OfCall("inclusion");

    public static TheoryData<string> Consistencies => MerkleCases.OfCall("consistency");

    public static TheoryData<string> Ranges => MerkleCases.OfCall("compact-range");

    [Fact]
    public void EveryCallIsRun() =>
        Assert.Equal(["compact-range", "consistency", "inclusion", "leaf", "node", "root"], MerkleCases.Calls.Order());

    [Theory, MemberData(nameof(Leaves))]
    public void LeafHashIsAsPublished(string name)
    {
        JsonElement c = MerkleCases[name];
        Assert.Equal(Hash(c, "hash"), MerkleTree.LeafHash(Hex(c, "entry")));
    }

    [Theory, MemberData(nameof(Nodes))]
    public void NodeHashIsAsPublished(string name)
    {
        JsonElement c = MerkleCases[name];
        Assert.Equal(Hash(c, "hash"), MerkleTree.NodeHash(Hash(c, "left"), Hash(c, "right")));
    }

    [Theory, MemberData(nameof(Roots))]
    public void RootIsAsPublished(string name)
    {
        JsonElement c = MerkleCases[name];
        Hash32[] leaves = [.. Texts(c, "entries").Select(e => MerkleTree.LeafHash(Convert.FromHexString(e)))];
        Assert.Equal(Hash(c, "root"), MerkleTree.Root(leaves));
    }

    [Theory, MemberData(nameof(Inclusions))]
    public void InclusionIsJudgedAsStated(string name)
    {
        JsonElement c = MerkleCases[name];
        Assert.Equal(
            Valid(c),
            MerkleTree.VerifyInclusion(Hash(c, "leaf_hash"), Number(c, "index"), Number(c, "size"), Hashes(c, "proof"), Hash(c, "root")));
    }

    [Theory, MemberData(nameof(Consistencies))]
    public void ConsistencyIsJudgedAsStated(string name)
    {
        JsonElement c = MerkleCases[name];
        Assert.Equal(
            Valid(c),
            MerkleTree.VerifyConsistency(
                Number(c, "old_size"), Hash(c, "old_root"), Number(c, "new_size"), Hash(c, "new_root"), Hashes(c, "proof")));
    }

    [Theory, MemberData(nameof(Ranges))]
    public void CompactRangeIsRestoredOrRefusedAsStated(string name)
    {
        JsonElement c = MerkleCases[name];
        if (c.TryGetProperty("frontier", out _))
        {
            Assert.Equal(Valid(c), CompactRange.TryRestore(Number(c, "size"), Hashes(c, "frontier"), out CompactRange? restored));
            if (restored is not null) AssertIs(c, restored);
        }

        if (c.TryGetProperty("bytes", out _))
        {
            Assert.Equal(Valid(c), CompactRange.TryParse(Hex(c, "bytes"), out CompactRange? parsed));
            if (parsed is not null) AssertIs(c, parsed);
        }
    }

    private static void AssertIs(JsonElement c, CompactRange range)
    {
        Assert.Equal(Number(c, "size"), range.Size);
        Assert.Equal(Hash(c, "root"), range.Root());
        Assert.Equal(Hashes(c, "frontier"), range.Frontier.ToArray());
        Assert.Equal(Hex(c, "bytes"), range.ToBytes());
    }
}
