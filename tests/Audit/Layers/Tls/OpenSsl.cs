using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Candor.Tests.Audit.Layers.Tls;

/// <summary>Conversations of Debian's openssl, another's TLS, with the key log that it writes.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-tls").FullName;

    public OpenSsl()
    {
        Run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.key", "-out", "rsa.pem", "-days", "2", "-subj", "/CN=phone.example").WaitForExit();
        Run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ec.key", "-out", "ec.pem", "-days", "2", "-subj", "/CN=phone.example").WaitForExit();
    }

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public byte[] KeyLog(string name = "keys") => File.Exists(Path(name)) ? File.ReadAllBytes(Path(name)) : [];

    /// <summary>A server that answers each line with its letters reversed.</summary>
    /// <param name="client">What s_client is told besides.</param>
    /// <param name="server">What s_server is told besides.</param>
    /// <param name="lines">What the client writes; "K\n" as a line of its own makes it change its keys.</param>
    public async Task<Talk> TalkAsync(string[] client, string[] server, params string[] lines)
    {
        int port = FreePort.Next();
        using var serving = Run(["s_server", "-accept", $"127.0.0.1:{port}", "-key", "rsa.key", "-cert", "rsa.pem", "-dkey", "ec.key", "-dcert", "ec.pem", "-rev", .. server]);
        try
        {
            await UntilListeningAsync(port);
            return await Talk.RelayAsync(port, relay => AskAsync(relay, lines, client));
        }
        finally
        {
            serving.Kill();
            serving.WaitForExit();
        }
    }

    /// <summary>Starts a server for another's client.</summary>
    public async Task<(Process Server, int Port)> ServeAsync(params string[] server)
    {
        int port = FreePort.Next();
        var serving = Run(["s_server", "-accept", $"127.0.0.1:{port}", "-key", "rsa.key", "-cert", "rsa.pem", "-keylogfile", "keys", .. server]);
        await UntilListeningAsync(port);
        return (serving, port);
    }

    /// <summary>Connects with s_client, writes lines and waits for each answer.</summary>
    public Task AskAsync(int port, string line, params string[] client) => AskAsync(port, [line], client);

    /// <summary>The same with a server that takes early data, which cannot answer: where the session is to be kept it is waited for, else a little while passes.</summary>
    public Task TellAsync(int port, string line, params string[] client) => AskAsync(port, [line], client, answers: false);

    private async Task AskAsync(int port, string[] lines, string[] client, bool answers = true)
    {
        using var asking = Run(["s_client", "-connect", $"127.0.0.1:{port}", "-servername", "phone.example", "-keylogfile", "keys", .. client]);
        var output = new StringBuilder();
        void Take(object sender, DataReceivedEventArgs e)
        {
            lock (output) output.AppendLine(e.Data);
        }
        asking.OutputDataReceived += Take;
        asking.ErrorDataReceived += Take;
        asking.BeginOutputReadLine();
        int kept = Array.IndexOf(client, "-sess_out") + 1;
        foreach (string line in lines)
        {
            await asking.StandardInput.WriteAsync(line);
            await asking.StandardInput.FlushAsync();
            // A command is one only where it stands alone in what s_client reads at once: the next line waits until it was obeyed.
            string answer = line == "K\n" ? "KEYUPDATE" : new([.. line.TrimEnd('\n').Reverse()]);
            if (answers) await Eventually.HoldsAsync(() => asking.HasExited || Said(answer));
            else if (kept > 0) await Eventually.HoldsAsync(() => asking.HasExited || new FileInfo(client[kept]) is { Exists: true, Length: > 0 });
            else await Task.Delay(200);
        }
        asking.StandardInput.Close();
        if (!asking.WaitForExit(TimeSpan.FromMinutes(1))) asking.Kill();

        bool Said(string text)
        {
            lock (output) return output.ToString().Contains(text, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Process Run(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Looks without a connection, which s_server would count as one of its clients.</summary>
    private static async Task UntilListeningAsync(int port)
    {
        bool listens = await Eventually.HoldsAsync(() => System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(e => e.Port == port));
        if (!listens) throw new SocketException((int)SocketError.TimedOut);
    }
}
