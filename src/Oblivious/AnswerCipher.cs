using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Oblivious;

/// <summary>How an answer is sealed (RFC 9458 §4.4): nonce || sealed answer, under a key from the request's exchange and the nonce, so no answer shares one with another.</summary>
internal static class AnswerCipher
{
    private const int Iv = 12, Tag = 16;

    public static byte[] Seal(HpkeContext context, HpkeAead aead, ReadOnlySpan<byte> encapsulation, byte[]? nonce, ReadOnlySpan<byte> answer)
    {
        int size = NonceSize(aead);
        byte[] bytes = new byte[size + answer.Length + Tag];
        if (nonce is null) RandomNumberGenerator.Fill(bytes.AsSpan(0, size));
        else nonce.CopyTo(bytes, 0);
        Span<byte> key = stackalloc byte[KeySize(aead)], iv = stackalloc byte[Iv];
        Derive(context, encapsulation, bytes.AsSpan(0, size), key, iv);
        var sealedAnswer = bytes.AsSpan(size, answer.Length);
        var tag = bytes.AsSpan(size + answer.Length);
        if (aead == HpkeAead.ChaCha20Poly1305)
        {
            using var cipher = new ChaCha20Poly1305(key);
            cipher.Encrypt(iv, answer, sealedAnswer, tag);
        }
        else
        {
            using var cipher = new AesGcm(key, Tag);
            cipher.Encrypt(iv, answer, sealedAnswer, tag);
        }
        CryptographicOperations.ZeroMemory(key);
        return bytes;
    }

    /// <summary>Null: not the answer to this request.</summary>
    public static byte[]? Open(HpkeContext context, HpkeAead aead, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> answer)
    {
        int size = NonceSize(aead);
        if (answer.Length < size + Tag) return null;
        Span<byte> key = stackalloc byte[KeySize(aead)], iv = stackalloc byte[Iv];
        Derive(context, encapsulation, answer[..size], key, iv);
        byte[] plain = new byte[answer.Length - size - Tag];
        try
        {
            if (aead == HpkeAead.ChaCha20Poly1305)
            {
                using var cipher = new ChaCha20Poly1305(key);
                cipher.Decrypt(iv, answer[size..^Tag], answer[^Tag..], plain);
            }
            else
            {
                using var cipher = new AesGcm(key, Tag);
                cipher.Decrypt(iv, answer[size..^Tag], answer[^Tag..], plain);
            }
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>The longer of key and nonce of the AEAD: 16, or 32.</summary>
    public static int NonceSize(HpkeAead aead) => Math.Max(KeySize(aead), Iv);

    private static int KeySize(HpkeAead aead) => aead == HpkeAead.Aes128Gcm ? 16 : 32;

    private static void Derive(HpkeContext context, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> nonce, Span<byte> key, Span<byte> iv)
    {
        Span<byte> secret = stackalloc byte[nonce.Length], prk = stackalloc byte[SHA256.HashSizeInBytes];
        context.Export("message/bhttp response"u8, secret);
        HKDF.Extract(HashAlgorithmName.SHA256, secret, [.. encapsulation, .. nonce], prk);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, key, "key"u8);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, iv, "nonce"u8);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(prk);
    }
}
