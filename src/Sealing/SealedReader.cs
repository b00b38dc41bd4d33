using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>
/// Fills <paramref name="destination"/> with the sealed bytes from <paramref name="offset"/> on and returns how many it filled: fewer
/// only where the source ends. Throws what the source throws.
/// </summary>
public delegate int ReadSealedRange(long offset, Span<byte> destination);

/// <summary>Opens parts of a sealed message where they lie, without the rest.</summary>
/// <remarks>
/// <para>The key and the context are checked before there is a reader; each chunk is checked before a byte of it is released. What a
/// reader cannot know before it has opened the last chunk is that the source is not cut: <see cref="Length"/> is what the source claims.
/// A read that comes back with less than was asked for has checked it, and so have <see cref="AuthenticateLength"/> and
/// <see cref="CopyTo"/>.</para>
/// <para>One thread at a time. Holds up to 528 KiB. Does not dispose the source.</para>
/// </remarks>
public sealed class SealedReader : IDisposable
{
    /// <summary>Chunks fetched together.</summary>
    private const int ChunksPerFetch = 16;

    private readonly ReadSealedRange _source;
    private readonly ChunkCipher _cipher;
    private readonly long _lastChunk;
    private readonly byte[] _fetched;
    private readonly byte[] _opened; // One chunk, kept for the next small read.
    private long _openedChunk = -1;

    private SealedReader(ReadSealedRange source, ChunkCipher cipher, long length)
    {
        _source = source;
        _cipher = cipher;
        Length = length;
        _lastChunk = length / Cobblestone.ChunkSize;
        _fetched = new byte[(int)Math.Min(_lastChunk + 1, ChunksPerFetch) * Cobblestone.SealedChunkSize];
        _opened = GC.AllocateArray<byte>(Cobblestone.ChunkSize, pinned: true);
    }

    /// <summary>The plaintext's length, as the source claims it until <see cref="LengthIsAuthentic"/>.</summary>
    public long Length { get; }

    /// <summary>The last chunk has been opened as the last one: the message ends where it was made to end.</summary>
    public bool LengthIsAuthentic { get; private set; }

    /// <summary>Opens a stream that can seek; it is read from position 0 and its position moves.</summary>
    public static OpenResult Open(Secret32 key, ReadOnlySpan<byte> context, Stream source, out SealedReader? reader)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Open(
            key,
            context,
            source.Length,
            (offset, destination) =>
            {
                source.Position = offset;
                return source.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            },
            out reader);
    }

    /// <summary>
    /// Opens what <paramref name="source"/> hands out. Reads 56 bytes, and answers <see cref="OpenResult.WrongKey"/> if the commitment in
    /// them is not that of this key and context. There is a reader only with <see cref="OpenResult.Opened"/>.
    /// </summary>
    public static OpenResult Open(
        Secret32 key, ReadOnlySpan<byte> context, long sealedLength, ReadSealedRange source, out SealedReader? reader)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(source);
        reader = null;
        if (Cobblestone.PlainLength(sealedLength) is not long length) return Cobblestone.Impossible(sealedLength);

        Span<byte> header = stackalloc byte[Cobblestone.HeaderSize];
        if (source(0, header) != header.Length) return OpenResult.BadLength;
        if (ChunkCipher.ForOpening(key, context, header) is not ChunkCipher cipher) return OpenResult.WrongKey;
        reader = new SealedReader(source, cipher, length);
        return OpenResult.Opened;
    }

    /// <summary>Opens the last chunk, if that has not been done: a message that was cut or extended does not pass.</summary>
    public OpenResult AuthenticateLength() => LengthIsAuthentic ? OpenResult.Opened : OpenChunk(_lastChunk);

    /// <summary>
    /// Reads from <paramref name="offset"/> on. Fewer bytes than asked for only at the end of the message, whose length is then
    /// authentic. On any answer but <see cref="OpenResult.Opened"/> <paramref name="destination"/> is zero and <paramref name="written"/>
    /// is 0; <see cref="OpenResult.BadLength"/> here means that the source ended before the length it gave.
    /// </summary>
    public OpenResult Read(long offset, Span<byte> destination, out int written)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int length = (int)Math.Clamp(Length - offset, 0, destination.Length);
        written = 0;
        OpenResult result = OpenResult.Opened;
        if (length < destination.Length) result = AuthenticateLength();
        if (result == OpenResult.Opened) result = ReadCore(offset, destination[..length]);
        if (result == OpenResult.Opened) written = length;
        else CryptographicOperations.ZeroMemory(destination);
        return result;
    }

    /// <summary>
    /// Writes the whole plaintext, chunk by chunk. What has been written when the answer is not <see cref="OpenResult.Opened"/> is
    /// authentic but not the message: the caller MUST discard it.
    /// </summary>
    public OpenResult CopyTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        byte[] buffer = GC.AllocateArray<byte>((_fetched.Length / Cobblestone.SealedChunkSize) * Cobblestone.ChunkSize, pinned: true);
        OpenResult result = OpenResult.Opened;
        for (long offset = 0; offset < Length && result == OpenResult.Opened; offset += buffer.Length)
        {
            result = Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - offset)), out int written);
            destination.Write(buffer, 0, written);
        }

        CryptographicOperations.ZeroMemory(buffer);
        return result == OpenResult.Opened ? AuthenticateLength() : result;
    }

    private OpenResult ReadCore(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            (long chunk, long within) = Math.DivRem(offset, Cobblestone.ChunkSize);
            OpenResult result;
            int done;
            if (within == 0 && destination.Length >= Cobblestone.ChunkSize)
            {
                int chunks = Math.Min(destination.Length / Cobblestone.ChunkSize, _fetched.Length / Cobblestone.SealedChunkSize);
                done = chunks * Cobblestone.ChunkSize;
                result = OpenFullChunks(chunk, destination[..done]);
            }
            else
            {
                result = OpenChunk(chunk);
                done = Math.Min(destination.Length, Cobblestone.ChunkSize - (int)within);
                if (result == OpenResult.Opened) _opened.AsSpan((int)within, done).CopyTo(destination);
            }

            if (result != OpenResult.Opened) return result;
            destination = destination[done..];
            offset += done;
        }

        return OpenResult.Opened;
    }

    /// <summary>Straight into the caller's memory, past the kept chunk.</summary>
    private OpenResult OpenFullChunks(long first, Span<byte> destination)
    {
        int count = destination.Length / Cobblestone.ChunkSize;
        Span<byte> chunks = _fetched.AsSpan(0, count * Cobblestone.SealedChunkSize);
        if (_source(PositionOf(first), chunks) != chunks.Length) return OpenResult.BadLength;
        for (int i = 0; i < count; i++)
        {
            if (!_cipher.TryOpen(
                first + i,
                chunks.Slice(i * Cobblestone.SealedChunkSize, Cobblestone.SealedChunkSize),
                destination.Slice(i * Cobblestone.ChunkSize, Cobblestone.ChunkSize)))
                return OpenResult.Damaged;
        }

        return OpenResult.Opened;
    }

    private OpenResult OpenChunk(long chunk)
    {
        if (chunk == _openedChunk) return OpenResult.Opened;
        _openedChunk = -1;
        int size = chunk == _lastChunk ? (int)(Length % Cobblestone.ChunkSize) : Cobblestone.ChunkSize;
        Span<byte> bytes = _fetched.AsSpan(0, size + Cobblestone.TagSize);
        if (_source(PositionOf(chunk), bytes) != bytes.Length) return OpenResult.BadLength;
        if (!_cipher.TryOpen(chunk, bytes, _opened.AsSpan(0, size))) return OpenResult.Damaged;
        _openedChunk = chunk;
        LengthIsAuthentic |= chunk == _lastChunk;
        return OpenResult.Opened;
    }

    private static long PositionOf(long chunk) => Cobblestone.HeaderSize + (chunk * Cobblestone.SealedChunkSize);

    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_opened);
        _openedChunk = -1;
    }
}
