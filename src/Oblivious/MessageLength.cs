using System.Numerics;

namespace Candor.Oblivious;

/// <summary>How long messages are made with zeros before they are sealed, so that a relay learns less from their lengths.</summary>
public static class MessageLength
{
    /// <summary>Requests are multiples of this: a fetch of anything public fits into one.</summary>
    public const int Request = 512;

    private const int Step = 1 << 10, Steps = 16;

    /// <summary>Of an answer: multiples of 1 KiB up to 16 KiB; above, the next length of Padmé, which is at most 12 % longer and shared by many.</summary>
    public static int Answer(int length)
    {
        if (length <= Steps * Step) return Math.Max(1, (length + Step - 1) / Step) * Step;
        int exponent = BitOperations.Log2((uint)length);
        int free = exponent - (BitOperations.Log2((uint)exponent) + 1);
        int mask = (1 << free) - 1;
        return (length + mask) & ~mask;
    }
}
