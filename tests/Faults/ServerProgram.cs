using System.Diagnostics;

namespace Candor.Tests.Faults;

/// <summary>The server as an operator starts it: a process of its own on a folder and a port that stay the same however often it is killed.</summary>
internal sealed class ServerProgram : IDisposable
{
    /// <summary>The published program, where somebody wants that one put to the test; else the one that was built beside the tests.</summary>
    private static readonly string? Native = System.Environment.GetEnvironmentVariable("CANDOR_SERVER");

    private readonly string _folder;
    private readonly string _log;
    private Process? _process;
    private Task<string[]>? _reading;

    public ServerProgram(string folder, string log = "error")
    {
        _folder = folder;
        _log = log;
        Address = new(FreePort.Url());
    }

    public Uri Address { get; }

    /// <summary>A folder for temporary files, where a test looks into it afterwards.</summary>
    public string? Temporary { get; init; }

    /// <summary>Besides what the program is given anyway.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Waits for the program to end by itself.</summary>
    public bool EndsWithin(TimeSpan time) => _process!.WaitForExit(time);

    public int ExitCode => _process!.ExitCode;

    /// <summary>What the program printed, once it has ended. Only where nobody else reads it.</summary>
    public string Printed { get; private set; } = "";

    /// <summary>What it holds in memory now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    public void Start()
    {
        string[] arguments = ["serve", "--data", _folder, "--urls", Address.GetLeftPart(UriPartial.Authority), "--log", _log, "--requestsPerMinute", "1000000", "--publicLog", "off"];
        var start = Native is { } native
            ? new ProcessStartInfo(native, arguments)
            : new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "candor-server.dll"), .. arguments]);
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        if (Temporary is not null) (start.Environment["TMPDIR"], start.Environment["DOTNET_EnableDiagnostics"]) = (Temporary, "0"); // no socket of the runtime's among the files
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        if (_log == "error") return;
        _reading = Task.WhenAll(_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Until it answers. A start that fails is a failure of the test, with what the server said.</summary>
    public async Task ReadyAsync(HttpClient http)
    {
        while (true)
        {
            if (_process!.HasExited) Assert.Fail($"The server does not start again: {_process.StandardError.ReadToEnd()}{_process.StandardOutput.ReadToEnd()}");
            try
            {
                using var answer = await http.GetAsync(new Uri(Address, "/v1/server"));
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or System.Net.Sockets.SocketException)
            {
                // Not yet.
            }
            await Task.Delay(15);
        }
    }

    /// <summary>SIGKILL: nothing of the process runs after it.</summary>
    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        if (_reading is not null) Printed += string.Concat(_reading.GetAwaiter().GetResult());
        _process.Dispose();
        _process = null;
    }

    public void Dispose() => Kill();
}
