using System.Collections.Concurrent;
using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Brings the files of one kind, one record a file, to the account.</summary>
/// <remarks>
/// 0. What the server took without this device having heard it is the revision that its file came from. 1. A file whose size and time are in the index as they are is passed over. 2. Every other one is read, several at once, and becomes a draft. 3. The draft's record is the one
/// that the index names for the path; else the one of a file that is gone and says the same (it was renamed); else the one of its natural key. 4. What the account has already
/// is linked. What stands on the revision that the file came from is put. What was changed on both sides is put, and merged in the same commit. 5. Files of a draft are uploaded, then
/// the change goes to the commit that is being filled; when that is acknowledged, and not before, the index has the file. 6. What is gone from the folder is removed from the
/// account, where the run goes both ways and nobody else changed it.
/// </remarks>
internal sealed class RecordSync(KindWork work, IRecordFiles files)
{
    /// <summary>Files read at once: one more than cores, so that one can wait for the line.</summary>
    private const int AtOnce = 3;

    private readonly ConcurrentDictionary<Id, string> _claimed = [];
    private readonly ConcurrentQueue<(FoundFile File, Id Record)> _copies = [];

    /// <summary>Entries whose file is gone, by record: where a file comes up under another name it is one of these.</summary>
    private Dictionary<Id, IndexEntry> _gone = [];

    private FolderIndex Index => work.Index;

    /// <summary>Sends what is new and changed.</summary>
    /// <param name="found">Every file of the kind that is one record.</param>
    /// <param name="isWhole">False where part of the folder could not be seen: then nothing counts as gone.</param>
    /// <param name="cancel">Stops; what was acknowledged is in the index.</param>
    public async Task SendAsync(IReadOnlyList<FoundFile> found, bool isWhole, CancellationToken cancel)
    {
        // 0.
        if (Index.Unheard.Count > 0) TakeUnheard(found);
        var changed = new List<FoundFile>();
        long bytes = 0;
        foreach (var file in found)
        {
            // 1.
            if (Index.Entries.TryGetValue(file.Path, out var entry) && entry.Use == EntryUse.Record && entry.IsSurely(file) && !BesideChanged(entry) && !work.Lost.Contains(entry.Record))
            {
                work.Saw(1);
                work.Secured(1);
                continue;
            }
            work.Saw(1);
            changed.Add(file);
            bytes += file.Size;
        }
        FindGone(found);
        if (changed.Count > 0)
        {
            work.Plan(changed.Count, bytes);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var changes = Channel.CreateBounded<RecordChange>(256);
            var reading = Task.Run(() => ReadAllAsync(changed, changes.Writer, stop.Token), CancellationToken.None);
            try
            {
                await work.Run.Device.Account.CommitAsync(work.Kind, changes.Reader.ReadAllAsync(stop.Token), Acknowledged, cancel);
            }
            catch
            {
                await stop.CancelAsync();
                await reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                throw;
            }
            await reading;
        }
        LinkCopies();
        if (!isWhole) return;
        if (work.Run.Mode == FolderMode.Sync) await PassOnRemovalsAsync(cancel);
        else
        {
            foreach (var entry in _gone.Values)
            {
                Forget(entry);
                BringBack(entry.Record);
            }
        }
    }

    /// <summary>Own commits that a run which broke off made: their files are what they say, and whatever else stands there now is an edit of it.</summary>
    private void TakeUnheard(IReadOnlyList<FoundFile> found)
    {
        var there = found.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        for (long index = Index.Unheard.First; index < work.Run.Device.Account.Size; index++)
        {
            if (work.Run.Store.CommitAt(index) is not { } commit || commit.Kind != work.Kind || commit.Author != work.Run.Device.Id) continue;
            for (int op = 0; op < commit.Operations.Count; op++)
            {
                if (commit.Operations[op] is Put put && Index.Unheard.Contains(put.Record)) TakeUnheard(put, new(index, op), there);
            }
        }
    }

    private void TakeUnheard(Put put, Place place, HashSet<string> there)
    {
        // No size and no time: the file is read again, whatever it is by now.
        var known = Index.OfRecord(put.Record).ToList();
        foreach (var entry in known)
        {
            if (put.Parents is [var parent] && parent == entry.Base) Index.Set(entry with { Base = place, Size = 0, Time = 0 });
        }
        if (known.Count > 0 || put.Parents.Count > 0 || work.Read(new(put.Record, work.Kind, place, false)) is not { } content) return;
        string path = $"{FolderLayout.HomeOf(work.Kind)}/{files.PathFor(content)}";
        if (there.Contains(path) && EntryOf(path) is null) Index.Set(new(path, work.Kind, EntryUse.Record, 0, 0, put.Record, place, default, 1, 0));
    }

    private void FindGone(IReadOnlyList<FoundFile> found)
    {
        var there = found.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        if (Index.Entries.Count == 0) return;
        foreach (var entry in Index.Entries.Values)
        {
            if (entry.Kind == work.Kind && entry.Use == EntryUse.Record && !there.Contains(entry.Path)) _gone.TryAdd(entry.Record, entry);
        }
    }

    /// <summary>True where an attachment of a note is not what it was: then the note is looked at again.</summary>
    private bool BesideChanged(IndexEntry note)
    {
        if (work.Kind != Kind.Notes) return false;
        _beside ??= Index.Entries.Values.Where(e => e.Use == EntryUse.Attachment).ToLookup(e => e.Record);
        return _beside[note.Record].Any(e => FolderScan.Look(work.Run.Folder, e.Path) is not { } now || !e.IsSurely(now));
    }

    private ILookup<Id, IndexEntry>? _beside;
    private Dictionary<string, Head>? _notes;

    private async Task ReadAllAsync(List<FoundFile> changed, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        Exception? failed = null;
        try
        {
            await Parallel.ForEachAsync(changed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (file, stop) => await TakeAsync(file, changes, stop));
        }
        catch (Exception e)
        {
            failed = e;
            throw;
        }
        finally
        {
            changes.TryComplete(failed);
        }
    }

    /// <summary>One file. What is wrong with it alone is a trouble of its own; what is wrong with the server or the account ends the run.</summary>
    private async ValueTask TakeAsync(FoundFile file, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        try
        {
            // 2.
            using var read = await files.ReadAsync(work, file, FolderLayout.NameOf(file.Path), cancel);
            SafePath.CheckName(read.Draft.Content.Name);
            if (read.Draft.Problem is { } mended) work.Note(file.Path, mended.Reason);
            await DecideAsync(file, read, changes, cancel);
        }
        catch (Exception e) when (e is ItemException or RecordTooLargeException or UnauthorizedAccessException or IOException)
        {
            work.Trouble(file.Path, e is FileNotFoundException or DirectoryNotFoundException ? "It went away while it was read." : e.Message);
        }
        work.Step(Stage.Sending, 1, file.Size);
    }

    private async Task DecideAsync(FoundFile file, ReadFile read, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        // 3.
        IndexEntry? entry;
        Id record;
        lock (Index)
        {
            entry = files.KeepsRecord ? EntryOf(file.Path) : null;
            record = entry?.Record ?? work.Keys.RecordId(read.Draft.NaturalKey.Span);
            if (entry is null && _gone.Remove(record, out var renamed)) entry = renamed;
            // Other bytes under a photo's name: the photo that was there is gone, as if its file were.
            if (!files.KeepsRecord && EntryOf(file.Path) is { } was && was.Record != record) _gone.TryAdd(was.Record, was);
        }
        // A copy that is known as one stays so, whichever of the two files is met first.
        if (entry is null && files.KeyOfCopy(work, read, FolderLayout.NameOf(file.Path)) is { } key && work.Keys.RecordId(key.Span) is var copy && work.Run.Store.HeadsOf(copy).Count > 0) record = copy;
        if (!_claimed.TryAdd(record, file.Path) || (entry is null && OtherFileOf(record, file.Path)))
        {
            if (files.KeyOfCopy(work, read, FolderLayout.NameOf(file.Path)) is not { } other)
            {
                TakeCopy(file, record);
                return;
            }
            record = work.Keys.RecordId(other.Span);
            entry = null;
        }

        // 4.
        var heads = work.Run.Store.HeadsOf(record);
        var head = heads.Count > 0 ? heads[^1] : default;
        bool isNew = heads.Count == 0;
        bool lost = work.Lost.Contains(record);
        // The file is still the revision that it came from, and only the account moved on: there is nothing to send, and what is newer is written to it.
        IndexEntry? stood;
        lock (Index) stood = EntryOf(file.Path);
        if (!isNew && !lost && stood?.Record == record && stood.Base != head.Place && work.Read(new(record, work.Kind, stood.Base, false)) is { } basis
            && files.Same(basis, read) && await SameFilesAsync(basis, read, cancel))
        {
            Link(file, read.Beside, record, stood.Base, basis);
            return;
        }
        var theirs = isNew || head.Removed ? null : work.Read(head);
        if (!isNew && !head.Removed && theirs is null)
        {
            work.Trouble(file.Path, work.Run.Device.Account.WhyUnreadable(head.Place) ?? "The account has another version of it whose bytes are not here. It is tried again by the next run.");
            return;
        }
        bool moved = entry is not null && entry.Path != file.Path;
        bool same = theirs is not null && files.Same(theirs, read) && await SameFilesAsync(theirs, read, cancel);
        // A photo is known by its content; one that is sent anew stands on the revision that its file came from.
        if (lost && entry is null) lock (Index) entry = EntryOf(file.Path) is { } known && known.Record == record ? known : null;
        if (same && !moved && !lost)
        {
            Link(file, read.Beside, record, head.Place, theirs!);
            return;
        }

        // 5.
        var content = await WithFilesAsync(record, read, lost ? null : theirs, cancel);
        if (same && lost) content = WithFilesOf(theirs!, content);
        else if (same) content = theirs! with { Name = read.Draft.Content.Name };
        var tag = new Taken(file, read.Beside);
        lock (Index) Index.Unheard.Add(record, work.Run.Device.Account.Size);
        IReadOnlyList<Place> parents = isNew ? [] : entry is not null ? [entry.Base] : [head.Place];
        if (isNew || head.Removed || (entry is not null && entry.Base == head.Place))
        {
            if (head.Removed) parents = [head.Place];
            await changes.WriteAsync(new(record, parents, content) { Tag = tag }, cancel);
            return;
        }
        // Changed on both sides, or met here for the first time with other content: both versions, and their merge, in one commit.
        var before = entry is null ? null : VersionAt(entry.Base);
        var own = new RecordVersion(content, new(long.MaxValue, 0), work.Run.Device.Id);
        var merged = RecordMerge.Merge(work.Kind, before, [own, VersionOf(head, theirs!)]);
        var first = new RecordChange(record, entry is null ? [] : [entry.Base], content);
        await changes.WriteAsync(new(record, [head.Place], merged) { Onto = first, Tag = tag with { Merged = true } }, cancel);
    }

    /// <summary>True where the attachments are what the record has, byte for byte: a picture that was painted over may have kept its length.</summary>
    private async Task<bool> SameFilesAsync(RecordPlaintext content, ReadFile read, CancellationToken cancel)
    {
        for (int i = 0; i < read.Beside.Count; i++)
        {
            var file = read.Draft.Files[i];
            IndexEntry? known;
            lock (Index) known = Index.Entries.GetValueOrDefault(read.Beside[i].Path);
            var id = known is { Use: EntryUse.Attachment } && known.Content != default && known.IsSurely(read.Beside[i])
                ? known.Content
                : await work.Sender.ContentIdAsync(file.Open, file.Name, file.Size, cancel);
            if (id != content.Files[i].ContentId) return false;
        }
        return true;
    }

    /// <summary>The record as it is, with files that were sent anew in the place of the same ones before.</summary>
    private static RecordPlaintext WithFilesOf(RecordPlaintext record, RecordPlaintext sent) =>
        record with { Files = [.. record.Files.Select(old => sent.Files.FirstOrDefault(f => f.ContentId == old.ContentId && f.Role == old.Role) ?? old)] };

    private RecordVersion? VersionAt(Place place)
    {
        var head = new Head(default, work.Kind, place, false);
        return work.Read(head) is { } content ? VersionOf(head, content) : null;
    }

    private RecordVersion VersionOf(Head head, RecordPlaintext content)
    {
        var commit = work.Run.Store.CommitAt(head.Place.Index)!;
        return new(content, commit.Time, commit.Author);
    }

    /// <summary>Uploads the files of a draft that the record does not have already.</summary>
    private async Task<RecordPlaintext> WithFilesAsync(Id record, ReadFile read, RecordPlaintext? before, CancellationToken cancel)
    {
        var draft = read.Draft;
        if (draft.Files.Count == 0) return draft.Content;
        if (!files.KeepsRecord && before is not null) return before;
        var sent = new List<RecordFile>(draft.Files.Count);
        foreach (var file in draft.Files)
        {
            if (read.Held is not null)
            {
                sent.Add(await work.Sender.SendAsync(record, file, read.Held, cancel));
                continue;
            }
            var content = await work.Sender.ContentIdAsync(file.Open, file.Name, file.Size, cancel);
            if (before?.Files.FirstOrDefault(f => f.ContentId == content && f.Name == file.Name) is { } kept) sent.Add(kept);
            else sent.Add(await work.Sender.SendAsync(record, file, content, cancel));
        }
        return draft.Content with { Files = sent };
    }

    /// <summary>The index has the files of changes that the server acknowledged.</summary>
    private void Acknowledged(IReadOnlyList<CommittedChange> committed)
    {
        lock (Index)
        {
            foreach (var (change, place) in committed)
            {
                work.Sent(1);
                if (change.Tag is not Taken taken) continue;
                if (taken.Merged)
                {
                    // The file is the own version; the merge is written to it like any change from elsewhere.
                    work.Merged();
                    Remember(taken.File, taken.Beside, change.Record, new(place.Index, place.Op - 1), change.Onto!.Content!);
                }
                else Remember(taken.File, taken.Beside, change.Record, place, change.Content!);
                work.Secured(1);
            }
            work.Run.SaveSometimes();
        }
        work.Run.Store.ForgetUploads(committed.Where(c => c.Change.Content?.Files.Count > 0).Select(c => c.Change.Record));
    }

    private void Link(FoundFile file, IReadOnlyList<FoundFile> beside, Id record, Place place, RecordPlaintext? content = null)
    {
        lock (Index) Remember(file, beside, record, place, content);
        work.Secured(1);
    }

    /// <summary>A second file with the content, or the UID, of a record that another file is.</summary>
    private void TakeCopy(FoundFile file, Id record)
    {
        if (!files.KeepsRecord) _copies.Enqueue((file, record));
        else work.Trouble(file.Path, $"It has the UID of {OtherPathOf(record, file.Path) ?? _claimed.GetValueOrDefault(record)}. Give it another UID to keep both, or delete one.");
    }

    /// <summary>Copies of a photo are safe as soon as the photo is.</summary>
    private void LinkCopies()
    {
        foreach (var (file, record) in _copies)
        {
            if (work.Run.Store.HeadsOf(record) is [.., { Removed: false } head]) Link(file, [], record, head.Place);
            else work.Trouble(file.Path, $"It is a copy of {_claimed.GetValueOrDefault(record)}, which could not be sent.");
        }
    }

    private void Remember(FoundFile file, IReadOnlyList<FoundFile> beside, Id record, Place place, RecordPlaintext? content)
    {
        if (Index.OfRecord(record) is { Count: > 0 } known)
        {
            foreach (var old in known.Where(e => e.Path != file.Path && !File.Exists(work.Run.Full(e.Path))).ToList()) Index.Remove(old.Path);
        }
        // A photo that other bytes took the name of: should the run break off before its removal is passed on, it comes back under another name.
        if (!files.KeepsRecord && EntryOf(file.Path) is { } was && was.Record != record) BringBack(was.Record);
        Index.Set(new(file.Path, work.Kind, EntryUse.Record, file.Size, file.Time, record, place, default, 1, 0) { IsFresh = file.IsFresh });
        Index.Unheard.Heard(record);
        for (int i = 0; i < beside.Count; i++)
        {
            var id = content is not null && i < content.Files.Count ? content.Files[i].ContentId : default;
            Index.Set(new(beside[i].Path, work.Kind, EntryUse.Attachment, beside[i].Size, beside[i].Time, record, place, id, 1, 0) { IsFresh = beside[i].IsFresh });
        }
    }

    private IndexEntry? EntryOf(string path) => Index.Entries.TryGetValue(path, out var entry) && entry.Use == EntryUse.Record ? entry : null;

    private bool OtherFileOf(Id record, string path) => OtherPathOf(record, path) is not null;

    private string? OtherPathOf(Id record, string path)
    {
        lock (Index) return Index.OfRecord(record).FirstOrDefault(e => e.Path != path && File.Exists(work.Run.Full(e.Path)))?.Path;
    }

    // 6.
    private async Task PassOnRemovalsAsync(CancellationToken cancel)
    {
        var removals = new List<RecordChange>();
        foreach (var entry in _gone.Values)
        {
            if (OtherFileOf(entry.Record, entry.Path))
            {
                Forget(entry);
                continue;
            }
            var heads = work.Run.Store.HeadsOf(entry.Record);
            // Changed elsewhere since: the change wins, and the file comes back. Removed elsewhere: done already.
            if (heads is [{ Removed: false } head] && head.Place == entry.Base) removals.Add(new(entry.Record, [head.Place], null) { Tag = entry });
            else Forget(entry);
        }
        if (removals.Count == 0) return;
        if (!RemovalBrake.MayPass(work, removals.Count, work.LiveRecords()))
        {
            work.Held(removals.Count, work.LiveRecords(), fromElsewhere: false);
            return;
        }
        await work.Run.Device.Account.CommitAsync(work.Kind, removals, committed =>
        {
            lock (Index)
            {
                foreach (var (change, _) in committed)
                {
                    Forget((IndexEntry)change.Tag!);
                    work.Removed();
                }
            }
        }, cancel);
        RemovalBrake.Passed(work, removals.Count);
    }

    /// <summary>What is gone here stays in the account: a later sync brings it back, for the log is applied again from where it stands.</summary>
    private void BringBack(Id record)
    {
        long applied = Index.Applied.GetValueOrDefault(work.Kind);
        foreach (var head in work.Run.Store.HeadsOf(record)) applied = Math.Min(applied, head.Place.Index);
        Index.Applied[work.Kind] = applied;
    }

    /// <summary>The path is nobody's, unless another record took it meanwhile. What lay beside a note is no attachment any more.</summary>
    private void Forget(IndexEntry gone)
    {
        if (EntryOf(gone.Path)?.Record == gone.Record) Index.Remove(gone.Path);
        if (work.Kind != Kind.Notes || Index.OfRecord(gone.Record).Count > 0) return;
        foreach (var beside in Index.Entries.Values.Where(e => e.Use == EntryUse.Attachment && e.Record == gone.Record).ToList())
        {
            // Another note may name it too: then it is that one's.
            if ((_notes ??= work.NotesByAttachment()).TryGetValue(beside.Path, out var note)) Index.Set(beside with { Record = note.Record, Base = note.Place });
            else Index.Remove(beside.Path);
        }
    }

    private sealed record Taken(FoundFile File, IReadOnlyList<FoundFile> Beside, bool Merged = false);
}
