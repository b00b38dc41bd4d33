namespace Candor.Tests;

/// <summary>Seeded damage to good inputs: flips, cuts, splices, repeats, edge values and inserts; the same bytes on every run.</summary>
internal static class Mutations
{
    private const int LongestRun = 64;

    /// <summary>What length fields trip over.</summary>
    private static readonly uint[] Edges = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0x00010000, 8];

    /// <param name="corpus">Good inputs.</param>
    /// <param name="count">How many damaged ones.</param>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="pieces">What matters to the format's grammar, so that damage hits more than letters.</param>
    public static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> corpus, int count, int seed, IReadOnlyList<byte[]>? pieces = null)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++) yield return One(corpus[random.Next(corpus.Count)], corpus, random, pieces);
    }

    /// <summary>One input with one to five damages.</summary>
    public static byte[] One(byte[] input, IReadOnlyList<byte[]> corpus, Random random, IReadOnlyList<byte[]>? pieces = null)
    {
        List<byte> bytes = [.. input];
        for (int steps = random.Next(1, 6); steps > 0; steps--) Damage(bytes, corpus, random, pieces ?? []);
        return [.. bytes];
    }

    private static void Damage(List<byte> bytes, IReadOnlyList<byte[]> corpus, Random random, IReadOnlyList<byte[]> pieces)
    {
        int at = random.Next(bytes.Count + 1);
        int length = Math.Min(random.Next(1, LongestRun), bytes.Count - at);
        byte[] other = corpus[random.Next(corpus.Count)];
        int from = random.Next(other.Length + 1);
        switch (random.Next(10))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2: // cut the rest, or put another's in its place
                bytes.RemoveRange(at, bytes.Count - at);
                if (random.Next(3) == 0) bytes.AddRange(other[from..]);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, random.Next(200))).ToArray());
                break;
            case 6:
                byte[] value = BitConverter.GetBytes(Edges[random.Next(Edges.Length)]);
                for (int i = 0; i < value.Length && at + i < bytes.Count; i++) bytes[at + i] = value[i];
                break;
            case 7:
                byte[] run = new byte[random.Next(20)];
                random.NextBytes(run);
                bytes.InsertRange(at, run);
                break;
            default:
                if (pieces.Count > 0 && random.Next(4) > 0) bytes.InsertRange(at, pieces[random.Next(pieces.Count)]);
                else bytes.AddRange(other);
                break;
        }
    }
}
