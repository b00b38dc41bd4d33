using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>candor people: shares for people who together bring the account back, three days after they say so.</summary>
internal static class PeopleCommand
{
    public static Command Make(CommandTree tree)
    {
        var command = new Command("people", """
            Give people shares that together bring your account back

            Each gets one share, as letters on paper. Fewer than you say are needed know nothing;
            enough of them can have a new device let in. They have to say so in the account's
            log first: every device of yours shows it, and one word from any of them stops it
            for three days' time. Only then does the server give them anything.

              candor people set 2 3
              candor people object
              candor people remove
            """);
        var needed = new Argument<int>("NEEDED") { Description = "how many of them it takes: 2 or more" };
        var count = new Argument<int>("OF") { Description = "how many get a share: at most 16" };
        var set = new Command("set", "Make shares, in the place of those that there were") { needed, count };
        set.SetAction((parsed, cancel) => SetAsync(tree.Open(parsed), parsed.GetRequiredValue(needed), parsed.GetRequiredValue(count), cancel));
        command.Subcommands.Add(set);
        var remove = new Command("remove", "Make all shares worthless");
        remove.SetAction((parsed, cancel) => RemoveAsync(tree.Open(parsed), cancel));
        command.Subcommands.Add(remove);
        var objection = new Command("object", "Stop the device that people with shares announced");
        objection.SetAction((parsed, cancel) => ObjectAsync(tree.Open(parsed), cancel));
        command.Subcommands.Add(objection);
        return command;
    }

    private static async Task<int> SetAsync(Session session, int needed, int count, CancellationToken cancel)
    {
        if (needed < 2 || needed > count || count > 16) throw new UsageException("At least 2 have to be needed, no more than get a share, and at most 16 get one: candor people set 2 3");
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        if (device.Account.HasPeople && !await session.AskAsync("People have shares already. Make new ones? The old ones are worthless then.", cancel))
        {
            session.Say("Nothing was changed.");
            return ExitCode.Done;
        }
        var shares = await device.Account.SetPeopleAsync(needed, count, cancel);
        session.Say($"Any {needed} of these {count} shares bring the account back. Give each to one person, on paper, with the\nname of the server ({device.Server.Authority}). They are shown once; nothing keeps them.");
        for (int i = 0; i < shares.Count; i++)
        {
            string[] groups = shares[i].Split('-');
            session.Say($"\n  Share {i + 1}\n    {string.Join('-', groups[..9])}\n    {string.Join('-', groups[9..])}");
        }
        session.Write(w =>
        {
            w.WriteNumber("needed"u8, needed);
            w.WriteStartArray("shares"u8);
            foreach (string share in shares) w.WriteStringValue(share);
            w.WriteEndArray();
        });
        return ExitCode.Done;
    }

    private static async Task<int> RemoveAsync(Session session, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        if (!await session.AskAsync("Make all shares of this account worthless? The 24 words remain.", cancel))
        {
            session.Say("Nothing was changed.");
            return ExitCode.Done;
        }
        session.Say(await device.Account.RemovePeopleAsync(cancel) ? "The shares are worthless. Everyone who remains has new keys." : "Nobody has shares of this account.");
        session.Write(w => w.WriteBoolean("people"u8, device.Account.HasPeople));
        return ExitCode.Done;
    }

    private static async Task<int> ObjectAsync(Session session, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        bool objected = await device.Account.ObjectAsync(cancel);
        session.Say(objected
            ? "You objected: the device that was announced does not come in. Who has the shares can begin anew, for three days again. To make the shares worthless for good: candor people remove"
            : "Nobody has announced anything.");
        session.Write(w => w.WriteBoolean("objected"u8, objected));
        return ExitCode.Done;
    }

    /// <summary>Shares out of files, or typed one after the other until they are enough.</summary>
    internal static async Task<IReadOnlyList<string>> ReadAsync(Session session, string[] files, CancellationToken cancel)
    {
        var shares = new List<string>();
        foreach (string file in files)
        {
            if (new FileInfo(file) is { Exists: true, Length: > 4096 }) throw new UsageException($"{file} is too long to be a share.");
            string text = await File.ReadAllTextAsync(file, cancel);
            if (PeopleShares.Trouble(text, out _) is { } trouble) throw new UsageException($"{file}: {trouble}");
            shares.Add(text);
        }
        if (files.Length > 0) return shares;
        if (!session.Terminal.CanAsk) throw new UsageException("Nobody is here to type the shares. In a script, name a file for each: --share-from FILE --share-from FILE");
        await session.Terminal.Error.WriteLineAsync("Type the shares as people read them out: eighteen groups of four, on one line.");
        for (int needed = 2; shares.Count < needed;)
        {
            await session.Terminal.Error.WriteAsync($"Share {shares.Count + 1} (not shown): ");
            string typed = await session.ReadHiddenAsync(cancel) ?? throw new HeldException("The input ended before all shares were typed. Nothing was done; start again.");
            if (PeopleShares.Trouble(typed, out int of) is { } trouble)
            {
                await session.Terminal.Error.WriteLineAsync(trouble);
                continue;
            }
            needed = of;
            shares.Add(typed);
        }
        return shares;
    }

    /// <summary>What a person is told whose device waits.</summary>
    internal static int TellWaiting(Session session, PeopleRecovery recovery)
    {
        session.Say($"{(recovery.IsNew ? "This device is announced to all devices of the account" : "This device is announced and waits")}. Unless one of them objects, it comes in after\n{Wording.When(recovery.Until, session.Clock)}: then type the same command again, with the shares.");
        session.Write(w =>
        {
            w.WriteBoolean("waiting"u8, true);
            w.WriteString("until"u8, recovery.Until);
        });
        return ExitCode.Done;
    }
}
