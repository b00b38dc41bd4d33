using System.Diagnostics;
using Candor.Tests;

namespace Candor.Fuzz;

/// <summary>An input that a target does not stand, and what went wrong with it.</summary>
public sealed record Finding(string Target, byte[] Input, string Wrong, long Inputs);

/// <summary>The mutational loop that needs no instrumentation: seeded damage to the seeds, the same inputs on every run with the same seed.</summary>
public static class FuzzLoop
{
    /// <summary>Runs the seeds as they are, then damaged ones, until <paramref name="most"/> inputs or <paramref name="time"/> is used up or one fails.</summary>
    /// <param name="target">What to run.</param>
    /// <param name="corpus">More inputs beside the target's seeds.</param>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="most">Damaged inputs.</param>
    /// <param name="time">Wall clock.</param>
    /// <param name="running">Told each input before it runs, so that one that never comes back is known.</param>
    /// <param name="inputs">How many ran.</param>
    public static Finding? Run(FuzzTarget target, IReadOnlyList<byte[]> corpus, int seed, long most, TimeSpan time, Action<byte[]>? running, out long inputs)
    {
        ArgumentNullException.ThrowIfNull(target);
        byte[][] seeds = [.. target.Seeds(), .. corpus];
        if (seeds.Length == 0) throw new ArgumentException($"{target.Name} has no seeds.", nameof(target));
        long start = Stopwatch.GetTimestamp();
        inputs = 0;
        foreach (byte[] input in seeds.Concat(Damaged(seeds, seed, most, target.Pieces)))
        {
            if (inputs >= seeds.Length && Stopwatch.GetElapsedTime(start) > time) return null;
            running?.Invoke(input);
            inputs++;
            if (target.Try(input) is { } wrong) return new(target.Name, input, wrong, inputs);
        }
        return null;
    }

    private static IEnumerable<byte[]> Damaged(byte[][] seeds, int seed, long most, IReadOnlyList<byte[]> pieces)
    {
        var random = new Random(seed);
        for (long i = 0; i < most; i++) yield return Mutations.One(seeds[random.Next(seeds.Length)], seeds, random, pieces);
    }
}
