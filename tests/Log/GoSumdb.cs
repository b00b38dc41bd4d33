using System.ComponentModel;
using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>The peer in tests/Log/go, built once. It answers each line of JSON with one.</summary>
public sealed class GoSumdb : IDisposable
{
    private const string Install =
        "These tests ask Go's own note and tree code: apt-get install -y --no-install-recommends golang-go golang-golang-x-mod-dev";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-sumdb-").FullName;

    public GoSumdb()
    {
        try
        {
            Run("go", ["build", "-o", Peer, Path.Combine(SourceFolder(), "main.go")], "");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"go was not found. {Install}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}\n{Install}", e);
        }
    }

    private string Peer => Path.Combine(_folder, "sumdb-peer");

    public JsonElement[] Ask(IReadOnlyCollection<object> requests)
    {
        string input = string.Concat(requests.Select(r => JsonSerializer.Serialize(r, Json) + "\n"));
        string[] lines = Run(Peer, [], input).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(requests.Count, lines.Length);
        return [.. lines.Select(l => JsonDocument.Parse(l).RootElement)];
    }

    public JsonElement Ask(object request) => Ask([request])[0];

    public static string? Error(JsonElement answer) => answer.TryGetProperty("error", out JsonElement error) ? error.GetString() : null;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Run(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Debian's packages of Go source are a GOPATH of their own: nothing is fetched.
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOPATH"] = "/usr/share/gocode";
        start.Environment["GOFLAGS"] = "";
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("HOME")))
            start.Environment["GOCACHE"] = Path.Combine(Path.GetTempPath(), "candor-go-cache");

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Timeout))
        {
            process.Kill();
            throw new InvalidOperationException($"{program} did not end within {Timeout}.");
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {errors.GetAwaiter().GetResult()}");
        return output.GetAwaiter().GetResult();
    }

    private static string SourceFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string source = Path.Combine(folder.FullName, "tests", "Log", "go");
            if (Directory.Exists(source)) return source;
        }

        throw new DirectoryNotFoundException("tests/Log/go is not above the test program.");
    }
}
