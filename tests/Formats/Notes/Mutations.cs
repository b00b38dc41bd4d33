namespace Candor.Tests.Notes;

/// <summary>Seeded damage to good files: the same bytes on every run.</summary>
internal static class Mutations
{
    public static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> seeds, int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var bytes = seeds[random.Next(seeds.Count)].ToList();
            for (var steps = random.Next(1, 5); steps > 0; steps--)
                Damage(bytes, seeds, random);
            yield return [.. bytes];
        }
    }

    private static void Damage(List<byte> bytes, IReadOnlyList<byte[]> seeds, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 64), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4 when bytes.Count < 1 << 20:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, random.Next(200))).ToArray());
                break;
            default:
                // The values that length fields trip over.
                uint[] edges = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0x00010000, 8];
                var value = BitConverter.GetBytes(edges[random.Next(edges.Length)]);
                for (var i = 0; i < 4 && at + i < bytes.Count; i++)
                    bytes[at + i] = value[i];
                break;
        }
    }
}
