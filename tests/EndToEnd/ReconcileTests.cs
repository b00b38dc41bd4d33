using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Candor.Audit.Reports;
using Candor.Tests.Cli;

namespace Candor.Tests.EndToEnd;

/// <summary>Promise P1 from outside: what dumpcap recorded of a whole backup is what the client's ledger says, byte for byte; and what somebody sends beside the gate shows.</summary>
public sealed class ReconcileTests : IDisposable
{
    private const int Port = 8787;

    private readonly TwoNets _nets = TwoNets.Make();
    private readonly CandorHere _candor = new();

    private string Home => Path.Combine(_nets.Folder, "home");

    private string Ledger => Path.Combine(Home, "ledger.jsonl");

    private string Keys => Path.Combine(_nets.Folder, "keys.log");

    public void Dispose()
    {
        _nets.Dispose();
        _candor.Dispose();
    }

    [Fact]
    public async Task OverHttpARecordedBackupLeavesNoByteOver()
    {
        string url = $"http://{TwoNets.Server}:{Port}";
        await _nets.ServeAsync(url);
        string capture = await BackUpAsync(url, Shipped, new Dictionary<string, string>(), "honest.pcapng");
        var (code, ledger, text) = await HoldAsync(capture);
        Assert.True((code, ledger.Verdict, ledger.Residual) == (0, "accounted for", 0), text);
        Honest(ledger);
        // Photos were among it, so bytes in numbers: and all of them are in lines with their kind.
        Assert.True(ledger.Hosts[0].Bodies > 3_000_000);

        // The same device once more, and beside it a program that sends 40 bytes on its own.
        var recording = await _nets.RecordAsync("smuggled.pcapng");
        Type(Shipped, new Dictionary<string, string>(), "backup", Phone());
        _nets.Do(new Dictionary<string, string>(), "python3", "-c", $"import socket; s = socket.create_connection(('{TwoNets.Server}', {Port})); s.sendall(b'GET /?q=+491512345678901234 HTTP/1.0\\r\\n\\r\\n'); s.recv(100)");
        capture = await recording.EndAsync();
        (code, ledger, text) = await HoldAsync(capture);
        Assert.Equal((4, "does not add up", 40L), (code, ledger.Verdict, ledger.Residual));
        var problem = Assert.Single(ledger.Problems);
        Assert.Equal(("not-in-ledger", 40L), (problem.Kind, problem.Bytes));
        Assert.True(problem.Frame > 0);
        Assert.Contains("is in no line of the ledger", text, StringComparison.Ordinal);
        Assert.Contains("DOES NOT ADD UP, residual 40 bytes", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OverHttpsItDoesSoWithKeysAndIsEqualInSizeWithout()
    {
        string url = $"https://{TwoNets.Name}:{Port}";
        await _nets.ServeAsync($"https://{TwoNets.Server}:{Port}");
        await _nets.ResolveAsync();
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = _nets.CertificateFile, ["SSLKEYLOGFILE"] = Keys };
        string capture = await BackUpAsync(url, WithKeys(), environment, "honest.pcapng");
        var (code, ledger, text) = await HoldAsync(capture, "--keys", Keys);
        Assert.True((code, ledger.Verdict, ledger.Residual) == (0, "accounted for", 0), text);
        Honest(ledger);
        Assert.True(ledger.Hosts[0] is { Tls: > 0, Lookups: > 0, Closed: 0 }, text);
        (code, ledger, text) = await HoldAsync(capture);
        Assert.True((code, ledger.Verdict, ledger.Residual) == (0, "equal in size", 0), text);
        var host = ledger.Hosts[0];
        Assert.True(host.Closed > 3_000_000 && host.WithinMost - host.WithinLeast <= 2 * host.Conversations && host.ExpectedLeast <= host.WithinMost && host.ExpectedMost >= host.WithinLeast, text);

        // 60 bytes over a connection of its own, as encrypted as the rest: with keys they are named, without they are too many.
        var recording = await _nets.RecordAsync("smuggled.pcapng");
        Type(WithKeys(), environment, "backup", Phone());
        _nets.Do(environment, "python3", "-c", $"""
            import os, socket, ssl
            c = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"]); c.keylog_filename = os.environ["SSLKEYLOGFILE"]
            t = c.wrap_socket(socket.create_connection(("{TwoNets.Name}", {Port})), server_hostname="{TwoNets.Name}")
            t.sendall(b"GET /?q=+4915123456789 HTTP/1.1\r\nHost: {TwoNets.Name}\r\n\r\n"); t.recv(100)
            """);
        capture = await recording.EndAsync();
        (code, ledger, _) = await HoldAsync(capture, "--keys", Keys);
        Assert.Equal((4, "does not add up", "not-in-ledger"), (code, ledger.Verdict, ledger.Problems[0].Kind));
        Assert.Contains("/?q=+4915123456789", ledger.Problems[0].What, StringComparison.Ordinal);
        Assert.Equal(ledger.Problems.Sum(p => p.Bytes), ledger.Residual);
        (code, ledger, _) = await HoldAsync(capture);
        Assert.Equal((4, "does not add up", "size"), (code, ledger.Verdict, ledger.Problems[0].Kind));
    }

    /// <summary>Keys come from a switch that these tests set from outside. What is shipped does not have it: else whoever can set a variable could read what a client sends.</summary>
    [Fact]
    public async Task TheProgramAsItIsShippedWritesNoKeys()
    {
        await _nets.ServeAsync($"https://{TwoNets.Server}:{Port}");
        var environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = _nets.CertificateFile, ["SSLKEYLOGFILE"] = Keys };
        Join($"https://{TwoNets.Server}:{Port}", Shipped, environment);
        Assert.False(File.Exists(Keys));
        Assert.True(new FileInfo(Ledger).Length > 0);
        foreach (string config in Directory.GetFiles(AppContext.BaseDirectory, "candor*.runtimeconfig.json")) Assert.DoesNotContain("EnableSslKeyLogging", await File.ReadAllTextAsync(config), StringComparison.Ordinal);
        Join($"https://{TwoNets.Server}:{Port}", WithKeys(), environment, "again");
        Assert.True(new FileInfo(Keys).Length > 0);
    }

    private static string[] Shipped => Environment.GetEnvironmentVariable("CANDOR_PROGRAM") is { } program && !program.EndsWith(".dll", StringComparison.Ordinal) ? [program] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "candor.dll")];

    /// <summary>The client of these tests, started with .NET's own switch for key logs.</summary>
    private string[] WithKeys()
    {
        string config = Path.Combine(_nets.Folder, "keys.runtimeconfig.json");
        if (!File.Exists(config))
        {
            var usual = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "candor.runtimeconfig.json")))!;
            var options = usual["runtimeOptions"]!;
            options["configProperties"] ??= new JsonObject();
            options["configProperties"]!["System.Net.EnableSslKeyLogging"] = true;
            File.WriteAllText(config, usual.ToJsonString());
        }
        return ["dotnet", "exec", "--runtimeconfig", config, Path.Combine(AppContext.BaseDirectory, "candor.dll")];
    }

    private string Phone()
    {
        string phone = Path.Combine(_nets.Folder, "phone");
        int run = Directory.Exists(phone) ? Directory.GetFiles(Path.Combine(phone, "notes")).Length : 0;
        foreach (string kind in (string[])["contacts", "notes", "photos"]) Directory.CreateDirectory(Path.Combine(phone, kind));
        for (int i = run; i < run + 12; i++)
        {
            File.WriteAllText(Path.Combine(phone, "contacts", $"{i}.vcf"), FolderSyncTests.Card($"uid-{i}", $"Person {i}"));
            File.WriteAllText(Path.Combine(phone, "notes", $"{i}.md"), $"note {i}\n");
            File.WriteAllBytes(Path.Combine(phone, "photos", $"{i}.bin"), RandomNumberGenerator.GetBytes(300_000));
        }
        return phone;
    }

    private async Task<string> BackUpAsync(string url, string[] program, IReadOnlyDictionary<string, string> environment, string name)
    {
        var recording = await _nets.RecordAsync(name);
        Join(url, program, environment);
        Type(program, environment, "on", "contacts", "notes", "photos", "--yes");
        Type(program, environment, "backup", Phone());
        return await recording.EndAsync();
    }

    private void Join(string url, string[] program, IReadOnlyDictionary<string, string> environment, string home = "home")
    {
        string words = Path.Combine(_nets.Folder, "words");
        if (!File.Exists(words)) File.WriteAllText(words, Candor.Client.Devices.RecoveryWords.Generate());
        _nets.Do(environment, [.. program, home == "home" ? "join" : "recover", url, "--name", home, "--words-from", words, "--yes", "--home", Path.Combine(_nets.Folder, home)]);
    }

    private void Type(string[] program, IReadOnlyDictionary<string, string> environment, params string[] words) => _nets.Do(environment, [.. program, .. words, "--home", Home]);

    private async Task<(int Code, ReportLedger Ledger, string Text)> HoldAsync(string capture, params string[] more)
    {
        string report = Path.Combine(_nets.Folder, "report.json");
        var run = await _candor.RunAsync(["audit", capture, "--ledger", Ledger, "--alone", "--report", report, .. more]);
        var ledger = Report.Read(await File.ReadAllBytesAsync(report))!.Ledger!;
        // Whoever has the files comes to the same.
        var again = await _candor.RunAsync(["audit", "recheck", report, capture, "--ledger", Ledger, .. more]);
        Assert.True(again.Code == 0, again.Out + again.Error);
        Assert.Contains($"residual {ledger.Residual} byte", again.Out, StringComparison.Ordinal);
        foreach (var host in ledger.Hosts) Assert.Equal(host.Captured, host.Places().Sum(p => p.Bytes));
        return (run.Code, ledger, run.Out + run.Error);
    }

    private static void Honest(ReportLedger ledger)
    {
        Assert.Empty(ledger.Problems);
        Assert.Empty(ledger.Doubts);
        Assert.Equal((ledger.Requests, 0L, 0L), (ledger.Matched, ledger.Outside + ledger.NeverLeft, ledger.Elsewhere));
        var host = Assert.Single(ledger.Hosts);
        Assert.Equal(ledger.Bytes, host.Heads + host.Bodies);
        Assert.Equal(ledger.Matches.Count, ledger.Matches.Select(m => m.Line).Distinct().Count());
    }
}
