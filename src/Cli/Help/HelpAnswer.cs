using System.CommandLine;
using System.CommandLine.Invocation;

namespace Candor.Cli.Help;

/// <summary>Answers --help, anywhere on a command line.</summary>
internal sealed class HelpAnswer(CommandTree tree, Terminal terminal) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var command = parseResult.CommandResult.Command;
        terminal.Out.Write(command == tree.Root ? Overview.Of(tree) : HelpPage.Of(tree, command));
        return ExitCode.Done;
    }
}
