namespace Candor.Fuzz;

/// <summary>A decoder broke what it promises: the finding of a target, told apart from an exception of the decoder only by its words.</summary>
public sealed class BrokenClaimException(string claim) : Exception(claim);

/// <summary>What a target states about an answer. It throws where that is not so.</summary>
internal static class Claim
{
    public static void Holds(bool holds, string claim)
    {
        if (!holds) throw new BrokenClaimException(claim);
    }

    public static void Same(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string claim)
    {
        if (expected.SequenceEqual(actual)) return;
        int at = expected.CommonPrefixLength(actual);
        throw new BrokenClaimException($"{claim} They differ from byte {at} on, of {expected.Length} and {actual.Length}.");
    }

    public static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual, string claim) => Holds(expected.SequenceEqual(actual), claim);
}
