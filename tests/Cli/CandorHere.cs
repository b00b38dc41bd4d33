using Candor.Cli;

namespace Candor.Tests.Cli;

/// <summary>What a run of candor left: its code, its results, and what it said beside them.</summary>
internal sealed record Run(int Code, string Out, string Error);

/// <summary>candor as a person has it, in this process: a home of its own, an environment of its own, and somebody at the keyboard or nobody.</summary>
internal sealed class CandorHere : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-cli-").FullName;

    /// <summary>$HOME of the runs: nothing may be written there while --home is given.</summary>
    public string UserFolder => Directory.CreateDirectory(Path.Combine(_folder, "user")).FullName;

    public string Home => Path.Combine(_folder, "home");

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The screen of the run that is under way; it may be read from another thread.</summary>
    public StringWriter? Showing { get; private set; }

    /// <summary>The results of the run that is under way; they may be read from another thread.</summary>
    public StringWriter? Results { get; private set; }

    /// <summary>What is piped into a run, as bytes.</summary>
    public Func<Stream> Piped { get; set; } = () => Stream.Null;

    public static string Words { get; } = Candor.Client.Devices.RecoveryWords.Generate();

    public string InFolder(params string[] names) => Path.Combine([_folder, .. names]);

    /// <summary>Runs candor with <c>--home</c> and nobody at the keyboard.</summary>
    public Task<Run> RunAsync(params string[] args) => RunAsync(null, default, args);

    /// <summary>Runs candor with <c>--home</c>.</summary>
    /// <param name="person">Answers when asked, from all that the screen showed so far; null: the input is empty and no terminal.</param>
    /// <param name="cancel">Ctrl+C.</param>
    /// <param name="args">As typed.</param>
    public async Task<Run> RunAsync(Func<string, string?>? person, CancellationToken cancel, params string[] args)
    {
        using var output = new SharedWriter();
        Results = output;
        using var errors = new SharedWriter();
        Showing = errors;
        using TextReader input = person is null ? new StringReader("") : new Typing(person, errors);
        var terminal = new Terminal(input, output, errors, person is not null, person is not null, person is not null, 80, Variable, Clock) { Bytes = Piped };
        int code = await Candor.Cli.Program.RunAsync(args.Contains("--home") || args is [] || args[0].StartsWith('[') ? args : [.. args, "--home", Home], terminal, cancel);
        return new(code, output.ToString().ReplaceLineEndings("\n"), errors.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>A device that has joined, by words from a file.</summary>
    public async Task JoinAsync(Uri server, string name = "phone")
    {
        string kit = InFolder("kit.txt");
        await File.WriteAllTextAsync(kit, Words);
        var joined = await RunAsync("join", server.Authority, "--words-from", kit, "--name", name);
        Assert.True(joined.Code == 0, joined.Error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Variable(string name) => name switch { "HOME" => UserFolder, "TERM" => "xterm", "NO_COLOR" => "1", _ => null };

    private sealed class SharedWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public override void Write(char value)
        {
            lock (_lock) base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_lock) base.Write(buffer, index, count);
        }

        public override void Write(string? value)
        {
            lock (_lock) base.Write(value);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            lock (_lock) base.Write(buffer);
        }

        public override string ToString()
        {
            lock (_lock) return base.ToString();
        }
    }

    private sealed class Typing(Func<string, string?> person, StringWriter shown) : TextReader
    {
        public override string? ReadLine() => person(shown.ToString());
    }
}
