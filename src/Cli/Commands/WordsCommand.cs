using System.CommandLine;
using Candor.Client.Api;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor words: new recovery words, and whether the ones on paper are right.</summary>
internal static class WordsCommand
{
    public static Command Make(CommandTree tree)
    {
        var command = new Command("words", """
            Make the 24 words of a new recovery kit, or check the ones that you have

            They are made on this device and sent nowhere; nothing keeps them but you. Whoever
            has them can open the account. A script may make them first and found the account
            with them:

              candor words > kit.txt
              candor join cloud.example --words-from kit.txt

            The words of an account count once they were typed back: candor status says until
            then that the account would be lost with its devices. No device keeps them, so all
            24 are asked for; once typed they sign in the account's log, and every device of
            yours knows.

              candor words check
            """);
        var wordsFrom = JoinCommand.WordsFromOption();
        var check = new Command("check", "Type the words back, to see that they are right") { wordsFrom };
        check.SetAction((parsed, cancel) => CheckAsync(tree.Open(parsed), parsed.GetValue(wordsFrom), cancel));
        command.Subcommands.Add(check);
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

    private static async Task<int> CheckAsync(Session session, string? from, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        string words = from is null ? await RecoveryDialog.TypeAsync(session, cancel) : await RecoveryDialog.ReadAsync(session, from, cancel);
        if (!await device.CheckWordsAsync(words, cancel))
            throw new DeviceException("These are 24 words, but not those of this account: they open nothing here. Look for the right paper; or, while this device still has the account, export everything: candor export DIR");
        session.Say("These are the words of this account, and its log says so now to all your devices.");
        session.Write(w =>
        {
            w.WriteBoolean("right"u8, true);
            if (device.WaysBack().WordsTyped is { } typed) w.WriteString("typed"u8, typed);
        });
        return ExitCode.Done;
    }

    /// <summary>Has words that were typed back sign. Where the server cannot be told now, the person is: the account stands all the same.</summary>
    internal static async Task SignAsync(Session session, Device device, string words, CancellationToken cancel)
    {
        try
        {
            await device.CheckWordsAsync(words, cancel);
        }
        catch (ServerRefusedException refusal)
        {
            session.Note($"{refusal.Message} That you typed the words back was not written down. Once the server answers: candor words check");
        }
    }
}
