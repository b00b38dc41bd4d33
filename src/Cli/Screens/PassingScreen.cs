namespace Candor.Cli.Screens;

/// <summary>A screen of its own for what must not stay: when it closes, the terminal shows what it showed before, and its scrollback holds nothing of it.</summary>
internal sealed class PassingScreen : IDisposable
{
    // xterm's alternate screen, which every terminal of today has: enter, to the top left; leave.
    private const string Enter = "\u001b[?1049h\u001b[H";
    private const string Clear = "\u001b[2J\u001b[H";
    private const string Leave = "\u001b[2J\u001b[?1049l";

    private readonly Terminal _terminal;
    private readonly bool _passes;

    public PassingScreen(Terminal terminal)
    {
        _terminal = terminal;
        _passes = terminal.ErrorSeen && terminal.Variable("TERM") is not ("dumb" or null);
        if (_passes) terminal.Error.Write(Enter);
    }

    /// <summary>An empty page.</summary>
    public void Turn()
    {
        if (_passes) _terminal.Error.Write(Clear);
    }

    public void Dispose()
    {
        if (!_passes) return;
        _terminal.Error.Write(Leave);
        _terminal.Error.Flush();
    }
}
