namespace Candor.Client.Gate;

/// <summary>An answer's body that tells the ledger how much of it came: whole when it was read to its end, cut when it was let go before. A server that falls silent is not waited for.</summary>
internal sealed class ArrivingStream(Stream inner, Ledger ledger, long id, int status, TimeSpan patience) : Stream
{
    private long _read;
    private bool _told;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count), count);

    public override int Read(Span<byte> buffer) => Count(inner.Read(buffer), buffer.Length);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(patience);
        try
        {
            return Count(await inner.ReadAsync(buffer, silence.Token), buffer.Length);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("The server fell silent in the middle of its answer.", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Tell(whole: false);
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    private int Count(int read, int asked)
    {
        _read += read;
        if (read == 0 && asked > 0) Tell(whole: true);
        return read;
    }

    private void Tell(bool whole)
    {
        if (_told) return;
        _told = true;
        ledger.Arrive(id, status, _read, whole);
    }
}
