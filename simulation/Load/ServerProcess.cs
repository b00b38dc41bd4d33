using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Candor.Simulation.Load;

/// <summary>A real candor-server on loopback, a process of its own that is killed, stopped and started.</summary>
/// <param name="program">The native program, or a .dll for dotnet.</param>
/// <param name="data">Its folder.</param>
/// <param name="url">Where it answers.</param>
internal sealed class ServerProcess(string program, string data, Uri url) : IDisposable
{
    private const int SigStop = 19, SigCont = 18;

    /// <summary>Kernel's clock of processes: hundredths of a second on every Linux that .NET runs on.</summary>
    private const double TicksASecond = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private Process? _process;
    private double _cpuBefore;

    /// <summary>Most memory of any of its lives, bytes.</summary>
    public long PeakMemory { get; private set; }

    /// <summary>User and system, of all its lives.</summary>
    public double CpuSeconds => _cpuBefore + Cpu();

    public async Task StartAsync(CancellationToken cancel)
    {
        string[] arguments = ["serve", "--data", data, "--urls", url.ToString().TrimEnd('/'), "--log", "none", "--requestsPerMinute", "1000000", "--strangerRequestsPerMinute", "1000000"];
        bool native = !program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(native ? program : "dotnet", native ? arguments : [program, .. arguments]) { UseShellExecute = false };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        long from = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(from) < Patience)
        {
            if (_process.HasExited) throw new InvalidOperationException($"{program} ended with {_process.ExitCode}.");
            try
            {
                if ((await http.GetAsync(new Uri(url, "/health/ready"), cancel)).IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                // Not yet.
            }
            await Task.Delay(20, cancel);
        }
        throw new InvalidOperationException($"{program} was not ready after {Patience.TotalSeconds} s.");
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (_process is null) return;
        Measure();
        _cpuBefore += Cpu();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>It stands still for a while, as on a machine that is short of everything.</summary>
    public async Task PauseAsync(TimeSpan time, CancellationToken cancel)
    {
        if (_process is null || SendSignal(_process.Id, SigStop) != 0) return;
        try
        {
            await Task.Delay(time, cancel);
        }
        finally
        {
            _ = SendSignal(_process.Id, SigCont);
        }
    }

    /// <summary>Reads again what it keeps: damage, in words; none if all is well.</summary>
    public async Task<string> ScrubAsync()
    {
        bool native = !program.EndsWith(".dll", StringComparison.Ordinal);
        string[] arguments = ["scrub", "--data", data];
        using var scrub = Process.Start(new ProcessStartInfo(native ? program : "dotnet", native ? arguments : [program, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string said = await scrub.StandardOutput.ReadToEndAsync();
        await scrub.WaitForExitAsync();
        return scrub.ExitCode == 0 ? "" : said;
    }

    public void Measure()
    {
        if (_process is null || _process.HasExited || !OperatingSystem.IsLinux()) return;
        string? line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        if (line is not null) PeakMemory = Math.Max(PeakMemory, long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10);
    }

    public void Dispose() => Kill();

    private double Cpu()
    {
        if (_process is null || _process.HasExited || !OperatingSystem.IsLinux()) return 0;
        string stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksASecond;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);
}
