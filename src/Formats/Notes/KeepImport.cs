using System.Text;
using System.Text.Json;
using Candor.Formats.Takeout;

namespace Candor.Formats.Notes;

/// <summary>A file that a Keep note came with.</summary>
/// <param name="FilePath">
/// As the export names it; the file on disk may have another extension: see <see cref="KeepImport.FindAttachment"/>.
/// </param>
/// <param name="MediaType">As the export says, "" where it does not.</param>
public sealed record KeepAttachment(string FilePath, string MediaType);

/// <summary>A note out of a Google Keep export.</summary>
/// <param name="Note">The note as Markdown; attachments are linked by their path.</param>
/// <param name="Trashed">The note was in the bin when it was exported.</param>
/// <param name="Attachments">In the order of the export.</param>
public sealed record KeepNote(NoteFile Note, bool Trashed, IReadOnlyList<KeepAttachment> Attachments);

/// <summary>Reads the JSON files of a Google Keep export (Takeout): one note each.</summary>
/// <remarks>
/// Text stays as it was typed. Lists become checklists, labels tags, web previews links at the end. The creation time in microseconds is
/// the only thing in the export that tells notes apart for good, so it makes the id, and a second import of one export finds the same ids.
/// </remarks>
public static class KeepImport
{
    /// <summary>Reads one note. Total.</summary>
    /// <param name="json">The file.</param>
    /// <param name="entryName">Its name in the export, for the title of notes without one and for the report.</param>
    public static Reading<KeepNote> Read(ReadOnlyMemory<byte> json, string entryName)
    {
        ArgumentNullException.ThrowIfNull(entryName);
        using var document = TakeoutJson.Parse(json, out var refusal);
        if (document is null)
            return Reading<KeepNote>.Failed(entryName, -1, $"Not imported: {refusal}.");
        var root = document.RootElement;
        if (root.Get("textContent") is null && root.Get("listContent") is null && root.Get("userEditedTimestampUsec") is null)
            return Reading<KeepNote>.Failed(entryName, -1, "Not imported: it is JSON, but no Keep note.");

        var attachments = root.Items("attachments")
            .Select(item => new KeepAttachment(item.Text("filePath") ?? "", item.Text("mimetype") ?? ""))
            .Where(item => item.FilePath.Length > 0).ToList();
        var title = root.Text("title");
        var name = title ?? Path.GetFileNameWithoutExtension(entryName.Replace('\\', '/'));
        var created = root.Whole("createdTimestampUsec");
        var note = NoteFile.FromMarkdown("", SafeFileName.For(name, ".md")).WithBody(Body(root, attachments));
        if (title is not null)
            note = note.WithTitle(title);
        note = note
            .WithTags([.. root.Items("labels").Select(label => label.Text("name")).OfType<string>().Distinct(StringComparer.Ordinal)])
            .WithCreated(Instant(created))
            .WithUpdated(Instant(root.Whole("userEditedTimestampUsec")))
            .WithPinned(root.Flag("isPinned"))
            .WithArchived(root.Flag("isArchived"));
        if (root.Text("color") is { } color && color != "DEFAULT")
            note = note.WithColor(color.ToLowerInvariant());
        note = note.WithSource("google-keep");
        if (Instant(created) is not null)
            note = note.WithId($"keep-{created}");
        if (string.Join(", ", root.Items("sharees").Select(person => person.Text("email")).OfType<string>()) is { Length: > 0 } people)
            note = note.With("shared-with", people);
        return Reading<KeepNote>.Of(new KeepNote(note, root.Flag("isTrashed"), attachments));
    }

    /// <summary>
    /// The name among <paramref name="names"/> that an attachment means: itself, else the same name under another extension.
    /// </summary>
    /// <remarks>Keep writes "x.jpeg" into the note and "x.jpg" onto the disk, or the other way round.</remarks>
    public static string? FindAttachment(KeepAttachment attachment, IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        ArgumentNullException.ThrowIfNull(names);
        var stem = Stem(attachment.FilePath);
        return names.FirstOrDefault(name => name == attachment.FilePath)
            ?? names.Where(name => !name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                && !name.EndsWith(".html", StringComparison.OrdinalIgnoreCase)
                && string.Equals(Stem(name), stem, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private static string Stem(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot > path.LastIndexOf('/') + 1 ? path[..dot] : path;
    }

    /// <summary>Microseconds since 1970; zero, which Keep writes for "never", is no time.</summary>
    private static DateTimeOffset? Instant(long? microseconds) =>
        microseconds is > 0 and var value ? FrontMatterText.FromEpochMilliseconds(value / 1000)?.AddTicks(value % 1000 * 10) : null;

    private static string Body(JsonElement root, List<KeepAttachment> attachments)
    {
        var body = new StringBuilder();
        if (root.Text("textContent") is { } text)
            AddBlock(body, text);
        var list = root.Items("listContent").Where(item => item.ValueKind == JsonValueKind.Object)
            .Select(item => (item.Flag("isChecked") ? "- [x] " : "- [ ] ") + Indent(item.Text("text") ?? "")).ToList();
        if (list.Count > 0)
            AddBlock(body, string.Join('\n', list));
        foreach (var attachment in attachments)
        {
            var isImage = attachment.MediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase);
            var destination = NoteMarkdown.FileDestination(attachment.FilePath);
            AddBlock(body, isImage ? $"![]({destination})" : $"[{NoteMarkdown.Label(attachment.FilePath)}]({destination})");
        }
        var links = root.Items("annotations").Select(Link).OfType<string>().ToList();
        if (links.Count > 0)
            AddBlock(body, string.Join('\n', links));
        return body.ToString();
    }

    private static string? Link(JsonElement annotation)
    {
        var (title, url, words) = (annotation.Text("title"), annotation.Text("url"), annotation.Text("description"));
        if (url is null)
            return title is null && words is null ? null : "- " + Indent(string.Join(": ", new[] { title, words }.OfType<string>()));
        return $"- [{NoteMarkdown.Label(title ?? url)}]({NoteMarkdown.Destination(url)})" + (words is null ? "" : ": " + Indent(words));
    }

    /// <summary>Further lines of an item stand under its first.</summary>
    private static string Indent(string item) => item.ReplaceLineEndings("\n").Replace("\n", "\n  ", StringComparison.Ordinal);

    private static void AddBlock(StringBuilder body, string lines)
    {
        if (body.Length > 0)
            body.Append('\n');
        body.Append(lines.ReplaceLineEndings("\n").TrimEnd('\n')).Append('\n');
    }
}
