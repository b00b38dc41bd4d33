using System.Numerics;
using Candor.Log;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

public sealed class CompactRangeTests
{
    [Fact]
    public void GrowsThroughTheSameRootsAsTheWholeTree()
    {
        Hash32[] leaves = [.. Enumerable.Range(0, 300).Select(i => MerkleTree.LeafHash([(byte)i, (byte)(i >> 8)]))];
        Func<int, long, Hash32> subtrees = Subtrees(leaves);
        var range = new CompactRange();
        for (int size = 0; size < leaves.Length; size++)
        {
            Assert.Equal(size, range.Size);
            Assert.Equal(MerkleProver.Root(size, subtrees), range.Root());
            Assert.Equal(BitOperations.PopCount((uint)size), range.Frontier.Length);
            range.Append(leaves[size]);
        }
    }

    [Fact]
    public void GoesOnFromWhatWasWrittenAtEverySize()
    {
        var range = new CompactRange();
        for (int i = 0; i < 130; i++)
        {
            Assert.True(CompactRange.TryParse(range.ToBytes(), out CompactRange? read));
            Assert.True(CompactRange.TryRestore(range.Size, range.Frontier, out CompactRange? restored));
            Hash32 leaf = MerkleTree.LeafHash([(byte)i]);
            foreach (CompactRange copy in (CompactRange[])[range, read, restored]) copy.Append(leaf);
            Assert.Equal(range.Root(), read.Root());
            Assert.Equal(range.Root(), restored.Root());
            Assert.Equal(range.ToBytes(), restored.ToBytes());
        }
    }

    [Fact]
    public void CloneIsIndependent()
    {
        CompactRange kept = Of(6);
        Hash32 root = kept.Root();
        CompactRange tried = kept.Clone();
        for (int i = 0; i < 20; i++) tried.Append(MerkleTree.LeafHash([9]));
        Assert.Equal((6, root), (kept.Size, kept.Root()));
        Assert.Equal(26, tried.Size);
        kept.Append(MerkleTree.LeafHash([8]));
        Assert.Equal(26, tried.Size);
    }

    [Fact]
    public void AppendingAllocatesNothingOnceTheFrontierHasRoom()
    {
        CompactRange range = Of(1023); // ten frontier hashes: as many as any size up to 2,046 needs
        Span<Hash32> completed = new Hash32[CompactRange.MaxCompleted];
        Hash32 leaf = MerkleTree.LeafHash("warm"u8);
        range.Append(leaf);
        range.Append(leaf, completed);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) range.Append(leaf);
        for (int i = 0; i < 200; i++) range.Append(leaf, completed);
        Hash32 root = range.Root();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.NotEqual(leaf, root);
    }

    [Fact]
    public void AppendWithoutRoomForTheCompletedSubtreesChangesNothing()
    {
        CompactRange range = Of(7);
        Hash32 root = range.Root();
        Assert.Throws<ArgumentException>(() => range.Append(root, new Hash32[3]));
        Assert.Equal((7, root), (range.Size, range.Root()));
        Assert.Equal(4, range.Append(root, new Hash32[4]));
    }

    [Fact]
    public void AFullTreeTakesNoMore()
    {
        Hash32[] frontier = [.. Enumerable.Range(0, 63).Select(i => MerkleTree.LeafHash([(byte)i]))];
        Assert.True(CompactRange.TryRestore(long.MaxValue, frontier, out CompactRange? full));
        Hash32 root = full.Root();
        Assert.Throws<InvalidOperationException>(() => full.Append(root));
        Assert.Equal(root, full.Root());

        // One below, the last append completes the one leaf only.
        Assert.True(CompactRange.TryRestore(long.MaxValue - 1, frontier.AsSpan(0, 62), out CompactRange? almost));
        Assert.Equal(1, almost.Append(root, new Hash32[CompactRange.MaxCompleted]));
        Assert.Equal(long.MaxValue, almost.Size);

        // The deepest cascade there is: 2^62 - 1 leaves and one more.
        Assert.True(CompactRange.TryRestore((1L << 62) - 1, frontier.AsSpan(0, 62), out CompactRange? half));
        Assert.Equal(CompactRange.MaxCompleted, half.Append(root, new Hash32[CompactRange.MaxCompleted]));
        Assert.Equal(1, half.Frontier.Length);
    }

    [Fact]
    public void RestoreRefusesEveryOtherNumberOfHashes()
    {
        var hashes = new Hash32[70];
        foreach (long size in (long[])[0, 1, 2, 3, 7, 8, 1000, long.MaxValue, -1, long.MinValue])
        {
            for (int count = 0; count <= hashes.Length; count++)
            {
                bool fits = size >= 0 && count == BitOperations.PopCount((ulong)size);
                Assert.Equal(fits, CompactRange.TryRestore(size, hashes.AsSpan(0, count), out _));
            }
        }
    }

    private static CompactRange Of(int size)
    {
        var range = new CompactRange();
        for (int i = 0; i < size; i++) range.Append(MerkleTree.LeafHash([(byte)i]));
        return range;
    }

    private static Func<int, long, Hash32> Subtrees(Hash32[] leaves) => (level, index) =>
        MerkleTree.Root(leaves.AsSpan((int)(index << level), 1 << level));
}
