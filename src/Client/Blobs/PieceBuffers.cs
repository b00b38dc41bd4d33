using System.Threading.Channels;
using Candor.Protocol;

namespace Candor.Client.Blobs;

/// <summary>A piece on its way: room for one, plain or sealed. Dispose gives it back.</summary>
internal sealed class PieceBuffer(PieceBuffers owner) : IDisposable
{
    private Memory<byte> _bytes;

    /// <summary>The largest sealed piece: 8 MiB and 8,264 bytes. Begins where a block of a disk may begin.</summary>
    public Memory<byte> Bytes => _bytes.IsEmpty ? _bytes = DirectFile.AtBlock(Limits.Blob) : _bytes;

    public void Dispose() => owner.Return(this);
}

/// <summary>A few buffers for pieces, lent in turn: what bounds both the memory of a transfer and how much of it is under way at once.</summary>
/// <remarks>Memory that no large piece has touched yet takes no room: it is pinned, so that no collection moves, and so touches, it. Safe for several threads.</remarks>
internal sealed class PieceBuffers
{
    /// <summary>Enough to keep two cores and the line busy; 8 MiB each when full.</summary>
    public const int Count = 4;

    private readonly Channel<PieceBuffer> _free = Channel.CreateBounded<PieceBuffer>(Count);

    public PieceBuffers()
    {
        for (int i = 0; i < Count; i++) _free.Writer.TryWrite(new(this));
    }

    public ValueTask<PieceBuffer> RentAsync(CancellationToken cancel) => _free.Reader.ReadAsync(cancel);

    internal void Return(PieceBuffer buffer) => _free.Writer.TryWrite(buffer);
}
