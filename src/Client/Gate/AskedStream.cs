namespace Candor.Client.Gate;

/// <summary>The server closed the connection on which a request went out, and no byte of an answer came. Whether it read the request nobody knows.</summary>
internal sealed class UnansweredException() : IOException("The server closed the connection without an answer.");

/// <summary>A connection that never lets a request be sent a second time in silence.</summary>
/// <remarks>
/// .NET sends a request without a body again, on another connection, where the one that it had kept open turns out to be closed: the bytes leave twice, and the ledger has one line. It does so
/// where the end of the stream is the first thing that is read after a request (HttpConnection.SendAsync, RequestRetryType.RetryOnConnectionFailure). Here that end is an error instead, and
/// a connection whose end was met takes no request: whoever wants to ask again passes the gate again.
/// </remarks>
internal sealed class AskedStream(Stream inner) : Stream
{
    private const int Idle = 0, Asked = 1, Ended = 2;

    private int _state;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => Came(inner.Read(buffer), buffer.Length);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Came(await inner.ReadAsync(buffer, cancellationToken), buffer.Length);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Ask();
        inner.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Ask();
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Ask()
    {
        if (Interlocked.CompareExchange(ref _state, Asked, Idle) == Ended) throw new UnansweredException();
    }

    private int Came(int read, int asked)
    {
        if (read > 0) Interlocked.CompareExchange(ref _state, Idle, Asked);
        else if (asked > 0 && Interlocked.Exchange(ref _state, Ended) == Asked) throw new UnansweredException();
        return read;
    }
}
