using System.Runtime.InteropServices;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>A file of the log is missing, or is not what the log signed. The message names it.</summary>
public sealed class TileException(string message, bool isForged) : Exception(message)
{
    /// <summary>True: the bytes contradict the signed root. False: they did not come.</summary>
    public bool IsForged { get; } = isForged;
}

/// <summary>Reads a tile log as of one signed size and root, and believes nothing that it was not led to by that root.</summary>
/// <remarks>
/// <para>
/// 1. All partial tiles of the right edge are taken together, and the root over them must be the signed one. 2. Every full tile's root must stand in its slot of the
/// tile above it, which was authenticated in the same way, up to the edge. There are no exceptions: a reader of another maker that left a few full tiles
/// unchecked could be shown forged leaves in a log of 70,000 entries (CVE-2026-56865). 3. Entries must hash to the leaves of an authenticated tile.
/// </para>
/// <para>
/// It never asks for a single entry: files are 256 wide, so a server learns no more than a 256th of the log. Keeps at most <see cref="MaxKept"/> tiles in memory. Not safe for several threads.
/// </para>
/// </remarks>
public sealed class TileReader
{
    /// <summary>Authenticated tiles that are kept: 8 MiB.</summary>
    public const int MaxKept = 1024;

    private readonly Func<TileName, CancellationToken, ValueTask<byte[]?>> _fetch;
    private readonly Dictionary<(int Level, long Index), Hash32[]> _kept = [];
    private readonly Queue<(int Level, long Index)> _order = [];
    private readonly Dictionary<int, Hash32[]> _edge = [];
    private readonly Hash32 _root;

    private TileReader(long size, Hash32 root, Func<TileName, CancellationToken, ValueTask<byte[]?>> fetch)
    {
        Size = size;
        _root = root;
        _fetch = fetch;
    }

    public long Size { get; }

    /// <summary>Reads and authenticates the right edge.</summary>
    /// <param name="checkpoint">Whose signature was checked.</param>
    /// <param name="fetch">Bytes of a file of the log, null where there is none. It need not check their length.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="TileException">A file is missing or not what was signed.</exception>
    public static async Task<TileReader> OpenAsync(Checkpoint checkpoint, Func<TileName, CancellationToken, ValueTask<byte[]?>> fetch, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(fetch);
        var reader = new TileReader(checkpoint.Size, checkpoint.Root, fetch);
        var edge = Enumerable.Range(0, TileName.MaxLevel + 1).Select(_ => new List<Hash32>()).ToArray();
        foreach (var name in TileName.Edge(reader.Size))
        {
            reader._edge[name.Level] = Hashes(name, await reader.FetchAsync(name, Hash32.Size, cancel).ConfigureAwait(false));
            edge[name.Level].AddRange(reader._edge[name.Level]);
        }
        if (!CompactRange.TryRestore(reader.Size, TileHashes.Frontier(edge), out var range) || range.Root() != reader._root)
            throw new TileException("The tiles at the log's end are not those of its signed root.", isForged: true);
        return reader;
    }

    /// <summary>Hashes of a tile of this log, authenticated.</summary>
    /// <exception cref="TileException">A file is missing or not what was signed.</exception>
    public async ValueTask<Hash32[]> TileAsync(int level, long index, CancellationToken cancel = default)
    {
        if (TileName.At(level, index, Size) is not { Level: >= 0 } name) throw new ArgumentOutOfRangeException(nameof(index), "The log has no such tile.");
        if (!name.IsFull) return _edge[level];
        if (_kept.TryGetValue((level, index), out var kept)) return kept;

        // From the edge down: what is above is authenticated before what is below is believed. At most eight levels.
        var hashes = Hashes(name, await FetchAsync(name, Hash32.Size, cancel).ConfigureAwait(false));
        var above = await TileAsync(level + 1, index / TileName.FullWidth, cancel).ConfigureAwait(false);
        if (TileHashes.Root(hashes) != above[(int)(index % TileName.FullWidth)]) throw new TileException($"{name} is not what the log signed.", isForged: true);
        if (_kept.Count == MaxKept) _kept.Remove(_order.Dequeue());
        _kept.Add((level, index), hashes);
        _order.Enqueue((level, index));
        return hashes;
    }

    /// <summary>The entries of a bundle of this log, each checked against its leaf.</summary>
    /// <exception cref="TileException">A file is missing or not what was signed.</exception>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> EntriesAsync(long bundle, CancellationToken cancel = default)
    {
        if (TileName.At(TileName.Entries, bundle, Size) is not { } name) throw new ArgumentOutOfRangeException(nameof(bundle), "The log has no such entries.");
        var leaves = await TileAsync(0, bundle, cancel).ConfigureAwait(false);
        byte[] bytes = await FetchBundleAsync(name, cancel).ConfigureAwait(false);
        if (!EntryBundle.TryRead(bytes, name.Width, out var entries)) throw new TileException($"{name} is no bundle of {name.Width} entries.", isForged: true);
        for (int i = 0; i < entries.Count; i++)
        {
            if (MerkleTree.LeafHash(entries[i].Span) != leaves[i]) throw new TileException($"Entry {bundle * TileName.FullWidth + i} is not what the log signed.", isForged: true);
        }
        return entries;
    }

    /// <summary>Path of a leaf, for <see cref="MerkleTree.VerifyInclusion"/>. A hash read from a tile is no proof: who relies on a leaf verifies the path.</summary>
    public async Task<Hash32[]> InclusionAsync(long index, CancellationToken cancel = default)
    {
        return await ProveAsync(subtree => MerkleProver.Inclusion(index, Size, subtree), cancel).ConfigureAwait(false);
    }

    /// <summary>Proof that the first <paramref name="oldSize"/> entries are unchanged, for <see cref="MerkleTree.VerifyConsistency"/>.</summary>
    public async Task<Hash32[]> ConsistencyAsync(long oldSize, CancellationToken cancel = default)
    {
        return await ProveAsync(subtree => MerkleProver.Consistency(oldSize, Size, subtree), cancel).ConfigureAwait(false);
    }

    /// <summary>Root at an earlier size of this log.</summary>
    public async Task<Hash32> RootAsync(long size, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        return await ProveAsync(subtree => MerkleProver.Root(size, subtree), cancel).ConfigureAwait(false);
    }

    /// <summary>Whether what was seen before is a beginning of this log.</summary>
    public async Task<bool> ExtendsAsync(Checkpoint before, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        if (before.Size > Size) return false;
        var proof = await ConsistencyAsync(before.Size, cancel).ConfigureAwait(false);
        return MerkleTree.VerifyConsistency(before.Size, before.Root, Size, _root, proof);
    }

    /// <summary>Loads the tiles of all subtrees that a proof asks for, which depend on the numbers only, and makes it of them.</summary>
    private async Task<T> ProveAsync<T>(Func<Func<int, long, Hash32>, T> prove, CancellationToken cancel)
    {
        var tiles = new Dictionary<(int Tile, long Index), Hash32[]?>();
        prove((level, index) =>
        {
            var (tile, at, _) = Locate(level, index);
            tiles[(tile, at)] = null;
            return default;
        });
        foreach (var (tile, at) in tiles.Keys.ToList()) tiles[(tile, at)] = await TileAsync(tile, at, cancel).ConfigureAwait(false);
        return prove((level, index) =>
        {
            var (tile, at, first) = Locate(level, index);
            return TileHashes.Root(tiles[(tile, at)].AsSpan(first, 1 << (level % TileName.Height)));
        });
    }

    /// <summary>The tile that has a subtree's hashes, and the first of them in it.</summary>
    private static (int Tile, long Index, int First) Locate(int level, long index)
    {
        long first = index << (level % TileName.Height);
        return (level / TileName.Height, first / TileName.FullWidth, (int)(first % TileName.FullWidth));
    }

    private static Hash32[] Hashes(TileName name, byte[] bytes) =>
        bytes.Length == name.Width * Hash32.Size ? MemoryMarshal.Cast<byte, Hash32>(bytes).ToArray() : throw new TileException($"{name} has {bytes.Length} bytes.", isForged: true);

    /// <summary>A tile; where a partial one is gone because it filled up meanwhile, as much of the full one.</summary>
    private async ValueTask<byte[]> FetchAsync(TileName name, int hashSize, CancellationToken cancel)
    {
        if (await _fetch(name, cancel).ConfigureAwait(false) is { } bytes) return bytes;
        if (!name.IsFull && await _fetch(name.Full, cancel).ConfigureAwait(false) is { } full && full.Length == TileName.FullWidth * hashSize) return full[..(name.Width * hashSize)];
        throw new TileException($"{name} is not there.", isForged: false);
    }

    private async ValueTask<byte[]> FetchBundleAsync(TileName name, CancellationToken cancel)
    {
        if (await _fetch(name, cancel).ConfigureAwait(false) is { } bytes) return bytes;
        if (!name.IsFull && await _fetch(name.Full, cancel).ConfigureAwait(false) is { } full && EntryBundle.TryRead(full, TileName.FullWidth, out var entries))
            return full[..entries.Take(name.Width).Sum(e => sizeof(ushort) + e.Length)];
        throw new TileException($"{name} is not there.", isForged: false);
    }
}
