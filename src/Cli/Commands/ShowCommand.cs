using System.CommandLine;
using System.Text;
using Candor.Cli.Screens;
using Candor.Client.Library;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor show RECORD: one record whole, and its history.</summary>
internal static class ShowCommand
{
    public static Command Make(CommandTree tree)
    {
        var name = new Argument<string>("RECORD") { Description = "the beginning of its id, its name in the folder, or its title" };
        var command = new Command("show", """
            Show one record as it is kept, and its revisions

              candor show notes/shopping.md
              candor show 3f9a01c2
            """) { name };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            FolderArgument.NeedsAKind(device);
            Show(session, new Library(device).Show(parsed.GetRequiredValue(name)));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Session session, ShownRecord shown)
    {
        var (record, content) = (shown.Listed, shown.Content);
        // A photo's bytes are for a file, not for a screen: candor restore brings it.
        string? text = record.Kind == Kind.Photos ? null : Text(content.Original.Span);
        session.Write(w =>
        {
            RecordTable.Write(w, record);
            w.WriteString("name"u8, content.Name);
            if (text is not null) w.WriteString("text"u8, text);
            w.WriteStartArray("revisions"u8);
            foreach (var revision in shown.Revisions)
            {
                w.WriteStartObject();
                w.WriteString("time"u8, revision.Time);
                w.WriteString("device"u8, revision.Author);
                w.WriteNumber("change"u8, revision.Place.Index);
                w.WriteBoolean("removed"u8, revision.Removed);
                w.WriteBoolean("here"u8, revision.IsHere);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        });
        if (session.Json) return;
        session.Say($"{Wording.Plain(record.Title)}{(record.Removed ? " (removed)" : "")}");
        session.Say($"{record.Kind.Word()}  {Wording.Plain(content.Name)}  {record.Id}\n");
        if (text is not null) session.Say(string.Join('\n', text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(Wording.Plain)) + "\n");
        var table = Screen.Table("Revision", "Device", ">Change", "");
        foreach (var revision in shown.Revisions)
        {
            table.Row(Wording.When(revision.Time, session.Clock), revision.Author, $"{revision.Place.Index}", revision.Removed ? "removed" : revision.IsHere ? "" : "on the server, for 30 days");
        }
        Screen.Show(session.Terminal, table);
    }

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
