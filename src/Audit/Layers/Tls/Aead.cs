using System.Security.Cryptography;

namespace Candor.Audit.Layers.Tls;

/// <summary>A key of AES-GCM, AES-CCM or ChaCha20-Poly1305. Opens; never seals.</summary>
internal sealed class Aead : IDisposable
{
    public const int NonceSize = 12;

    private readonly AesGcm? _gcm;
    private readonly AesCcm? _ccm;
    private readonly ChaCha20Poly1305? _chaCha;

    public Aead(BulkCipher cipher, ReadOnlySpan<byte> key, int tagSize)
    {
        TagSize = tagSize;
        if (cipher == BulkCipher.AesGcm) _gcm = new AesGcm(key, tagSize);
        else if (cipher == BulkCipher.AesCcm) _ccm = new AesCcm(key);
        else _chaCha = new ChaCha20Poly1305(key);
    }

    public int TagSize { get; }

    /// <summary>Opens a text with its tag behind it. False: the tag does not fit, and <paramref name="plain"/> holds nothing of use.</summary>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="sealedText">At least the tag.</param>
    /// <param name="plain">Exactly as long as the text without the tag.</param>
    /// <param name="associated">What is bound to it.</param>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedText, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        if (sealedText.Length < TagSize) return false;
        var text = sealedText[..^TagSize];
        var tag = sealedText[^TagSize..];
        try
        {
            if (_gcm is not null) _gcm.Decrypt(nonce, text, tag, plain, associated);
            else if (_ccm is not null) _ccm.Decrypt(nonce, text, tag, plain, associated);
            else _chaCha!.Decrypt(nonce, text, tag, plain, associated);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _gcm?.Dispose();
        _ccm?.Dispose();
        _chaCha?.Dispose();
    }
}
