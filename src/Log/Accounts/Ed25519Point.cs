using System.Numerics;

namespace Candor.Log;

/// <summary>What makes 32 bytes a key of Ed25519 (RFC 8032, 5.1.3), which importing them does not ask: bytes that are no point would be a holder here and none for who is stricter.</summary>
/// <remarks>Public bytes only: the time that it takes tells nothing.</remarks>
internal static class Ed25519Point
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;

    private static readonly BigInteger D = BigInteger.Parse("37095705934669439343138083508754565189542113879843219016388785533085940283555", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether these are the canonical encoding of a point of the curve that is not of small order.</summary>
    public static bool IsKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 32) return false;
        Span<byte> without = stackalloc byte[32];
        bytes.CopyTo(without);
        without[31] &= 0x7F; // the sign of x; both are points, but for x = 0, which is of small order
        var y = new BigInteger(without, isUnsigned: true);
        if (y >= P || y.IsZero) return false; // y = 0: order 4
        var yy = y * y % P;
        var xx = (yy - 1 + P) % P * BigInteger.ModPow((D * yy + 1) % P, P - 2, P) % P;
        // x = 0: orders 1 and 2. No square: no point. Order 8 has a double of order 4, whose y is 0: the numerator of that y is x² + y².
        return !xx.IsZero && BigInteger.ModPow(xx, (P - 1) / 2, P).IsOne && !((yy + xx) % P).IsZero;
    }
}
