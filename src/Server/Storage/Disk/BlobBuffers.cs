using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Candor.Server.Storage.Disk;

/// <summary>Memory for blobs on their way to the disk: pieces that begin where a block may begin. Safe for use by many threads.</summary>
internal sealed class BlobBuffers
{
    /// <summary>Of one piece: the disk has enough to do at a time, and a hundred uploads at once still fit a small machine.</summary>
    public const int Size = 512 << 10;

    /// <summary>Pieces that are kept for the next ones; more are left to the garbage collector.</summary>
    private const int MaxKept = 8;

    private readonly ConcurrentBag<Memory<byte>> _kept = [];

    public Memory<byte> Rent()
    {
        if (_kept.TryTake(out var kept)) return kept;
        byte[] pinned = GC.AllocateUninitializedArray<byte>(Size + BlobFile.Block, pinned: true);
        int start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) & (BlobFile.Block - 1));
        return pinned.AsMemory(start, Size);
    }

    public void Return(Memory<byte> buffer)
    {
        if (_kept.Count < MaxKept) _kept.Add(buffer);
    }
}
