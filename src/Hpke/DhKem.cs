using System.Security.Cryptography;
using NSec.Cryptography;

namespace Candor.Hpke;

/// <summary>DHKEM(X25519, HKDF-SHA256), id 0x0020; RFC 9180 §4.1. Keys and encapsulations are 32 bytes.</summary>
internal static class DhKem
{
    public const ushort Id = 0x0020;
    public const int KeySize = 32;
    public const int SharedSecretSize = 32;

    /// <summary>"KEM" and the id, big-endian.</summary>
    private static readonly LabeledHkdf Kdf = new([.. "KEM"u8, Id >> 8, Id & 0xFF]);

    /// <summary>False if the recipient's key is refused. <paramref name="ephemeral"/> is used for this message only.</summary>
    public static bool TryEncapsulate(ReadOnlySpan<byte> recipient, Secret32 ephemeral, Span<byte> encapsulated, Span<byte> sharedSecret)
    {
        PublicKey(ephemeral, encapsulated);
        return TryAgree(ephemeral, recipient, encapsulated, recipient, sharedSecret);
    }

    /// <summary>False if the encapsulation or the private key is refused.</summary>
    public static bool TryDecapsulate(ReadOnlySpan<byte> encapsulated, Secret32 recipient, Span<byte> sharedSecret)
    {
        if (recipient.IsZero()) return false;
        Span<byte> publicKey = stackalloc byte[KeySize];
        PublicKey(recipient, publicKey);
        return TryAgree(recipient, encapsulated, encapsulated, publicKey, sharedSecret);
    }

    public static void PublicKey(Secret32 privateKey, Span<byte> publicKey)
    {
        using Key key = Import(privateKey);
        if (!key.PublicKey.TryExport(KeyBlobFormat.RawPublicKey, publicKey, out _))
            throw new CryptographicException("X25519 gave no public key.");
    }

    /// <summary>
    /// ExtractAndExpand over the X25519 result. libsodium answers nothing for a point of small order, whose result would be all zeros.
    /// </summary>
    private static bool TryAgree(
        Secret32 privateKey,
        ReadOnlySpan<byte> theirs,
        ReadOnlySpan<byte> encapsulated,
        ReadOnlySpan<byte> recipient,
        Span<byte> sharedSecret)
    {
        if (!NSec.Cryptography.PublicKey.TryImport(KeyAgreementAlgorithm.X25519, theirs, KeyBlobFormat.RawPublicKey, out PublicKey? peer)
            || peer is null)
            return false;
        using Key key = Import(privateKey);
        SharedSecretCreationParameters exportable = new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
        using SharedSecret? agreed = KeyAgreementAlgorithm.X25519.Agree(key, peer, exportable);
        if (agreed is null) return false;

        Span<byte> dh = stackalloc byte[SharedSecretSize];
        Span<byte> prk = stackalloc byte[LabeledHkdf.HashSize];
        agreed.TryExport(SharedSecretBlobFormat.RawSharedSecret, dh, out _);
        Kdf.Extract([], "eae_prk"u8, dh, prk);
        Kdf.Expand(prk, "shared_secret"u8, [.. encapsulated, .. recipient], sharedSecret);
        CryptographicOperations.ZeroMemory(dh);
        CryptographicOperations.ZeroMemory(prk);
        return true;
    }

    private static Key Import(Secret32 privateKey) =>
        Key.Import(KeyAgreementAlgorithm.X25519, privateKey.Bytes, KeyBlobFormat.RawPrivateKey);
}
