namespace Candor.Cli;

/// <summary>What the program stands in: its streams, who is at their ends, its environment and its clock. Tests make their own.</summary>
/// <param name="In">What is typed or piped in.</param>
/// <param name="Out">Results, and nothing else.</param>
/// <param name="Error">Everything said beside results: questions, progress, troubles.</param>
/// <param name="Person">Whether somebody types at <paramref name="In"/>.</param>
/// <param name="OutSeen">Whether <paramref name="Out"/> is a screen.</param>
/// <param name="ErrorSeen">Whether <paramref name="Error"/> is a screen.</param>
/// <param name="Width">Columns of the screen.</param>
/// <param name="Variable">The environment; null: not set.</param>
/// <param name="Clock">The time, and the person's time zone.</param>
internal sealed record Terminal(
    TextReader In, TextWriter Out, TextWriter Error, bool Person, bool OutSeen, bool ErrorSeen, int Width, Func<string, string?> Variable, TimeProvider Clock)
{
    private const int UsualWidth = 80;

    /// <summary>Longest line that is typed unseen.</summary>
    private const int LongestHidden = 4096;

    /// <summary>Reads a line without showing it; null at the end of the input. Where a terminal has no such way, the line is read as any other.</summary>
    public Func<string?> ReadHidden { get; private init; } = In.ReadLine;

    /// <summary>Rows of the screen that results go to; null: there is none, or it does not tell.</summary>
    public int? Height { get; init; }

    /// <summary>Colours are for eyes that did not refuse them (no-color.org).</summary>
    public bool Colours => string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") is not ("dumb" or null);

    /// <summary>Whether a question can be put to somebody who sees it and can answer.</summary>
    public bool CanAsk => Person && ErrorSeen;

#pragma warning disable RS0030 // The one place where the process's own streams are taken.
    /// <summary>What is piped in, as bytes; a run uses either this or <see cref="In"/>.</summary>
    public Func<Stream> Bytes { get; init; } = Console.OpenStandardInput;

    public static Terminal OfProcess()
    {
        bool outSeen = !Console.IsOutputRedirected, errorSeen = !Console.IsErrorRedirected;
        int width = (outSeen || errorSeen ? OfScreen(() => Console.WindowWidth) : null) ?? UsualWidth;
        var terminal = new Terminal(Console.In, Console.Out, Console.Error, !Console.IsInputRedirected, outSeen, errorSeen, width, Environment.GetEnvironmentVariable, TimeProvider.System) { Height = outSeen ? OfScreen(() => Console.WindowHeight) : null };
        return terminal.Person ? terminal with { ReadHidden = KeysUntilEnter } : terminal;
    }

    /// <summary>A line key by key, none of them shown. Backspace takes one back, Ctrl+U all.</summary>
    private static string? KeysUntilEnter()
    {
        var line = new System.Text.StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) return line.ToString();
            if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && line.Length == 0) return null;
            if (key is { Key: ConsoleKey.U, Modifiers: ConsoleModifiers.Control }) line.Clear();
            else if (key.Key == ConsoleKey.Backspace && line.Length > 0) line.Length--;
            else if (!char.IsControl(key.KeyChar) && line.Length < LongestHidden) line.Append(key.KeyChar);
        }
    }

    /// <summary>Null: a screen that does not tell.</summary>
    private static int? OfScreen(Func<int> size)
    {
        try
        {
            return size() is > 0 and var told ? told : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
#pragma warning restore RS0030
}
