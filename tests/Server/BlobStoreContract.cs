using Candor.Protocol;
using Candor.Server.Storage;
using Candor.Server.Storage.Disk;

namespace Candor.Tests.Server;

/// <summary>What every blob store promises. A new one adds a class that opens it.</summary>
public abstract class BlobStoreContract : IDisposable
{
    private static readonly Id Account = Id.Random();

    protected string Folder { get; } = Directory.CreateTempSubdirectory("candor-test-").FullName;

    protected abstract BlobStore Open();

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static BlobKey KeyOf(byte[] bytes) => new(Account, Kind.Photos, Hash32.Of(bytes));

    private static async Task<BlobKey> StoreAsync(BlobStore store, byte[] bytes)
    {
        using var arrived = await store.ReceiveAsync(new MemoryStream(bytes), bytes.Length, default);
        var key = KeyOf(bytes);
        Assert.Equal(key.Name, arrived.Hash);
        arrived.Keep(key);
        return key;
    }

    private static byte[]? Read(BlobStore store, BlobKey key)
    {
        using var stream = store.OpenRead(key);
        if (stream is null) return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256 << 10)]
    [InlineData((256 << 10) + 1)]
    [InlineData(3_000_001)]
    public async Task WhatIsKeptIsReadBackByAnotherWhoOpensTheStore(int length)
    {
        byte[] bytes = TestDevice.Sealed(length);
        var key = await StoreAsync(Open(), bytes);
        Assert.Equal(bytes, Read(Open(), key));
        Assert.True(Open().Contains(key));
        Assert.False(Open().Contains(key with { Kind = Kind.Notes }));
        Assert.Equal(key, Assert.Single(Open().List()).Key);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4095, 2)]
    [InlineData(524_287, 700_000)]
    [InlineData(1_500_000, 4096)]
    [InlineData(3_000_000, 1)]
    public async Task AnyPartOfABlobIsReadWhereverItBegins(int from, int count)
    {
        byte[] bytes = TestDevice.Sealed(3_000_001);
        var store = Open();
        var key = await StoreAsync(store, bytes);
        using var stream = store.OpenRead(key)!;
        // Backwards too: a seek must not read what an earlier one brought.
        foreach (int at in new[] { from, 0, from })
        {
            stream.Seek(at, SeekOrigin.Begin);
            var part = new byte[count];
            await stream.ReadExactlyAsync(part);
            Assert.True(bytes.AsSpan(at, count).SequenceEqual(part));
        }
        stream.Seek(0, SeekOrigin.End);
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task AStreamThatEndsEarlyLeavesNothing()
    {
        var store = Open();
        await Assert.ThrowsAsync<EndOfStreamException>(() => store.ReceiveAsync(new MemoryStream(new byte[500_000]), 500_001, default));
        Assert.Empty(store.List());
        Assert.Empty(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task WhatIsNotKeptIsForgotten()
    {
        var store = Open();
        byte[] bytes = TestDevice.Sealed(1000);
        using (await store.ReceiveAsync(new MemoryStream(bytes), bytes.Length, default)) Assert.Null(Read(store, KeyOf(bytes)));
        Assert.Empty(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task BytesAreNotKeptUnderANameThatIsNotTheirs()
    {
        var store = Open();
        using var arrived = await store.ReceiveAsync(new MemoryStream(new byte[100]), 100, default);
        Assert.Throws<ArgumentException>(() => arrived.Keep(KeyOf([1])));
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task TheSameBlobTwiceAtOnceIsOneBlob()
    {
        var store = Open();
        byte[] bytes = TestDevice.Sealed(100_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StoreAsync(store, bytes))));
        Assert.Single(store.List());
        Assert.Equal(bytes, Read(store, KeyOf(bytes)));
    }

    [Fact]
    public async Task ADeletedBlobIsGoneAndDeletingItAgainIsNoError()
    {
        var store = Open();
        var key = await StoreAsync(store, TestDevice.Sealed());
        store.Delete(key);
        store.Delete(key);
        Assert.Null(Read(store, key));
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task ABlobThatWasPutAsideIsNotHereAndCanBeStoredAgain()
    {
        var store = Open();
        byte[] bytes = TestDevice.Sealed();
        var key = await StoreAsync(store, bytes);
        store.SetAside(key);
        Assert.False(store.Contains(key));
        Assert.Null(Read(store, key));
        Assert.Empty(store.List());
        using (var again = await store.ReceiveAsync(new MemoryStream(bytes), bytes.Length, default)) again.Keep(key);
        Assert.Equal(bytes, Read(store, key));
        store.Delete(key);
        Assert.Empty(Directory.GetFiles(Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task OneBlobIsNotSeenInAnotherAccountOrKind()
    {
        var store = Open();
        var key = await StoreAsync(store, TestDevice.Sealed());
        Assert.Null(Read(store, key with { Kind = Kind.Notes }));
        Assert.Null(Read(store, key with { Account = Id.Random() }));
    }
}

public sealed class DiskBlobStoreTests : BlobStoreContract
{
    protected override BlobStore Open() => new DiskBlobStore(Folder);

    [Fact]
    public void WhatACrashLeftBehindIsSweptWhenItIsOld()
    {
        var store = Open();
        string left = Path.Combine(Folder, "incoming", "left");
        File.WriteAllBytes(left, new byte[10]);
        var now = TimeProvider.System.GetUtcNow();
        store.Sweep(now.AddHours(-1));
        Assert.True(File.Exists(left));
        store.Sweep(now.AddHours(1));
        Assert.False(File.Exists(left));
    }
}
