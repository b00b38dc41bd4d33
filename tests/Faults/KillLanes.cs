using System.Globalization;

namespace Candor.Tests.Faults;

/// <summary>Runs a test of kills in several lanes at once, from one seed that a failure names.</summary>
internal static class KillLanes
{
    private const int Lanes = 2;

    /// <param name="lane">One lane from its own seed; says how often it killed.</param>
    public static async Task RunAsync(Func<int, Task<int>> lane)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CANDOR_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next(1_000_000);
        try
        {
            int[] kills = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(number => Task.Run(() => lane(seed + number))));
            Assert.True(kills.Sum() >= 100);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"CANDOR_SEED={seed}: {e.Message}", e);
        }
    }
}
