using System.Runtime.ExceptionServices;

namespace Candor.Client.Previews;

/// <summary>What a native decoder reads from. An exception must not unwind through native frames: here it becomes the end of the file, and is thrown on afterwards.</summary>
internal sealed class GuardedStream(Stream inner) : Stream
{
    private ExceptionDispatchInfo? fault;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length { get; } = inner.Length;
    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (fault is not null || Position < 0 || Position >= Length)
            return 0;
        try
        {
            inner.Position = Position;
            var count = inner.Read(buffer);
            Position += count;
            return count;
        }
        catch (Exception thrown)
        {
            fault = ExceptionDispatchInfo.Capture(thrown);
            return 0;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Current => unchecked(Position + offset),
        SeekOrigin.End => unchecked(Length + offset),
        _ => offset,
    };

    public void ThrowFault() => fault?.Throw();

    public override void Flush() { }
    public override void SetLength(long value) { }
    public override void Write(byte[] buffer, int offset, int count) { }
}
