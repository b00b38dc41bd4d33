using System.CommandLine;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor words: new recovery words, for scripts and for those who write them down beforehand.</summary>
internal static class WordsCommand
{
    public static Command Make(CommandTree tree)
    {
        var command = new Command("words", """
            Make the 24 words of a new recovery kit

            They are made on this device and sent nowhere; nothing keeps them but you. Whoever
            has them can open the account. A script may make them first and found the account
            with them:

              candor words > kit.txt
              candor join cloud.example --words-from kit.txt
            """);
        command.SetAction(parsed => Run(tree.Open(parsed)));
        return command;
    }

    private static int Run(Session session)
    {
        string words = RecoveryWords.Generate();
        session.Say(words);
        session.Write(w =>
        {
            w.WriteStartArray("words"u8);
            foreach (string word in words.Split(' ')) w.WriteStringValue(word);
            w.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
