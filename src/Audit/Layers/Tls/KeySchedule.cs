using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Audit.Layers.Tls;

/// <summary>Keys from secrets: the PRF of TLS 1.0 to 1.2 (RFC 2246 and 5246, section 5) and the labels of TLS 1.3 (RFC 8446, 7.1), which QUIC uses too.</summary>
internal static class KeySchedule
{
    private const int MaxLabel = 32;

    /// <summary>HKDF-Expand-Label with an empty context.</summary>
    public static void Expand(HashAlgorithmName hash, ReadOnlySpan<byte> secret, string label, Span<byte> output)
    {
        Span<byte> info = stackalloc byte[2 + 1 + 6 + MaxLabel + 1];
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)output.Length);
        int length = Encoding.ASCII.GetBytes("tls13 ", info[3..]) + Encoding.ASCII.GetBytes(label, info[9..]);
        info[2] = (byte)length;
        info[3 + length] = 0;
        HKDF.Expand(hash, secret, output, info[..(4 + length)]);
    }

    /// <summary>The PRF.</summary>
    /// <param name="version">0x0301 to 0x0303.</param>
    /// <param name="hash">Of TLS 1.2; the older ones mix MD5 and SHA-1.</param>
    /// <param name="secret">The master secret.</param>
    /// <param name="label">Such as "key expansion".</param>
    /// <param name="seed">Two randoms.</param>
    /// <param name="output">Filled.</param>
    public static void Prf(int version, HashAlgorithmName hash, ReadOnlySpan<byte> secret, string label, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        byte[] labelled = [.. Encoding.ASCII.GetBytes(label), .. seed];
        output.Clear();
        if (version >= TlsVersion.Tls12)
        {
            Mix(hash, secret, labelled, output);
            return;
        }
        int half = (secret.Length + 1) / 2;
        Mix(HashAlgorithmName.MD5, secret[..half], labelled, output);
        Mix(HashAlgorithmName.SHA1, secret[^half..], labelled, output);
    }

    /// <summary>P_hash, XORed into the output.</summary>
    private static void Mix(HashAlgorithmName hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed, Span<byte> output)
    {
        using var hmac = IncrementalHash.CreateHMAC(hash, secret);
        Span<byte> a = stackalloc byte[64], block = stackalloc byte[64];
        hmac.AppendData(seed);
        int size = hmac.GetHashAndReset(a);
        while (!output.IsEmpty)
        {
            hmac.AppendData(a[..size]);
            hmac.AppendData(seed);
            hmac.GetHashAndReset(block);
            int count = Math.Min(size, output.Length);
            for (int i = 0; i < count; i++) output[i] ^= block[i];
            output = output[count..];
            hmac.AppendData(a[..size]);
            hmac.GetHashAndReset(a);
        }
    }
}

internal static class TlsVersion
{
    public const int Ssl3 = 0x0300, Tls10 = 0x0301, Tls11 = 0x0302, Tls12 = 0x0303, Tls13 = 0x0304;

    public static string NameOf(int version) => version switch
    {
        Ssl3 => "SSL 3.0",
        Tls10 => "TLS 1.0",
        Tls11 => "TLS 1.1",
        Tls12 => "TLS 1.2",
        Tls13 => "TLS 1.3",
        _ => $"TLS 0x{version:X4}",
    };
}
