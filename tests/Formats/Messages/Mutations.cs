namespace Candor.Tests.Messages;

/// <summary>Seeded damage to good files: flips, cuts, splices, repeats and inserts, the same on every run.</summary>
internal static class Mutations
{
    private static readonly byte[][] Tokens =
    [
        .. "\"|'|<|>|/>|&|&#55357;|<sms |</mms>|<part data=\"|<!--|]]>|<!DOCTYPE [|{|}|[|]|,|:|\\|\\ud83d|\n|null|0|-1|99999999999999999999|PK\u0001\u0002|PK\u0005\u0006|=|\0"
            .Split('|').Select(System.Text.Encoding.UTF8.GetBytes),
        [0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80],
    ];

    public static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> seeds, int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            List<byte> bytes = [.. seeds[random.Next(seeds.Count)]];
            for (int steps = random.Next(1, 4); steps > 0 && bytes.Count > 0; steps--)
                Damage(bytes, seeds, random);
            yield return bytes.ToArray();
        }
    }

    private static void Damage(List<byte> bytes, IReadOnlyList<byte[]> seeds, Random random)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 40), bytes.Count - at);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                byte[] other = seeds[random.Next(seeds.Count)];
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(200, other.Length - from)).ToArray());
                break;
            default:
                bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                break;
        }
    }
}
