using Candor.Formats;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Client.Records;

/// <summary>Notes of other programs' exports as records, with their attachments. Imported twice they are the same records: they carry ids.</summary>
public static class ImportedNotes
{
    /// <summary>Missing files that a problem names; the rest it counts.</summary>
    private const int Named = 5;

    /// <param name="keep">As read.</param>
    /// <param name="name">Where it is to stand below notes/; its attachments go into the same folder, where the note links to them.</param>
    /// <param name="exported">Names of the export's files beside the note.</param>
    /// <param name="find">The file of such a name; null where it cannot be had.</param>
    /// <param name="contentId">Makes the content id of a note without an id.</param>
    public static RecordDraft Keep(
        KeepNote keep, string name, IReadOnlyCollection<string> exported, Func<string, FileDraft?> find, Func<ReadOnlyMemory<byte>, Id> contentId)
    {
        ArgumentNullException.ThrowIfNull(keep);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(find);
        string[] folder = name.Split('/')[..^1];
        var files = new List<FileDraft>();
        var missing = new List<string>();
        foreach (var attachment in keep.Attachments)
        {
            // The link is by the name that the note has; the file on disk may end in another extension.
            var path = NoteRecords.Resolve(folder, attachment.FilePath);
            var file = path is not null && KeepImport.FindAttachment(attachment, exported) is { } found ? find(found) : null;
            if (file is null) missing.Add(attachment.FilePath);
            else if (files.TrueForAll(f => f.Name != path))
                files.Add(file with { Name = path!, MediaType = attachment.MediaType.Length > 0 ? DraftText.Cut(attachment.MediaType, RecordPlaintext.LongestMediaType) : file.MediaType });
        }
        return Draft(keep.Note, name, files, missing, null, contentId);
    }

    /// <param name="reading">A note of <see cref="JoplinImport.Notes"/>.</param>
    /// <param name="find">The file at a path of the export ("resources/id.jpg"); null where there is none. The record's file has that path too.</param>
    /// <param name="contentId">Makes the content id of a note without an id.</param>
    public static RecordDraft Joplin(Reading<JoplinNote> reading, Func<string, FileDraft?> find, Func<ReadOnlyMemory<byte>, Id> contentId)
    {
        ArgumentNullException.ThrowIfNull(find);
        var (note, path) = reading.Item ?? throw new ArgumentException("No note was read.", nameof(reading));
        var files = new List<FileDraft>();
        var missing = new List<string>();
        foreach (string linked in NoteRecords.AttachmentPaths(note, path))
        {
            if (find(linked) is { } file) files.Add(file with { Name = linked });
            else missing.Add(linked);
        }
        return Draft(note, path, files, missing, reading.Problem, contentId);
    }

    private static RecordDraft Draft(
        NoteFile note, string name, List<FileDraft> files, List<string> missing, FormatProblem? problem, Func<ReadOnlyMemory<byte>, Id> contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        var draft = NoteRecords.Of(note.Bytes, name, files, null, note.View.Id is null ? contentId(note.Bytes) : null);
        if (missing.Count == 0) return draft with { Problem = problem ?? draft.Problem };
        string more = missing.Count > Named ? $" and {missing.Count - Named} more" : "";
        string reason = $"Files that it links to are not in the export; the links are kept: {string.Join(", ", missing.Take(Named))}{more}.";
        return draft with { Problem = new(name, -1, problem is null ? reason : $"{problem.Reason} {reason}") };
    }
}
