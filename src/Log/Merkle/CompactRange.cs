using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>
/// All that has to be kept of a tree to go on appending to it and to know its root: the size and the roots of its complete subtrees.
/// </summary>
/// <remarks>
/// A client keeps one as the head it verified; a server keeps one per account. A tree of n leaves has one frontier hash per set bit of n,
/// at most 63. Not safe for use by several threads at once. A head is worth what its storage is worth: what is restored is checked
/// for form, and only a root compared with a signed checkpoint says that it is the right one.
/// </remarks>
public sealed class CompactRange
{
    /// <summary>Most hashes that one append can complete: the leaf, and one subtree per level above it.</summary>
    public const int MaxCompleted = 63;

    private const int SizeBytes = sizeof(long);

    // Roots of the complete subtrees, the largest (leftmost) first; the first _count are in use.
    private Hash32[] _frontier;
    private int _count;

    /// <summary>The empty tree.</summary>
    public CompactRange() => _frontier = [];

    private CompactRange(long size, ReadOnlySpan<Hash32> frontier)
    {
        Size = size;
        _frontier = frontier.ToArray();
        _count = frontier.Length;
    }

    /// <summary>Leaves in the tree.</summary>
    public long Size { get; private set; }

    /// <summary>Roots of the complete subtrees, the largest first. Valid until the next append.</summary>
    public ReadOnlySpan<Hash32> Frontier => _frontier.AsSpan(0, _count);

    /// <summary>Adds a leaf. Allocates only when the frontier outgrows its array.</summary>
    /// <exception cref="InvalidOperationException">The tree has 2^63 - 1 leaves.</exception>
    public void Append(in Hash32 leafHash)
    {
        Span<Hash32> completed = stackalloc Hash32[MaxCompleted];
        Append(leafHash, completed);
    }

    /// <summary>
    /// Adds a leaf and gives the root of each subtree that it completes, so that a server can store them and prove from them later.
    /// </summary>
    /// <param name="leafHash">Made by <see cref="MerkleTree.LeafHash"/>.</param>
    /// <param name="completed">
    /// Receives the leaf hash (level 0), then level 1 and up. With s the size before the call, the one at level l is the subtree
    /// with index s &gt;&gt; l of that level: the pair that <see cref="MerkleProver"/> asks for. Room for <see cref="MaxCompleted"/> always suffices.
    /// </param>
    /// <returns>How many were written: 1 plus the trailing one bits of s.</returns>
    /// <exception cref="ArgumentException"><paramref name="completed"/> is too short; the tree is unchanged.</exception>
    /// <exception cref="InvalidOperationException">The tree has 2^63 - 1 leaves.</exception>
    public int Append(in Hash32 leafHash, Span<Hash32> completed)
    {
        if (Size == long.MaxValue) throw new InvalidOperationException("A tree holds at most 2^63 - 1 leaves.");
        int merges = BitOperations.TrailingZeroCount(~Size);
        if (completed.Length <= merges) throw new ArgumentException($"This leaf completes {merges + 1} subtrees.", nameof(completed));

        Hash32 node = leafHash;
        completed[0] = node;
        for (int level = 1; level <= merges; level++)
        {
            node = MerkleTree.NodeHash(_frontier[--_count], node);
            completed[level] = node;
        }

        if (_count == _frontier.Length) Array.Resize(ref _frontier, _count + 4);
        _frontier[_count++] = node;
        Size++;
        return merges + 1;
    }

    /// <summary>Root of the tree. Computed at each call with one hash per frontier hash but the first.</summary>
    public Hash32 Root()
    {
        if (_count == 0) return MerkleTree.EmptyRoot;
        Hash32 root = _frontier[_count - 1];
        for (int i = _count - 2; i >= 0; i--) root = MerkleTree.NodeHash(_frontier[i], root);
        return root;
    }

    /// <summary>An independent copy, to try entries on before they are trusted.</summary>
    public CompactRange Clone() => new(Size, Frontier);

    /// <summary>Size as 8 bytes, big-endian, then the frontier hashes, the largest subtree's first.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes + _count * Hash32.Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Size);
        MemoryMarshal.AsBytes(Frontier).CopyTo(bytes.AsSpan(SizeBytes));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; false unless the length is exactly what the size asks for.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CompactRange? range)
    {
        range = null;
        return bytes.Length >= SizeBytes
            && (bytes.Length - SizeBytes) % Hash32.Size == 0
            && TryRestore(BinaryPrimitives.ReadInt64BigEndian(bytes), MemoryMarshal.Cast<byte, Hash32>(bytes[SizeBytes..]), out range);
    }

    /// <summary>
    /// Restores from <see cref="Size"/> and <see cref="Frontier"/>; false when the number of hashes is not the number of set bits of the
    /// size.
    /// </summary>
    public static bool TryRestore(long size, ReadOnlySpan<Hash32> frontier, [NotNullWhen(true)] out CompactRange? range)
    {
        bool fits = size >= 0 && frontier.Length == BitOperations.PopCount((ulong)size);
        range = fits ? new CompactRange(size, frontier) : null;
        return fits;
    }
}
