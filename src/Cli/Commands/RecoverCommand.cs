using System.CommandLine;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor recover SERVER: this device joins the account that the 24 words belong to.</summary>
internal static class RecoverCommand
{
    public static Command Make(CommandTree tree)
    {
        var server = ServerArgument.Make();
        var name = JoinCommand.NameOption();
        var wordsFrom = JoinCommand.WordsFromOption();
        var command = new Command("recover", """
            Join your account with its 24 words, when no other device is at hand

            This device becomes one of the account's devices; the others stay. If one was lost
            or stolen, remove it afterwards: candor devices revoke DEVICE. Every kind is off
            here until you turn it on; then candor restore FOLDER brings everything back.

              candor recover cloud.example
            """) { server, name, wordsFrom };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            JoinCommand.Prepare(session, parsed.GetRequiredValue(server));
            string words = parsed.GetValue(wordsFrom) is { } file ? await RecoveryDialog.ReadAsync(session, file, cancel) : await RecoveryDialog.TypeAsync(session, cancel);
            string called = parsed.GetValue(name) ?? JoinCommand.UsualName();
            using var device = await Device.RecoverAsync(session.Home, parsed.GetRequiredValue(server), called, words, session.Clock, cancel);
            return JoinCommand.Tell(session, device, called, "This device has joined the account");
        });
        return command;
    }
}
