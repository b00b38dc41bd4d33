using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor devices: who holds keys of the account, and the way to remove one.</summary>
internal static class DevicesCommand
{
    public static Command Make(CommandTree tree)
    {
        var all = new Option<bool>("--all") { Description = "also those that were removed" };
        var command = new Command("devices", """
            Show who holds keys of your account, and remove one

            For each: its name, when it last wrote, and which kinds are on for it. A device
            that you do not know, or that is silent though it is in use, is a reason to ask.

            Removing one makes new keys for everyone who remains; no password is asked. What
            the removed device had copied before, it may still have.

              candor devices
              candor devices revoke "old phone"
            """) { all };
        var which = new Argument<string>("DEVICE") { Description = "its name, or the beginning of its id" };
        var revoke = new Command("revoke", "Remove a device from the account") { which };
        revoke.SetAction((parsed, cancel) => RevokeAsync(tree.Open(parsed), parsed.GetRequiredValue(which), cancel));
        command.Subcommands.Add(revoke);
        command.SetAction((parsed, cancel) => ListAsync(tree.Open(parsed), parsed.GetValue(all), cancel));
        return command;
    }

    private static async Task<int> ListAsync(Session session, bool all, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        try
        {
            await device.Account.PullAsync(cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.IsTransient)
        {
            session.Note($"{refusal.Message} This is what the device knew when it last heard from the server.");
        }
        var holders = device.Holders().Where(h => all || h.IsLive).ToList();
        var table = Screen.Table("Name", "What", "Last heard", "On", "Id");
        foreach (var holder in holders)
        {
            string name = NameOf(holder) + (holder.IsThis ? " (this device)" : "");
            string heard = holder.LastHeard is { } time ? Wording.Ago(time, session.Clock) : "never";
            string on = !holder.IsLive ? "removed" : holder.On.Count == 0 ? "nothing" : string.Join(", ", holder.On.Select(k => k.Word()));
            table.Row(name, holder.Type, heard, on, Short(holder.Id));
        }
        if (!session.Json)
        {
            session.Say($"Account at {device.Server.Authority} ({device.ServerName})\n");
            Screen.Show(session.Terminal, table);
        }
        Write(session, device, holders);
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(Session session, string which, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        var holder = Find(device.Holders(), which);
        if (holder.IsThis) throw new UsageException("That is the device you are on, and no device removes itself. Do it from another one; or turn every kind off here: candor off all");
        string warning = holder.Type == "phrase" ? " Without the words, an account whose devices are all lost cannot be opened again." : "";
        if (!await session.AskAsync($"Remove {NameOf(holder)} ({holder.Type} {Short(holder.Id)}) from the account?{warning}", cancel))
        {
            session.Say("Nothing was changed.");
            return ExitCode.Done;
        }
        await device.Account.RevokeAsync(holder.Id, cancel);
        session.Say($"{NameOf(holder)} was removed. The account has new keys, and everyone who remains has them.");
        Write(session, device, [.. device.Holders().Where(h => h.IsLive)]);
        return ExitCode.Done;
    }

    /// <exception cref="UsageException">None, or more than one, is meant.</exception>
    private static HolderRow Find(IReadOnlyList<HolderRow> holders, string which)
    {
        var live = holders.Where(h => h.IsLive).ToList();
        var meant = live.Where(h => NameOf(h) == which).ToList();
        if (meant.Count == 0 && which.Length >= 4) meant = [.. live.Where(h => h.Id.ToString().StartsWith(which, StringComparison.OrdinalIgnoreCase))];
        return meant switch
        {
            [var one] => one,
            [] => throw new UsageException($"No device of this account is called \"{which}\". Their names and ids: candor devices"),
            _ => throw new UsageException($"\"{which}\" means {meant.Count} of them. Give the beginning of the id instead: {string.Join(" or ", meant.Select(h => Short(h.Id)))}"),
        };
    }

    private static string NameOf(HolderRow holder) => holder.Type switch
    {
        "phrase" => "the 24 words",
        "password" => "the password",
        "people" => $"people with shares, {Wording.Plain(holder.Name)}",
        _ => holder.Name.Length > 0 ? Wording.Plain(holder.Name) : "(no name)",
    };

    private static string Short(Id id) => id.ToString()[..8];

    private static void Write(Session session, Device device, IReadOnlyList<HolderRow> holders) => session.Write(w =>
    {
        w.WriteString("server"u8, device.Server.AbsoluteUri);
        w.WriteString("account"u8, device.Account.Id.ToString());
        w.WriteStartArray("devices"u8);
        foreach (var holder in holders)
        {
            w.WriteStartObject();
            w.WriteString("id"u8, holder.Id.ToString());
            w.WriteString("name"u8, holder.Name);
            w.WriteString("type"u8, holder.Type);
            w.WriteBoolean("this"u8, holder.IsThis);
            w.WriteBoolean("live"u8, holder.IsLive);
            if (holder.LastHeard is { } heard) w.WriteString("lastHeard"u8, heard);
            w.WriteStartArray("on"u8);
            foreach (var kind in holder.On) w.WriteStringValue(kind.Word());
            w.WriteEndArray();
            w.WriteEndObject();
        }
        w.WriteEndArray();
    });
}
