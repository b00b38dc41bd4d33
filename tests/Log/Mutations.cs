namespace Candor.Tests.Log;

/// <summary>Seeded changes to good bytes: the same seed gives the same input on every machine.</summary>
internal static class Mutations
{
    // What breaks line formats: separators, signs, digits, padding, white space, controls, pieces of UTF-8.
    private static readonly byte[][] Pieces =
    [
        "\n"u8.ToArray(), "\n\n"u8.ToArray(), " "u8.ToArray(), "— "u8.ToArray(), "+"u8.ToArray(), "-1"u8.ToArray(), "0"u8.ToArray(),
        "="u8.ToArray(), "9223372036854775808"u8.ToArray(), "\r"u8.ToArray(), [0], [0xE2], [0xE2, 0x80], [0xFF], "\u00a0"u8.ToArray(), "A"u8.ToArray(),
    ];

    public static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> corpus, int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = corpus[random.Next(corpus.Count)];
            for (int steps = random.Next(1, 4); steps > 0; steps--) bytes = Step(bytes, corpus, random);
            yield return bytes;
        }
    }

    private static byte[] Step(byte[] bytes, IReadOnlyList<byte[]> corpus, Random random)
    {
        int at = random.Next(bytes.Length + 1), end = random.Next(at, Math.Min(bytes.Length, at + 80) + 1);
        switch (random.Next(6))
        {
            case 0 when bytes.Length > 0: // flip a bit
                byte[] flipped = [.. bytes];
                flipped[at % bytes.Length] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1: // truncate
                return bytes[..at];
            case 2: // leave out
                return [.. bytes[..at], .. bytes[end..]];
            case 3: // duplicate
                return [.. bytes[..end], .. bytes[at..]];
            case 4: // splice with another
                byte[] other = corpus[random.Next(corpus.Count)];
                return [.. bytes[..at], .. other[random.Next(other.Length + 1)..]];
            default: // insert
                return [.. bytes[..at], .. Pieces[random.Next(Pieces.Length)], .. bytes[at..]];
        }
    }
}
