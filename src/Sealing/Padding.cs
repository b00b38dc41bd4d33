using System.Numerics;

namespace Candor.Sealing;

/// <summary>
/// Padding inside the plaintext, so that a sealed length says little: plaintext || 0x80 || zeros, up to one of few lengths.
/// </summary>
/// <remarks>
/// <para>Records: 256 B, 1 KiB, 4 KiB, 16 KiB, then Padmé. Blobs: Padmé. Every length here counts the 0x80. Source: spec/sealing.md,
/// "Padding"; ISO/IEC 7816-4; Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019.</para>
/// <para>Unpad only what has been opened as a whole: under an encryption without authentication this padding would be an oracle.</para>
/// </remarks>
public static class Padding
{
    /// <summary>The longest plaintext that can be padded: it pads to 1 GiB.</summary>
    public const int LongestPlain = (1 << 30) - 1;

    private const byte Marker = 0x80;

    private static ReadOnlySpan<int> RecordBuckets => [256, 1 << 10, 4 << 10, 16 << 10];

    /// <summary>The padded length of a record of <paramref name="plain"/> bytes.</summary>
    public static int PaddedRecordLength(int plain)
    {
        int length = WithMarker(plain);
        foreach (int bucket in RecordBuckets)
            if (length <= bucket) return bucket;
        return Padme(length);
    }

    /// <summary>
    /// The padded length of a blob of <paramref name="plain"/> bytes: at most 12 % above plain + 1, and 8 MiB for 8 MiB − 1.
    /// </summary>
    public static int PaddedBlobLength(int plain) => Padme(WithMarker(plain));

    /// <summary>Writes the 0x80 and the zeros behind the first <paramref name="plain"/> bytes, in place.</summary>
    /// <exception cref="ArgumentException">There is no room for the 0x80.</exception>
    public static void Pad(Span<byte> padded, int plain)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plain);
        if (plain >= padded.Length) throw new ArgumentException("There is no room for the padding.", nameof(padded));
        padded[plain] = Marker;
        padded[(plain + 1)..].Clear();
    }

    /// <summary>False if nothing but zeros follows the plaintext, or the last byte that is not zero is not 0x80.</summary>
    /// <remarks>Any length is taken, not the present buckets only, so that those can change.</remarks>
    public static bool TryUnpad(ReadOnlySpan<byte> padded, out int plain)
    {
        int marker = padded.LastIndexOfAnyExcept((byte)0);
        bool good = marker >= 0 && padded[marker] == Marker;
        plain = good ? marker : 0;
        return good;
    }

    private static int WithMarker(int plain)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plain);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plain, LongestPlain);
        return plain + 1;
    }

    /// <summary>
    /// With E = ⌊log2 L⌋ and S = ⌊log2 E⌋ + 1, rounds L up until its low E − S bits are zero: as many significant bits as a float would
    /// have whose mantissa is no longer than its exponent. 1 stays 1.
    /// </summary>
    private static int Padme(int length)
    {
        if (length < 2) return length;
        int e = BitOperations.Log2((uint)length);
        int s = BitOperations.Log2((uint)e) + 1;
        int mask = (1 << (e - s)) - 1;
        return (length + mask) & ~mask;
    }
}
