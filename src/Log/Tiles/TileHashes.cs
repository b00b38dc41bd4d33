using System.Numerics;
using System.Runtime.InteropServices;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>Roots within a tile.</summary>
internal static class TileHashes
{
    /// <summary>Root over a power of two of hashes.</summary>
    public static Hash32 Root(ReadOnlySpan<Hash32> hashes)
    {
        Span<Hash32> row = stackalloc Hash32[TileName.FullWidth];
        hashes.CopyTo(row);
        for (int width = hashes.Length; width > 1; width /= 2)
        {
            for (int i = 0; i < width; i += 2) row[i / 2] = MerkleTree.NodeHash(row[i], row[i + 1]);
        }
        return row[0];
    }

    /// <summary>Roots of the complete subtrees of a whole tree, the largest first, from its partial tiles.</summary>
    /// <param name="edge">By level: 0 to 255 hashes.</param>
    public static Hash32[] Frontier(IReadOnlyList<List<Hash32>> edge)
    {
        var frontier = new List<Hash32>();
        for (int level = edge.Count - 1; level >= 0; level--)
        {
            ReadOnlySpan<Hash32> rest = CollectionsMarshal.AsSpan(edge[level]);
            while (!rest.IsEmpty)
            {
                int width = 1 << BitOperations.Log2((uint)rest.Length);
                frontier.Add(Root(rest[..width]));
                rest = rest[width..];
            }
        }
        return [.. frontier];
    }
}
