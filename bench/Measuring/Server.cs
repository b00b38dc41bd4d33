using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Candor.Bench.Measuring;

/// <summary>A server on a free port of loopback, from its first answer until it is disposed.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private Server(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>Seconds from before the start of the process to its first whole status line.</summary>
    public double FirstAnswer { get; private init; }

    /// <summary>Seconds of CPU so far.</summary>
    public double Cpu => Kernel.CpuOf(_process.Id);

    /// <summary>Bytes: the most since <see cref="ForgetPeak"/>.</summary>
    public long Peak => Kernel.Peak(_process.Id);

    public void ForgetPeak() => Kernel.ForgetPeak(_process.Id);

    /// <summary>Starts it and waits until it answers GET <paramref name="path"/> with anything.</summary>
    /// <exception cref="BenchException">It ended, or did not answer in time.</exception>
    public static Server Start(Func<int, Command> commandAt, string path, CancellationToken stop)
    {
        int port = FreePort();
        var command = commandAt(port);
        var begun = Stopwatch.GetTimestamp();
        var process = Process.Start(command.StartInfo()) ?? throw new BenchException($"{command} did not start.");
        // Nobody reads what it says, unless it says it and ends.
        var said = new StringBuilder();
        process.OutputDataReceived += (_, line) => Keep(said, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(said, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new Server(process, port);
        try
        {
            while (!Answers(port, path))
            {
                stop.ThrowIfCancellationRequested();
                if (process.WaitForExit(1))
                    throw new BenchException($"{command} ended with {process.ExitCode} before it answered:\n{said}");
                if (Stopwatch.GetElapsedTime(begun) > LongestStart)
                    throw new BenchException($"{command} did not answer within {LongestStart.TotalSeconds:0} s.");
            }
            return new(process, port) { FirstAnswer = Stopwatch.GetElapsedTime(begun).TotalSeconds };
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to end, by its id; kills it where it does not.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kernel.Signal(_process.Id, Kernel.Terminate);
            if (!_process.WaitForExit(TimeSpan.FromSeconds(15)))
                _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private static void Keep(StringBuilder said, string? line)
    {
        lock (said)
        {
            if (said.Length < 4000)
                said.AppendLine(line);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether a status line comes back. The answer's code is the server's matter: rclone has no page at its root.</summary>
    private static bool Answers(int port, string path)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            var stream = client.GetStream();
            stream.ReadTimeout = 5000;
            stream.Write(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"));
            Span<byte> line = stackalloc byte[9];
            stream.ReadExactly(line);
            return line.StartsWith("HTTP/1.1 "u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
