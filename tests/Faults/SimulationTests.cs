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

    /// <summary>Worlds in which an honest server is put back to a backup: what a phone has comes back, and nobody is accused.</summary>
    [Theory]
    [InlineData(581)] // The one phone that had a note turned notes off before it put back.
    [InlineData(3333)] // A phone that came after the backup has a note as a blob: the server knows of its consent again only when all is put back.
    [InlineData(4005)] // A kind is being turned off while the server is put back.
    public async Task R06_WhatARestoreLostIsPutBack(int seed)
    {
        var outcome = await World.RunAsync(seed);
        Assert.True(outcome.Faults.Count == 0, SimulateCommand.Describe(outcome));
        Assert.Contains(outcome.Trace, line => line.Contains("the server is put back to its backup", StringComparison.Ordinal));
        Assert.Contains(outcome.Trace, line => line.Contains("restores/commits 200", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASimulationThatIsToldToEndSaysWhatItSaw()
    {
        using var end = new CancellationTokenSource();
        using var output = new StringWriter();
        var running = Task.Run(() => SimulateCommand.RunAsync(["--seeds", "1..100000", "--threads", "1"], output, output, end.Token));
        await Task.Delay(500);
        await end.CancelAsync();
        Assert.Equal(143, await running);
        Assert.Contains(" worlds in ", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Thirty devices for twenty seconds on a real server that is killed. A thousand for ten minutes: candor-simulate load (docs/load.md).</summary>
    [Fact]
    public async Task R02_EveryAcknowledgedWriteOfThirtyDevicesIsThereAfterKillsAndLostAnswers()
    {
        string server = Environment.GetEnvironmentVariable("CANDOR_SERVER") ?? Path.Combine(AppContext.BaseDirectory, "candor-server.dll");
        using var output = new StringWriter();
        int code = await SimulateCommand.RunAsync(["load", server, "--devices", "30", "--seconds", "20", "--think", "2"], output, output);
        Assert.True(code == 0, output.ToString());
        Assert.Matches("the server killed [1-9]", output.ToString());
        Assert.Matches(@"(\d{2,}) of \1 acknowledged lines", output.ToString());
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
