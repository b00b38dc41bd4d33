using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Candor.Server.Requests;

/// <summary>Memory between the network and us, in blocks of 64 KiB: with the usual 4 KiB an upload of 8 MiB is two thousand calls to the system.</summary>
/// <remarks>A connection that waits holds none. Safe for use by many threads.</remarks>
internal sealed class WideBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockSize = 64 << 10;

    /// <summary>Blocks that are kept for the next ones, 4 MiB; more are left to the garbage collector.</summary>
    private const int MaxKept = 64;

    private readonly ConcurrentBag<Block> _kept = [];

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _kept.TryTake(out var kept) ? kept : new Block(this);
    }

    /// <summary>One for the whole server: everyone who asks shares it.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    protected override void Dispose(bool disposing) => _kept.Clear();

    private sealed class Block(WideBlocks pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        public void Dispose()
        {
            if (pool._kept.Count < MaxKept) pool._kept.Add(this);
        }
    }
}
