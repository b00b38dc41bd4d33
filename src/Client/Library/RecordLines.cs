using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Library;

/// <summary>Makes a line of a list from a record's view.</summary>
internal static class RecordLines
{
    private const int LongestDetail = 120;

    public static ListedRecord Of(Id id, Kind kind, RecordPlaintext content, bool removed)
    {
        var view = content.View;
        return kind switch
        {
            Kind.Contacts => new(id, kind, First(view.Text("fn"), view.Text("org"), content.Name), Joined(view.Texts("tel").Concat(view.Texts("email"))), null, removed),
            Kind.Notes => new(id, kind, First(view.Text("title"), content.Name), First(Joined(view.Texts("tags").Select(t => "#" + t)), view.Text("snippet")), view.Time("updated"), removed),
            Kind.Messages => new(id, kind, First(view.Text("name"), view.Text("thread"), "?"), First(view.Text("body"), view.Text("subject"), Files(content)), view.Time("date"), removed),
            _ => new(id, kind, First(content.Name, "photo"), Joined([view.Text("model") ?? "", view.Text("type") ?? ""]), RecordView.TimeOf(view.Number("utc") ?? view.Number("modified")), removed),
        };
    }

    private static string First(params ReadOnlySpan<string?> texts)
    {
        foreach (string? text in texts)
        {
            if (!string.IsNullOrWhiteSpace(text)) return OneLine(text);
        }
        return "";
    }

    private static string Joined(IEnumerable<string> texts) => OneLine(string.Join(", ", texts.Where(t => t.Length > 0)));

    private static string Files(RecordPlaintext content) => Joined(content.Files.Select(f => f.Name.Length > 0 ? f.Name : f.MediaType));

    private static string OneLine(string text)
    {
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length <= LongestDetail ? line : line[..(LongestDetail - 1)] + "…";
    }
}
