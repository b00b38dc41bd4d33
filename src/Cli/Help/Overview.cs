using System.Text;

namespace Candor.Cli.Help;

/// <summary>What candor says when nothing is asked of it: the commands, by what a person wants.</summary>
internal static class Overview
{
    private const int Column = 12;

    public static string Of(CommandTree tree)
    {
        var page = new StringBuilder();
        page.Append("candor: ").AppendJoin('\n', HelpPage.Wrap(tree.Root.Description!, 72)).Append('\n');
        foreach (var (want, commands) in tree.Groups)
        {
            page.Append('\n').Append(want).Append('\n');
            foreach (var command in commands) page.Append("  ").Append(command.Name.PadRight(Column)).Append(CommandText.Summary(command)).Append('\n');
        }
        return page.Append("\nMore about one: candor COMMAND --help. The whole manual: candor man | man -l -\n").ToString();
    }
}
