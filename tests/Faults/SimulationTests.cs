using Candor.Simulation;

namespace Candor.Tests.Faults;

/// <summary>Worlds of phones, server, network, disks and clocks from one seed each (docs/decisions/0009-one-seed-for-a-whole-world.md). More of them: candor-simulate --seeds 1..100000.</summary>
public sealed class SimulationTests
{
    private const int Worlds = 2000;

    /// <summary>R07 and R11: nothing acknowledged is lost, all converge, no honest server is accused, and one that lies is caught or did no harm.</summary>
    [Fact]
    public async Task R07_R11_InManyWorldsNothingIsLostAndNobodyIsAccusedWrongly()
    {
        var outcomes = new System.Collections.Concurrent.ConcurrentBag<Outcome>();
        await Parallel.ForEachAsync(Enumerable.Range(1, Worlds), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (seed, _) =>
        {
            var outcome = await World.RunAsync(seed);
            Assert.True(outcome.Faults.Count == 0, SimulateCommand.Describe(outcome));
            outcomes.Add(outcome with { Trace = [] });
        });
        Assert.Equal(Worlds, outcomes.Count);
        Assert.Equal(0, outcomes.Where(o => o.Evil == Evil.None).Sum(o => o.Alarms));
        // The worlds are worlds in which something happens.
        Assert.True(outcomes.Sum(o => o.Acknowledged) > 3 * Worlds);
        foreach (var evil in Enum.GetValues<Evil>().Where(e => e != Evil.None)) Assert.Contains(outcomes, o => o.Evil == evil && o.Alarms > 0);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(20)]
    [InlineData(51)]
    public async Task R07_ASeedGivesTheSameWorldAgain(int seed)
    {
        var one = await World.RunAsync(seed);
        var two = await World.RunAsync(seed);
        Assert.True(one.Trace.Count > 20);
        Assert.Equal<string>(one.Trace, two.Trace);
        Assert.Equal((one.Alarms, one.Acknowledged), (two.Alarms, two.Acknowledged));
    }
}
