using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Library;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor history: every change of the account, newest first, with the number that undo takes.</summary>
internal static class HistoryCommand
{
    private const int Usual = 30;

    public static Command Make(CommandTree tree)
    {
        var limit = new Option<int>("--limit") { HelpName = "N", Description = $"so many of the newest (else: {Usual}); 0: all", DefaultValueFactory = _ => Usual };
        var export = new Option<string?>("--export") { HelpName = "FILE", Description = "write the whole log there as its devices signed it, without what it is about: anyone can verify it (candor audit --account-log)" };
        var command = new Command("history", """
            Show every change of your account: when, by which device, what

            Each was signed by a device and verified by this one. One record's own history is in
            candor show.

              candor history --limit 5
            """) { limit, export };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            if (parsed.GetValue(export) is { } file) return Export(session, new Timeline(device), device.ServerKey, file);
            int most = parsed.GetValue(limit);
            Show(session, [.. new Timeline(device).Commits().Take(most > 0 ? most : int.MaxValue)]);
            return ExitCode.Done;
        });
        return command;
    }

    private static int Export(Session session, Timeline timeline, string serverKey, string file)
    {
        string keyFile = file + AuditFiles.ServerKeyBeside;
        foreach (string there in (string[])[file, keyFile]) if (File.Exists(there)) throw new UsageException($"{there} is there already. Choose another name.");
        File.WriteAllText(keyFile, serverKey + "\n");
        using var to = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        long commits = timeline.Write(to);
        session.Say($"{Wording.Count(commits, "change")} written to {file}: signatures, consents and hashes, nothing of what your records say. The server's key, which signed the end of it, is in {keyFile}: {serverKey}");
        session.Write(w =>
        {
            w.WriteString("written"u8, file);
            w.WriteNumber("changes"u8, commits);
            w.WriteString("serverKey"u8, serverKey);
        });
        return ExitCode.Done;
    }

    private static void Show(Session session, IReadOnlyList<CommitRow> commits)
    {
        session.Write(w =>
        {
            w.WriteRows("changes"u8, commits, (row, commit) =>
            {
                row.WriteNumber("number"u8, commit.Index);
                row.WriteString("time"u8, commit.Time);
                row.WriteString("device"u8, commit.Author);
                row.WriteString("kind"u8, commit.Kind.Word());
                row.WriteString("changes"u8, commit.Changes);
                row.WriteBoolean("canUndo"u8, commit.CanUndo);
                if (commit.Consents.Count == 0) return;
                row.WriteRows("consents"u8, commit.Consents, (inner, consent) =>
                {
                    inner.WriteString("kind"u8, consent.Kind.Word());
                    inner.WriteBoolean("on"u8, consent.On);
                });
            });
        });
        if (session.Json) return;
        var table = Screen.Table(">Number", "When", "Device", "Kind", "What");
        foreach (var commit in commits)
        {
            table.Row($"{commit.Index}", Wording.When(commit.Time, session.Clock), commit.Author, commit.Kind == Kind.None ? "account" : commit.Kind.Word(), commit.Changes);
        }
        Screen.Show(session.Terminal, table);
        if (commits.Any(c => c.CanUndo)) session.Say("\nTo take one back: candor undo NUMBER");
    }
}
