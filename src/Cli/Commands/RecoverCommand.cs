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
        var people = new Option<bool>("--people") { Description = "come in by the shares that people have: announced now, let in three days later" };
        var shareFrom = new Option<string[]>("--share-from") { HelpName = "FILE", Description = "read a share from a file; give it once for each share" };
        var command = new Command("recover", """
            Join your account by words, password or people, with no other device at hand

            This device becomes one of the account's devices; the others stay. If one was lost
            or stolen, remove it afterwards: candor devices revoke DEVICE. Every kind is off
            here until you turn it on; then candor restore FOLDER brings everything back.

            With --password the account secret of the printed kit and the password are asked
            for. Neither leaves this device.

            With --people the shares of the people whom you gave them to are asked for. This
            device is announced to all others first; three days later the same command brings
            it in, unless one of them objected.

              candor recover cloud.example
              candor recover cloud.example --password
              candor recover cloud.example --people
            """) { server, name, wordsFrom, password, passwordFrom, secretFrom, people, shareFrom };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            var at = parsed.GetRequiredValue(server);
            JoinCommand.Prepare(session, at);
            string called = parsed.GetValue(name) ?? JoinCommand.UsualName();
            bool byPassword = parsed.GetValue(password) || parsed.GetValue(passwordFrom) is not null || parsed.GetValue(secretFrom) is not null;
            string[] shareFiles = parsed.GetValue(shareFrom) ?? [];
            if (parsed.GetValue(people) || shareFiles.Length > 0)
            {
                if (byPassword || parsed.GetValue(wordsFrom) is not null) throw new UsageException("Come in by people, by the words or by the password: one of them at a time.");
                var shares = await PeopleCommand.ReadAsync(session, shareFiles, cancel);
                var recovery = await PeopleShares.ComeInAsync(session.Home, at, called, shares, session.Clock, cancel);
                if (recovery.Device is not { } came) return PeopleCommand.TellWaiting(session, recovery);
                using (came) return Tell(session, came, called);
            }
            if (byPassword && parsed.GetValue(wordsFrom) is not null) throw new UsageException("Come in by the words or by the password, not both: leave out --words-from, or --password and its files.");
            using var device = byPassword
                ? await ByPasswordAsync(session, at, called, parsed.GetValue(secretFrom), parsed.GetValue(passwordFrom), cancel)
                : await ByWordsAsync(session, at, called, parsed.GetValue(wordsFrom), cancel);
            return Tell(session, device, called);
        });
        return command;
    }
    private static int Tell(Session session, Device device, string name)
    {
        session.Say($"Compare with your kit:  server key  {device.ServerFingerprint}\n                        account     {device.Account.Id}\n");
        return JoinCommand.Tell(session, device, name, "This device has joined the account");
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
