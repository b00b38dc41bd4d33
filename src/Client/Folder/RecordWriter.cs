using Candor.Client.Blobs;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Writes records of one kind into the folder, one record a file.</summary>
/// <remarks>
/// A file is written beside its place under a name of its own, then renamed; a file that a person changed meanwhile is not overwritten, and the next run merges the two. Several are
/// written at once. Names come from other devices: they are made safe and kept apart.
/// </remarks>
/// <param name="work">The kind.</param>
/// <param name="files">How its records stand as files.</param>
/// <param name="evenIfGone">A restore: a file that is gone is written again. A sync takes it for a removal.</param>
internal sealed class RecordWriter(KindWork work, IRecordFiles files, bool evenIfGone = false)
{
    private const int AtOnce = 3;

    private readonly HashSet<string> _taken = new(SafeFileName.Comparer);
    private readonly AttachmentWriter _beside = new(work);
    private readonly HashSet<string> _freed = new(StringComparer.Ordinal);
    private long _left = long.MaxValue;

    private FolderIndex Index => work.Index;

    /// <summary>Brings the folder to the newest revisions of these records.</summary>
    /// <param name="heads">One for each record.</param>
    /// <param name="cancel">Stops between two files.</param>
    /// <returns>Index in the log of the first head that is not in the folder now; beyond every head where all are.</returns>
    public async Task<long> WriteAsync(IReadOnlyList<Head> heads, CancellationToken cancel)
    {
        var due = new List<Head>();
        PassRemovals([.. heads.Where(h => h.Removed)]);
        foreach (var head in heads)
        {
            if (!head.Removed && !Index.OfRecord(head.Record).Any(e => e.Base == head.Place && (!evenIfGone || File.Exists(work.Run.Full(e.Path))))) due.Add(head);
        }
        if (due.Count == 0) return _left;
        foreach (string path in Index.Entries.Keys) _taken.Add(path);
        work.Plan(due.Count, 0);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (head, stop) => await WriteAsync(head, stop));
        return _left;
    }

    /// <summary>Files of records that were removed elsewhere go, unless they are many: then they stay, and a person is asked.</summary>
    private void PassRemovals(List<Head> removed)
    {
        var ours = removed.Where(h => Index.OfRecord(h.Record).Any(e => e.Use == EntryUse.Record)).ToList();
        if (ours.Count > 0 && !RemovalBrake.MayPass(work, ours.Count, work.LiveRecords() + ours.Count))
        {
            work.Held(ours.Count, work.LiveRecords() + ours.Count, fromElsewhere: true);
            foreach (var head in ours)
            {
                foreach (var entry in Index.OfRecord(head.Record).Where(e => e.Use == EntryUse.Record))
                {
                    // It was counted as safe when the folder was walked: the account keeps it for 30 days and no longer.
                    work.Secured(-1);
                    work.Trouble(entry.Path, "It was removed on another device, among many others: held here until you say whether that was meant.");
                }
                _left = Math.Min(_left, head.Place.Index);
            }
            removed = [.. removed.Except(ours)];
        }
        else if (ours.Count > 0) RemovalBrake.Passed(work, ours.Count);
        foreach (var head in removed) Delete(head);
    }

    private async ValueTask WriteAsync(Head head, CancellationToken cancel)
    {
        string path = "";
        try
        {
            var content = work.Read(head);
            if (content is null)
            {
                Leave(head, $"record {head.Record}", work.Run.Device.Account.WhyUnreadable(head.Place) ?? "Its bytes are not here: the server has them no more, or not yet. It is asked for again by the next run.");
                return;
            }
            if (PhotoRecords.PreviewOf(content) is not null) return;
            if (await LinkAsync(head, content, cancel)) return;
            IndexEntry? before;
            lock (Index)
            {
                before = Index.OfRecord(head.Record) is [var first, ..] ? first : null;
                path = PlaceOf(content, before, head.Record);
            }
            long size = await PutAsync(head, content, path, before, cancel);
            work.Step(Stage.Writing, 1, size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e is not FolderGoneException)
        {
            if (!Directory.Exists(work.Run.Folder)) throw new FolderGoneException(work.Run.Folder, e);
            Leave(head, path.Length > 0 ? path : $"record {head.Record}", e.Message);
        }
    }

    private void Leave(Head head, string item, string reason)
    {
        work.Trouble(item, reason);
        lock (Index) _left = Math.Min(_left, head.Place.Index);
    }

    /// <summary>A file that nobody has claimed stands where the record's would go, and holds it.</summary>
    private async Task<bool> LinkAsync(Head head, RecordPlaintext content, CancellationToken cancel)
    {
        string path = $"{FolderLayout.HomeOf(work.Kind)}/{files.PathFor(content)}", full = work.Run.Full(path);
        lock (Index)
        {
            if (Index.OfRecord(head.Record).Count > 0 || Index.Entries.ContainsKey(path)) return false;
        }
        if (FolderScan.Look(work.Run.Folder, path) is not { } found || !await files.StandsAsync(work, content, full, cancel)) return false;
        await _beside.PutAsync(head, content, cancel);
        lock (Index) Index.Set(new(path, work.Kind, EntryUse.Record, found.Size, found.Time, head.Record, head.Place, default, 1, 0));
        work.Saw(1);
        work.Secured(1);
        return true;
    }

    private async Task<long> PutAsync(Head head, RecordPlaintext content, string path, IndexEntry? before, CancellationToken cancel)
    {
        // First: a note counts as written when everything that belongs to it is.
        await _beside.PutAsync(head, content, cancel);
        string full = work.Run.Full(path), unfinished = full + FolderScan.Unfinished;
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        try
        {
            using (var file = DirectFile.Create(unfinished, content.Files.Sum(f => f.Size)))
            {
                await files.WriteAsync(work, head.Record, content, file, cancel);
                DirectFile.Flush(file);
            }
            if (files.TimeOf(content) is { } time) File.SetLastWriteTimeUtc(unfinished, time.UtcDateTime);
            lock (Index)
            {
                // A person may have saved the file since it was looked at.
                if (before?.Path == path && FolderScan.Look(work.Run.Folder, path) is { } now && !before.Fits(now))
                {
                    work.Note(path, "It was changed while a change from another device came. The next run merges the two.");
                    return 0;
                }
                File.Move(unfinished, full, overwrite: before?.Path == path);
                var written = FolderScan.Look(work.Run.Folder, path)!.Value;
                if (before is not null && before.Path != path)
                {
                    if (FolderScan.Look(work.Run.Folder, before.Path) is { } old && before.Fits(old)) File.Delete(work.Run.Full(before.Path));
                    Index.Remove(before.Path);
                    _freed.Add(before.Path);
                }
                Index.Set(new(path, work.Kind, EntryUse.Record, written.Size, written.Time, head.Record, head.Place, default, 1, 0));
                if (before is null)
                {
                    work.Saw(1);
                    work.Secured(1);
                }
                work.Received();
                work.Run.SaveSometimes();
            }
            return new FileInfo(full).Length;
        }
        finally
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
        }
    }

    /// <summary>Where the record's file goes: where it is, or follows its name where that changed elsewhere, or a place that nobody has.</summary>
    private string PlaceOf(RecordPlaintext content, IndexEntry? before, Id record)
    {
        string home = FolderLayout.HomeOf(work.Kind);
        if (before is not null)
        {
            var old = work.Read(new(record, work.Kind, before.Base, false));
            bool renamed = old is not null && old.Name != content.Name && before.Path == $"{home}/{files.PathFor(old)}";
            if (!renamed) return before.Path;
        }
        string wanted = $"{home}/{files.PathFor(content)}";
        string name = SafeFileName.Distinct(SafePath.NameOf(wanted), candidate => IsTaken(SafePath.WithName(wanted, candidate)));
        string path = SafePath.WithName(wanted, name);
        _taken.Add(path);
        return path;
    }

    /// <summary>A file that had to stand beside its name, because another had it, takes it where this run made it free: so all devices come to the same names.</summary>
    public void TakeFreedNames()
    {
        if (_freed.Count == 0) return;
        foreach (var entry in Index.Entries.Values.Where(e => e.Kind == work.Kind && e.Use == EntryUse.Record && _freed.Any(f => IsBeside(e.Path, f))).ToList())
        {
            if (work.Read(new(entry.Record, work.Kind, entry.Base, false)) is not { } content) continue;
            string wanted = $"{FolderLayout.HomeOf(work.Kind)}/{files.PathFor(content)}";
            bool free = _freed.Contains(wanted) && !Index.Entries.ContainsKey(wanted) && !File.Exists(work.Run.Full(wanted)) && !Directory.Exists(work.Run.Full(wanted));
            if (!free || FolderScan.Look(work.Run.Folder, entry.Path) is not { } now || !entry.Fits(now)) continue;
            try
            {
                File.Move(work.Run.Full(entry.Path), work.Run.Full(wanted));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // it stands well where it is
            }
            Index.Remove(entry.Path);
            Index.Set(entry with { Path = wanted });
        }
    }

    /// <summary>"a/name (2).ext" is beside "a/name.ext".</summary>
    private static bool IsBeside(string path, string name) =>
        path != name && path.Length > name.Length && Path.GetExtension(path) == Path.GetExtension(name)
        && path.StartsWith(name[..^Path.GetExtension(name).Length] + " (", StringComparison.Ordinal);

    private bool IsTaken(string path) => _taken.Contains(path) || File.Exists(work.Run.Full(path)) || Directory.Exists(work.Run.Full(path));

    /// <summary>A record that was removed elsewhere: its file goes, unless a person changed it since; then the next run brings the record back.</summary>
    private void Delete(Head head)
    {
        foreach (var entry in Index.OfRecord(head.Record).ToList())
        {
            if (FolderScan.Look(work.Run.Folder, entry.Path) is { } now && entry.Fits(now))
            {
                File.Delete(work.Run.Full(entry.Path));
                _freed.Add(entry.Path);
                work.Removed();
            }
            Index.Remove(entry.Path);
        }
        _beside.Delete(head.Record);
    }
}

/// <summary>The folder itself went away while it was worked on: a card that was pulled, a share that was cut. Nothing was taken for removed.</summary>
public sealed class FolderGoneException(string folder, Exception? inner = null)
    : IOException($"{folder} is not there any more. Nothing was taken for removed; put it back and run again.", inner);
