using System.CommandLine;
using Candor.Cli.Help;

namespace Candor.Cli.Commands;

/// <summary>candor man: the manual page, made from the commands themselves.</summary>
internal static class ManCommand
{
    public static Command Make(CommandTree tree, Terminal terminal)
    {
        var command = new Command("man", """
            Print the manual page

              candor man | man -l -
              candor man > ~/.local/share/man/man1/candor.1
            """);
        command.SetAction(_ => terminal.Out.Write(ManPage.Of(tree)));
        return command;
    }
}
