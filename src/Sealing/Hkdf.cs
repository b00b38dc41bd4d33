using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>HKDF-Expand with SHA-512 (RFC 5869 §2.3) and a 32-byte key; every key below another key is made by it.</summary>
/// <remarks>
/// The BCL's <see cref="HKDF"/> refuses a pseudorandom key shorter than the hash, as RFC 5869 asks; C2SP chunked-encryption and
/// spec/keys.md use 32 uniformly random bytes, which HMAC pads with zeros. HPKE's SHA-256 half is the BCL's.
/// </remarks>
internal static class Hkdf
{
    private const int HashSize = SHA512.HashSizeInBytes;

    /// <summary>What RFC 5869 allows: 255 blocks.</summary>
    private const int LongestOutput = 255 * HashSize;

    /// <summary>An info that fits is laid out on the stack.</summary>
    private const int StackInfo = 512;

    /// <summary>Fills <paramref name="output"/> (1 … 16,320 bytes) with HKDF-Expand(prk, info = label || context).</summary>
    public static void ExpandSha512(Secret32 prk, ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfZero(output.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(output.Length, LongestOutput);

        // T(i) = HMAC(prk, T(i-1) || info || i): laid out once, only T and i change.
        int infoLength = label.Length + context.Length;
        Span<byte> input = infoLength <= StackInfo ? stackalloc byte[HashSize + StackInfo + 1] : new byte[HashSize + infoLength + 1];
        input = input[..(HashSize + infoLength + 1)];
        label.CopyTo(input[HashSize..]);
        context.CopyTo(input[(HashSize + label.Length)..]);
        Span<byte> previous = input[..HashSize];

        IncrementalHash hmac = prk.BorrowHmacSha512();
        for (byte i = 1; ; i++)
        {
            input[^1] = i;
            hmac.AppendData(i == 1 ? input[HashSize..] : input);
            hmac.GetHashAndReset(previous);
            if (output.Length <= HashSize) break;
            previous.CopyTo(output);
            output = output[HashSize..];
        }

        previous[..output.Length].CopyTo(output);
        prk.Return(hmac);
        CryptographicOperations.ZeroMemory(previous);
    }

    /// <summary>A 32-byte key below another: <c>Derive(key, label)</c> of spec/keys.md §1.</summary>
    public static Secret32 Derive(Secret32 key, ReadOnlySpan<byte> label)
    {
        Secret32 derived = Secret32.Blank(out Span<byte> bytes);
        ExpandSha512(key, label, [], bytes);
        return derived;
    }
}
