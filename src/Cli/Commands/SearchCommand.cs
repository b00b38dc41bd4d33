using System.CommandLine;
using Candor.Client.Library;

namespace Candor.Cli.Commands;

/// <summary>candor search WORDS: found on this device, in what it opens; no server learns what was sought.</summary>
internal static class SearchCommand
{
    public static Command Make(CommandTree tree)
    {
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.OneOrMore, Description = "every one has to be found; upper and lower case and accents are alike" };
        var kinds = KindArgument.MakeOption("only in this kind; may be given more than once");
        var command = new Command("search", """
            Search the text of everything that is kept

            Happens on this device: no server learns what you looked for.

              candor search dentist --kind messages
            """) { words, kinds };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            var chosen = ListCommand.Chosen(device, parsed.GetValue(kinds));
            RecordTable.Show(session, [.. new Library(device).Search(string.Join(' ', parsed.GetRequiredValue(words)), chosen)], "Nothing was found.");
            return ExitCode.Done;
        });
        return command;
    }
}
