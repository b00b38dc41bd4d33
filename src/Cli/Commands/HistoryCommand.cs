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
        var command = new Command("history", """
            Show every change of your account: when, by which device, what

            Each was signed by a device and verified by this one. One record's own history is in
            candor show.

              candor history --limit 5
            """) { limit };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            int most = parsed.GetValue(limit);
            Show(session, [.. new Timeline(device).Commits().Take(most > 0 ? most : int.MaxValue)]);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, IReadOnlyList<CommitRow> commits)
    {
        session.Write(w =>
        {
            w.WriteStartArray("changes"u8);
            foreach (var commit in commits)
            {
                w.WriteStartObject();
                w.WriteNumber("number"u8, commit.Index);
                w.WriteString("time"u8, commit.Time);
                w.WriteString("device"u8, commit.Author);
                w.WriteString("kind"u8, commit.Kind.Word());
                w.WriteString("changes"u8, commit.Changes);
                w.WriteBoolean("canUndo"u8, commit.CanUndo);
                w.WriteEndObject();
            }
            w.WriteEndArray();
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
