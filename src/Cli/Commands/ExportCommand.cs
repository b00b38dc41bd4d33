using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Restore;

namespace Candor.Cli.Commands;

/// <summary>candor export FOLDER: files that other programs import.</summary>
internal static class ExportCommand
{
    public static Command Make(CommandTree tree)
    {
        var folder = new Argument<string>("FOLDER") { Description = "an empty one; made if it is missing" };
        var kinds = KindArgument.MakeOption("only this kind; may be given more than once");
        var whom = new Option<string?>("--for") { HelpName = "WHOM", Description = "google, icloud or nextcloud: in the forms that each imports; else everything as it came" };
        whom.CompletionSources.Add("google", "icloud", "nextcloud");
        whom.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not (null or "google" or "icloud" or "nextcloud")) result.AddError("--for is google, icloud or nextcloud.");
        });
        var command = new Command("export", """
            Leave, or take a copy elsewhere: files that other programs import

            One address book, notes with their attachments, messages for the phone apps that
            restore them, photos as they were taken.

              candor export ~/to-nextcloud --for nextcloud
            """) { folder, kinds, whom };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            FolderArgument.NeedsAKind(device);
            var form = parsed.GetValue(whom) switch { "google" => ExportFor.Google, "icloud" => ExportFor.ICloud, "nextcloud" => ExportFor.Nextcloud, _ => ExportFor.Plain };
            var report = await ProgressBars.DuringAsync(session, progress =>
                ExportRun.RunAsync(device, parsed.GetRequiredValue(folder), parsed.GetValue(kinds) ?? [], form, progress, cancel));
            FolderPage.ShowWritten(session, report, parsed.GetRequiredValue(folder));
            return FolderPage.ExitCodeOf(report);
        });
        return command;
    }
}
