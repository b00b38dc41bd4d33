using Candor.Protocol;
using NSec.Cryptography;

namespace Candor.Log;

/// <summary>Ed25519 signatures of holders, checked strictly: libsodium refuses a non-canonical S, small-order keys and small-order R.</summary>
public static class HolderSignature
{
    /// <summary>False for a signature that is not this holder's over these bytes, and for keys that are none.</summary>
    public static bool Verify(HolderKeys keys, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Leaf.SignatureSize
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, keys.Signing.Span, KeyBlobFormat.RawPublicKey, out var key)
        && SignatureAlgorithm.Ed25519.Verify(key!, message, signature);

    /// <summary>False for a commit that this holder did not sign.</summary>
    public static bool Verify(HolderKeys keys, Leaf leaf)
    {
        using var signed = new SignedCommit(leaf.Body.Span);
        return Verify(keys, signed.Bytes, leaf.Signature.Span);
    }

    /// <summary>False for a signing key that no signature verifies under, and for an agreement key that nothing can be wrapped for: a point of small order, whose secret everybody knows.</summary>
    /// <remarks>A holder with such a key could never be given a root key, and no later epoch could be made while it is live.</remarks>
    public static bool IsUsable(HolderKeys keys)
    {
        if (!Ed25519Point.IsKey(keys.Signing.Span)) return false;
        if (!PublicKey.TryImport(KeyAgreementAlgorithm.X25519, keys.Agreement.Span, KeyBlobFormat.RawPublicKey, out var point)) return false;
        // Any private key tells: a scalar of X25519 is a multiple of eight, so it takes every point of small order to zero, and no other.
        using var any = Key.Create(KeyAgreementAlgorithm.X25519);
        using var shared = KeyAgreementAlgorithm.X25519.Agree(any, point!);
        return shared is not null;
    }
}
