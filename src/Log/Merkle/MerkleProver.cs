using System.Numerics;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>Builds inclusion and consistency proofs from stored hashes of complete subtrees.</summary>
/// <remarks>
/// <para>
/// A subtree is named by (level, index): it covers the leaves from index * 2^level to (index + 1) * 2^level, and is complete, so its hash
/// never changes. Level 0 is the leaf hashes. <see cref="CompactRange.Append(in Hash32, Span{Hash32})"/> gives each one when it comes to be.
/// </para>
/// <para>
/// A proof reads at most two hashes per level of the tree. Which ones depends on the numbers only, not on the hashes: to read them
/// in one query, call once with a function that notes what was asked, and again with one that answers.
/// Numbers out of range are misuse and throw: a server checks a request against its tree first.
/// </para>
/// </remarks>
public static class MerkleProver
{
    /// <summary>
    /// Path from the leaf's sibling to the child of the root (RFC 6962 section 2.1.1), for <see cref="MerkleTree.VerifyInclusion"/>.
    /// </summary>
    public static Hash32[] Inclusion(long index, long size, Func<int, long, Hash32> subtree)
    {
        ArgumentNullException.ThrowIfNull(subtree);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);

        // Down from the root, keeping the half [start, end) that holds the leaf and noting the other.
        var path = new List<Hash32>();
        long start = 0, end = size;
        while (end - start > 1)
        {
            long middle = start + Split(end - start);
            if (index < middle)
            {
                path.Add(RangeRoot(middle, end, subtree));
                end = middle;
            }
            else
            {
                path.Add(RangeRoot(start, middle, subtree));
                start = middle;
            }
        }

        path.Reverse();
        return [.. path];
    }

    /// <inheritdoc cref="Inclusion(long, long, Func{int, long, Hash32})"/>
    /// <remarks>Hashes the whole tree: for small trees and tests.</remarks>
    public static Hash32[] Inclusion(long index, IReadOnlyList<Hash32> leafHashes)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Inclusion(index, leafHashes.Count, SubtreesOf(leafHashes));
    }

    /// <summary>
    /// Proof that the first <paramref name="oldSize"/> leaves are unchanged (RFC 6962 section 2.1.2), for
    /// <see cref="MerkleTree.VerifyConsistency"/>.
    /// </summary>
    /// <returns>Empty when the sizes are equal or the older is 0: there is nothing to prove.</returns>
    public static Hash32[] Consistency(long oldSize, long newSize, Func<int, long, Hash32> subtree)
    {
        ArgumentNullException.ThrowIfNull(subtree);
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        if (oldSize == 0) return [];

        // Down from the root of the newer tree to the node [start, oldSize) that both trees have, noting the other halves.
        var path = new List<Hash32>();
        long start = 0, end = newSize;
        while (end != oldSize)
        {
            long middle = start + Split(end - start);
            if (oldSize <= middle)
            {
                path.Add(RangeRoot(middle, end, subtree));
                end = middle;
            }
            else
            {
                path.Add(RangeRoot(start, middle, subtree));
                start = middle;
            }
        }

        // If that node is the older tree itself, the verifier has its hash: the older root.
        if (start != 0) path.Add(RangeRoot(start, end, subtree));
        path.Reverse();
        return [.. path];
    }

    /// <inheritdoc cref="Consistency(long, long, Func{int, long, Hash32})"/>
    /// <remarks>Hashes the whole tree: for small trees and tests.</remarks>
    public static Hash32[] Consistency(long oldSize, IReadOnlyList<Hash32> leafHashes)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Consistency(oldSize, leafHashes.Count, SubtreesOf(leafHashes));
    }

    /// <summary>Root at an earlier (or the present) size, from stored subtrees.</summary>
    public static Hash32 Root(long size, Func<int, long, Hash32> subtree)
    {
        ArgumentNullException.ThrowIfNull(subtree);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? MerkleTree.EmptyRoot : RangeRoot(0, size, subtree);
    }

    // The largest power of two smaller than n, for n > 1: where RFC 6962 divides n leaves.
    private static long Split(long n) => 1L << BitOperations.Log2((ulong)(n - 1));

    // Root over the leaves [start, end). Every division above leaves start at a multiple of the largest power of two within the range, so the
    // range is a row of complete subtrees, one per set bit of its length, the largest first. Folded from the right.
    private static Hash32 RangeRoot(long start, long end, Func<int, long, Hash32> subtree)
    {
        long rest = end - start;
        int level = BitOperations.TrailingZeroCount(rest);
        Hash32 root = subtree(level, (end - 1) >> level);
        for (rest &= rest - 1; rest != 0; rest &= rest - 1)
        {
            level = BitOperations.TrailingZeroCount(rest);
            root = MerkleTree.NodeHash(subtree(level, (start + rest - 1) >> level), root);
        }

        return root;
    }

    private static Func<int, long, Hash32> SubtreesOf(IReadOnlyList<Hash32> leafHashes)
    {
        return Subtree;

        Hash32 Subtree(int level, long index) => level == 0
            ? leafHashes[(int)index]
            : MerkleTree.NodeHash(Subtree(level - 1, 2 * index), Subtree(level - 1, 2 * index + 1));
    }
}
