using System.Buffers;
using System.Buffers.Binary;

namespace Candor.Formats.Photos;

/// <summary>A file of any size, of which only a few windows are ever read.</summary>
/// <remarks>
/// Every reader here goes through this: a read beyond the end, or beyond the file's budget, is a false and not an exception, so no
/// length field of a hostile file can make anything big or slow. Errors of the disk itself are the caller's to see.
/// </remarks>
internal sealed class MediaSource : IDisposable
{
    /// <summary>What may be read of one file. A phone's photo takes under 100 KB; a movie with its index at the end little more.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int RunWindow = 32 * 1024;
    private const int JumpWindow = 2 * 1024;

    private readonly Stream stream;
    private readonly byte[] window = ArrayPool<byte>.Shared.Rent(RunWindow);
    private long windowStart;
    private int windowLength;
    private int spent;

    public MediaSource(Stream stream)
    {
        if (!stream.CanSeek)
            throw new ArgumentException("Metadata is read from several places of a file: the stream must seek.", nameof(stream));
        this.stream = stream;
        Length = stream.Length;
    }

    public long Length { get; }

    /// <summary>The budget ran out: whatever is missing may be there all the same.</summary>
    public bool IsSpent => spent >= MaxBytes;

    public void Dispose() => ArrayPool<byte>.Shared.Return(window);

    /// <summary>The byte at an offset, or -1.</summary>
    public int ByteAt(long offset) => IsInWindow(offset) || Fill(offset) ? window[(int)(offset - windowStart)] : -1;

    /// <summary>Fills <paramref name="destination"/>, or answers false.</summary>
    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
            return false;
        while (!destination.IsEmpty)
        {
            if (!IsInWindow(offset) && !Fill(offset))
                return false;
            var ready = window.AsSpan((int)(offset - windowStart), windowLength - (int)(offset - windowStart));
            var count = Math.Min(ready.Length, destination.Length);
            ready[..count].CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
        return true;
    }

    /// <summary>A copy of a stretch; null if it is longer than <paramref name="max"/> or not all there.</summary>
    public byte[]? Block(long offset, long length, int max)
    {
        if (length < 0 || length > max || offset < 0 || offset > Length - length || length > MaxBytes - spent)
            return null;
        var block = new byte[length];
        return TryRead(offset, block) ? block : null;
    }

    /// <summary>Big-endian, -1 where there is none.</summary>
    public int UInt16At(long offset)
    {
        Span<byte> bytes = stackalloc byte[2];
        return TryRead(offset, bytes) ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : -1;
    }

    /// <summary>Big-endian, -1 where there is none.</summary>
    public long UInt32At(long offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        return TryRead(offset, bytes) ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : -1;
    }

    public bool Matches(long offset, ReadOnlySpan<byte> expected)
    {
        Span<byte> bytes = stackalloc byte[64];
        bytes = bytes[..expected.Length];
        return TryRead(offset, bytes) && bytes.SequenceEqual(expected);
    }

    private bool IsInWindow(long offset) => offset >= windowStart && offset - windowStart < windowLength;

    private bool Fill(long offset)
    {
        if (offset < 0 || offset >= Length || IsSpent)
            return false;
        // A run goes on reading; a jump mostly wants one header.
        var wanted = offset == 0 || offset == windowStart + windowLength ? RunWindow : JumpWindow;
        wanted = (int)Math.Min(Math.Min(wanted, Length - offset), MaxBytes - spent);
        stream.Position = offset;
        windowStart = offset;
        windowLength = stream.ReadAtLeast(window.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
        spent += Math.Max(windowLength, 1);
        return windowLength > 0;
    }
}
