using System.Diagnostics;

namespace Candor.Bench.Measuring;

/// <summary>A program with its arguments and what is added to its environment, run as a whole process.</summary>
internal sealed record Command(string Program, params IReadOnlyList<string> Arguments)
{
    private const int OftenMilliseconds = 1, SeldomMilliseconds = 10, OftenFor = 50;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Codes that are no failure.</summary>
    public IReadOnlyList<int> Fine { get; init; } = [0];

    /// <summary>Runs it to its end. What other programs left unwritten is flushed before.</summary>
    /// <param name="bounds">How long it may take; what takes longer is killed.</param>
    /// <param name="server">Whose CPU and memory count as the server's.</param>
    /// <exception cref="BenchException">It failed or took too long; with the end of what it printed.</exception>
    /// <exception cref="OperationCanceledException">The whole bench was stopped; the program too.</exception>
    public (Sample Sample, string Output) Run(Bounds bounds, Server? server = null)
    {
        Kernel.FlushDisks();
        server?.ForgetPeak();
        double childrenBefore = Kernel.CpuOfEndedChildren(), serverBefore = server?.Cpu ?? 0;
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(StartInfo()) ?? throw new BenchException($"{Program} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        bool ended;
        do
        {
            peak = Math.Max(peak, Kernel.Peak(process.Id));
            var soFar = Stopwatch.GetElapsedTime(begun);
            ended = process.WaitForExit(soFar.TotalMilliseconds < OftenFor ? OftenMilliseconds : SeldomMilliseconds);
            if (!ended && (soFar > bounds.Longest || bounds.Stop.IsCancellationRequested))
            {
                process.Kill();
                process.WaitForExit();
                bounds.Stop.ThrowIfCancellationRequested();
                throw new BenchException($"{this} was killed after {bounds.Longest.TotalSeconds:0} s.");
            }
        }
        while (!ended);
        var wall = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var sample = new Sample(wall, Kernel.CpuOfEndedChildren() - childrenBefore, (server?.Cpu ?? 0) - serverBefore, peak, server?.Peak ?? 0);
        if (!Fine.Contains(process.ExitCode))
            throw new BenchException($"{this} ended with {process.ExitCode}:\n{Tail(errors.Result)}{Tail(output.Result)}");
        return (sample, output.Result);
    }

    public override string ToString() => $"{Path.GetFileName(Program)} {string.Join(' ', Arguments)}";

    internal ProcessStartInfo StartInfo()
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }

    private static string Tail(string text) => text.Length <= 2000 ? text : "…" + text[^2000..];
}

/// <summary>What ends a run early.</summary>
/// <param name="Longest">For one program.</param>
/// <param name="Stop">Ctrl+C: what runs is killed, what was started is stopped.</param>
internal sealed record Bounds(TimeSpan Longest, CancellationToken Stop);

/// <summary>A line of the table that could not be measured, and why: for the one who runs the bench.</summary>
internal sealed class BenchException(string message) : Exception(message);
