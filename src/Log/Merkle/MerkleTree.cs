using System.Security.Cryptography;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>The Merkle tree of RFC 6962 section 2.1 with SHA-256: its hashes, and the two checks that need no tree.</summary>
/// <remarks>
/// Indexes and sizes count leaves and are at most 2^63 - 1. Proofs, indexes and sizes may come from an enemy: the checks return
/// false for all that is wrong, negative numbers included, and end after at most 64 levels, however long the proof.
/// Byte rules and vectors: spec/merkle.md.
/// </remarks>
public static class MerkleTree
{
    // First byte of what is hashed, so that no leaf can pass for a node (RFC 6962 section 2.1).
    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    // Entries up to here are hashed from the stack; a commit without a long list of blobs fits.
    private const int StackEntryBytes = 2048;

    /// <summary>Root of the tree without leaves: SHA-256 of nothing.</summary>
    public static Hash32 EmptyRoot { get; } = Hash32.Of([]);

    /// <summary>SHA-256(0x00 || entry).</summary>
    public static Hash32 LeafHash(ReadOnlySpan<byte> entry)
    {
        if (entry.Length <= StackEntryBytes)
        {
            Span<byte> message = stackalloc byte[1 + StackEntryBytes];
            message[0] = LeafPrefix;
            entry.CopyTo(message[1..]);
            return Hash32.Of(message[..(1 + entry.Length)]);
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> hash = stackalloc byte[Hash32.Size];
        sha.AppendData([LeafPrefix]);
        sha.AppendData(entry);
        sha.GetHashAndReset(hash);
        return new Hash32(hash);
    }

    /// <summary>SHA-256(0x01 || left || right).</summary>
    public static Hash32 NodeHash(in Hash32 left, in Hash32 right)
    {
        Span<byte> message = stackalloc byte[1 + 2 * Hash32.Size];
        message[0] = NodePrefix;
        left.AsSpan().CopyTo(message[1..]);
        right.AsSpan().CopyTo(message[(1 + Hash32.Size)..]);
        return Hash32.Of(message);
    }

    /// <summary>Root over leaf hashes in order; <see cref="EmptyRoot"/> for none.</summary>
    public static Hash32 Root(ReadOnlySpan<Hash32> leafHashes)
    {
        var range = new CompactRange();
        foreach (ref readonly Hash32 leafHash in leafHashes) range.Append(leafHash);
        return range.Root();
    }

    /// <summary>Whether the leaf is at <paramref name="index"/> of the tree with this size and root (RFC 9162 section 2.1.3.2).</summary>
    /// <param name="leafHash">Made by <see cref="LeafHash"/> from the entry's own bytes, never taken from who sent the proof.</param>
    /// <param name="index">Position of the leaf, from 0.</param>
    /// <param name="size">
    /// Leaves in the tree. Take it from the same checkpoint as <paramref name="root"/>: a root does not tell its size.
    /// </param>
    /// <param name="proof">Sibling of the leaf first, child of the root last.</param>
    /// <param name="root">Root from a checkpoint whose signature was checked.</param>
    public static bool VerifyInclusion(in Hash32 leafHash, long index, long size, ReadOnlySpan<Hash32> proof, in Hash32 root)
    {
        if (index < 0 || index >= size) return false;

        // The names are those of the RFC: fn is where we are on our level, sn where the last node of that level is.
        long fn = index, sn = size - 1;
        Hash32 r = leafHash;
        foreach (ref readonly Hash32 p in proof)
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                r = NodeHash(p, r);
                SkipLevelsWithoutSibling(ref fn, ref sn);
            }
            else
            {
                r = NodeHash(r, p);
            }

            fn >>= 1;
            sn >>= 1;
        }

        return sn == 0 && r == root;
    }

    /// <summary>
    /// Whether the older tree is a prefix of the newer one: nothing removed, changed or reordered (RFC 9162 section 2.1.4.2).
    /// </summary>
    /// <remarks>
    /// Two cases that the RFC leaves out take no proof hashes: trees of one size are consistent when their roots are equal, and the empty
    /// tree is a prefix of every tree. A root given for size 0 must be <see cref="EmptyRoot"/>.
    /// </remarks>
    public static bool VerifyConsistency(long oldSize, in Hash32 oldRoot, long newSize, in Hash32 newRoot, ReadOnlySpan<Hash32> proof)
    {
        if (oldSize < 0 || newSize < oldSize) return false;
        if (oldSize == 0 && oldRoot != EmptyRoot) return false;
        if (oldSize == newSize) return proof.IsEmpty && oldRoot == newRoot;
        if (oldSize == 0) return proof.IsEmpty;

        // A tree whose size is a power of two is itself a node of the newer tree: its root starts the path and is not sent.
        bool complete = (oldSize & (oldSize - 1)) == 0;
        if (!complete && proof.IsEmpty) return false;
        Hash32 fr = complete ? oldRoot : proof[0], sr = fr;

        long fn = oldSize - 1, sn = newSize - 1;
        while ((fn & 1) == 1)
        {
            fn >>= 1;
            sn >>= 1;
        }

        foreach (ref readonly Hash32 c in proof[(complete ? 0 : 1)..])
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                fr = NodeHash(c, fr);
                sr = NodeHash(c, sr);
                SkipLevelsWithoutSibling(ref fn, ref sn);
            }
            else
            {
                sr = NodeHash(sr, c);
            }

            fn >>= 1;
            sn >>= 1;
        }

        return sn == 0 && fr == oldRoot && sr == newRoot;
    }

    // A node that ends its level without a right sibling moves up unhashed until it is a right child.
    private static void SkipLevelsWithoutSibling(ref long fn, ref long sn)
    {
        while ((fn & 1) == 0 && fn != 0)
        {
            fn >>= 1;
            sn >>= 1;
        }
    }
}
