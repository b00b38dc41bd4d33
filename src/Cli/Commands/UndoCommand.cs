using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Library;

namespace Candor.Cli.Commands;

/// <summary>candor undo NUMBER: takes a change back by a new one.</summary>
internal static class UndoCommand
{
    public static Command Make(CommandTree tree)
    {
        var number = new Argument<long>("NUMBER") { Description = "of the change, as candor history shows it" };
        var command = new Command("undo", """
            Take a change back, by a new one that says what was before

            Nothing is taken out of the history. What was changed again since is left as it is
            and named. Folders follow at their next sync.

              candor undo 41
            """) { number };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(number), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, long number, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        var (undone, left) = await new Timeline(device).UndoAsync(number, cancel);
        session.Say($"{Wording.Count(undone, "record")} changed back.");
        foreach (string reason in left) session.Say($"  Left as it is: {Wording.Plain(reason)}");
        session.Write(w =>
        {
            w.WriteNumber("undone"u8, undone);
            w.WriteStartArray("left"u8);
            foreach (string reason in left) w.WriteStringValue(reason);
            w.WriteEndArray();
        });
        return left.Count > 0 ? ExitCode.SomeTroubles : ExitCode.Done;
    }
}
