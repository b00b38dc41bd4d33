using System.CommandLine;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor password: one more way back into the account, beside the 24 words.</summary>
internal static class PasswordCommand
{
    public static Command Make(CommandTree tree)
    {
        var command = new Command("password", """
            Set a password that brings your account back, beside the 24 words

            With the password and the account secret together a new device can come in
            (candor recover SERVER --password). The account secret is 128 random bits that your
            devices keep and the printed kit shows: so a password alone opens nothing, and
            whoever steals the server's disk has nothing to try passwords on.

              candor password set
              candor password change
              candor password remove
            """);
        var from = PasswordDialog.FromOption();
        var set = new Command("set", "Set a password; the account secret is shown for the kit") { from };
        set.SetAction((parsed, cancel) => SetAsync(tree.Open(parsed), parsed.GetValue(from), false, false, cancel));
        command.Subcommands.Add(set);

        var changeFrom = PasswordDialog.FromOption();
        var newSecret = new Option<bool>("--new-secret") { Description = "make a new account secret too, where somebody may have seen the kit; print a new kit then" };
        var change = new Command("change", "Set another password; the one before opens nothing any more") { changeFrom, newSecret };
        change.SetAction((parsed, cancel) => SetAsync(tree.Open(parsed), parsed.GetValue(changeFrom), true, parsed.GetValue(newSecret), cancel));
        command.Subcommands.Add(change);

        var remove = new Command("remove", "Take the password away; the words remain");
        remove.SetAction((parsed, cancel) => RemoveAsync(tree.Open(parsed), cancel));
        command.Subcommands.Add(remove);
        return command;
    }

    private static async Task<int> SetAsync(Session session, string? from, bool change, bool newSecret, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        if (device.Account.HasPassword != change)
            throw new DeviceException(change ? "No password is set. To set one: candor password set" : "A password is set already. For another one: candor password change");
        string password = await PasswordDialog.NewAsync(session, from, cancel);
        string secret = await device.Account.SetPasswordAsync(password, newSecret, cancel);
        session.Say($"""
            The password is {(change ? "changed; the one before opens nothing any more" : "set")}. It works together with this account secret:

                {secret}

            Your devices keep the account secret. Nobody else has it, so it belongs on paper: candor kit FILE.pdf
            """);
        session.Write(w =>
        {
            w.WriteBoolean("password"u8, true);
            w.WriteString("accountSecret"u8, secret);
        });
        return ExitCode.Done;
    }

    private static async Task<int> RemoveAsync(Session session, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        if (!await session.AskAsync("Remove the password from the account? The 24 words remain.", cancel))
        {
            session.Say("Nothing was changed.");
            return ExitCode.Done;
        }
        session.Say(await device.Account.RemovePasswordAsync(cancel) ? "The password was removed. Everyone who remains has new keys." : "No password was set.");
        session.Write(w => w.WriteBoolean("password"u8, device.Account.HasPassword));
        return ExitCode.Done;
    }
}
