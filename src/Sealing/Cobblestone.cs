using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>
/// Why a sealed message did or did not open. Closed: what is not <see cref="Opened"/> is permanent for these bytes, this key and this
/// context.
/// </summary>
public enum OpenResult
{
    Opened,

    /// <summary>Shorter than 72 bytes: nothing sealed is.</summary>
    TooShort,

    /// <summary>A length that no plaintext gives: cut short, or bytes appended.</summary>
    BadLength,

    /// <summary>The commitment is another key's or another context's, or the header was changed. No chunk was looked at.</summary>
    WrongKey,

    /// <summary>The key is right, and a chunk was changed, moved, dropped or cut.</summary>
    Damaged,
}

/// <summary>
/// C2SP chunked-encryption, instance Cobblestone-256: HKDF-Expand-SHA-512 and AES-256-GCM in chunks of 16 KiB. Everything that Candor
/// seals is sealed by this.
/// </summary>
/// <remarks>
/// salt (24) || commitment (32) || chunks, each 16 KiB of ciphertext and a tag (16); the last holds less than 16 KiB, perhaps nothing.
/// Source: spec/sealing.md, c2sp.org/chunked-encryption. Every call is independent and may run beside others with the same key.
/// </remarks>
public static class Cobblestone
{
    public const int ChunkSize = 16 << 10;
    public const int TagSize = 16;
    public const int SaltSize = 24;
    public const int CommitmentSize = 32;

    /// <summary>Salt and commitment.</summary>
    public const int HeaderSize = SaltSize + CommitmentSize;

    public const int SealedChunkSize = ChunkSize + TagSize;

    /// <summary>4 PiB − 1, in 2^38 chunks.</summary>
    public const long LongestPlain = (MostChunks * ChunkSize) - 1;

    internal const long MostChunks = 1L << 38;

    private const int SmallestSealed = HeaderSize + TagSize;

    /// <exception cref="ArgumentOutOfRangeException">Less than 0 or more than <see cref="LongestPlain"/>.</exception>
    public static long SealedLength(long plain)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plain);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plain, LongestPlain);
        return HeaderSize + plain + (((plain / ChunkSize) + 1) * TagSize);
    }

    /// <summary>The plaintext's length, or null for a length that nothing sealed has.</summary>
    public static long? PlainLength(long sealedLength)
    {
        if (sealedLength is < SmallestSealed or > HeaderSize + LongestPlain + (MostChunks * TagSize)) return null;
        (long full, long last) = Math.DivRem(sealedLength - HeaderSize, SealedChunkSize);
        return last < TagSize ? null : (full * ChunkSize) + last - TagSize;
    }

    /// <summary>
    /// Seals <paramref name="plain"/> under a fresh random salt into exactly <see cref="SealedLength"/> bytes. <paramref name="context"/>
    /// says what the message is and where it belongs: opening with another context answers <see cref="OpenResult.WrongKey"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The destination has another length, or overlaps the plaintext.</exception>
    public static void Seal(Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> salt = stackalloc byte[SaltSize];
        RandomNumberGenerator.Fill(salt);
        SealWithSalt(key, context, salt, plain, destination);
    }

    /// <summary>With a salt given, for vectors. A salt used twice with one key and context gives the plaintexts away.</summary>
    internal static void SealWithSalt(
        Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        long length = SealedLength(plain.Length);
        if (destination.Length != length) throw new ArgumentException($"The sealed length is {length}.", nameof(destination));
        if (destination.Overlaps(plain)) throw new ArgumentException("The two spans overlap.", nameof(destination));

        using ChunkCipher cipher = ChunkCipher.ForSealing(key, context, salt, destination[..HeaderSize]);
        destination = destination[HeaderSize..];
        for (long chunk = 0; ; chunk++)
        {
            ReadOnlySpan<byte> piece = plain[..Math.Min(plain.Length, ChunkSize)];
            cipher.Seal(chunk, piece, destination);
            if (piece.Length < ChunkSize) return; // The last chunk is always short.
            plain = plain[ChunkSize..];
            destination = destination[SealedChunkSize..];
        }
    }

    /// <summary>
    /// Seals the first <paramref name="plain"/> bytes of <paramref name="buffer"/>, which has exactly <see cref="SealedLength"/> bytes and is the sealed message
    /// afterwards: half the memory of <see cref="Seal"/>, for a copy of each chunk.
    /// </summary>
    /// <exception cref="ArgumentException">The buffer has another length.</exception>
    public static void SealInPlace(Secret32 key, ReadOnlySpan<byte> context, Span<byte> buffer, int plain)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (buffer.Length != SealedLength(plain)) throw new ArgumentException($"The sealed length is {SealedLength(plain)}.", nameof(buffer));
        Span<byte> salt = stackalloc byte[SaltSize], header = stackalloc byte[HeaderSize], piece = stackalloc byte[ChunkSize];
        RandomNumberGenerator.Fill(salt);
        using ChunkCipher cipher = ChunkCipher.ForSealing(key, context, salt, header);
        // From the last to the first: a sealed chunk lies behind the end of the plaintext chunks before it, and over its own, which is held aside.
        for (int chunk = plain / ChunkSize; chunk >= 0; chunk--)
        {
            int at = chunk * ChunkSize, size = Math.Min(ChunkSize, plain - at);
            buffer.Slice(at, size).CopyTo(piece);
            cipher.Seal(chunk, piece[..size], buffer.Slice(HeaderSize + (chunk * SealedChunkSize), size + TagSize));
        }
        header.CopyTo(buffer);
        CryptographicOperations.ZeroMemory(piece);
    }

    /// <summary>
    /// Opens a whole message in place: the plaintext is the first <paramref name="written"/> bytes of <paramref name="buffer"/> afterwards. On any answer but
    /// <see cref="OpenResult.Opened"/> the buffer is zero.
    /// </summary>
    public static OpenResult OpenInPlace(Secret32 key, ReadOnlySpan<byte> context, Span<byte> buffer, out int written)
    {
        ArgumentNullException.ThrowIfNull(key);
        OpenResult result = OpenInPlaceCore(key, context, buffer, out written);
        // What follows the plaintext is sealed bytes; where nothing opened, all goes.
        CryptographicOperations.ZeroMemory(buffer[written..]);
        return result;
    }

    private static OpenResult OpenInPlaceCore(Secret32 key, ReadOnlySpan<byte> context, Span<byte> buffer, out int written)
    {
        written = 0;
        if (PlainLength(buffer.Length) is not { } length) return Impossible(buffer.Length);
        using ChunkCipher? cipher = ChunkCipher.ForOpening(key, context, buffer[..HeaderSize]);
        if (cipher is null) return OpenResult.WrongKey;
        Span<byte> piece = stackalloc byte[SealedChunkSize];
        // From the first to the last: a plaintext chunk ends before the sealed chunks after it, and lies over its own, which is held aside.
        for (int chunk = 0; ; chunk++)
        {
            int at = chunk * ChunkSize, size = Math.Min(ChunkSize, (int)length - at);
            buffer.Slice(HeaderSize + (chunk * SealedChunkSize), size + TagSize).CopyTo(piece);
            if (!cipher.TryOpen(chunk, piece[..(size + TagSize)], buffer.Slice(at, size))) return OpenResult.Damaged;
            if (size < ChunkSize) break;
        }
        written = (int)length;
        return OpenResult.Opened;
    }

    /// <summary>
    /// Opens a whole message into <paramref name="destination"/>, which has at least <see cref="PlainLength"/> bytes. Nothing is released
    /// unless all of it is authentic: on any answer but <see cref="OpenResult.Opened"/> the destination is zero and
    /// <paramref name="written"/> is 0.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is too short, or overlaps the sealed bytes.</exception>
    public static OpenResult Open(
        Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> sealedBytes, Span<byte> destination, out int written)
    {
        ArgumentNullException.ThrowIfNull(key);
        written = 0;
        long? length = PlainLength(sealedBytes.Length);
        if (destination.Length < length) throw new ArgumentException($"The plaintext has {length} bytes.", nameof(destination));
        if (destination.Overlaps(sealedBytes)) throw new ArgumentException("The two spans overlap.", nameof(destination));

        OpenResult result = OpenCore(key, context, sealedBytes, length, destination);
        if (result == OpenResult.Opened) written = (int)length!.Value;
        else CryptographicOperations.ZeroMemory(destination);
        return result;
    }

    private static OpenResult OpenCore(
        Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> sealedBytes, long? length, Span<byte> destination)
    {
        if (length is not long left) return Impossible(sealedBytes.Length);
        using ChunkCipher? cipher = ChunkCipher.ForOpening(key, context, sealedBytes[..HeaderSize]);
        if (cipher is null) return OpenResult.WrongKey;
        sealedBytes = sealedBytes[HeaderSize..];
        for (long chunk = 0; ; chunk++)
        {
            int size = (int)Math.Min(left, ChunkSize);
            if (!cipher.TryOpen(chunk, sealedBytes[..(size + TagSize)], destination[..size])) return OpenResult.Damaged;
            if (size < ChunkSize) return OpenResult.Opened;
            left -= ChunkSize;
            sealedBytes = sealedBytes[SealedChunkSize..];
            destination = destination[ChunkSize..];
        }
    }

    /// <summary>Which of the two a length is for which <see cref="PlainLength"/> has no answer.</summary>
    internal static OpenResult Impossible(long sealedLength) =>
        sealedLength < SmallestSealed ? OpenResult.TooShort : OpenResult.BadLength;
}
