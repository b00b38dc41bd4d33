using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Restore;

namespace Candor.Cli.Commands;

/// <summary>candor restore FOLDER: the account as plain files, as it is now or as it was.</summary>
internal static class RestoreCommand
{
    public static Command Make(CommandTree tree, TimeProvider clock)
    {
        var folder = new Argument<string>("FOLDER") { Description = "made if it is missing" };
        var kinds = KindArgument.MakeOption("only this kind; may be given more than once");
        var at = TimeOption.Make("--at", "as it was then: 2026-11-24, \"2026-11-24 09:30\", 3d", clock);
        var only = new Option<string?>("--only") { HelpName = "NAME", Description = "nothing but this: its path below the folder, or the beginning of its id" };
        var command = new Command("restore", """
            Bring everything back into a folder, as it is now or as it was

            Files that are there already as they should be are left. Others are never
            overwritten: what is restored gets a name beside them. The server keeps superseded
            and removed records for 30 days.

              candor restore ~/phone
              candor restore ~/last-week --kind notes --at 7d
              candor restore ~/phone --only photos/2026/01/IMG_1.jpg
            """) { folder, kinds, at, only };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            FolderArgument.NeedsAKind(device);
            var report = await ProgressBars.DuringAsync(session, progress =>
                RestoreRun.RunAsync(device, parsed.GetRequiredValue(folder), parsed.GetValue(kinds) ?? [], parsed.GetValue(at), parsed.GetValue(only), progress, cancel));
            FolderPage.ShowWritten(session, report, parsed.GetRequiredValue(folder));
            return FolderPage.ExitCodeOf(report);
        });
        return command;
    }
}
