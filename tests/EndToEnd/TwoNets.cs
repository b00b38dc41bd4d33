using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Candor.Tests.EndToEnd;

/// <summary>A client and a server, each in a network of its own with one cable between, and dumpcap at the client's end of it: what is recorded is all that the client sends to anyone. Only root can make it.</summary>
internal sealed class TwoNets : IDisposable
{
    public const string Client = "10.8.8.1", Server = "10.8.8.2", Name = "cloud.test";

    private static readonly Dictionary<string, string> s_nothing = [];

    private readonly string _client = $"candor-c{Environment.ProcessId}", _server = $"candor-s{Environment.ProcessId}";
    private readonly List<Process> _running = [];

    private TwoNets(string folder) => Folder = folder;

    public string Folder { get; }

    public string CertificateFile => Path.Combine(Folder, "ca.pem");

    /// <summary>Skips where it cannot be made.</summary>
    public static TwoNets Make()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can make a network of its own.");
        Assert.True(File.Exists("/usr/bin/dumpcap"), "dumpcap is not installed: it is in Debian's wireshark-common.");
        var nets = new TwoNets(Directory.CreateTempSubdirectory("candor-nets-").FullName);
        try
        {
            foreach (string line in new[]
            {
                $"netns add {nets._client}", $"netns add {nets._server}", $"netns exec {nets._client} sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1",
                $"netns exec {nets._server} sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", $"-n {nets._client} link set lo up", $"-n {nets._server} link set lo up",
                $"-n {nets._client} link add up0 type veth peer name down0 netns {nets._server}", $"-n {nets._client} addr add {Client}/24 dev up0", $"-n {nets._server} addr add {Server}/24 dev down0", $"-n {nets._server} addr add 10.8.8.3/24 dev down0",
                $"-n {nets._client} link set up0 up", $"-n {nets._server} link set down0 up",
            }) Assert.True(Run("ip", line.Split(' ')) is { Code: 0 } || line.Contains("sysctl", StringComparison.Ordinal), line);
            // What `ip netns exec` shows to the client as /etc/resolv.conf.
            Directory.CreateDirectory($"/etc/netns/{nets._client}");
            File.WriteAllText($"/etc/netns/{nets._client}/resolv.conf", $"nameserver {Server}\noptions timeout:20 attempts:3\n");
            return nets;
        }
        catch
        {
            nets.Dispose();
            throw;
        }
    }

    /// <summary>Runs the server until this is disposed.</summary>
    /// <param name="url">Where it listens.</param>
    public async Task ServeAsync(string url)
    {
        string data = Directory.CreateDirectory(Path.Combine(Folder, "server")).FullName;
        if (url.StartsWith("https:", StringComparison.Ordinal))
        {
            Certify();
            var certificate = new { Path = Path.Combine(Folder, "server.pem"), KeyPath = Path.Combine(Folder, "server.key") };
            await File.WriteAllTextAsync(Path.Combine(data, "server.json"), JsonSerializer.Serialize(new { Kestrel = new { Certificates = new { Default = certificate } } }));
        }
        string[] program = Environment.GetEnvironmentVariable("CANDOR_SERVER") is { } native ? [native] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "candor-server.dll")];
        var process = Start(_server, s_nothing, [.. program, "serve", "--data", data, "--urls", url, "--log", "warning", "--requestsPerMinute", "1000000"]);
        _ = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var at = new Uri(url);
        for (int i = 0; ; i++)
        {
            if (Run("ip", ["netns", "exec", _server, "python3", "-c", $"import socket; socket.create_connection(('{at.Host}', {at.Port}), 1)"]).Code == 0) return;
            Assert.True(i < 600 && !process.HasExited, process.HasExited ? await errors : "The server does not listen.");
            await Task.Delay(100);
        }
    }

    /// <summary>Answers every question for an address with the server's, until this is disposed.</summary>
    public async Task ResolveAsync()
    {
        const string program = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("10.8.8.2", 53))
            print("ready", flush=True)
            while True:
                q, a = s.recvfrom(512)
                end = q.index(b"\0", 12) + 5
                four = q[end - 4:end - 2] == b"\0\1"
                s.sendto(q[:2] + b"\x81\x80\0\1" + (b"\0\1" if four else b"\0\0") + b"\0\0\0\0" + q[12:end] + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("10.8.8.2") if four else b""), a)
            """;
        var process = Start(_server, s_nothing, ["python3", "-u", "-c", program]);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
    }

    /// <summary>Records until the answer is disposed.</summary>
    public async Task<Recording> RecordAsync(string name)
    {
        string file = Path.Combine(Folder, name);
        // 64 MiB of the system's memory hold what comes while a busy machine lets dumpcap wait: its usual 2 MiB are soon full, and then packets are lost.
        var process = Start(_client, s_nothing, ["dumpcap", "-q", "-B", "64", "-i", "up0", "-w", file]);
        while (await process.StandardError.ReadLineAsync() is { } said && !said.StartsWith("File:", StringComparison.Ordinal))
        {
        }
        return new(process, file);
    }

    /// <summary>Runs a program at the client's end. Its answer has to be 0.</summary>
    public string Do(IReadOnlyDictionary<string, string> environment, params string[] words)
    {
        using var process = Start(_client, environment, ["timeout", "60", .. words]);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        _running.Remove(process);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', words)}\n{output.Result}\n{errors.Result}");
        return output.Result;
    }

    public void Dispose()
    {
        foreach (var process in _running)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
        Run("ip", "netns", "del", _client);
        Run("ip", "netns", "del", _server);
        if (Directory.Exists($"/etc/netns/{_client}")) Directory.Delete($"/etc/netns/{_client}", recursive: true);
        Directory.Delete(Folder, recursive: true);
    }

    internal static (int Code, string Error) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors.Result);
    }

    private Process Start(string net, IReadOnlyDictionary<string, string> environment, string[] words)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", net, .. words]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        _running.Add(process);
        return process;
    }

    /// <summary>A certificate that the client trusts by SSL_CERT_FILE, which OpenSSL reads.</summary>
    private void Certify()
    {
        using var ca = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=Tests", ca, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        using var signer = root.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        var leaf = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        names.AddIpAddress(IPAddress.Parse(Server));
        leaf.CertificateExtensions.Add(names.Build());
        using var certificate = leaf.Create(signer, now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        File.WriteAllText(CertificateFile, signer.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>dumpcap at work.</summary>
    internal sealed class Recording(Process process, string file)
    {
        /// <summary>Ends it, once what is under way has passed. Answers the file.</summary>
        public async Task<string> EndAsync()
        {
            // It writes twice a second what it has.
            long before;
            do
            {
                before = new FileInfo(file).Length;
                await Task.Delay(700);
            }
            while (new FileInfo(file).Length != before);
            Run("kill", "-INT", $"{process.Id}");
            await process.WaitForExitAsync();
            return file;
        }
    }
}
