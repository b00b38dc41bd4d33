using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Folder;

namespace Candor.Cli.Commands;

/// <summary>candor status [FOLDER]: what of it is safe, asked of nobody.</summary>
internal static class StatusCommand
{
    public static Command Make(CommandTree tree)
    {
        var folder = FolderArgument.MakeOptional();
        var command = new Command("status", """
            Show how much of a folder is safe, what is not, and why

            Compares the folder with what the server acknowledged. Nothing is sent, no server is
            asked. Ends with 1 where something is not safe, with 4 where an alarm stands.

              candor status ~/phone
            """) { folder };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            FolderArgument.NeedsAKind(device);
            var report = DeviceFolder.Open(device, FolderArgument.OrLast(device, parsed.GetValue(folder))).Look();
            FolderPage.Show(session, report);
            // What a server acknowledged before it was caught may be gone: whoever asks whether all is safe has to hear that first.
            if (device.Alarms.Standing() is not { } standing) return FolderPage.ExitCodeOf(report);
            session.Say($"\nALARM, {Wording.When(standing.Raised, session.Clock)}. {Wording.Plain(standing.Message)} What is counted as safe was acknowledged before that. See: candor alarm");
            return ExitCode.Alarm;
        });
        return command;
    }
}
