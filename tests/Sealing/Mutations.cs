namespace Candor.Tests.Sealing;

/// <summary>Seeded changes of a valid input: flipped bits, cuts, splices with another input, repeated and inserted runs.</summary>
internal static class Mutations
{
    public static byte[] Of(byte[] input, byte[] other, Random random)
    {
        List<byte> bytes = [.. input];
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(bytes.Count + 1);
            int length = random.Next(Math.Min(40, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 2:
                    int from = random.Next(other.Length + 1);
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(other[from..]);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, length);
                    break;
                default:
                    byte[] run = new byte[random.Next(20)];
                    random.NextBytes(run);
                    bytes.InsertRange(at, run);
                    break;
            }
        }

        return [.. bytes];
    }
}
