using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Devices;
using Candor.Client.Pairing;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor join SERVER: founds an account, with this device as its first.</summary>
internal static class JoinCommand
{
    public static Command Make(CommandTree tree)
    {
        var server = ServerArgument.Make();
        var name = NameOption();
        var invite = new Option<string?>("--invite") { HelpName = "CODE", Description = "where the server takes new accounts by invite" };
        var wordsFrom = WordsFromOption();
        var pair = new Option<bool>("--pair") { Description = "join the account of a device that you have: it lets this one in by a code" };
        var command = new Command("join", """
            Join a server: a new account, with this device as its first

            Makes this device's keys and 24 recovery words, which are shown once and typed back.
            Nothing of yours is sent: every kind is off until you turn it on.

            To join an account that you have, pair this device with one that belongs to it
            (candor join SERVER --pair), or use your words (candor recover SERVER).

              candor join cloud.example
              candor join cloud.example --pair
            """) { server, pair, name, invite, wordsFrom };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            Prepare(session, parsed.GetRequiredValue(server));
            if (parsed.GetValue(pair)) return await PairAsync(session, parsed.GetRequiredValue(server), parsed.GetValue(name) ?? UsualName(), cancel);
            // What is wrong here is said before anybody is asked; what the server would refuse, before anybody writes down words.
            string? given = parsed.GetValue(wordsFrom) is { } file ? await RecoveryDialog.ReadAsync(session, file, cancel) : null;
            if (given is null) RecoveryDialog.NeedsAPerson(session);
            Admits(await Device.AskAsync(session.Home, parsed.GetRequiredValue(server), session.Clock, cancel), parsed.GetRequiredValue(server), parsed.GetValue(invite));
            string words = given ?? await RecoveryDialog.MakeAsync(session, cancel);
            string called = parsed.GetValue(name) ?? UsualName();
            using var device = await Device.FoundAsync(session.Home, parsed.GetRequiredValue(server), called, words, parsed.GetValue(invite), session.Clock, cancel);
            if (given is null) await WordsCommand.SignAsync(session, device, words, cancel);
            return Tell(session, device, called, "This device is the first of a new account");
        });
        return command;
    }

    /// <summary>Before anybody writes down 24 words for a server that would not take them.</summary>
    private static void Admits(ServerInfo info, Uri server, string? invite)
    {
        if (info.Registration == "closed") throw new DeviceException($"{server.Authority} takes no new accounts. To join an account that you have there: candor join {server} --pair, or candor recover {server}");
        if (info.Registration == "invite" && invite is null) throw new DeviceException($"{server.Authority} asks for an invitation. Get a code from whoever runs it, then: candor join {server} --invite CODE");
    }

    private static async Task<int> PairAsync(Session session, Uri server, string name, CancellationToken cancel)
    {
        WordComparison.NeedsAPerson(session);
        using var device = await Device.PairAsync(
            session.Home, server, name, pairing => ShowCode(session, pairing),
            words => WordComparison.AskAsync(session, words, "the other device", cancel), session.Clock, cancel);
        await device.Account.PullAsync(cancel);
        return Tell(session, device, name, "This device has joined the account");
    }

    private static void ShowCode(Session session, NewDevice pairing) => session.Terminal.Error.WriteLine($"""
        On a device that belongs to the account, type:

            candor pair {pairing.Code}

        or scan this. The code is used once and lives until {Wording.When(pairing.Expires, session.Clock)}.

        {QrCode.Of(pairing.Link, session.Terminal.Colours)}
        Waiting for the other device …
        """);

    internal static Option<string?> NameOption() => new("--name") { HelpName = "NAME", Description = "what your other devices call this one; sealed, so the server does not see it (else: the machine's name)" };

    internal static Option<string?> WordsFromOption() => new("--words-from") { HelpName = "FILE", Description = "read the 24 words from a file, or with - from what is piped in; for scripts" };

    internal static string UsualName() => Environment.MachineName;

    /// <summary>Before anybody writes down 24 words for nothing.</summary>
    internal static void Prepare(Session session, Uri server)
    {
        if (DeviceHome.HasDevice(session.Home))
        {
            throw new DeviceException($"The device in {session.Home} has joined a server already. To see which: candor devices. For a second device on this machine: --home DIR");
        }
        if (ServerArgument.IsReadableOnTheWay(server))
        {
            session.Note($"{server.Authority} is reached over http. What you keep stays sealed, but anyone on the way sees that you talk to it, when, and how much. With https they see less.");
        }
    }

    internal static int Tell(Session session, Device device, string name, string done)
    {
        session.Say($"""
            {done}, at {device.Server.Authority} ({device.ServerName}).
            It is called "{name}". Everything is off: nothing leaves it.

            Next, turn on what you want to be kept: candor on contacts
            """);
        session.Write(w =>
        {
            w.WriteString("server"u8, device.Server.AbsoluteUri);
            w.WriteString("serverName"u8, device.ServerName);
            w.WriteString("serverKey"u8, device.ServerFingerprint);
            w.WriteString("account"u8, device.Account.Id.ToString());
            w.WriteString("device"u8, device.Id.ToString());
            w.WriteString("name"u8, name);
        });
        return ExitCode.Done;
    }
}
