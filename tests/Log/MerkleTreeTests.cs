using System.Security.Cryptography;
using Candor.Log;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>Every tree of 0 to 40 leaves against the recursive definition of RFC 6962, every proof, and every one-step change to a proof.</summary>
public sealed class MerkleTreeTests
{
    private const int MaxSize = 40;

    private static readonly Hash32[] Leaves = [.. Enumerable.Range(0, MaxSize).Select(i => MerkleTree.LeafHash([(byte)i, 7]))];

    private static readonly Hash32[] Roots = [.. Enumerable.Range(0, MaxSize + 1).Select(n => DefinedRoot(Leaves.AsSpan(0, n)))];

    [Fact]
    public void RootsAreThoseOfTheDefinition()
    {
        for (int n = 0; n <= MaxSize; n++) Assert.Equal(Roots[n], MerkleTree.Root(Leaves.AsSpan(0, n)));
        Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", MerkleTree.EmptyRoot.ToBase64());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void LeafHashIsThePrefixedHashAtEveryLength(int length)
    {
        byte[] entry = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        Assert.Equal(new Hash32(SHA256.HashData([0, .. entry])), MerkleTree.LeafHash(entry));
    }

    [Fact]
    public void EveryLeafOfEveryTreeIsProvedIncluded()
    {
        ForEachInclusion((index, size, proof) =>
        {
            Assert.True(MerkleTree.VerifyInclusion(Leaves[index], index, size, proof, Roots[size]));
            Assert.Equal(proof, MerkleProver.Inclusion(index, size, Stored(size)));
        });
    }

    [Fact]
    public void NoInclusionProofHoldsForAnotherPlaceLeafOrRoot()
    {
        ForEachInclusion((index, size, proof) =>
        {
            for (int other = -1; other <= MaxSize; other++)
            {
                if (other != index) Assert.False(MerkleTree.VerifyInclusion(Leaves[index], other, size, proof, Roots[size]));
                if (other >= 0 && other != size) Assert.False(MerkleTree.VerifyInclusion(Leaves[index], index, size, proof, Roots[other]));
                if (other >= 0 && other < MaxSize && other != index)
                    Assert.False(MerkleTree.VerifyInclusion(Leaves[other], index, size, proof, Roots[size]));
            }
        });
    }

    [Fact]
    public void EveryChangeToAnInclusionProofIsRefused()
    {
        ForEachInclusion((index, size, proof) =>
        {
            foreach (Hash32[] changed in Changes(proof, Leaves[index], Roots[size]))
                Assert.False(MerkleTree.VerifyInclusion(Leaves[index], index, size, changed, Roots[size]));
        });
    }

    [Fact]
    public void EveryTreeIsProvedToExtendEveryEarlierOne()
    {
        ForEachConsistency((oldSize, newSize, proof) =>
        {
            Assert.True(MerkleTree.VerifyConsistency(oldSize, Roots[oldSize], newSize, Roots[newSize], proof));
            Assert.Equal(proof, MerkleProver.Consistency(oldSize, newSize, Stored(newSize)));
        });
    }

    [Fact]
    public void NoConsistencyProofHoldsForAnotherRoot()
    {
        ForEachConsistency((oldSize, newSize, proof) =>
        {
            for (int other = 0; other <= MaxSize; other++)
            {
                if (other != oldSize) Assert.False(MerkleTree.VerifyConsistency(oldSize, Roots[other], newSize, Roots[newSize], proof));
                // From the empty tree any root is good: there is nothing it could contradict.
                if (other != newSize && oldSize != 0)
                    Assert.False(MerkleTree.VerifyConsistency(oldSize, Roots[oldSize], newSize, Roots[other], proof));
            }
        });
    }

    [Fact]
    public void EveryChangeToAConsistencyProofIsRefused()
    {
        ForEachConsistency((oldSize, newSize, proof) =>
        {
            foreach (Hash32[] changed in Changes(proof, Roots[oldSize], Roots[newSize]))
                Assert.False(MerkleTree.VerifyConsistency(oldSize, Roots[oldSize], newSize, Roots[newSize], changed));
        });
    }

    [Fact]
    public void ATreeThatChangedOneOldLeafIsNeverConsistent()
    {
        for (int newSize = 2; newSize <= MaxSize; newSize++)
        {
            for (int oldSize = 1; oldSize < newSize; oldSize++)
            {
                Hash32[] forked = [.. Leaves.AsSpan(0, newSize)];
                forked[oldSize / 2] = MerkleTree.LeafHash("another entry"u8);
                Hash32 forkedRoot = DefinedRoot(forked);
                Assert.False(MerkleTree.VerifyConsistency(oldSize, Roots[oldSize], newSize, forkedRoot, MerkleProver.Consistency(oldSize, forked)));
                Assert.False(MerkleTree.VerifyConsistency(
                    oldSize, Roots[oldSize], newSize, forkedRoot, MerkleProver.Consistency(oldSize, Leaves[..newSize])));
            }
        }
    }

    [Theory]
    [InlineData(long.MinValue, long.MinValue)]
    [InlineData(-1, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MaxValue - 1, long.MaxValue)]
    [InlineData(1L << 62, long.MaxValue)]
    [InlineData(0, long.MinValue)]
    public void NumbersAtTheEdgesAreJudgedWithoutHarm(long first, long second)
    {
        Hash32[] proof = [.. Enumerable.Range(0, 200).Select(i => Leaves[i % MaxSize])];
        for (int length = 0; length <= proof.Length; length++)
        {
            Assert.False(MerkleTree.VerifyInclusion(Leaves[0], first, second, proof.AsSpan(0, length), Roots[5]));
            Assert.False(MerkleTree.VerifyConsistency(first, Roots[4], second, Roots[5], proof.AsSpan(0, length)));
        }
    }

    [Fact]
    public void ProverReadsAtMostTwoSubtreesPerLevelWhateverTheSize()
    {
        // A tree of 2^40 - 1 leaves that are all alike, so that its subtrees are known without it.
        const int Levels = 40;
        const long Size = (1L << Levels) - 1;
        var same = new Hash32[Levels];
        same[0] = Leaves[0];
        for (int level = 1; level < Levels; level++) same[level] = MerkleTree.NodeHash(same[level - 1], same[level - 1]);
        int reads = 0;

        Hash32 root = MerkleProver.Root(Size, Read);
        reads = 0;
        Hash32[] inclusion = MerkleProver.Inclusion(Size / 3, Size, Read);
        Assert.InRange(reads, 1, 2 * Levels);
        reads = 0;
        Hash32[] consistency = MerkleProver.Consistency(Size / 3, Size, Read);
        Assert.InRange(reads, 1, 2 * Levels);

        Assert.True(MerkleTree.VerifyInclusion(Leaves[0], Size / 3, Size, inclusion, root));
        Assert.True(MerkleTree.VerifyConsistency(Size / 3, MerkleProver.Root(Size / 3, Read), Size, root, consistency));

        Hash32 Read(int level, long index)
        {
            reads++;
            Assert.InRange((index + 1) << level, 1, Size); // complete subtrees only
            return same[level];
        }
    }

    [Fact]
    public void WhichSubtreesAreReadDoesNotDependOnTheirHashes()
    {
        var asked = new List<(int, long)>();
        MerkleProver.Inclusion(11, 37, (level, index) => { asked.Add((level, index)); return default; });
        var answered = new List<(int, long)>();
        Func<int, long, Hash32> stored = Stored(37);
        Hash32[] proof = MerkleProver.Inclusion(11, 37, (level, index) => { answered.Add((level, index)); return stored(level, index); });
        Assert.Equal(asked, answered);
        Assert.True(MerkleTree.VerifyInclusion(Leaves[11], 11, 37, proof, Roots[37]));
    }

    [Fact]
    public void ProverRefusesNumbersOutsideItsTree()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Inclusion(3, 3, Stored(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Inclusion(-1, 3, Stored(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Inclusion(0, Array.Empty<Hash32>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Consistency(4, 3, Stored(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Consistency(-1, 3, Stored(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProver.Root(-1, Stored(3)));
    }

    /// <summary>The subtrees that appending gave, as a server would have stored them.</summary>
    private static Func<int, long, Hash32> Stored(int size)
    {
        var stored = new Dictionary<(int Level, long Index), Hash32>();
        var range = new CompactRange();
        Span<Hash32> completed = stackalloc Hash32[CompactRange.MaxCompleted];
        foreach (Hash32 leaf in Leaves.AsSpan(0, size))
        {
            long before = range.Size;
            int count = range.Append(leaf, completed);
            for (int level = 0; level < count; level++) stored.Add((level, before >> level), completed[level]);
        }

        return (level, index) => stored[(level, index)];
    }

    /// <summary>All that is one step from a proof: each bit of a byte per hash, each hash left out, doubled, replaced or exchanged, and more.</summary>
    private static IEnumerable<Hash32[]> Changes(Hash32[] proof, Hash32 start, Hash32 end)
    {
        Hash32 stranger = MerkleTree.LeafHash("a stranger"u8);
        foreach (Hash32 more in (Hash32[])[stranger, start, end, default, MerkleTree.EmptyRoot])
        {
            for (int i = 0; i <= proof.Length; i++) yield return [.. proof[..i], more, .. proof[i..]];
        }

        for (int i = 0; i < proof.Length; i++)
        {
            yield return [.. proof[..i], .. proof[(i + 1)..]];
            yield return [.. proof[..i], proof[i], .. proof[i..]];
            yield return [.. proof[..i], stranger, .. proof[(i + 1)..]];
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] bytes = proof[i].ToArray();
                bytes[i * 5 % Hash32.Size] ^= (byte)(1 << bit);
                yield return [.. proof[..i], new Hash32(bytes), .. proof[(i + 1)..]];
            }

            for (int j = i + 1; j < proof.Length; j++)
            {
                Hash32[] exchanged = [.. proof];
                (exchanged[i], exchanged[j]) = (proof[j], proof[i]);
                yield return exchanged;
            }
        }
    }

    private static void ForEachInclusion(Action<int, int, Hash32[]> check)
    {
        for (int size = 1; size <= MaxSize; size++)
        {
            for (int index = 0; index < size; index++) check(index, size, DefinedPath(index, Leaves.AsSpan(0, size)));
        }
    }

    private static void ForEachConsistency(Action<int, int, Hash32[]> check)
    {
        for (int newSize = 0; newSize <= MaxSize; newSize++)
        {
            for (int oldSize = 0; oldSize <= newSize; oldSize++)
                check(oldSize, newSize, oldSize == 0 ? [] : DefinedSubproof(oldSize, Leaves.AsSpan(0, newSize), true));
        }
    }

    // RFC 6962 sections 2.1, 2.1.1 and 2.1.2, as they are written there.

    private static Hash32 DefinedRoot(ReadOnlySpan<Hash32> d)
    {
        if (d.IsEmpty) return new Hash32(SHA256.HashData([]));
        if (d.Length == 1) return d[0];
        int k = Divide(d.Length);
        return new Hash32(SHA256.HashData([1, .. DefinedRoot(d[..k]).AsSpan(), .. DefinedRoot(d[k..]).AsSpan()]));
    }

    private static Hash32[] DefinedPath(int m, ReadOnlySpan<Hash32> d)
    {
        if (d.Length == 1) return [];
        int k = Divide(d.Length);
        return m < k ? [.. DefinedPath(m, d[..k]), DefinedRoot(d[k..])] : [.. DefinedPath(m - k, d[k..]), DefinedRoot(d[..k])];
    }

    private static Hash32[] DefinedSubproof(int m, ReadOnlySpan<Hash32> d, bool whole)
    {
        if (m == d.Length) return whole ? [] : [DefinedRoot(d)];
        int k = Divide(d.Length);
        return m <= k
            ? [.. DefinedSubproof(m, d[..k], whole), DefinedRoot(d[k..])]
            : [.. DefinedSubproof(m - k, d[k..], false), DefinedRoot(d[..k])];
    }

    private static int Divide(int n)
    {
        int k = 1;
        while (2 * k < n) k *= 2;
        return k;
    }
}
