namespace Candor.Formats.Archives;

/// <summary>A stretch of the archive as a stream of its own. Remembers its own place, so several can be read by turns.</summary>
internal sealed class ZipRange(Stream zip, long start, long length) : ForwardStream
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
}
