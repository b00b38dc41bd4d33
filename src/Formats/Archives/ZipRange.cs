namespace Candor.Formats.Archives;

/// <summary>A stretch of the archive as a stream of its own. Remembers its own place, so several can be read by turns.</summary>
internal sealed class ZipRange(Stream zip, long start, long length) : Stream
{
    /// <summary>Bytes handed out so far.</summary>
    internal long Taken { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - Taken);
        if (wanted <= 0)
            return 0;
        zip.Position = start + Taken;
        int got = zip.Read(buffer[..wanted]);
        Taken += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
