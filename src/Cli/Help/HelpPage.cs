using System.CommandLine;
using System.Text;

namespace Candor.Cli.Help;

/// <summary>The page of one command, 80 columns wide.</summary>
internal static class HelpPage
{
    private const int Width = 80;
    private const int Column = 24;

    public static string Of(CommandTree tree, Command command)
    {
        var page = new StringBuilder();
        page.Append(CommandText.Summary(command)).Append("\n\n");
        foreach (string line in command.Subcommands.Prepend(command).SelectMany(c => Wrap(CommandText.Usage(c), Width - 2))) page.Append("  ").Append(line).Append('\n');
        foreach (string paragraph in CommandText.Details(command))
        {
            page.Append('\n');
            if (CommandText.IsVerbatim(paragraph)) page.Append(paragraph).Append('\n');
            else page.AppendJoin('\n', Wrap(paragraph, Width)).Append('\n');
        }
        Rows(page, "", [.. command.Arguments.Where(a => a.Description is not null).Select(a => (a.Name, a.Description!))]);
        Rows(page, "", [.. command.Options.Where(o => !o.Hidden).Select(o => (CommandText.Form(o, aliases: true), o.Description ?? ""))]);
        foreach (var child in command.Subcommands)
        {
            Rows(page, $"{CommandText.Path(child)}: {CommandText.Summary(child)}", [.. child.Arguments.Where(a => a.Description is not null).Select(a => (a.Name, a.Description!))]);
        }
        Rows(page, "With every command:", [.. tree.Everywhere.Select(o => (CommandText.Form(o, aliases: true), o.Description ?? ""))]);
        return page.ToString();
    }

    /// <summary>Breaks at spaces; a word longer than a line stands alone.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }
        if (line.Length > 0) yield return line.ToString();
    }

    private static void Rows(StringBuilder page, string title, IReadOnlyList<(string Name, string Text)> rows)
    {
        if (rows.Count == 0 && title.Length == 0) return;
        page.Append('\n');
        if (title.Length > 0) page.Append(title).Append('\n');
        foreach (var (name, text) in rows)
        {
            page.Append("  ").Append(name);
            bool beside = name.Length <= Column - 4;
            if (!beside) page.Append('\n');
            bool first = beside;
            foreach (string line in Wrap(text, Width - Column))
            {
                page.Append(' ', first ? Column - 2 - name.Length : Column).Append(line).Append('\n');
                first = false;
            }
        }
    }
}
