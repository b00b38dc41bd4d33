using System.Buffers;
using System.Text;

namespace Candor.Formats.Notes;

/// <summary>A note out of a Joplin export.</summary>
/// <param name="Note">Links to notes and resources are relative paths from the note's own place.</param>
/// <param name="Path">Where it belongs: notebooks as folders, names safe and distinct.</param>
public sealed record JoplinNote(NoteFile Note, string Path);

/// <summary>Turns the items of a Joplin export into Markdown notes: notebooks, tags, times and links come along.</summary>
public static class JoplinImport
{
    private const int IdLength = 32;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Folder of a RAW export that holds the resources' bytes, as "id.extension".</summary>
    public const string ResourceFolder = "resources";

    /// <summary>
    /// All notes among <paramref name="items"/>, in their order. A link to an item that is not there stays as it was, and is reported.
    /// </summary>
    public static IReadOnlyList<Reading<JoplinNote>> Notes(IReadOnlyCollection<JoplinItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var byId = new Dictionary<string, JoplinItem>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in items)
            byId.TryAdd(item.Id, item);
        var tags = items.Where(item => item.Type == JoplinType.NoteTag)
            .ToLookup(
                pair => pair.Property("note_id") ?? "",
                pair => byId.GetValueOrDefault(pair.Property("tag_id") ?? "")?.Title,
                StringComparer.OrdinalIgnoreCase);
        var paths = Paths(items, byId);
        return [.. items.Where(item => item.Type == JoplinType.Note)
            .Select(item => Convert(item, tags[item.Id].OfType<string>(), byId, paths))];
    }

    private static Reading<JoplinNote> Convert(
        JoplinItem item, IEnumerable<string> tags, Dictionary<string, JoplinItem> byId, Dictionary<JoplinItem, string> paths)
    {
        var path = paths[item];
        var missing = new List<string>();
        var body = RewriteLinks(item.Body, path, byId, paths, missing);
        var slash = path.LastIndexOf('/');
        var note = NoteFile.FromMarkdown("", path[(slash + 1)..]).WithBody(body)
            .WithTitle(item.Title.Length > 0 ? item.Title : null)
            .WithTags([.. tags.Where(tag => tag.Length > 0).Distinct(StringComparer.Ordinal)])
            .WithCreated(FrontMatterText.ParseInstant(item.Property("user_created_time") ?? item.Property("created_time")))
            .WithUpdated(FrontMatterText.ParseInstant(item.Property("user_updated_time") ?? item.Property("updated_time")));
        if (slash > 0)
            note = note.WithNotebook(path[..slash]);
        if (item.Property("source_url") is { } url)
            note = note.WithSource(url);
        if (item.Property("author") is { } author)
            note = note.With("author", author);
        if (item.Property("latitude") is { } latitude && item.Property("longitude") is { } longitude && latitude.Trim('0', '.').Length > 0)
            note = note.With("location", $"{latitude}, {longitude}");
        if (item.Property("is_todo") == "1")
            note = note.With("todo", item.Property("todo_completed") is null or "0" ? "open" : "done");
        if (item.Property("markup_language") == "2")
            note = note.With("markup", "html");
        if (item.Id.Length > 0)
            note = note.WithId("joplin-" + item.Id);
        var problem = missing.Count == 0 ? null
            : new FormatProblem(path, -1,
                $"{missing.Count} linked items are not in the export; the links are kept: {string.Join(", ", missing.Take(5))}.");
        return new Reading<JoplinNote>(new JoplinNote(note, path), problem);
    }

    private static Dictionary<JoplinItem, string> Paths(IReadOnlyCollection<JoplinItem> items, Dictionary<string, JoplinItem> byId)
    {
        var taken = new HashSet<string>(SafeFileName.Comparer);
        var paths = new Dictionary<JoplinItem, string>();
        foreach (var item in items.Where(item => item.Type == JoplinType.Note))
        {
            var folder = Folder(item, byId);
            var name = SafeFileName.Distinct(SafeFileName.For(item.Title, ".md"), candidate => taken.Contains(folder + candidate));
            taken.Add(folder + name);
            paths[item] = folder + name;
        }
        return paths;
    }

    private static string Folder(JoplinItem item, Dictionary<string, JoplinItem> byId)
    {
        var folders = new List<string>();
        var seen = new HashSet<JoplinItem>();
        while (item.Property("parent_id") is { } parent && byId.TryGetValue(parent, out var notebook)
               && notebook.Type == JoplinType.Notebook && seen.Add(notebook))
        {
            folders.Insert(0, SafeFileName.For(notebook.Title) + "/");
            item = notebook;
        }
        return string.Concat(folders);
    }

    /// <summary>Replaces ":/id" by the path from the note's folder to the item.</summary>
    private static string RewriteLinks(
        string body, string path, Dictionary<string, JoplinItem> byId, Dictionary<JoplinItem, string> paths, List<string> missing)
    {
        var up = string.Concat(Enumerable.Repeat("../", path.Count(letter => letter == '/')));
        var rewritten = new StringBuilder(body.Length);
        var from = 0;
        for (var at = body.IndexOf(":/", StringComparison.Ordinal); at >= 0; at = body.IndexOf(":/", at + 2, StringComparison.Ordinal))
        {
            var id = body.AsSpan(at + 2, Math.Min(IdLength, body.Length - at - 2));
            if (id.Length < IdLength || id.ContainsAnyExcept(HexDigits) || at == 0
                || body[at - 1] is not ('(' or '"' or '\'' or '<' or ' '))
                continue;
            var target = byId.GetValueOrDefault(id.ToString());
            var file = target is null ? null : target.Type == JoplinType.Resource ? ResourcePath(target) : paths.GetValueOrDefault(target);
            if (file is null)
            {
                missing.Add(id.ToString());
                continue;
            }
            var end = at + 2 + IdLength;
            var destination = up + file.Replace("%", "%25", StringComparison.Ordinal).Replace(" ", "%20", StringComparison.Ordinal)
                .Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal)
                .Replace("#", "%23", StringComparison.Ordinal);
            rewritten.Append(body, from, at - from).Append(destination);
            from = end;
        }
        return rewritten.Append(body, from, body.Length - from).ToString();
    }

    private static string ResourcePath(JoplinItem resource) =>
        ResourceFolder + "/" + SafeFileName.For(resource.Id, resource.Property("file_extension") is { } extension ? "." + extension : "");
}
