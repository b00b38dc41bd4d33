using System.Security.Cryptography;

namespace Candor.Hpke;

/// <summary>The outcome of an HPKE call. Closed; what is not <see cref="Done"/> is permanent for these keys and bytes.</summary>
public enum HpkeResult
{
    Done,

    /// <summary>The suite number is none of ours. Never fall back to another.</summary>
    UnknownSuite,

    /// <summary>Fewer bytes than an encapsulation and a tag.</summary>
    TooShort,

    /// <summary>A public key or encapsulation that is not 32 bytes or is of small order, or a private key of all zeros.</summary>
    BadKey,

    /// <summary>For another recipient, info or additional data; or changed.</summary>
    Damaged,
}

/// <summary>
/// HPKE base mode (RFC 9180): seals to a public key, so that only the holder of the private key opens it. Says nothing about who sealed.
/// </summary>
/// <remarks>Suite 1 is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Source: spec/hpke.md. Safe for several threads.</remarks>
public static class HpkeBase
{
    /// <summary>Suite 1. The number travels beside the bytes, so that a hybrid with ML-KEM can be suite 2.</summary>
    public const byte X25519Aes256Gcm = 1;

    public const int PublicKeySize = DhKem.KeySize;
    public const int EncapsulationSize = DhKem.KeySize;
    public const int TagSize = 16;

    /// <summary>What sealing adds in suite 1: the encapsulation and the tag.</summary>
    public const int Overhead = EncapsulationSize + TagSize;

    /// <summary>The 32-byte X25519 public key of <paramref name="privateKey"/>.</summary>
    /// <exception cref="ArgumentException">A private key of all zeros.</exception>
    public static byte[] PublicKeyOf(Secret32 privateKey)
    {
        ArgumentNullException.ThrowIfNull(privateKey);
        if (privateKey.IsZero()) throw new ArgumentException("A private key of all zeros.", nameof(privateKey));
        byte[] publicKey = new byte[PublicKeySize];
        DhKem.PublicKey(privateKey, publicKey);
        return publicKey;
    }

    /// <summary>Seals one message: encapsulation (32) || ciphertext || tag (16) into <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is not the plaintext's length and <see cref="Overhead"/>.</exception>
    public static HpkeResult Seal(
        byte suite,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> plain,
        Span<byte> destination)
    {
        if (destination.Length != plain.Length + Overhead)
            throw new ArgumentException($"The sealed length is {plain.Length + Overhead}.", nameof(destination));
        HpkeResult result = SetUpSender(suite, publicKey, info, destination[..EncapsulationSize], out HpkeContext? context);
        using (context) context?.Seal(aad, plain, destination[EncapsulationSize..]);
        return result;
    }

    /// <summary>
    /// Opens one message into <paramref name="destination"/>, which is zero on any answer but <see cref="HpkeResult.Done"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is not the sealed length less <see cref="Overhead"/>.</exception>
    public static HpkeResult Open(
        byte suite,
        Secret32 privateKey,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> sealedBytes,
        Span<byte> destination)
    {
        if (sealedBytes.Length >= Overhead && destination.Length != sealedBytes.Length - Overhead)
            throw new ArgumentException($"The plaintext has {sealedBytes.Length - Overhead} bytes.", nameof(destination));
        destination.Clear();
        if (suite != X25519Aes256Gcm) return HpkeResult.UnknownSuite;
        if (sealedBytes.Length < Overhead) return HpkeResult.TooShort;
        HpkeResult result = SetUpRecipient(suite, privateKey, sealedBytes[..EncapsulationSize], info, out HpkeContext? context);
        using (context) return context?.Open(aad, sealedBytes[EncapsulationSize..], destination) ?? result;
    }

    /// <summary>Begins an exchange to <paramref name="publicKey"/>; the recipient needs <paramref name="encapsulation"/> (32).</summary>
    public static HpkeResult SetUpSender(
        byte suite, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> info, Span<byte> encapsulation, out HpkeContext? context)
    {
        context = null;
        if (suite != X25519Aes256Gcm) return HpkeResult.UnknownSuite;
        context = SetUpSender(HpkeAead.Aes256Gcm, publicKey, info, encapsulation);
        return context is null ? HpkeResult.BadKey : HpkeResult.Done;
    }

    /// <summary>Begins the recipient's side of an exchange.</summary>
    public static HpkeResult SetUpRecipient(
        byte suite, Secret32 privateKey, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info, out HpkeContext? context)
    {
        ArgumentNullException.ThrowIfNull(privateKey);
        context = null;
        if (suite != X25519Aes256Gcm) return HpkeResult.UnknownSuite;
        context = SetUpRecipient(HpkeAead.Aes256Gcm, privateKey, encapsulation, info);
        return context is null ? HpkeResult.BadKey : HpkeResult.Done;
    }

    /// <summary>Begins an exchange with an AEAD that the bytes themselves name. Null if the public key is refused.</summary>
    public static HpkeContext? SetUpSender(HpkeAead aead, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> info, Span<byte> encapsulation)
    {
        using Secret32 ephemeral = Secret32.Generate();
        return SetUpSender(aead, publicKey, ephemeral, info, encapsulation);
    }

    /// <summary>With the AEAD and the ephemeral key given, for vectors. Null if the public key is refused.</summary>
    internal static HpkeContext? SetUpSender(
        HpkeAead aead, ReadOnlySpan<byte> publicKey, Secret32 ephemeral, ReadOnlySpan<byte> info, Span<byte> encapsulation)
    {
        Span<byte> shared = stackalloc byte[DhKem.SharedSecretSize];
        bool agreed = DhKem.TryEncapsulate(publicKey, ephemeral, encapsulation, shared);
        return Schedule(isSender: true, aead, agreed, shared, info);
    }

    /// <summary>Begins the recipient's side with an AEAD that the bytes themselves name. Null if a key is refused.</summary>
    public static HpkeContext? SetUpRecipient(
        HpkeAead aead, Secret32 privateKey, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info)
    {
        Span<byte> shared = stackalloc byte[DhKem.SharedSecretSize];
        bool agreed = DhKem.TryDecapsulate(encapsulation, privateKey, shared);
        return Schedule(isSender: false, aead, agreed, shared, info);
    }

    private static HpkeContext? Schedule(bool isSender, HpkeAead aead, bool agreed, Span<byte> shared, ReadOnlySpan<byte> info)
    {
        HpkeContext? context = agreed ? new HpkeContext(isSender, aead, shared, info) : null;
        CryptographicOperations.ZeroMemory(shared);
        return context;
    }
}
