namespace Candor.Tests.Messages;

/// <summary>Hands out at most a few bytes at a time, as networks and zips do.</summary>
internal sealed class SlicedStream(byte[] bytes, int slice) : MemoryStream(bytes)
{
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, slice));

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, slice)]);
}
