using Candor.Client.Records;
using Candor.Formats;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>notes/: Markdown files, and beside them the files that they link to.</summary>
internal sealed class NoteFiles : IRecordFiles
{
    internal const long LargestNote = 7 << 20;

    public bool KeepsRecord => true;

    public async Task<ReadFile> ReadAsync(KindWork work, FoundFile file, string name, CancellationToken cancel)
    {
        if (file.Size > LargestNote) throw new ItemException($"It has {file.Size} bytes; a note has at most 7 MiB. Split it, or keep it among the attachments of a note.");
        byte[] bytes = await File.ReadAllBytesAsync(work.Run.Full(file.Path), cancel);
        var note = NoteFile.Parse(bytes, SafePath.NameOf(name));
        // Links of a note that lies elsewhere (in the inbox) start there: its attachments are those below the same top folder.
        string top = file.Path[..(file.Path.Length - name.Length)];
        var drafts = new List<FileDraft>();
        var beside = new List<FoundFile>();
        foreach (string path in NoteRecords.AttachmentPaths(note, name))
        {
            if (FolderScan.Look(work.Run.Folder, top + path) is not { } found) continue;
            string full = work.Run.Full(found.Path);
            drafts.Add(new("attachment/0", path, MediaTypes.Of(path), found.Size, () => new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 0, useAsync: false)));
            beside.Add(found);
        }
        var draft = NoteRecords.Of(bytes, name, drafts, file.Modified, work.Keys.ContentId(bytes));
        return new(draft, null, beside);
    }

    public ReadOnlyMemory<byte>? KeyOfCopy(KindWork work, ReadFile read, string name) => NoteRecords.PathKey(name, work.Keys.ContentId(read.Draft.Content.Original.Span));

    public bool Same(RecordPlaintext content, ReadFile read)
    {
        if (!content.Original.Span.SequenceEqual(read.Draft.Content.Original.Span) || content.Files.Count != read.Draft.Files.Count) return false;
        for (int i = 0; i < content.Files.Count; i++)
        {
            if (content.Files[i].Name != read.Draft.Files[i].Name || content.Files[i].Size != read.Draft.Files[i].Size) return false;
        }
        return true;
    }

    public string PathFor(RecordPlaintext content) => SafePath.Of(content.Name) ?? SafeFileName.For(content.View.Text("title") ?? "", ".md");

    public Task<bool> StandsAsync(KindWork work, RecordPlaintext content, string full, CancellationToken cancel) => RecordFiles.StandsAsync(content.Original, full, cancel);

    public Task WriteAsync(KindWork work, Id record, RecordPlaintext content, Stream to, CancellationToken cancel) => to.WriteAsync(content.Original, cancel).AsTask();

    public DateTimeOffset? TimeOf(RecordPlaintext content) => RecordFiles.TimeOf(content.View.Number("updated"));
}
