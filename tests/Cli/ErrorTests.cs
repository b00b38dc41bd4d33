using System.Text;
using System.Text.Json;
using Candor.Server.Operator;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>What can go wrong, what candor says then, and how it ends.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    [Fact]
    public async Task EveryMistakeIsAnsweredWithWhatToDoNext()
    {
        string notWords = _candor.InFolder("not-words.txt"), swapped = _candor.InFolder("swapped.txt");
        await File.WriteAllTextAsync(notWords, "one two three");
        await File.WriteAllTextAsync(swapped, string.Join(' ', Enumerable.Repeat("abandon", 23)) + " zoo");
        string[][] lines =
        [
            ["jion", "cloud.example"], ["frobnicate"], ["join"], ["join", "not a server"], ["join", "https://cloud.example/path"], ["on"], ["on", "photo"],
            ["off", "contacts", "--erse"], ["ledger", "--since", "soon"], ["completion", "powershell"], ["devices", "revoke"],
            ["join", "127.0.0.1:1"], ["join", "127.0.0.1:1", "--words-from", _candor.InFolder("no-kit.txt")], ["join", "127.0.0.1:1", "--words-from", notWords],
            ["join", "127.0.0.1:1", "--words-from", swapped], ["recover", "127.0.0.1:1"],
            ["on", "contacts"], ["off", "contacts"], ["devices"], ["devices", "revoke", "old phone"],
        ];
        var all = new StringBuilder();
        foreach (string[] line in lines)
        {
            var run = await _candor.RunAsync(line);
            Assert.Equal("", run.Out);
            Assert.Contains(run.Code, new[] { 2, 3 });
            all.Append("$ candor ").AppendJoin(' ', line.Select(a => a.Contains(' ') ? $"\"{a}\"" : a)).Append('\n').Append(run.Error).Append("exit ").Append(run.Code).Append("\n\n");
        }
        Golden.Check("errors", all.ToString().Replace(_candor.InFolder(), "DIR", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_candor.Home));
    }

    [Fact]
    public async Task AServerThatDoesNotAnswerStopsTheCommandAndLeavesOnlyTheLedger()
    {
        string kit = _candor.InFolder("kit.txt");
        await File.WriteAllTextAsync(kit, CandorHere.Words);
        var run = await _candor.RunAsync("join", "127.0.0.1:1", "--words-from", kit);
        Assert.Equal(3, run.Code);
        Assert.Contains("does not answer", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("device.key", Directory.GetFiles(_candor.Home).Select(Path.GetFileName));
        var ledger = await _candor.RunAsync("ledger");
        Assert.Equal(0, ledger.Code);
        Assert.Contains("GET /v1/server", ledger.Out, StringComparison.Ordinal);
        Assert.Contains("none", ledger.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Registration.Closed, "takes no new accounts")]
    [InlineData(Registration.Invite, "--invite CODE")]
    public async Task AServerThatTakesNobodySaysHowToGoOn(Registration registration, string advice)
    {
        await using var server = await TestServer.StartAsync(s => s with { Registration = registration });
        string kit = _candor.InFolder("kit.txt");
        await File.WriteAllTextAsync(kit, CandorHere.Words);
        var run = await _candor.RunAsync("join", server.BaseAddress.Authority, "--words-from", kit);
        Assert.Equal(3, run.Code);
        Assert.Contains(advice, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedLedgerIsAnAlarm()
    {
        await using var server = await TestServer.StartAsync();
        await _candor.JoinAsync(server.BaseAddress);
        string file = Path.Combine(_candor.Home, "ledger.jsonl");
        string[] lines = await File.ReadAllLinesAsync(file);
        lines[0] = lines[0].Replace("/v1/server", "/v1/nothing", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines);
        var run = await _candor.RunAsync("ledger", "--check");
        Assert.Equal(4, run.Code);
        Assert.StartsWith("ALARM. Line 2 of ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatWentBackIsAnAlarm()
    {
        string data = _candor.InFolder("server"), copy = _candor.InFolder("copy");
        await using var server = await TestServer.StartAsync(dataFolder: data);
        await _candor.JoinAsync(server.BaseAddress);
        await server.StopAsync();
        Copy(data, copy);
        await server.RestartAsync();
        Assert.Equal(0, (await _candor.RunAsync("on", "notes", "--yes")).Code);
        await server.StopAsync();
        Directory.Delete(data, recursive: true);
        Copy(copy, data);
        await server.RestartAsync();
        var run = await _candor.RunAsync("devices");
        Assert.Equal(4, run.Code);
        Assert.StartsWith("ALARM. The server shows 2 changes where", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AQuestionThatNobodyHearsHoldsTheCommandAndChangesNothing()
    {
        await using var server = await TestServer.StartAsync();
        await _candor.JoinAsync(server.BaseAddress);
        var run = await _candor.RunAsync("on", "photos");
        Assert.Equal(5, run.Code);
        Assert.Contains("--yes", run.Error, StringComparison.Ordinal);
        using var devices = JsonDocument.Parse((await _candor.RunAsync("devices", "--json")).Out);
        Assert.Equal(0, devices.RootElement.GetProperty("devices")[0].GetProperty("on").GetArrayLength());
    }

    [Fact]
    public async Task AnInterruptEndsWith130AndSaysThatItCanGoOn()
    {
        await using var server = await TestServer.StartAsync();
        await _candor.JoinAsync(server.BaseAddress);
        using var interrupt = new CancellationTokenSource();
        var run = await _candor.RunAsync(_ => Interrupted(interrupt), interrupt.Token, "on", "photos");
        Assert.Equal(130, run.Code);
        Assert.Contains("the same command goes on", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "usage", "frobnicate")]
    [InlineData(2, "usage", "on", "photo")]
    [InlineData(3, "device", "devices")]
    public async Task AFailureIsOneDocumentForAProgram(int code, string name, params string[] line)
    {
        var run = await _candor.RunAsync([.. line, "--json"]);
        Assert.Equal(code, run.Code);
        using var document = JsonDocument.Parse(run.Out);
        var error = document.RootElement.GetProperty("error");
        Assert.Equal((code, name), (error.GetProperty("code").GetInt32(), error.GetProperty("name").GetString()));
        Assert.Equal(run.Error.TrimEnd(), error.GetProperty("message").GetString());
    }

    private static string? Interrupted(CancellationTokenSource interrupt)
    {
        interrupt.Cancel();
        return null;
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
