using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Candor.Hpke;

/// <summary>LabeledExtract and LabeledExpand of HPKE with HKDF-SHA256; RFC 9180 §4.</summary>
internal readonly struct LabeledHkdf(byte[] suiteId)
{
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>Into <paramref name="prk"/>: 32 bytes.</summary>
    public void Extract(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> ikm, Span<byte> prk)
    {
        byte[] labeled = [.. "HPKE-v1"u8, .. suiteId, .. label, .. ikm];
        HKDF.Extract(HashAlgorithmName.SHA256, labeled, salt, prk);
        CryptographicOperations.ZeroMemory(labeled);
    }

    public void Expand(ReadOnlySpan<byte> prk, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, Span<byte> output)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)output.Length);
        byte[] labeled = [.. length, .. "HPKE-v1"u8, .. suiteId, .. label, .. info];
        HKDF.Expand(HashAlgorithmName.SHA256, prk, output, labeled);
    }
}
