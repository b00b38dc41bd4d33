using System.Runtime.InteropServices;

namespace Candor.Bench.Loads;

/// <summary>Incompressible bytes at the speed of a disk: SplitMix64 (Steele, Lea, Flood 2014). The same seed, the same bytes.</summary>
internal struct Noise(ulong seed)
{
    private ulong state = seed;

    public void Fill(Span<byte> bytes)
    {
        foreach (ref var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            word = Next();
        for (var at = bytes.Length & ~7; at < bytes.Length; at++)
            bytes[at] = (byte)(Next() & 0xFF);
    }

    private ulong Next()
    {
        unchecked
        {
            var z = state += 0x9E3779B97F4A7C15;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }
    }
}
