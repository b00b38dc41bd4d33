using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor sync FOLDER: both ways, once.</summary>
internal static class SyncCommand
{
    public static Command Make(CommandTree tree)
    {
        var folder = FolderArgument.Make();
        var noPreviews = FolderArgument.NoPreviews();
        var command = new Command("sync", """
            Bring a folder and the account together, both ways

            What changed on either side does so on the other. What changed on both is merged,
            or both versions are kept; nothing is overwritten unseen. If more than 5 % of a kind
            would be removed at once, you are asked first.

              candor sync ~/phone
            """) { folder, noPreviews };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(folder), new() { Previews = !parsed.GetValue(noPreviews) }, cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string path, FolderOptions options, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        FolderArgument.NeedsAKind(device);
        var report = await OnceAsync(session, device, path, options, cancel);
        if (report.Held.Count > 0 && await MayRemoveAsync(session, report.Held, cancel))
        {
            report = await OnceAsync(session, device, path, options with { AllowRemovals = true }, cancel);
        }
        FolderPage.Show(session, report);
        return FolderPage.ExitCodeOf(report);
    }

    internal static Task<FolderReport> OnceAsync(Session session, Device device, string path, FolderOptions options, CancellationToken cancel)
    {
        var folder = DeviceFolder.Open(device, path);
        return ProgressBars.DuringAsync(session, progress => folder.RunAsync(FolderMode.Sync, options, progress, cancel));
    }

    /// <summary>Asks where somebody is there; where nobody is, says how to answer and goes on without.</summary>
    private static async Task<bool> MayRemoveAsync(Session session, IReadOnlyList<HeldRemovals> held, CancellationToken cancel)
    {
        string what = Wording.List([.. held.Select(h => h.FromElsewhere
            ? $"{Wording.Count(h.Count)} of {Wording.Count(h.OfRecords)} {h.Kind.Word()} that another device removed"
            : $"{Wording.Count(h.Count)} of {Wording.Count(h.OfRecords)} {h.Kind.Word()} whose files are gone here")]);
        string ifNot = held.Any(h => h.FromElsewhere)
            ? "If not: candor history shows which change it was, candor undo NUMBER takes it back, candor devices revoke removes a device that is not yours any more."
            : "If not, put the files back and sync again.";
        try
        {
            return await session.AskAsync($"{what} would be removed. {ifNot} Was it meant?", cancel);
        }
        catch (HeldException)
        {
            await session.Terminal.Error.WriteLineAsync($"{what} would be removed; all else was done. If that was meant: candor sync FOLDER --yes. {ifNot}");
            return false;
        }
    }
}
