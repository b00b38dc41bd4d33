using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Restore;

namespace Candor.Cli.Commands;

/// <summary>candor drill: the rehearsal that a backup is one.</summary>
internal static class DrillCommand
{
    private const int UsualSample = 20;

    public static Command Make(CommandTree tree)
    {
        var folder = new Argument<string?>("FOLDER") { Arity = ArgumentArity.ZeroOrOne, Description = "compare with the files in it, byte for byte; else only with the hashes in the log" };
        var sample = new Option<int>("--sample") { HelpName = "N", Description = $"records of each kind (else: {UsualSample})", DefaultValueFactory = _ => UsualSample };
        sample.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--sample is a number from 1.");
        });
        var into = new Option<string?>("--into") { HelpName = "DIR", Description = "keep what was restored in this empty folder, to look at; else it is removed" };
        var command = new Command("drill", """
            Rehearse a restore: fetch a random sample back from the server and compare it

            Everything sampled is fetched anew, as a new device would, opened, and compared.
            Writes a dated report into this device's folder. Ends with 1 if anything did not
            come back.

              candor drill ~/phone
            """) { folder, sample, into };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            FolderArgument.NeedsAKind(device);
            var report = await ProgressBars.DuringAsync(session, progress =>
                Drill.RunAsync(device, parsed.GetValue(folder), parsed.GetValue(sample), parsed.GetValue(into), progress, cancel));
            Show(session, report);
            return report.IsGood ? ExitCode.Done : ExitCode.SomeTroubles;
        });
        return command;
    }

    private static void Show(Session session, DrillReport report)
    {
        session.Write(w =>
        {
            w.WriteBoolean("good"u8, report.IsGood);
            w.WriteString("time"u8, report.Time);
            w.WriteString("report"u8, report.File);
            w.WriteStartArray("kinds"u8);
            foreach (var kind in report.Kinds)
            {
                w.WriteStartObject();
                w.WriteString("kind"u8, Candor.Protocol.Kinds.Word(kind.Kind));
                w.WriteNumber("records"u8, kind.Records);
                w.WriteNumber("sampled"u8, kind.Sampled);
                w.WriteNumber("good"u8, kind.Good);
                w.WriteNumber("compared"u8, kind.Compared);
                w.WriteNumber("bytes"u8, kind.Bytes);
                FolderPage.Write(w, "troubles"u8, kind.Troubles);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        });
        if (session.Json) return;
        session.Say(report.IsGood ? "Everything that was asked for came back as it was.\n" : "Something did not come back as it was.\n");
        var table = Screen.Table("Kind", "Came back", "Compared with the folder", "Files");
        foreach (var kind in report.Kinds)
        {
            table.Row(
                Candor.Protocol.Kinds.Word(kind.Kind), $"{Wording.Count(kind.Good)} of {Wording.Count(kind.Sampled)} (there are {Wording.Count(kind.Records)})",
                kind.Compared == 0 ? "" : Wording.Count(kind.Compared), kind.Bytes == 0 ? "" : Wording.Bytes(kind.Bytes));
        }
        Screen.Show(session.Terminal, table);
        FolderPage.List(session, "Not good, and why", [.. report.Kinds.SelectMany(k => k.Troubles)]);
        session.Say($"\nReport: {report.File}");
    }
}
