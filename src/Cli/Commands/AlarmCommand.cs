using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Accounts;

namespace Candor.Cli.Commands;

/// <summary>candor alarm: what was seen, where the evidence lies, and the way on.</summary>
internal static class AlarmCommand
{
    public static Command Make(CommandTree tree)
    {
        var goOn = new Option<bool>("--go-on") { Description = "you know why it was: let this account sync again" };
        var command = new Command("alarm", """
            Show the alarm that stands, and go on after it

            An alarm is raised when the server, or a device, shows what no honest one does: a
            shorter history, another one, a change that nobody of yours signed. From then on this
            account is not synced; your files and what this device keeps stay as they are.

            What was seen lies in a folder of its own, for whoever you want to show it to. Go on
            when you know why it was. If it is still so, the alarm comes again.

              candor alarm
              candor alarm --go-on
            """) { goOn };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetValue(goOn), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, bool goOn, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        var standing = device.Alarms.Standing();
        if (standing is null)
        {
            session.Say("No alarm stands.");
            Write(session, null);
            return ExitCode.Done;
        }
        session.Say($"ALARM, {Wording.When(standing.Raised, session.Clock)}. {Wording.Plain(standing.Message)}\n\nWhat was seen is kept in {standing.Folder} (what.txt says what each file is).");
        if (!goOn) session.Say("This account is not synced until you say so: candor alarm --go-on");
        else if (!await session.AskAsync("Do you know why it was, and want to go on with this server?", cancel))
        {
            session.Say("Nothing was changed.");
        }
        else
        {
            device.Alarms.GoOn();
            session.Say("The account is synced again from here on. What was seen stays in that folder.");
        }
        bool stands = device.Alarms.Standing() is not null;
        Write(session, standing, stands);
        return stands ? ExitCode.Alarm : ExitCode.Done;
    }

    private static void Write(Session session, StandingAlarm? alarm, bool stands = false) => session.Write(w =>
    {
        w.WriteBoolean("stands"u8, stands);
        if (alarm is null) return;
        w.WriteString("alarm"u8, AlarmBook.WordOf(alarm.Kind));
        w.WriteString("raised"u8, alarm.Raised);
        w.WriteString("message"u8, alarm.Message);
        w.WriteString("evidence"u8, alarm.Folder);
    });
}
