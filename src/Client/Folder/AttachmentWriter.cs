using System.Collections.Concurrent;
using Candor.Client.Blobs;
using Candor.Client.Library;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Writes the attachments of notes beside them, where their links look for them.</summary>
/// <remarks>
/// Two notes may mean different bytes by one name: a note was renamed here, and its attachment edited there, and both were kept. Where one of the two is an edit of the other, the edit
/// has the name, as it would have where both notes link to one file. Else the later change has it, on every device, and the earlier file lies beside it, as nobody's, until a person says
/// which is which. For several threads; one for each name.
/// </remarks>
/// <param name="work">Notes; of other kinds there is nothing to write.</param>
internal sealed class AttachmentWriter(KindWork work)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    private FolderIndex Index => work.Index;

    /// <summary>The attachments of a note, where they are not there as they should be.</summary>
    public async Task PutAsync(Head head, RecordPlaintext content, CancellationToken cancel)
    {
        if (work.Kind != Kind.Notes) return;
        var given = new HashSet<string>(SafeFileName.Comparer);
        foreach (var attachment in content.Files)
        {
            if (SafePath.Of(attachment.Name) is not { } wanted) continue;
            // A merge keeps both where two devices changed one attachment: the note links to the first.
            string name = SafePath.WithName(wanted, SafeFileName.Distinct(SafePath.NameOf(wanted), candidate =>
                given.Contains(SafePath.WithName(wanted, candidate)) || (given.Contains(wanted) && IsOfOther(head.Record, PathOf(SafePath.WithName(wanted, candidate))))));
            given.Add(name);
            // Two notes that are written at once may name one file.
            var turn = _turns.GetOrAdd(PathOf(name), _ => new(1));
            await turn.WaitAsync(cancel);
            try
            {
                await PutAsync(head, attachment, name, cancel);
            }
            finally
            {
                turn.Release();
            }
        }
    }

    /// <summary>Attachments of a removed note: they go with it where they are as they came, and no other note names them.</summary>
    public void Delete(Id note)
    {
        if (work.Kind != Kind.Notes) return;
        var beside = Index.Entries.Values.Where(e => e.Use == EntryUse.Attachment && e.Record == note).ToList();
        if (beside.Count == 0) return;
        var notes = work.NotesByAttachment();
        foreach (var entry in beside)
        {
            if (notes.TryGetValue(entry.Path, out var other))
            {
                Index.Set(entry with { Record = other.Record, Base = other.Place });
                continue;
            }
            if (FolderScan.Look(work.Run.Folder, entry.Path) is { } now && entry.Fits(now)) File.Delete(work.Run.Full(entry.Path));
            Index.Remove(entry.Path);
        }
    }

    private static string PathOf(string name) => $"{FolderLayout.HomeOf(Kind.Notes)}/{name}";

    private bool IsOfOther(Id record, string path)
    {
        lock (Index) return Index.Entries.TryGetValue(path, out var entry) && entry.Record != record;
    }

    private async Task PutAsync(Head head, RecordFile attachment, string name, CancellationToken cancel)
    {
        string path = PathOf(name), full = work.Run.Full(path);
        IndexEntry? known;
        lock (Index) known = Index.Entries.GetValueOrDefault(path);
        bool parted = known is not null && known.Content != attachment.ContentId && NamedByAnother(known, head.Record, name);
        if (parted && await WasOnceAsync(known!.Record, known.Base, name, attachment.ContentId, cancel)) return;
        parted = parted && !await WasOnceAsync(head.Record, head.Place, name, known!.Content, cancel);
        if (parted && known!.Base.CompareTo(head.Place) > 0)
        {
            if (await AsideAsync(path, attachment.ContentId, attachment.Size, cancel) is { } aside) await WriteAsync(head, attachment, work.Run.Full(aside), cancel);
            return;
        }
        if (FolderScan.Look(work.Run.Folder, path) is { } there)
        {
            // A file that was edited since is not what the index says of it.
            bool same = (known?.Content == attachment.ContentId && known.IsSurely(there)) || await ContentOfAsync(path, there.Size, cancel) == attachment.ContentId;
            if (!same && (known is null || !known.Fits(there)))
            {
                work.Note(path, "Another file stands where an attachment belongs. It was left as it is.");
                return;
            }
            if (same)
            {
                lock (Index) Index.Set(new(path, work.Kind, EntryUse.Attachment, there.Size, there.Time, head.Record, head.Place, attachment.ContentId, 1, 0));
                return;
            }
            if (parted && await AsideAsync(path, known!.Content, there.Size, cancel) is { } aside) File.Move(full, work.Run.Full(aside));
        }
        await WriteAsync(head, attachment, full, cancel);
        var written = FolderScan.Look(work.Run.Folder, path)!.Value;
        lock (Index)
        {
            Index.Set(new(path, work.Kind, EntryUse.Attachment, written.Size, written.Time, head.Record, head.Place, attachment.ContentId, 1, 0));
        }
        work.Saw(1);
        work.Secured(1);
    }

    private async Task WriteAsync(Head head, RecordFile attachment, string full, CancellationToken cancel)
    {
        string unfinished = full + FolderScan.Unfinished;
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 0))
            {
                await work.Receiver.CopyToAsync(head.Record, attachment, file, cancel);
                DirectFile.Flush(file);
            }
            File.Move(unfinished, full, overwrite: true);
        }
        finally
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
        }
    }

    private Task<Id> ContentOfAsync(string path, long size, CancellationToken cancel) => work.Sender.ContentIdAsync(() => File.OpenRead(work.Run.Full(path)), path, size, cancel);

    /// <summary>True where the file in the index is another note's, and that note is there and names it.</summary>
    private bool NamedByAnother(IndexEntry known, Id record, string name) =>
        known.Use == EntryUse.Attachment && known.Record != record
        && work.Run.Store.HeadsOf(known.Record) is [.., { Removed: false } other] && work.Read(other) is { } content && content.Files.Any(f => SafePath.Of(f.Name) == name);

    /// <summary>True where an earlier revision of the note had this content by that name: what it has now is an edit of it. What the server keeps no more counts as not known.</summary>
    private async Task<bool> WasOnceAsync(Id record, Place now, string name, Id content, CancellationToken cancel)
    {
        var timeline = new Timeline(work.Run.Device);
        foreach (var place in History.Before(work.Run.Store, [now]))
        {
            // A device that came later has no bytes of what was replaced before.
            if (await timeline.ContentAsync(work.Kind, record, place, cancel) is { } old && old.Files.Any(f => f.ContentId == content && SafePath.Of(f.Name) == name)) return true;
        }
        return false;
    }

    /// <summary>A free name beside a path; null where the same bytes lie there under such a name already.</summary>
    private async Task<string?> AsideAsync(string path, Id content, long size, CancellationToken cancel)
    {
        var met = new List<string>();
        string aside = SafePath.WithName(path, SafeFileName.Distinct(SafePath.NameOf(path), candidate =>
        {
            string there = SafePath.WithName(path, candidate), full = work.Run.Full(there);
            bool taken = File.Exists(full) || Directory.Exists(full);
            if (taken && there != path) met.Add(there);
            return taken || there == path;
        }));
        foreach (string there in met)
        {
            if (FolderScan.Look(work.Run.Folder, there) is { } found && found.Size == size && await ContentOfAsync(there, size, cancel) == content) return null;
        }
        work.Note(aside, $"Two notes mean different files by the name {path}. This is the earlier one: link to it, or delete it.");
        return aside;
    }
}
