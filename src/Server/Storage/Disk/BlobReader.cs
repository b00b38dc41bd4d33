using Microsoft.Win32.SafeHandles;

namespace Candor.Server.Storage.Disk;

/// <summary>Reads a blob past the system's cache, a piece at a time.</summary>
/// <remarks>A blob is seldom read twice. Past the cache no page is made for it, which costs more than the reading itself. For one reader; seeks cost nothing.</remarks>
internal sealed class BlobReader : Stream
{
    private readonly SafeFileHandle _file;
    private readonly BlobBuffers _buffers;
    private readonly Memory<byte> _buffer;
    private long _start;
    private int _filled;
    private bool _isClosed;

    /// <param name="file">Opened for direct reads; it belongs to this.</param>
    /// <param name="buffers">Lends the memory.</param>
    public BlobReader(SafeFileHandle file, BlobBuffers buffers)
    {
        _file = file;
        _buffers = buffers;
        Length = RandomAccess.GetLength(file);
        _buffer = buffers.Rent();
    }

    public override long Length { get; }

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        var next = Next(buffer.Length);
        next.Span.CopyTo(buffer);
        Position += next.Length;
        return next.Length;
    }

    /// <summary>Writes what is left from where it was read: one copy less than through a buffer between the two.</summary>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        while (Next(bufferSize) is { Length: > 0 } next)
        {
            await destination.WriteAsync(next, cancellationToken).ConfigureAwait(false);
            Position += next.Length;
        }
    }

    /// <summary>Bytes from the position on, at most so many; none at the end, or where the file was cut while it was read.</summary>
    private ReadOnlyMemory<byte> Next(int most)
    {
        if (Position >= Length) return default;
        if (Position < _start || Position >= _start + _filled)
        {
            _filled = 0;
            _start = Position & -BlobFile.Block;
            _filled = RandomAccess.Read(_file, _buffer.Span, _start);
        }
        int from = (int)(Position - _start), count = Math.Min(most, _filled - from);
        return count > 0 ? _buffer.Slice(from, count) : default;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            _file.Dispose();
            _buffers.Return(_buffer);
        }
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override void Flush() { }
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
