using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Folder;

namespace Candor.Cli.Commands;

/// <summary>candor backup FOLDER: what is new or changed in the folder goes up; the folder is only read.</summary>
internal static class BackupCommand
{
    public static Command Make(CommandTree tree)
    {
        var folder = FolderArgument.Make();
        var noPreviews = FolderArgument.NoPreviews();
        var command = new Command("backup", """
            Send what is new or changed in a folder; the folder is only read

            Takes contacts/*.vcf, notes/*.md, messages/, photos/, and in inbox/ whatever phone
            apps drop: contacts.vcf, sms-*.xml, sms-ie archives, DCIM/. What is gone from the
            folder stays in the account. Every item is counted: it is safe on the server's disk,
            or it is named with the reason why not.

              candor backup ~/phone
            """) { folder, noPreviews };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(folder), new() { Previews = !parsed.GetValue(noPreviews) }, cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string path, FolderOptions options, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        FolderArgument.NeedsAKind(device);
        var folder = DeviceFolder.Open(device, path);
        var report = await ProgressBars.DuringAsync(session, progress => folder.RunAsync(FolderMode.Backup, options, progress, cancel));
        FolderPage.Show(session, report);
        return FolderPage.ExitCodeOf(report);
    }
}
