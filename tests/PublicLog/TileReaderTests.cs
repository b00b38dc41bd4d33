using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Log;

namespace Candor.Tests.PublicLog;

/// <summary>A log in memory: its files by path.</summary>
internal sealed class MemoryLog
{
    private readonly TileTail _tail = new();

    public Dictionary<string, byte[]> Files { get; } = [];

    public long Size => _tail.Size;

    public Checkpoint Checkpoint => new("log.example/a", _tail.Size, _tail.Root());

    public static byte[] EntryAt(long index)
    {
        byte[] entry = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(entry, index);
        return entry;
    }

    public static MemoryLog Of(long size)
    {
        var log = new MemoryLog();
        log.Grow(size);
        return log;
    }

    public void Grow(long size)
    {
        while (Size < size) _tail.Append(EntryAt(Size));
        foreach (var file in _tail.TakeFiles()) Files[file.Name.ToString()] = file.Bytes.ToArray();
    }

    public ValueTask<byte[]?> FetchAsync(TileName name, CancellationToken cancel) => ValueTask.FromResult(Files.GetValueOrDefault(name.ToString()));
}

public sealed class TileReaderTests
{
    [Fact]
    public async Task EverySizeUpToFourTilesIsReadEntryByEntryAndRestoredFromItsFiles()
    {
        var log = new MemoryLog();
        var leaves = new List<Hash32>();
        for (long size = 1; size <= 1030; size++)
        {
            log.Grow(size);
            leaves.Add(MerkleTree.LeafHash(MemoryLog.EntryAt(size - 1)));
            if (size % 7 != 0 && size % 256 > 1 && size % 256 != 255) continue;
            Assert.Equal(MerkleTree.Root(CollectionsMarshal.AsSpan(leaves)), log.Checkpoint.Root);
            var reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
            for (long bundle = 0; bundle * 256 < size; bundle++)
            {
                var entries = await reader.EntriesAsync(bundle);
                for (int i = 0; i < entries.Count; i++) Assert.Equal(MemoryLog.EntryAt(bundle * 256 + i), entries[i].ToArray());
            }
            long index = size * 7919 % size;
            Assert.True(MerkleTree.VerifyInclusion(leaves[(int)index], index, size, await reader.InclusionAsync(index), log.Checkpoint.Root));
            Assert.True(TileTail.TryRestore(size, n => log.Files.GetValueOrDefault(n.ToString()), out var tail));
            Assert.Equal(log.Checkpoint.Root, tail.Root());
        }
    }

    [Fact]
    public async Task AReaderOfAnOlderCheckpointTakesTheBeginningOfWhatHasFilledUp()
    {
        var log = MemoryLog.Of(300);
        var old = log.Checkpoint;
        log.Grow(70_000);
        foreach (string partial in log.Files.Keys.Where(k => k.Contains(".p/", StringComparison.Ordinal) && !k.StartsWith("tile/0/273", StringComparison.Ordinal) && !k.StartsWith("tile/entries/273", StringComparison.Ordinal)
            && k != "tile/1/001.p/17" && k != "tile/2/000.p/1").ToList()) log.Files.Remove(partial);
        var reader = await TileReader.OpenAsync(old, log.FetchAsync);
        Assert.Equal(44, (await reader.EntriesAsync(1)).Count);
        Assert.True(await (await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync)).ExtendsAsync(old));
    }

    /// <summary>The flaw of CVE-2026-56865: a reader that left some full tiles at the right edge unchecked took a forged leaf of a log of 70,000 entries.</summary>
    [Fact]
    public async Task EveryForgedTileOfALogOf70000EntriesIsFound()
    {
        var log = MemoryLog.Of(70_000);
        var forged = new Hash32(Enumerable.Repeat((byte)0x66, 32).ToArray());
        foreach (string path in log.Files.Keys.Where(k => !k.Contains("entries", StringComparison.Ordinal)).ToList())
        {
            byte[] honest = log.Files[path];
            byte[] lie = [.. honest];
            forged.AsSpan().CopyTo(lie.AsSpan(lie.Length - 32));
            log.Files[path] = lie;
            Assert.True(TileName.TryParse(path, out var name));
            var thrown = await Assert.ThrowsAsync<TileException>(async () =>
            {
                var reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
                await reader.TileAsync(name.Value.Level, name.Value.Index);
            });
            Assert.True(thrown.IsForged, path);
            log.Files[path] = honest;
        }
    }

    /// <summary>The forger of that flaw also makes every tile above fit, up to the edge: then the edge does not fit the root.</summary>
    [Fact]
    public async Task AForgeryCarriedUpToTheEdgeDoesNotFitTheRoot()
    {
        var log = MemoryLog.Of(70_000);
        var other = new MemoryLog();
        var tail = new TileTail();
        for (long i = 0; i < 70_000; i++) tail.Append(i == 69_700 ? "a lie"u8 : MemoryLog.EntryAt(i));
        foreach (var file in tail.TakeFiles()) other.Files[file.Name.ToString()] = file.Bytes.ToArray();
        var thrown = await Assert.ThrowsAsync<TileException>(() => TileReader.OpenAsync(log.Checkpoint, other.FetchAsync));
        Assert.True(thrown.IsForged);

        // With the honest edge and forged full tiles, each is found by the one above.
        ValueTask<byte[]?> Mixed(TileName name, CancellationToken cancel) => name.IsFull ? other.FetchAsync(name, cancel) : log.FetchAsync(name, cancel);
        var reader = await TileReader.OpenAsync(log.Checkpoint, Mixed);
        Assert.True((await Assert.ThrowsAsync<TileException>(async () => await reader.EntriesAsync(69_700 / 256))).IsForged);
        Assert.True((await Assert.ThrowsAsync<TileException>(() => reader.InclusionAsync(69_700))).IsForged);
        await reader.EntriesAsync(3);
    }

    [Fact]
    public async Task WhatIsDamagedShortLongOrGoneIsNamed()
    {
        var log = MemoryLog.Of(600);
        foreach (string path in log.Files.Keys.ToList())
        {
            byte[] honest = log.Files[path];
            foreach (byte[]? bad in (byte[]?[])[null, [], honest[..^1], [.. honest, 0], [.. honest[..^1], (byte)(honest[^1] ^ 1)]])
            {
                if (bad is null) log.Files.Remove(path); else log.Files[path] = bad;
                var thrown = await Assert.ThrowsAsync<TileException>(async () =>
                {
                    var reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
                    for (long bundle = 0; bundle < 3; bundle++) await reader.EntriesAsync(bundle);
                });
                Assert.Equal(bad is not null, thrown.IsForged);
            }
            log.Files[path] = honest;
        }
    }

    [Fact]
    public void ATailThatIsNotOfOneTreeIsNotTaken()
    {
        var log = MemoryLog.Of(300);
        Assert.False(TileTail.TryRestore(301, n => log.Files.GetValueOrDefault(n.ToString()), out _));
        log.Files["tile/entries/001.p/44"] = log.Files["tile/entries/001.p/44"][..^1];
        Assert.False(TileTail.TryRestore(300, n => log.Files.GetValueOrDefault(n.ToString()), out _));
    }

    [Fact]
    public async Task AMillionEntriesAreReadWhole()
    {
        var log = MemoryLog.Of(999_000);
        var old = log.Checkpoint;
        log.Grow(1_000_000);
        var (proof, scan) = await Measure(log, old);
        TestContext.Current.TestOutputHelper?.WriteLine($"consistency and inclusion {proof.TotalMilliseconds:F2} ms; entries a second {1_000_000 / scan.TotalSeconds:F0}");
        Assert.True(proof < TimeSpan.FromSeconds(10) && scan < TimeSpan.FromMinutes(2));
    }

    private static async Task<(TimeSpan Proof, TimeSpan Scan)> Measure(MemoryLog log, Checkpoint old)
    {
        var begun = System.Diagnostics.Stopwatch.StartNew();
        var reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
        Assert.True(await reader.ExtendsAsync(old));
        Assert.True(MerkleTree.VerifyInclusion(MerkleTree.LeafHash(MemoryLog.EntryAt(123_456)), 123_456, 1_000_000, await reader.InclusionAsync(123_456), log.Checkpoint.Root));
        var proof = begun.Elapsed;
        begun.Restart();
        reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
        long seen = 0;
        for (long bundle = 0; bundle * 256 < log.Size; bundle++) seen += (await reader.EntriesAsync(bundle)).Count;
        Assert.Equal(1_000_000, seen);
        return (proof, begun.Elapsed);
    }
}
