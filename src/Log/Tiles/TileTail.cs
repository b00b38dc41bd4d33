using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>A file that a log's appending has made or changed.</summary>
/// <param name="Name">Where it goes.</param>
/// <param name="Bytes">All of it.</param>
public sealed record TileFile(TileName Name, ReadOnlyMemory<byte> Bytes);

/// <summary>What a writer of a tile log holds in memory: its right edge. Entries go in, the files that change come out.</summary>
/// <remarks>
/// At most 255 hashes a level and the entries of one bundle. It does no I/O and signs nothing. Not safe for several threads. The order that makes a log
/// survive a crash is the caller's: files first, flushed, then the signature (spec/public-log.md §4).
/// </remarks>
public sealed class TileTail
{
    private readonly List<Hash32>[] _edge = [.. Enumerable.Range(0, TileName.MaxLevel + 1).Select(_ => new List<Hash32>())];
    private readonly List<TileFile> _full = [];
    private readonly bool[] _grown = new bool[TileName.MaxLevel + 1];
    private List<byte> _bundle = [];
    private CompactRange _range = new();

    /// <summary>The empty log.</summary>
    public TileTail()
    {
    }

    public long Size => _range.Size;

    public Hash32 Root() => _range.Root();

    /// <summary>The names of the files from which <see cref="TryRestore"/> restores: the partial tiles, and the partial bundle if there is one.</summary>
    public static IReadOnlyList<TileName> FilesOf(long size)
    {
        var edge = TileName.Edge(size).ToList();
        if (size % TileName.FullWidth is var width and > 0) edge.Add(new(TileName.Entries, size / TileName.FullWidth, (int)width));
        return edge;
    }

    /// <summary>Goes on from a log's right edge. False where the files are not those of one tree: the caller still compares size and root with what was signed.</summary>
    /// <param name="size">Of the log.</param>
    /// <param name="files">Bytes of each of <see cref="FilesOf"/>; null where there is none.</param>
    /// <param name="tail">The tail.</param>
    public static bool TryRestore(long size, Func<TileName, byte[]?> files, [NotNullWhen(true)] out TileTail? tail)
    {
        ArgumentNullException.ThrowIfNull(files);
        tail = null;
        if (size < 0) return false;
        var restored = new TileTail();
        foreach (var name in FilesOf(size))
        {
            if (files(name) is not { } bytes) return false;
            if (name.Level == TileName.Entries)
            {
                if (!EntryBundle.TryRead(bytes, name.Width, out var entries)) return false;
                for (int i = 0; i < entries.Count; i++)
                {
                    if (MerkleTree.LeafHash(entries[i].Span) != restored._edge[0][i]) return false;
                }
                restored._bundle = [.. bytes];
                continue;
            }
            if (bytes.Length != name.Width * Hash32.Size) return false;
            restored._edge[name.Level].AddRange(MemoryMarshal.Cast<byte, Hash32>(bytes));
        }
        if (!CompactRange.TryRestore(size, TileHashes.Frontier(restored._edge), out var range)) return false;
        restored._range = range;
        tail = restored;
        return true;
    }

    /// <summary>Adds an entry at index <see cref="Size"/>.</summary>
    /// <exception cref="ArgumentException">It is too long; nothing is changed.</exception>
    public void Append(ReadOnlySpan<byte> entry)
    {
        EntryBundle.Append(_bundle, entry);
        var hash = MerkleTree.LeafHash(entry);
        long index = Size;
        _range.Append(hash);
        if (Size % TileName.FullWidth == 0)
        {
            _full.Add(new(new(TileName.Entries, index / TileName.FullWidth), _bundle.ToArray()));
            _bundle = [];
        }
        for (int level = 0; ; level++)
        {
            var tile = _edge[level];
            tile.Add(hash);
            _grown[level] = true;
            if (tile.Count < TileName.FullWidth) return;
            var hashes = CollectionsMarshal.AsSpan(tile);
            _full.Add(new(new(level, (Size >> (TileName.Height * (level + 1))) - 1), MemoryMarshal.AsBytes(hashes).ToArray()));
            hash = TileHashes.Root(hashes);
            tile.Clear();
        }
    }

    /// <summary>Every file that the entries since the last call have made or changed: full ones, and the partial ones of the present size.</summary>
    public IReadOnlyList<TileFile> TakeFiles()
    {
        var files = new List<TileFile>(_full);
        foreach (var name in FilesOf(Size))
        {
            if (!_grown[Math.Max(name.Level, 0)]) continue;
            files.Add(new(name, name.Level == TileName.Entries ? _bundle.ToArray() : MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_edge[name.Level])).ToArray()));
        }
        _full.Clear();
        Array.Clear(_grown);
        return files;
    }
}
