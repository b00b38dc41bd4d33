using System.Security.Cryptography;
using NSec.Cryptography;

namespace Candor.Shelf.Tuf;

/// <summary>A public key of TUF metadata: Ed25519, ECDSA on P-256 or RSA-PSS, each with SHA-256 where it hashes. A key of another type is kept and verifies nothing.</summary>
/// <remarks>Of what is not known here: unknown members are part of the key's id, so they are kept.</remarks>
internal sealed class TufKey
{
    /// <summary>A modulus above is refused: its check would take seconds.</summary>
    private const int LongestModulus = 8192;

    private const int ShortestModulus = 2048;

    private readonly string _scheme;
    private readonly string _public;

    private TufKey(TufValue value, string type, string scheme, string key)
    {
        Value = value;
        Type = type;
        _scheme = scheme;
        _public = key;
    }

    public TufValue Value { get; }

    public string Type { get; }

    /// <summary>SHA-256 of the canonical key, hex: the id that we write. What we read is taken under the id that the signed file gives it.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(TufJson.Write(Value)));

    /// <summary>What tells keys apart: two ids of one key are one signature.</summary>
    public string Identity => $"{Type} {_public}";

    public static TufKey? TryRead(TufValue value) =>
        value["keytype"].Text is { } type && value["scheme"].Text is { } scheme && value["keyval"]["public"].Text is { } key ? new(value, type, scheme, key) : null;

    public static TufKey OfEd25519(ReadOnlySpan<byte> publicKey) => TryRead(TufJson.Of(
        ("keytype", "ed25519"), ("scheme", "ed25519"), ("keyval", TufJson.Of(("public", Convert.ToHexStringLower(publicKey))))))!;

    /// <summary>False for a bad signature, a bad key, a type that is not known: never an exception.</summary>
    public bool Verify(ReadOnlySpan<byte> signed, string signatureHex)
    {
        if (TryHex(signatureHex) is not { } signature) return false;
        try
        {
            return (Type, _scheme) switch
            {
                ("ed25519", "ed25519") => VerifyEd25519(signed, signature),
                ("ecdsa" or "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => VerifyEcdsa(signed, signature),
                ("rsa", "rsassa-pss-sha256") => VerifyRsa(signed, signature),
                _ => false,
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    private bool VerifyEd25519(ReadOnlySpan<byte> signed, byte[] signature) =>
        TryHex(_public) is { Length: 32 } raw && signature.Length == 64
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, raw, KeyBlobFormat.RawPublicKey, out var key) && SignatureAlgorithm.Ed25519.Verify(key!, signed, signature);

    private bool VerifyEcdsa(ReadOnlySpan<byte> signed, byte[] signature)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(_public);
        return key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
            && key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private bool VerifyRsa(ReadOnlySpan<byte> signed, byte[] signature)
    {
        using var key = RSA.Create();
        key.ImportFromPem(_public);
        return key.KeySize is >= ShortestModulus and <= LongestModulus && key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
    }

    internal static byte[]? TryHex(string text)
    {
        if (text.Length == 0 || text.Length % 2 != 0 || text.Any(c => !char.IsAsciiHexDigit(c))) return null;
        return Convert.FromHexString(text);
    }
}
