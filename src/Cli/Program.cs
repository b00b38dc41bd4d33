using System.CommandLine;
using System.CommandLine.Invocation;
using Candor.Cli.Help;

namespace Candor.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (IsVersion(args))
        {
            // Before anything else is loaded, the console's own machinery included: scripts ask for it, often.
            using var bare = StandardOutput();
            bare.Write(System.Text.Encoding.UTF8.GetBytes(VersionLine(args)));
            return ExitCode.Done;
        }
        using var interrupt = new Interrupt();
        return await RunAsync(args, Terminal.OfProcess(), interrupt.Token);
    }

    /// <summary>The program, on any streams. Returns the exit code; throws nothing.</summary>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancel)
    {
        if (IsVersion(args))
        {
            await terminal.Out.WriteAsync(VersionLine(args));
            return ExitCode.Done;
        }
        bool json = args.Contains("--json");
        try
        {
            var tree = CommandTree.Grow(terminal);
            var parsed = tree.Root.Parse(args);
            if (parsed.Action is ParseErrorAction) return Fail(UsageErrors.Of(parsed), terminal, json);
            var streams = new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(streams, cancel);
        }
#pragma warning disable CA1031 // The last catch: a person gets a sentence, never a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (terminal.Variable("CANDOR_DEBUG") == "1") await terminal.Error.WriteLineAsync(e.ToString());
            return Fail(Failure.Of(e, cancel.IsCancellationRequested), terminal, json);
        }
    }

    private static int Fail(Failure failure, Terminal terminal, bool json)
    {
        terminal.Error.WriteLine(failure.Message);
        if (json)
        {
            terminal.Out.WriteLine(Session.Document(w =>
            {
                w.WriteStartObject("error"u8);
                w.WriteNumber("code"u8, failure.Code);
                w.WriteString("name"u8, failure.Name);
                w.WriteString("message"u8, failure.Message);
                w.WriteEndObject();
            }));
        }
        return failure.Code;
    }

    private static bool IsVersion(string[] args) => args.Length > 0 && args[0] == "--version";

    private static string VersionLine(string[] args) => args.Contains("--json") ? $$"""{"version":"{{Version}}"}{{"\n"}}""" : $"candor {Version}\n";

    internal static string Version => typeof(Program).Assembly.GetName().Version!.ToString(3);

    private static Stream StandardOutput()
    {
        if (!OperatingSystem.IsWindows()) return new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
#pragma warning disable RS0030 // The one stream that is needed.
        return Console.OpenStandardOutput();
#pragma warning restore RS0030
    }
}
