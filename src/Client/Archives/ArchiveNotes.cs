using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Folder;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Client.Archives;

/// <summary>Brings the notes of archives to the account: Google Keep's, Joplin's, and Markdown files.</summary>
/// <remarks>
/// Notes of exports carry ids, so that a newer export is known for what it is: what it changed is merged into the note, as if another device had. A version that was in the account before
/// changes nothing, and one that is older than the account's neither. Attachments go from the archive to the server without a stop.
/// </remarks>
internal sealed class ArchiveNotes(KindWork work, ArchiveNotices notices)
{
    private const string ResourceFolder = JoplinImport.ResourceFolder + "/";

    /// <summary>Links and notebooks are resolved with every item in memory.</summary>
    private const long MostJoplinText = 512L << 20;

    private readonly HashSet<ArchiveEntry> _linked = [];
    private readonly HashSet<ArchiveEntry> _whole = [];

    /// <summary>Files that a note was sent with: they are no photos of their own.</summary>
    public IReadOnlySet<ArchiveEntry> Linked => _linked;

    public async Task TakeAsync(ArchivePlan plan, CancellationToken cancel)
    {
        // A note that comes twice, out of two exports, is taken once in each pass: the second stands on the first.
        var left = new Queue<(ArchiveEntry Entry, RecordDraft Draft)>();
        work.Plan(0, 0);
        await CommitStream.RunAsync(work, async (changes, stop) =>
        {
            var met = new HashSet<Id>();
            foreach (var (entry, draft) in Drafts(plan))
            {
                if (met.Add(work.Keys.RecordId(draft.NaturalKey.Span))) await TakeAsync(entry, draft, changes, stop);
                else left.Enqueue((entry, draft));
                work.Step(Stage.Sending, 1, entry.Length);
            }
        }, cancel);
        while (left.Count > 0)
        {
            var pass = left;
            left = new();
            await CommitStream.RunAsync(work, async (changes, stop) =>
            {
                var met = new HashSet<Id>();
                while (pass.TryDequeue(out var next))
                {
                    if (met.Add(work.Keys.RecordId(next.Draft.NaturalKey.Span))) await TakeAsync(next.Entry, next.Draft, changes, stop);
                    else left.Enqueue(next);
                }
            }, cancel);
        }
    }

    private IEnumerable<(ArchiveEntry Entry, RecordDraft Draft)> Drafts(ArchivePlan plan)
    {
        foreach (var folder in plan.Keep.Where(IsNew))
        {
            foreach (var note in folder.Notes)
            {
                if (Read(note, () => Keep(note, folder)) is { } draft) yield return (note, draft);
            }
            NameLone(folder.Files.Values.Where(f => !f.Ends(".json") && !f.Ends(".html") && !f.Ends(".txt")));
        }
        foreach (var root in plan.Joplin.Where(IsNew))
        {
            foreach (var found in Joplin(root)) yield return found;
            NameLone(root.Files.Where(f => f.Key.Contains('/', StringComparison.Ordinal)).Select(f => f.Value));
        }
        foreach (var round in plan.Notes)
        {
            foreach (var note in round.Notes.Where(n => n.Archive.IsNew))
            {
                if (Read(note, () => Markdown(note, round)) is { } draft) yield return (note, draft);
            }
        }
    }

    private static bool IsNew(NoteFolder folder) => folder.Files.Values.Any(f => f.Archive.IsNew);

    private void NameLone(IEnumerable<ArchiveEntry> files)
    {
        foreach (var file in files)
        {
            if (!_linked.Contains(file)) notices.LoneAttachment(file);
        }
    }

    /// <summary>One item of the archive: what makes of it a draft, or a failure with its reason.</summary>
    private RecordDraft? Read(ArchiveEntry entry, Func<RecordDraft?> read)
    {
        try
        {
            var draft = read();
            if (draft is not null) entry.Archive.Took(Kind.Notes);
            if (draft?.Problem is { } mended) work.Note($"{entry.Archive.Path}, {entry.Path}", mended.Reason);
            return draft;
        }
        catch (Exception e) when (e is ItemException or IOException or UnauthorizedAccessException)
        {
            entry.Archive.Took(Kind.Notes);
            entry.Archive.Failed(work, entry.Path, e.Message, mayPass: e is not ItemException);
            return null;
        }
    }

    private RecordDraft? Keep(ArchiveEntry entry, NoteFolder folder)
    {
        var (keep, problem) = KeepImport.Read(entry.ReadAll(ArchivePlan.LargestText), entry.Name);
        if (keep is null) throw new ItemException(problem!.Reason);
        if (keep.Trashed)
        {
            notices.Trashed(entry);
            return null;
        }
        string name = $"Keep/{SafeFileName.For(keep.Note.View.Title, ".md")}";
        return ImportedNotes.Keep(keep, name, [.. folder.Files.Keys], file => Attach(folder.Files.GetValueOrDefault(file)), ContentId);
    }

    private IEnumerable<(ArchiveEntry Entry, RecordDraft Draft)> Joplin(NoteFolder root)
    {
        var items = new List<(ArchiveEntry Entry, JoplinItem Item)>();
        long size = 0;
        foreach (var entry in root.Notes)
        {
            try
            {
                if ((size += entry.Length) > MostJoplinText) throw new ItemException("The export holds more text than can be taken in at once. Export its notebooks one by one.");
                var (item, problem) = JoplinItem.Parse(entry.ReadAll(ArchivePlan.LargestText), entry.Name);
                items.Add((entry, item ?? throw new ItemException(problem!.Reason)));
            }
            catch (Exception e) when (e is ItemException or IOException or UnauthorizedAccessException)
            {
                entry.Archive.Took(Kind.Notes);
                entry.Archive.Failed(work, entry.Path, e.Message, mayPass: e is not ItemException);
            }
        }
        // The file's extension is what Joplin remembers, which its export need not have used: the id tells.
        var resources = root.Files.Where(f => f.Key.StartsWith(ResourceFolder, StringComparison.Ordinal)).ToLookup(f => Path.GetFileNameWithoutExtension(f.Key), f => f.Value, StringComparer.OrdinalIgnoreCase);
        var notes = items.Where(i => i.Item.Type == JoplinType.Note).Select(i => i.Entry);
        foreach (var (entry, reading) in notes.Zip(JoplinImport.Notes([.. items.Select(i => i.Item)])))
        {
            RecordDraft? Take() => ImportedNotes.Joplin(reading, path => Attach(resources[Path.GetFileNameWithoutExtension(path)].FirstOrDefault()), ContentId);
            if (Read(entry, Take) is { } draft) yield return (entry, draft);
        }
    }

    private RecordDraft Markdown(ArchiveEntry entry, NoteFolder round)
    {
        string name = SafePath.Of(entry.Path) ?? throw new ItemException("It lies in too many folders.");
        byte[] bytes = entry.ReadAll(NoteFiles.LargestNote);
        var note = NoteFile.Parse(bytes, SafePath.NameOf(name));
        var files = new List<FileDraft>();
        foreach (string path in NoteRecords.AttachmentPaths(note, name))
        {
            if (Attach(round.Files.GetValueOrDefault(path)) is { } file) files.Add(file with { Name = path });
        }
        var draft = NoteRecords.Of(bytes, name, files, null, ContentId(bytes));
        return entry.Mended is { } odd ? draft with { Problem = new(name, -1, $"{EntryStream.Sentence(odd.Reason)} It was taken as {name}.") } : draft;
    }

    /// <summary>A file of the archive as an attachment. One that is damaged is named, and its note goes without it.</summary>
    private FileDraft? Attach(ArchiveEntry? file)
    {
        if (file is null) return null;
        if (_linked.Add(file))
        {
            file.Archive.Took(Kind.Notes);
            if (file.Check() is { } damage) file.Archive.Failed(work, file.Path, EntryStream.Sentence(damage.Reason));
            else _whole.Add(file);
        }
        return _whole.Contains(file) ? new("", file.Name, MediaTypes.Of(file.Name), file.Length, () => file.Open()) : null;
    }

    private Id ContentId(ReadOnlyMemory<byte> note) => work.Keys.ContentId(note.Span);

    private async Task TakeAsync(ArchiveEntry entry, RecordDraft draft, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        try
        {
            SafePath.CheckName(draft.Content.Name);
            await DecideAsync(entry, draft, changes, cancel);
        }
        catch (Exception e) when (e is ItemException or RecordTooLargeException or IOException or UnauthorizedAccessException)
        {
            entry.Archive.Failed(work, entry.Path, e.Message, mayPass: e is not (ItemException or RecordTooLargeException));
        }
    }

    private async Task DecideAsync(ArchiveEntry entry, RecordDraft draft, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        var record = work.Keys.RecordId(draft.NaturalKey.Span);
        if (work.Run.Store.HeadsOf(record) is not [.., var head])
        {
            await changes.WriteAsync(new(record, [], await WithFilesAsync(record, draft, null, cancel)), cancel);
            return;
        }
        if (head.Removed)
        {
            notices.Removed(entry);
            return;
        }
        var theirs = work.Read(head) ?? throw new IOException("The account has another version of it whose bytes are not here. It is tried again by the next run.");
        if (Holds(theirs, draft)) return;
        (Place Place, RecordVersion Version)? basis = null;
        foreach (var place in History.Before(work.Run.Store, [head.Place]))
        {
            if (work.Read(new(record, Kind.Notes, place, false)) is not { } before) continue;
            if (Holds(before, draft)) return;
            basis = (place, VersionOf(place, before));
        }
        if (theirs.View.Number("updated") is { } now && draft.Content.View.Number("updated") is { } then && then < now)
        {
            notices.Older(entry);
            return;
        }
        // What came first is what both sides started from; where nothing came before the head, the account has not changed since.
        var content = await WithFilesAsync(record, draft, theirs, cancel);
        var first = new RecordChange(record, [basis?.Place ?? head.Place], content);
        if (basis is null)
        {
            await changes.WriteAsync(first, cancel);
            return;
        }
        var own = new RecordVersion(content, new(long.MaxValue, 0), work.Run.Device.Id);
        var merged = RecordMerge.Merge(Kind.Notes, basis.Value.Version, [own, VersionOf(head.Place, theirs)]);
        work.Merged();
        await changes.WriteAsync(new(record, [head.Place], merged) { Onto = first }, cancel);
    }

    private RecordVersion VersionOf(Place place, RecordPlaintext content)
    {
        var commit = work.Run.Store.CommitAt(place.Index)!;
        return new(content, commit.Time, commit.Author);
    }

    /// <summary>True where a version is the archive's, with all of its files.</summary>
    private static bool Holds(RecordPlaintext there, RecordDraft draft) =>
        there.Original.Span.SequenceEqual(draft.Content.Original.Span) && draft.Files.All(d => there.Files.Any(f => f.Name == d.Name && f.Size == d.Size));

    /// <summary>Uploads the attachments that the record does not have.</summary>
    private async Task<RecordPlaintext> WithFilesAsync(Id record, RecordDraft draft, RecordPlaintext? before, CancellationToken cancel)
    {
        var sent = new List<RecordFile>(draft.Files.Count);
        foreach (var file in draft.Files)
        {
            var kept = before?.Files.FirstOrDefault(f => f.Name == file.Name && f.Size == file.Size);
            if (kept is not null && await work.Sender.ContentIdAsync(file.Open, file.Name, file.Size, cancel) == kept.ContentId) sent.Add(kept);
            else sent.Add(await work.Sender.SendAsync(record, file, (Id?)null, cancel));
        }
        return draft.Content with { Files = sent };
    }
}
