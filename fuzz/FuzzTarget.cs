using System.Diagnostics;

namespace Candor.Fuzz;

/// <summary>One decoder of bytes from outside, and what must be true of its answer to any of them.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="Promise">What <paramref name="Check"/> holds the decoder to, in a sentence.</param>
/// <param name="Seeds">Good inputs and telling bad ones; read once.</param>
/// <param name="Check">Decodes and throws where the answer is wrong. What the decoder itself throws is a finding too.</param>
/// <param name="Covers">The decoders that it reaches, as Type.Method.</param>
public sealed record FuzzTarget(string Name, string Promise, Func<byte[][]> Seeds, Action<byte[]> Check, params string[] Covers)
{
    private const int MostTries = 4;

    /// <summary>Longest that one input may take.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most bytes of managed memory that one input may ask for, the check's own included.</summary>
    public long MostMemory { get; init; } = 64L << 20;

    /// <summary>What matters to the format's grammar, so that damage hits more than letters.</summary>
    public IReadOnlyList<byte[]> Pieces { get; init; } = [];

    /// <summary>Runs one input. Null: all is as promised; else what is not, in words.</summary>
    public string? Try(byte[] input)
    {
        var least = TimeSpan.MaxValue;
        // A busy machine or a first call is no finding: it has to be slow each time.
        for (int tries = 0; tries < MostTries; tries++)
        {
            string? wrong = Once(input, out var took);
            if (wrong is not null || took <= Longest) return wrong;
            if (took < least) least = took;
        }
        return $"It took {least.TotalSeconds:F1} s, of at most {Longest.TotalSeconds:F1} s.";
    }

    private string? Once(byte[] input, out TimeSpan took)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            Check([.. input]);
        }
        catch (BrokenClaimException e)
        {
            return e.Message;
        }
        // Whatever a decoder throws is what is looked for.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.ToString();
        }
        finally
        {
            took = Stopwatch.GetElapsedTime(start);
        }
        long asked = GC.GetAllocatedBytesForCurrentThread() - before;
        return asked <= MostMemory ? null : $"It asked for {asked} bytes of memory, of at most {MostMemory}.";
    }
}
