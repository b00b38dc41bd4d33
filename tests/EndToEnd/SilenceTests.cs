using System.Buffers.Binary;
using System.Diagnostics;

namespace Candor.Tests.EndToEnd;

/// <summary>Promise P2: a program that joined no server sends nothing. It runs in a network of its own, where every packet on every interface is caught.</summary>
public sealed class SilenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-silence-").FullName;
    private readonly string _space = $"candor-{Environment.ProcessId}";
    private Process? _capture;

    private string Caught => Path.Combine(_folder, "caught.pcap");

    public void Dispose()
    {
        _capture?.Kill();
        _capture?.Dispose();
        Run("ip", "netns", "del", _space);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task BeforeItJoinsNoPacketLeavesTheProgram()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root can make a network of its own.");
        string home = Path.Combine(_folder, "home"), files = Directory.CreateDirectory(Path.Combine(_folder, "files", "notes")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(files, "notes", "a.md"), "text\n");
        // An interface with a way out, so that whatever is sent is seen; and loopback.
        foreach (string line in new[]
        {
            $"netns add {_space}", $"netns exec {_space} sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1", $"-n {_space} link set lo up", $"-n {_space} link add out0 type veth peer name out1",
            $"-n {_space} addr add 10.9.9.1/24 dev out0", $"-n {_space} link set out1 up", $"-n {_space} link set out0 up", $"-n {_space} route add default via 10.9.9.2",
        }) Assert.Equal(0, Run("ip", line.Split(' ')));
        _capture = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", _space, "tcpdump", "-i", "any", "-n", "-U", "--immediate-mode", "-w", Caught]) { RedirectStandardError = true })!;
        while (await _capture.StandardError.ReadLineAsync() is { } said && !said.Contains("listening", StringComparison.Ordinal))
        {
        }
        string[] lines =
        [
            "", "--help", "--version", "status " + files, "list", "list photos", "ledger", "ledger --check", "devices", "history", "words", "search x", "on all --yes", "off all", "backup " + files, "sync " + files,
            "restore " + files, "drill", "join 10.9.9.2:8787 --pair", "join --help", "completion bash",
        ];
        foreach (string line in lines) Type(home, line);
        await Task.Delay(500);
        Assert.Equal(0, Packets());
        Assert.False(Directory.Exists(home));

        // The net is fine enough: one that does join is caught.
        string kit = Path.Combine(_folder, "kit.txt");
        await File.WriteAllTextAsync(kit, Candor.Client.Devices.RecoveryWords.Generate());
        Type(home, $"join 10.9.9.2:8787 --words-from {kit} --name phone");
        Assert.True(await Eventually.HoldsAsync(() => Packets() > 0));
    }

    private void Type(string home, string line)
    {
        string program = Environment.GetEnvironmentVariable("CANDOR_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "candor.dll");
        Assert.True(File.Exists(program), $"There is no {program}.");
        string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string[] start = program.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", program] : [program];
        // 124 would mean that it still waited for something.
        int code = Run("timeout", ["20", "ip", "netns", "exec", _space, .. start, .. words, .. words.Length > 0 ? ["--home", home] : Array.Empty<string>()]);
        Assert.True(code != 124 || line.StartsWith("join 10", StringComparison.Ordinal), $"candor {line} does not end.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        Task.WaitAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Records of the capture file: a header of 24 bytes, then 16 bytes and the packet each.</summary>
    private int Packets()
    {
        byte[] bytes;
        using (var stream = new FileStream(Caught, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        Assert.True(bytes.Length >= 24, "Nothing is captured at all.");
        int count = 0;
        for (int at = 24; at + 16 <= bytes.Length; count++) at += 16 + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8));
        return count;
    }
}
