using System.Diagnostics;
using System.Globalization;

namespace Candor.Simulation;

/// <summary>candor-simulate: runs worlds and names the seeds that fail.</summary>
internal static class SimulateCommand
{
    private const string Help = """
        candor-simulate: phones, a server, a network, disks and clocks, all from one seed; says what must not have happened.

          candor-simulate --seeds 1..100000 [--threads N]   many worlds; the exit code is 1 if one of them fails
          candor-simulate --seed N                          one world, with everything that happens in it
        """;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        int threads = Environment.ProcessorCount;
        if (arguments is [.. var rest, "--threads", var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0) arguments = rest;
        switch (arguments)
        {
            case ["--seed", var one] when Number(one) is { } seed:
                return await OneAsync(seed, output);
            case ["--seeds", var range] when range.Split("..") is [var from, var to] && Number(from) is { } first && Number(to) is { } last && first <= last:
                return await ManyAsync(first, last, threads, output);
            default:
                await errors.WriteLineAsync(Help);
                return 2;
        }
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static async Task<int> OneAsync(int seed, TextWriter output)
    {
        var outcome = await World.RunAsync(seed);
        foreach (string line in outcome.Trace) await output.WriteLineAsync(line);
        await output.WriteLineAsync(Describe(outcome));
        return outcome.Faults.Count == 0 ? 0 : 1;
    }

    private static async Task<int> ManyAsync(int first, int last, int threads, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        int done = 0, failed = 0, evil = 0, alarmed = 0, falseAlarms = 0;
        long acknowledged = 0;
        await Parallel.ForEachAsync(Enumerable.Range(first, last - first + 1), new ParallelOptions { MaxDegreeOfParallelism = threads }, async (seed, _) =>
        {
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
        return failed == 0 ? 0 : 1;
    }

    public static string Describe(Outcome outcome) => outcome.Faults.Count == 0
        ? string.Create(CultureInfo.InvariantCulture, $"seed {outcome.Seed} ({outcome.Evil}): all is well; {outcome.Acknowledged} acknowledged, {outcome.Alarms} alarms")
        : string.Create(CultureInfo.InvariantCulture, $"seed {outcome.Seed} ({outcome.Evil}) FAILED:\n  {string.Join("\n  ", outcome.Faults.Take(4))}\n  again: candor-simulate --seed {outcome.Seed}");
}
