using System.CommandLine;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor recover SERVER: this device joins the account that the 24 words, or a password, belong to.</summary>
internal static class RecoverCommand
{
    public static Command Make(CommandTree tree)
    {
        var server = ServerArgument.Make();
        var name = JoinCommand.NameOption();
        var wordsFrom = JoinCommand.WordsFromOption();
        var password = new Option<bool>("--password") { Description = "come in by the password and the account secret of the kit instead of the words" };
        var passwordFrom = PasswordDialog.FromOption();
        var secretFrom = PasswordDialog.SecretFromOption();
        var command = new Command("recover", """
            Join your account by its 24 words or its password, with no other device at hand

            This device becomes one of the account's devices; the others stay. If one was lost
            or stolen, remove it afterwards: candor devices revoke DEVICE. Every kind is off
            here until you turn it on; then candor restore FOLDER brings everything back.

            With --password the account secret of the printed kit and the password are asked
            for. Neither leaves this device.

              candor recover cloud.example
              candor recover cloud.example --password
            """) { server, name, wordsFrom, password, passwordFrom, secretFrom };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            var at = parsed.GetRequiredValue(server);
            JoinCommand.Prepare(session, at);
            string called = parsed.GetValue(name) ?? JoinCommand.UsualName();
            bool byPassword = parsed.GetValue(password) || parsed.GetValue(passwordFrom) is not null || parsed.GetValue(secretFrom) is not null;
            if (byPassword && parsed.GetValue(wordsFrom) is not null) throw new UsageException("Come in by the words or by the password, not both: leave out --words-from, or --password and its files.");
            using var device = byPassword
                ? await ByPasswordAsync(session, at, called, parsed.GetValue(secretFrom), parsed.GetValue(passwordFrom), cancel)
                : await ByWordsAsync(session, at, called, parsed.GetValue(wordsFrom), cancel);
            session.Say($"Compare with your kit:  server key  {device.ServerFingerprint}\n                        account     {device.Account.Id}\n");
            return JoinCommand.Tell(session, device, called, "This device has joined the account");
        });
        return command;
    }
    private static async Task<Device> ByWordsAsync(Session session, Uri server, string name, string? from, CancellationToken cancel)
    {
        string words = from is null ? await RecoveryDialog.TypeAsync(session, cancel) : await RecoveryDialog.ReadAsync(session, from, cancel);
        return await Device.RecoverAsync(session.Home, server, name, words, session.Clock, cancel);
    }

    private static async Task<Device> ByPasswordAsync(Session session, Uri server, string name, string? secretFrom, string? passwordFrom, CancellationToken cancel)
    {
        var (secret, password) = await PasswordDialog.AskAsync(session, secretFrom, passwordFrom, cancel);
        return await Device.RecoverByPasswordAsync(session.Home, server, name, secret, password, session.Clock, cancel);
    }
}
