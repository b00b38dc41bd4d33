using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Candor.Hpke;

/// <summary>The AEADs of RFC 9180 §7.3. Suite 1 of the vaults uses AES-256-GCM and never another; Oblivious HTTP names the one that it uses in its bytes.</summary>
public enum HpkeAead : ushort
{
    Aes128Gcm = 1,
    Aes256Gcm = 2,
    ChaCha20Poly1305 = 3,
}

/// <summary>
/// One side of an HPKE exchange: several messages in order, and secrets exported beside them. RFC 9180 §5.1 to §5.3, base mode.
/// </summary>
/// <remarks>Messages open in the order in which they were sealed; one that fails does not count. One thread at a time.</remarks>
public sealed class HpkeContext : IDisposable
{
    private const ushort KdfId = 0x0001;
    private const byte ModeBase = 0;
    private const int NonceSize = 12;

    private readonly LabeledHkdf _kdf;
    private readonly Secret32 _exporterSecret;
    private readonly AesGcm? _aes;
    private readonly ChaCha20Poly1305? _chaCha;
    private readonly byte[] _baseNonce = new byte[NonceSize];
    private readonly bool _isSender;
    private ulong _sequence;

    /// <summary>
    /// The key schedule: <paramref name="sharedSecret"/> (32) and <paramref name="info"/> to key, base nonce and exporter secret.
    /// </summary>
    internal HpkeContext(bool isSender, HpkeAead aead, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info)
    {
        // suite_id = "HPKE" || kem || kdf || aead, each two bytes.
        _kdf = new([.. "HPKE"u8, DhKem.Id >> 8, DhKem.Id & 0xFF, 0, KdfId & 0xFF, 0, (byte)aead]);
        _isSender = isSender;

        // key_schedule_context = mode || psk_id_hash || info_hash; base mode has an empty psk and psk_id.
        byte[] schedule = new byte[1 + (2 * LabeledHkdf.HashSize)];
        schedule[0] = ModeBase;
        _kdf.Extract([], "psk_id_hash"u8, [], schedule.AsSpan(1, LabeledHkdf.HashSize));
        _kdf.Extract([], "info_hash"u8, info, schedule.AsSpan(1 + LabeledHkdf.HashSize));

        Span<byte> secret = stackalloc byte[LabeledHkdf.HashSize];
        Span<byte> key = stackalloc byte[aead == HpkeAead.Aes128Gcm ? 16 : 32];
        _kdf.Extract(sharedSecret, "secret"u8, [], secret);
        _kdf.Expand(secret, "key"u8, schedule, key);
        _kdf.Expand(secret, "base_nonce"u8, schedule, _baseNonce);
        _exporterSecret = Secret32.Blank(out Span<byte> exporter);
        _kdf.Expand(secret, "exp"u8, schedule, exporter);
        if (aead == HpkeAead.ChaCha20Poly1305) _chaCha = new ChaCha20Poly1305(key);
        else _aes = new AesGcm(key, HpkeBase.TagSize);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Seals the next message into <paramref name="destination"/>: the plaintext's length and 16 bytes.</summary>
    /// <exception cref="InvalidOperationException">This is the recipient's side.</exception>
    public void Seal(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        if (!_isSender) throw new InvalidOperationException("Only the sender seals.");
        if (destination.Length != plain.Length + HpkeBase.TagSize)
            throw new ArgumentException($"The sealed length is {plain.Length + HpkeBase.TagSize}.", nameof(destination));
        Span<byte> nonce = stackalloc byte[NonceSize];
        Nonce(nonce);
        Span<byte> ciphertext = destination[..plain.Length];
        Span<byte> tag = destination[plain.Length..];
        if (_chaCha is not null) _chaCha.Encrypt(nonce, plain, ciphertext, tag, aad);
        else _aes!.Encrypt(nonce, plain, ciphertext, tag, aad);
        _sequence++;
    }

    /// <summary>
    /// Opens the next message into <paramref name="destination"/>: the sealed length less 16. On any answer but
    /// <see cref="HpkeResult.Done"/> the destination is zero, and the next call expects the same message.
    /// </summary>
    /// <exception cref="InvalidOperationException">This is the sender's side.</exception>
    public HpkeResult Open(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        if (_isSender) throw new InvalidOperationException("Only the recipient opens.");
        if (sealedBytes.Length < HpkeBase.TagSize)
        {
            destination.Clear();
            return HpkeResult.TooShort;
        }

        if (destination.Length != sealedBytes.Length - HpkeBase.TagSize)
            throw new ArgumentException($"The plaintext has {sealedBytes.Length - HpkeBase.TagSize} bytes.", nameof(destination));
        Span<byte> nonce = stackalloc byte[NonceSize];
        Nonce(nonce);
        ReadOnlySpan<byte> ciphertext = sealedBytes[..^HpkeBase.TagSize];
        ReadOnlySpan<byte> tag = sealedBytes[^HpkeBase.TagSize..];
        try
        {
            if (_chaCha is not null) _chaCha.Decrypt(nonce, ciphertext, tag, destination, aad);
            else _aes!.Decrypt(nonce, ciphertext, tag, destination, aad);
        }
        catch (AuthenticationTagMismatchException)
        {
            destination.Clear();
            return HpkeResult.Damaged;
        }

        _sequence++;
        return HpkeResult.Done;
    }

    /// <summary>
    /// A secret that both sides get, and nobody else: 1 … 8,160 bytes into <paramref name="destination"/>. Any number, in any order.
    /// </summary>
    public void Export(ReadOnlySpan<byte> exporterContext, Span<byte> destination) =>
        _kdf.Expand(_exporterSecret.Bytes, "sec"u8, exporterContext, destination);

    /// <summary>A 32-byte secret, as <see cref="Export(ReadOnlySpan{byte}, Span{byte})"/> gives.</summary>
    public Secret32 ExportSecret(ReadOnlySpan<byte> exporterContext)
    {
        Secret32 secret = Secret32.Blank(out Span<byte> bytes);
        Export(exporterContext, bytes);
        return secret;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    private void Nonce(Span<byte> nonce)
    {
        if (_sequence == ulong.MaxValue) throw new InvalidOperationException("The exchange has no nonce left.");
        _baseNonce.CopyTo(nonce);
        Span<byte> tail = nonce[(NonceSize - sizeof(ulong))..];
        BinaryPrimitives.WriteUInt64BigEndian(tail, BinaryPrimitives.ReadUInt64BigEndian(tail) ^ _sequence);
    }

    public void Dispose()
    {
        _aes?.Dispose();
        _chaCha?.Dispose();
        _exporterSecret.Dispose();
    }
}
