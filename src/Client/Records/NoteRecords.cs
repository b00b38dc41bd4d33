using System.Text;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Client.Records;

/// <summary>Markdown files as records, with the files they link to.</summary>
public static class NoteRecords
{
    private const string AttachmentRole = "attachment/";

    /// <param name="file">The note, byte for byte.</param>
    /// <param name="name">Where it stands below notes/.</param>
    /// <param name="attachments">In the order they get their roles in: attachment/0, attachment/1 …</param>
    /// <param name="modified">The file's own time, for notes that do not say when they were changed.</param>
    /// <param name="contentId">Of <paramref name="file"/>; needed where its front matter has no id.</param>
    /// <exception cref="ArgumentException">There is neither an id nor a content id.</exception>
    public static RecordDraft Of(ReadOnlyMemory<byte> file, string name, IReadOnlyList<FileDraft> attachments, DateTimeOffset? modified, Id? contentId)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(attachments);
        var note = NoteFile.Parse(file, FileName(name));
        FileDraft[] files = [.. attachments.Select((draft, i) => draft with { Role = $"{AttachmentRole}{i}" })];
        byte[] key = note.View.Id is { } id ? DraftText.Key("i:"u8, id)
            : contentId is { } content ? PathKey(name, content)
            : throw new ArgumentException("A note without an id is known by its content id.", nameof(contentId));
        var view = ViewOf(note, modified?.ToUnixTimeMilliseconds(), [.. files.Select(f => f.Name)]);
        return new(key, new(name, file, view, []), files, note.Problem);
    }

    /// <summary>The natural key of a note without an id, and of one whose id another file has already: somebody copied it.</summary>
    public static byte[] PathKey(string name, Id contentId) => [.. "p:"u8, .. Encoding.UTF8.GetBytes(name), 0, .. contentId.ToArray()];

    public static NoteFile Note(RecordPlaintext record) => NoteFile.Parse(record.Original, FileName(record.Name));

    /// <summary>Files below notes/ that the note links to, as paths from there, each once, in order. Links that leave the folder and links to other notes are left out.</summary>
    /// <param name="note">Anybody may have written it.</param>
    /// <param name="name">Where it stands below notes/: links start from its folder.</param>
    public static IReadOnlyList<string> AttachmentPaths(NoteFile note, string name)
    {
        ArgumentNullException.ThrowIfNull(note);
        ArgumentNullException.ThrowIfNull(name);
        string[] folder = name.Split('/')[..^1];
        var paths = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string link in note.View.Attachments)
            if (Resolve(folder, link) is { } path && !path.EndsWith(".md", StringComparison.OrdinalIgnoreCase) && seen.Add(path)) paths.Add(path);
        return paths;
    }

    /// <summary>A link from a folder as a path from the top; null where it climbs out, ends at a folder, or has no place in a record's name.</summary>
    internal static string? Resolve(string[] folder, string link)
    {
        if (link.EndsWith('/') || link.Contains('\\', StringComparison.Ordinal) || link.Any(c => c < ' ')) return null;
        var parts = new List<string>(folder);
        foreach (string part in link.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else return null;
        }
        string path = string.Join('/', parts);
        return parts.Count > 0 && Encoding.UTF8.GetByteCount(path) <= RecordPlaintext.LongestName ? path : null;
    }

    /// <summary>Keys that <see cref="ViewOf"/> may set: a merge makes these anew and keeps all others.</summary>
    internal static readonly string[] ViewKeys =
        ["title", "tags", "created", "updated", "pinned", "archived", "names", "color", "notebook", "source", "snippet", "items", "done"];

    internal static RecordView ViewOf(NoteFile note, long? modified, object?[] names)
    {
        var shown = note.View;
        return new RecordView()
            .With("title", DraftText.Cut(shown.Title, DraftText.ListText))
            .With("tags", shown.Tags)
            .With("created", shown.Created?.ToUnixTimeMilliseconds())
            .With("updated", shown.Updated?.ToUnixTimeMilliseconds() ?? modified)
            .With("pinned", shown.Pinned)
            .With("archived", shown.Archived)
            .With("names", names)
            .With("color", shown.Color)
            .With("notebook", shown.Notebook)
            .With("source", shown.Source)
            .With("snippet", Snippet(shown))
            .With("items", shown.ChecklistItems > 0 ? shown.ChecklistItems : null)
            .With("done", shown.ChecklistDone > 0 ? shown.ChecklistDone : null);
    }

    /// <summary>The first words of the body in one line, without the line that is the title.</summary>
    private static string Snippet(NoteView shown)
    {
        var words = new StringBuilder();
        foreach (var line in shown.Body.AsSpan().EnumerateLines())
        {
            var text = line.Trim();
            if (text.IsEmpty || (words.Length == 0 && text.TrimStart('#').Trim().SequenceEqual(shown.Title))) continue;
            if (words.Length > 0) words.Append(' ');
            words.Append(text[..Math.Min(text.Length, DraftText.ShortText)]);
            if (words.Length >= DraftText.ShortText) break;
        }
        return DraftText.Cut(words.ToString(), DraftText.ShortText);
    }

    private static string FileName(string name) => name[(name.LastIndexOf('/') + 1)..];
}
