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

    /// <summary>False for a signing key that no signature verifies under, and for an agreement key of all zeros.</summary>
    public static bool IsUsable(HolderKeys keys) =>
        PublicKey.TryImport(SignatureAlgorithm.Ed25519, keys.Signing.Span, KeyBlobFormat.RawPublicKey, out _)
        && keys.Agreement.Span.ContainsAnyExcept((byte)0);
}
