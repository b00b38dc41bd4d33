using System.Text.Json;
using Candor.Cli.Screens;
using Candor.Client.Library;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>Records in a list.</summary>
internal static class RecordTable
{
    /// <summary>Digits of an id that a list shows: enough to tell records apart, short enough to type.</summary>
    internal const int ShortId = 8;

    public static void Show(Session session, IReadOnlyList<ListedRecord> records, string none)
    {
        session.Write(w =>
        {
            w.WriteStartArray("records"u8);
            foreach (var record in records)
            {
                w.WriteStartObject();
                Write(w, record);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        });
        if (session.Json) return;
        if (records.Count == 0)
        {
            session.Say(none);
            return;
        }
        var table = Screen.Table("Id", "Kind", "When", "Title", "");
        foreach (var record in records)
        {
            string when = record.When is { } time ? Wording.When(time, session.Clock) : "";
            table.Row(record.Id.ToString()[..ShortId], record.Kind.Word(), when, Short(record.Title, 40), Short(record.Removed ? $"(removed) {record.Detail}" : record.Detail, 60));
        }
        Screen.Show(session.Terminal, table);
    }

    internal static void Write(Utf8JsonWriter w, ListedRecord record)
    {
        w.WriteString("id"u8, record.Id.ToString());
        w.WriteString("kind"u8, record.Kind.Word());
        w.WriteString("title"u8, record.Title);
        w.WriteString("detail"u8, record.Detail);
        if (record.When is { } when) w.WriteString("when"u8, when);
        w.WriteBoolean("removed"u8, record.Removed);
    }

    private static string Short(string text, int longest) => text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - 1).TrimEnd(), "…");
}
