using System.CommandLine;
using System.Globalization;
using Candor.Cli.Screens;
using Candor.Client.Folder;

namespace Candor.Cli.Commands;

/// <summary>candor watch FOLDER: keeps the two together until it is stopped. A line for each run that did something.</summary>
internal static class WatchCommand
{
    public static Command Make(CommandTree tree)
    {
        var folder = FolderArgument.Make();
        var backup = new Option<bool>("--backup") { Description = "up only: the folder is read and never written" };
        var noPreviews = FolderArgument.NoPreviews();
        var command = new Command("watch", """
            Keep a folder and the account together until it is stopped

            Runs when a file changes, when another device wrote, and every quarter of an hour.
            A server that does not answer is tried again later. Stop it with Ctrl+C; nothing
            that was acknowledged is lost. With --json each run is one document on a line.

              candor watch ~/phone
            """) { folder, backup, noPreviews };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(folder), parsed.GetValue(backup), new() { Previews = !parsed.GetValue(noPreviews) }, cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string folder, bool backup, FolderOptions options, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        FolderArgument.NeedsAKind(device);
        var watch = new Watch(device, folder, backup ? FolderMode.Backup : FolderMode.Sync, options);
        session.Note($"Watching {Path.GetFullPath(folder)}. Stop with Ctrl+C.");
        IReadOnlyList<HeldRemovals> known = [];
        await watch.RunAsync(
            (cause, report) =>
            {
                Tell(session, cause, report, isNews: !report.Held.SequenceEqual(known));
                known = report.Held;
            },
            (trouble, again) => session.Note($"{Now(session)}  {trouble.Message} Trying again in {Wording.Lasted(again)}."), null, cancel);
        return ExitCode.Done;
    }

    private static void Tell(Session session, WatchCause cause, FolderReport report, bool isNews)
    {
        session.WriteLine(w =>
        {
            w.WriteString("time"u8, session.Clock.GetUtcNow());
            w.WriteString("cause"u8, Word(cause));
            FolderPage.Write(w, report);
        });
        long moved = report.Kinds.Sum(k => k.Sent + k.Received + k.Merged + k.Removed);
        if (moved == 0 && !isNews && cause != WatchCause.Start) return;
        session.Say($"{Now(session)}  {FolderPage.Summary(report)}");
        foreach (var held in report.Held)
        {
            session.Say($"          {Wording.Count(held.Count)} of {Wording.Count(held.OfRecords)} {Candor.Protocol.Kinds.Word(held.Kind)} would be removed: held until you say so with candor sync");
        }
    }

    private static string Now(Session session) => session.Clock.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Word(WatchCause cause) => cause switch
    {
        WatchCause.Start => "start",
        WatchCause.FolderChanged => "folder",
        WatchCause.AccountChanged => "account",
        _ => "time",
    };
}
