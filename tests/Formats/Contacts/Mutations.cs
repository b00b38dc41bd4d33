namespace Candor.Tests.Contacts;

/// <summary>Seeded damage to good files: the same bytes on every run.</summary>
internal static class Mutations
{
    /// <summary>What matters to the grammar, so that damage hits more than letters.</summary>
    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r", "\r\n ", "=\r\n", "\"", ";", ":", ",", "\\", "^", "=", "BEGIN:VCARD\r\n", "END:VCARD\r\n", "VERSION:4.0\r\n", "VERSION:2.1\r\n",
        ";ENCODING=b", ";ENCODING=QUOTED-PRINTABLE", ";CHARSET=GBK", ";TYPE=\"a,b\"", ";PREF=1", "item1.", "data:image/png;base64,", "\uFEFF", "\0",
    ];

    public static IEnumerable<byte[]> Of(IReadOnlyList<byte[]> seeds, int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var bytes = seeds[random.Next(seeds.Count)].ToList();
            if (random.Next(3) == 0) bytes.AddRange(seeds[random.Next(seeds.Count)]);
            for (var steps = random.Next(1, 6); steps > 0; steps--) Damage(bytes, seeds, random);
            yield return [.. bytes];
        }
    }

    private static void Damage(List<byte> bytes, IReadOnlyList<byte[]> seeds, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, 64), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, random.Next(200))).ToArray());
                break;
            default:
                bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]));
                break;
        }
    }
}
