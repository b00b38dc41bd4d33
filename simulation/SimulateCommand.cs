using System.Diagnostics;
using System.Globalization;
using Candor.Simulation.Load;

namespace Candor.Simulation;

/// <summary>candor-simulate: runs worlds and names the seeds that fail.</summary>
internal static class SimulateCommand
{
    private const string Help = """
        candor-simulate: phones, a server, a network, disks and clocks, all from one seed; says what must not have happened.

          candor-simulate --seeds 1..100000 [--threads N]   many worlds; the exit code is 1 if one of them fails
          candor-simulate --seeds 5..100000/16              every sixteenth of them: from 5 on those in which an honest server is put back to a backup
          candor-simulate --seed N                          one world, with everything that happens in it
          candor-simulate load SERVER [--devices 1000] [--each 4] [--seconds 600] [--think 10] [--seed 1]
                                                            devices on a real candor-server (the program SERVER) on loopback, with faults; then every
                                                            acknowledged write is looked for. Each account has four devices, each pauses ten seconds
        """;

    /// <summary>What a shell shows for a program that a signal ended: 128 and the number of SIGTERM.</summary>
    private const int Ended = 143;

    /// <param name="arguments">As typed.</param>
    /// <param name="output">What happened.</param>
    /// <param name="errors">How it is called.</param>
    /// <param name="end">Lets the worlds that run come to their end and begins no other; what was seen so far is said.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, CancellationToken end = default)
    {
        int threads = Environment.ProcessorCount;
        if (arguments is [.. var rest, "--threads", var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0) arguments = rest;
        switch (arguments)
        {
            case ["load", .. var load] when LoadSettings.Parse(load) is { } settings:
                return await new LoadCommand(settings, output).RunAsync(end);
            case ["--seed", var one] when Number(one) is { } seed:
                return await OneAsync(seed, output);
            case ["--seeds", var range] when Seeds(range) is { } seeds:
                return await ManyAsync(seeds, threads, output, end);
            default:
                await errors.WriteLineAsync(Help);
                return 2;
        }
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>"1..100000" or "5..100000/16".</summary>
    private static IEnumerable<int>? Seeds(string range) =>
        range.Split('/') is [var all, .. var steps] && all.Split("..") is [var from, var to] && Number(from) is { } first && Number(to) is { } last && first <= last
        && (steps switch { [] => 1, [var every] => Number(every), _ => null }) is { } step and > 0
            ? Enumerable.Range(0, ((last - first) / step) + 1).Select(i => first + (i * step))
            : null;

    private static async Task<int> OneAsync(int seed, TextWriter output)
    {
        var outcome = await World.RunAsync(seed);
        foreach (string line in outcome.Trace) await output.WriteLineAsync(line);
        await output.WriteLineAsync(Describe(outcome));
        return outcome.Faults.Count == 0 ? 0 : 1;
    }

    private static async Task<int> ManyAsync(IEnumerable<int> seeds, int threads, TextWriter output, CancellationToken end)
    {
        var watch = Stopwatch.StartNew();
        int done = 0, failed = 0, evil = 0, alarmed = 0, falseAlarms = 0;
        long acknowledged = 0;
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = threads }, async (seed, _) =>
        {
            // Not the loop's own token: it would throw away what the worlds that run still say.
            if (end.IsCancellationRequested) return;
            var outcome = await World.RunAsync(seed);
            lock (output)
            {
                done++;
                acknowledged += outcome.Acknowledged;
                if (outcome.Evil != Evil.None) evil++;
                if (outcome.Alarms > 0 && outcome.Evil != Evil.None) alarmed++;
                if (outcome.Evil == Evil.None) falseAlarms += outcome.Alarms;
                if (outcome.Faults.Count > 0)
                {
                    failed++;
                    output.WriteLine(Describe(outcome));
                }
                if (done % 1000 == 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} worlds, {failed} failed, {watch.Elapsed.TotalSeconds:0} s"));
            }
        });
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{done} worlds in {watch.Elapsed.TotalSeconds:0} s: {failed} failed; {acknowledged} acknowledged lines; {evil} with a server that lies, of which {alarmed} raised an alarm; {falseAlarms} false alarms"));
        if (failed > 0) return 1;
        return end.IsCancellationRequested ? Ended : 0;
    }

    public static string Describe(Outcome outcome) => outcome.Faults.Count == 0
        ? string.Create(CultureInfo.InvariantCulture, $"seed {outcome.Seed} ({outcome.Evil}): all is well; {outcome.Acknowledged} acknowledged, {outcome.Alarms} alarms")
        : string.Create(CultureInfo.InvariantCulture, $"seed {outcome.Seed} ({outcome.Evil}) FAILED:\n  {string.Join("\n  ", outcome.Faults.Take(4))}\n  again: candor-simulate --seed {outcome.Seed}");
}
