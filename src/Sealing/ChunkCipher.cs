using System.Buffers.Binary;
using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>The single-use key of one sealed message: seals and opens chunks by number. C2SP chunked-encryption, "AEAD usage".</summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class ChunkCipher : IDisposable
{
    public const int NonceSize = 12;

    /// <summary>Key (32), base nonce (12), commitment (32).</summary>
    private const int DerivedSize = Secret32.Size + NonceSize + Cobblestone.CommitmentSize;

    private readonly AesGcm _aes;
    private readonly uint _nonceHead;
    private readonly ulong _nonceTail;

    private ChunkCipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> baseNonce)
    {
        _aes = new AesGcm(key, Cobblestone.TagSize);
        _nonceHead = BinaryPrimitives.ReadUInt32BigEndian(baseNonce);
        _nonceTail = BinaryPrimitives.ReadUInt64BigEndian(baseNonce[4..]);
    }

    /// <summary>For sealing: fills <paramref name="header"/> (56) with the salt and the commitment.</summary>
    public static ChunkCipher ForSealing(Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> salt, Span<byte> header)
    {
        Span<byte> derived = stackalloc byte[DerivedSize];
        Derive(key, context, salt, derived);
        salt.CopyTo(header);
        derived[(Secret32.Size + NonceSize)..].CopyTo(header[Cobblestone.SaltSize..]);
        ChunkCipher cipher = new(derived[..Secret32.Size], derived.Slice(Secret32.Size, NonceSize));
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }

    /// <summary>For opening: null if the commitment in <paramref name="header"/> (56) is not that of this key, salt and context.</summary>
    public static ChunkCipher? ForOpening(Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> header)
    {
        Span<byte> derived = stackalloc byte[DerivedSize];
        Derive(key, context, header[..Cobblestone.SaltSize], derived);
        bool ours = CryptographicOperations.FixedTimeEquals(
            derived[(Secret32.Size + NonceSize)..], header.Slice(Cobblestone.SaltSize, Cobblestone.CommitmentSize));
        ChunkCipher? cipher = ours ? new(derived[..Secret32.Size], derived.Slice(Secret32.Size, NonceSize)) : null;
        CryptographicOperations.ZeroMemory(derived);
        return cipher;
    }

    private static void Derive(Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> salt, Span<byte> derived)
    {
        ReadOnlySpan<byte> scheme = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"u8;
        Span<byte> label = stackalloc byte[scheme.Length + Cobblestone.SaltSize];
        scheme.CopyTo(label);
        salt.CopyTo(label[scheme.Length..]);
        Hkdf.ExpandSha512(key, label, context, derived);
    }

    /// <summary><paramref name="destination"/> is the plaintext's length and 16 bytes of tag.</summary>
    public void Seal(long chunk, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Nonce(chunk, nonce);
        _aes.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, Cobblestone.TagSize));
    }

    /// <summary>False, and <paramref name="destination"/> zeroed, if the chunk is not the one sealed under this number.</summary>
    public bool TryOpen(long chunk, ReadOnlySpan<byte> sealedChunk, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Nonce(chunk, nonce);
        try
        {
            _aes.Decrypt(nonce, sealedChunk[..^Cobblestone.TagSize], sealedChunk[^Cobblestone.TagSize..], destination);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            destination.Clear();
            return false;
        }
    }

    private void Nonce(long chunk, Span<byte> nonce)
    {
        if (chunk is < 0 or >= Cobblestone.MostChunks) throw new InvalidOperationException("A message has at most 2^38 chunks.");
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _nonceHead);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], _nonceTail ^ (ulong)chunk);
    }

    public void Dispose() => _aes.Dispose();
}
