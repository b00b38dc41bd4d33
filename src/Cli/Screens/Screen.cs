using Spectre.Console;

namespace Candor.Cli.Screens;

/// <summary>Writes tables and marked-up lines to one of the streams, in colour only where a person sees it.</summary>
internal static class Screen
{
    /// <summary>Wide enough that nothing wraps in a pipe or a file.</summary>
    private const int Unwrapped = 4000;

    public static IAnsiConsole Out(Terminal terminal) => Over(terminal, terminal.Out, terminal.OutSeen);

    public static IAnsiConsole Error(Terminal terminal) => Over(terminal, terminal.Error, terminal.ErrorSeen);

    /// <summary>A table without lines, its columns two spaces apart: as calm on paper as on a screen.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None, ShowRowSeparators = false };
        foreach (string column in columns)
        {
            bool right = column.StartsWith('>');
            var made = new TableColumn(new Text(right ? column[1..] : column, new(decoration: Decoration.Dim)));
            table.AddColumn(right ? made.RightAligned().NoWrap().PadRight(2) : made.PadRight(2));
        }
        return table;
    }

    /// <summary>Adds a row of texts as they are: nothing in them is markup.</summary>
    public static void Row(this Table table, params string[] cells) => table.AddRow(cells.Select(c => new Text(Wording.Plain(c))));

    public static void Show(Terminal terminal, Table table) => Out(terminal).Write(table);

    private static IAnsiConsole Over(Terminal terminal, TextWriter writer, bool seen)
    {
        bool colours = seen && terminal.Colours;
        return AnsiConsole(new()
        {
            Ansi = seen && terminal.Variable("TERM") is not ("dumb" or null) ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new() { UseDefaultEnrichers = false },
            Out = new Output(writer, seen, seen ? terminal.Width : Unwrapped),
        });
    }

#pragma warning disable RS0030 // Only its factory: the console made writes where Output says.
    private static IAnsiConsole AnsiConsole(AnsiConsoleSettings settings) => Spectre.Console.AnsiConsole.Create(settings);
#pragma warning restore RS0030

    private sealed class Output(TextWriter writer, bool seen, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => seen;

        public int Width => width;

        public int Height => 25;

        public void SetEncoding(System.Text.Encoding encoding)
        {
            // Always UTF-8: what the process's streams are.
        }
    }
}
