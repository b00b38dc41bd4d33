using System.Security.Cryptography;
using Candor.Hpke;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>What came of putting shares together. Closed.</summary>
public enum SharesResult
{
    Joined,

    /// <summary>Fewer than the shares say are needed, counting each number once.</summary>
    TooFew,

    /// <summary>Shares of different sets, or that do not agree on how many are needed.</summary>
    Mixed,

    /// <summary>Together they are not what was split: one is forged.</summary>
    Altered,
}

/// <summary>The key of a holder that people have together: 32 random bytes, split so that any k of n shares give it and fewer say nothing of it.</summary>
/// <remarks>Shamir's scheme byte by byte over GF(2^8), polynomial x^8 + x^4 + x^3 + x + 1. Source: spec/recovery-people.md §2.</remarks>
public static class SecretShares
{
    /// <summary>Most shares of a set: more people than that keep nothing together.</summary>
    public const int Most = 16;

    /// <summary>Splits a fresh secret.</summary>
    /// <param name="needed">k, 2 … <paramref name="count"/>: with one share each holder would be a holder alone.</param>
    /// <param name="count">n, at most <see cref="Most"/>.</param>
    /// <param name="holder">The holder that the shares together are. The caller disposes it.</param>
    /// <returns>Share 1 … n. The caller disposes them.</returns>
    public static IReadOnlyList<SecretShare> Split(int needed, int count, out HolderSecret holder)
    {
        using Secret32 secret = Secret32.Generate();
        holder = HolderSecret.FromPeople(secret);
        return Split(secret, holder.Id, needed, count, bytes => RandomNumberGenerator.Fill(bytes));
    }

    /// <summary>The same of a given secret and with given coefficients, for vectors.</summary>
    internal static IReadOnlyList<SecretShare> Split(Secret32 secret, Id holder, int needed, int count, Action<byte[]> fill)
    {
        if (needed < 2 || needed > count || count > Most) throw new ArgumentOutOfRangeException(nameof(needed), $"2 … n of at most {Most} shares.");
        byte[][] coefficients = new byte[needed - 1][];
        for (int i = 0; i < coefficients.Length; i++) fill(coefficients[i] = GC.AllocateArray<byte>(Secret32.Size, pinned: true));
        var shares = new SecretShare[count];
        Span<byte> y = stackalloc byte[Secret32.Size];
        for (int x = 1; x <= count; x++)
        {
            // Horner: from the highest coefficient down to the secret.
            y.Clear();
            for (int c = coefficients.Length - 1; c >= 0; c--) Step(y, (byte)x, coefficients[c]);
            Step(y, (byte)x, secret.Bytes);
            shares[x - 1] = SecretShare.Make(holder, needed, x, y);
        }
        CryptographicOperations.ZeroMemory(y);
        foreach (byte[] coefficient in coefficients) CryptographicOperations.ZeroMemory(coefficient);
        return shares;
    }

    /// <summary>Puts shares together and makes the holder; what is joined is checked against the holder id that every share carries a part of.</summary>
    /// <param name="shares">In any order; one that comes twice counts once. They belong to the caller.</param>
    /// <param name="holder">Null unless the answer is <see cref="SharesResult.Joined"/>.</param>
    public static SharesResult TryJoin(IReadOnlyList<SecretShare> shares, out HolderSecret? holder)
    {
        ArgumentNullException.ThrowIfNull(shares);
        holder = null;
        if (shares.Count == 0) return SharesResult.TooFew;
        if (shares.Any(s => !s.Set.SequenceEqual(shares[0].Set) || s.Needed != shares[0].Needed)) return SharesResult.Mixed;
        var some = shares.GroupBy(s => s.Number).Select(g => g.First()).Take(shares[0].Needed).ToList();
        if (some.Count < shares[0].Needed) return SharesResult.TooFew;

        using Secret32 secret = Secret32.Blank(out Span<byte> bytes);
        foreach (var share in some)
        {
            // Lagrange at 0: the product of x_j / (x_j - x_i), and minus is plus here.
            byte weight = 1;
            foreach (var other in some)
            {
                if (other.Number != share.Number) weight = Multiply(weight, Multiply((byte)other.Number, Invert((byte)(other.Number ^ share.Number))));
            }
            for (int i = 0; i < bytes.Length; i++) bytes[i] ^= Multiply(weight, share.Value[i]);
        }
        if (secret.IsZero()) return SharesResult.Altered;
        HolderSecret joined = HolderSecret.FromPeople(secret);
        Span<byte> id = stackalloc byte[Id.Size];
        joined.Id.CopyTo(id);
        if (id[..SecretShare.SetSize].SequenceEqual(shares[0].Set))
        {
            holder = joined;
            return SharesResult.Joined;
        }
        joined.Dispose();
        return SharesResult.Altered;
    }

    /// <summary>In GF(2^8), without a table or a branch on either factor: eight steps, whatever they are.</summary>
    internal static byte Multiply(byte a, byte b)
    {
        int product = 0, x = a;
        for (int bit = 0; bit < 8; bit++)
        {
            product ^= x & -((b >> bit) & 1);
            x = (x << 1) ^ (0x11B & -((x >> 7) & 1));
        }
        return (byte)product;
    }

    /// <summary>a^254, which is 1/a; 0 for 0.</summary>
    internal static byte Invert(byte a)
    {
        byte power = a, inverse = 1;
        for (int bit = 1; bit < 8; bit++)
        {
            power = Multiply(power, power);
            inverse = Multiply(inverse, power);
        }
        return inverse;
    }

    /// <summary>y = y · x + c, for each byte.</summary>
    private static void Step(Span<byte> y, byte x, ReadOnlySpan<byte> c)
    {
        for (int i = 0; i < y.Length; i++) y[i] = (byte)(Multiply(y[i], x) ^ c[i]);
    }
}
