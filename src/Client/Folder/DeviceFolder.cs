using System.Runtime.InteropServices;
using Candor.Client.Archives;
using Candor.Client.Devices;
using Candor.Client.Store;
using Candor.Formats.Archives;
using Candor.Protocol;
using Microsoft.Data.Sqlite;

namespace Candor.Client.Folder;

/// <summary>A folder of plain files that mirrors the vaults of the kinds that are on: what a run reads from, and what it writes to.</summary>
/// <remarks>
/// One run at a time. 1. The log is followed to the server's head and what was left out before is fetched. 2. Records that other devices changed side by side are merged. 3. The folder
/// is walked, and once a day the server is asked which files it lost. 4. Kind by kind: what is new and changed goes up; exports and address books are taken in; in a two-way run, what
/// changed elsewhere is written. 5. Previews of photos are made when everything is safe. 6. Once a day an empty commit says that this device is alive. The index is written now and then,
/// at the end, and when a run breaks off: the next one goes on from there.
/// </remarks>
public sealed class DeviceFolder
{
    private readonly Device _device;
    private readonly string _path;
    private readonly FolderIndex _index;

    private DeviceFolder(Device device, string path)
    {
        _device = device;
        _path = path;
        _index = FolderIndex.Load(device.Home.IndexFileOf(path), device.StoreKey);
    }

    /// <exception cref="DeviceException">There is no such folder, or it holds the device's own home.</exception>
    public static DeviceFolder Open(Device device, string path)
    {
        ArgumentNullException.ThrowIfNull(device);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full)) throw new DeviceException($"There is no folder {full}. Make it, or name another one.");
        if ((Path.GetFullPath(device.Home.Path) + "/").StartsWith(full + "/", StringComparison.Ordinal))
            throw new DeviceException($"{full} holds the device's own keys ({device.Home.Path}). Name a folder of its own for your files.");
        return new(device, full);
    }

    /// <summary>Brings the folder and the account together.</summary>
    /// <exception cref="Api.ServerRefusedException">The server refused or cannot be reached. What was acknowledged is safe; run again to go on.</exception>
    /// <exception cref="Accounts.AlarmException">The server or a device lies.</exception>
    /// <exception cref="FolderGoneException">The folder went away half-way.</exception>
    /// <exception cref="DeviceException">The device's home cannot be written: its disk is full.</exception>
    public async Task<FolderReport> RunAsync(FolderMode mode, FolderOptions options, IProgress<WorkProgress>? progress, CancellationToken cancel)
    {
        long started = _device.Clock.GetTimestamp();
        FolderList.Remember(_device, _path);
        var run = new FolderRun(_device, _path, _index, mode, options, progress);
        var works = new List<KindWork>();
        try
        {
            // 1.
            await _device.Account.PullAsync(cancel);
            await _device.Account.SettleAsync(cancel);
            foreach (var kind in Kinds.All.Where(_device.Account.IsOn))
            {
                if (await KindWork.OpenAsync(run, kind, cancel) is { } work) works.Add(work);
            }
            // 2.
            foreach (var work in works) await HeadMerger.RunAsync(work, cancel);
            // 3.
            var found = Walk(works);
            bool first = !_index.WasThere, asks = LostFiles.IsDue(run);
            foreach (var work in works.Where(_ => asks)) await LostFiles.FindAsync(work, cancel);
            // 4.
            foreach (var work in works) await SendAsync(work, found, cancel);
            await ArchiveImport.RunAsync(run, works, found.Archives, cancel);
            if (mode == FolderMode.Sync)
            {
                foreach (var work in works) await WriteAsync(work, cancel);
            }
            // 5.
            if (options.Previews && works.Find(w => w.Kind == Kind.Photos) is { } photos) await PreviewRun.RunAsync(photos, cancel);
            if (asks || first) LostFiles.Asked(run);
            _index.Unheard.Clear();
            // 6.
            await _device.Account.SayAliveAsync(cancel);
            _index.Troubles.Clear();
            _index.Troubles.AddRange(works.SelectMany(w => w.Report().Troubles));
        }
        catch (SqliteException e)
        {
            throw HomeFails(e);
        }
        finally
        {
            if (Directory.Exists(_path)) DurableFile.FlushFolder(_path);
            SaveIndex();
        }
        return ReportOf(works, works.Sum(w => w.Sender.BytesSent), _device.Clock.GetElapsedTime(started)) with
        {
            Silent = _device.SilentDevices(),
            Announced = _device.AnnouncedErases(),
            Coming = _device.AnnouncedDevice(),
            Restored = _device.Account.Restored,
        };
    }

    private void SaveIndex()
    {
        try
        {
            _index.Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HomeFails(e);
        }
    }

    private DeviceException HomeFails(Exception e) =>
        new($"{_device.Home.Path}, where this device keeps its log and ledger, cannot be written: {e.Message} Make room there and run again: what was acknowledged is safe, and it goes on from there.", e);

    /// <summary>How things stand, without asking anyone: what of the folder is safe as it is now, and what is not, and why.</summary>
    public FolderReport Look()
    {
        long started = _device.Clock.GetTimestamp();
        var run = new FolderRun(_device, _path, _index, FolderMode.Backup, new(), null);
        var works = new List<KindWork>();
        foreach (var kind in Kinds.All.Where(_device.Account.IsOn))
        {
            if (_device.Account.KeysOf(kind) is { } keys) works.Add(new(run, kind, keys));
        }
        var reasons = _index.Troubles.ToLookup(t => (t.Kind, _index.FileOf(t.Item)));
        var found = Walk(works);
        foreach (var work in works)
        {
            foreach (var (file, use) in found.Of(work.Kind))
            {
                var entry = _index.Entries.GetValueOrDefault(file.Path);
                if (use == EntryUse.Written || entry?.Use == EntryUse.Written) continue;
                bool fits = entry is not null && entry.Fits(file);
                int items = fits ? entry!.Items : 1;
                work.Saw(items);
                if (fits) work.Secured(items - entry!.Failed);
                var known = reasons[(work.Kind, file.Path)].ToList();
                foreach (var trouble in known) work.Trouble(trouble.Item, trouble.Reason);
                if (!fits && known.Count == 0) work.Trouble(file.Path, Why(file, entry));
            }
        }
        foreach (var archive in found.Archives)
        {
            if (ArchiveImport.IsKnown(run, works, archive))
            {
                ArchiveImport.CountKnown(run, works, archive);
                continue;
            }
            works[0].Saw(1);
            works[0].Trouble(archive.File.Path, Why(archive.File, _index.Entries.GetValueOrDefault(archive.File.Path)));
        }
        return ReportOf(works, 0, _device.Clock.GetElapsedTime(started)) with { Silent = _device.SilentDevices(), Announced = _device.AnnouncedErases(), Coming = _device.AnnouncedDevice(), Back = _device.WaysBack() };
    }

    private static string Why(FoundFile file, IndexEntry? entry) => entry switch
    {
        null => "It is new since the last run.",
        _ when entry.Size != file.Size || entry.Time != file.Time => "It changed since the last run.",
        _ => "It was not sent yet.",
    };

    internal static FolderReport ReportOf(List<KindWork> works, long sent, TimeSpan took)
    {
        var kinds = Kinds.All.Select(kind => works.Find(w => w.Kind == kind)?.Report() ?? new KindReport(kind, false, 0, 0, 0, 0, 0, 0, [], []));
        return new([.. kinds], [.. works.SelectMany(w => w.HeldRemovals)], sent, took);
    }

    /// <summary>Lists the folders of the kinds that are on, and the inbox.</summary>
    private Findings Walk(List<KindWork> works)
    {
        if (!Directory.Exists(_path)) throw new FolderGoneException(_path);
        var findings = new Findings();
        foreach (var work in works)
        {
            foreach (string below in FolderLayout.FoldersOf(work.Kind))
            {
                bool any = false;
                foreach (var file in FolderScan.Files(_path, below, (item, why) => { work.Trouble(item, why); findings.Broken.Add(work.Kind); }))
                {
                    any = true;
                    if (FolderLayout.Classify(file.Path) is { } what) findings.Add(what.Kind, file, what.Use);
                    else work.Note(file.Path, $"Not taken: nothing in {below}/ is stored like this.");
                }
                // A folder that was there and is not: it was moved or not mounted, and nothing in it counts as removed.
                if (!any && !Directory.Exists(Path.Combine(_path, below)) && _index.Entries.Values.Any(e => e.Path.StartsWith(below + "/", StringComparison.Ordinal) && e.Use == EntryUse.Record))
                {
                    work.Trouble($"{below}/", "The folder is not there any more. Nothing in it was taken for removed: put it back, or make an empty one if it was meant.");
                    findings.Broken.Add(work.Kind);
                }
            }
        }
        if (works.Count == 0) return findings;
        void Troubled(string item, string why) => works[0].Trouble(item, why);
        findings.Archives.AddRange(FoundArchive.Unpacked([.. FolderScan.Files(_path, FolderLayout.Inbox, Troubled)], out var inbox));
        var off = new Dictionary<Kind, List<string>>();
        foreach (var file in inbox.Concat(FolderScan.Files(_path, "", Troubled)))
        {
            bool isDropped = file.Path.Contains('/', StringComparison.Ordinal);
            if (FolderLayout.Classify(file.Path) is not { } what)
            {
                if (FolderLayout.WhyNot(file.Path) is { } reason) works[0].Note(file.Path, reason);
                else if (isDropped) works[0].Note(file.Path, "Not taken: no kind is stored like this.");
                continue;
            }
            var kind = what.Kind != Kind.None ? what.Kind : ArchiveKind(file);
            if (kind == Kind.None) findings.Archives.Add(new(file, []));
            else if (works.Exists(w => w.Kind == kind)) findings.Add(kind, file, what.Use);
            else if (isDropped) (CollectionsMarshal.GetValueRefOrAddDefault(off, kind, out _) ??= []).Add(file.Path);
        }
        foreach (var (kind, paths) in off) works[0].Note(paths[0], paths.Count == 1 ? $"Not read: {kind.Word()} are off." : $"Not read, and {paths.Count - 1} more: {kind.Word()} are off.");
        return findings;
    }

    /// <summary>What an archive is for, by the names in it.</summary>
    private Kind ArchiveKind(FoundFile file)
    {
        if (_index.Entries.TryGetValue(file.Path, out var entry) && entry.Fits(file)) return entry.Kind;
        try
        {
            using var stream = File.OpenRead(Path.Combine(_path, file.Path));
            var zip = SafeZip.Open(stream).Item;
            if (zip is null) return Kind.None;
            var names = zip.Entries.Select(e => e.Item?.Name).OfType<string>();
            return names.Any(n => n.EndsWith("messages.ndjson", StringComparison.Ordinal)) ? Kind.Messages : Kind.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Kind.None;
        }
    }

    private async Task SendAsync(KindWork work, Findings found, CancellationToken cancel)
    {
        var mine = found.Of(work.Kind);
        if (FilesOf(work.Kind) is { } files)
        {
            await new RecordSync(work, files).SendAsync([.. mine.Where(f => f.Use == EntryUse.Record).Select(f => f.File)], !found.Broken.Contains(work.Kind), cancel);
            CountBeside(work, mine);
        }
        MessageImport? messages = null;
        foreach (var (file, _) in mine.Where(f => f.Use == EntryUse.Container))
        {
            if (_index.Entries.TryGetValue(file.Path, out var entry) && entry.IsSurely(file))
            {
                if (entry.Use == EntryUse.Written) continue;
                work.Saw(entry.Items);
                work.Secured(entry.Items - entry.Failed);
                foreach (var trouble in _index.Troubles.Where(t => t.Kind == work.Kind && _index.FileOf(t.Item) == file.Path)) work.Trouble(trouble.Item, trouble.Reason);
                continue;
            }
            if (work.Kind == Kind.Contacts) await new ContactBookImport(work).TakeAsync(file, cancel);
            else await (messages ??= new(work)).TakeAsync(file, cancel);
        }
    }

    /// <summary>Files in notes/ that are no notes: safe with the note that links to them, else named.</summary>
    private void CountBeside(KindWork work, List<(FoundFile File, EntryUse Use)> mine)
    {
        Dictionary<string, Head>? notes = null;
        foreach (var (file, _) in mine.Where(f => f.Use == EntryUse.Attachment))
        {
            work.Saw(1);
            if (_index.Entries.TryGetValue(file.Path, out var entry) && entry.Use == EntryUse.Attachment && entry.Fits(file)) work.Secured(1);
            else work.Trouble(file.Path, (notes ??= work.NotesByAttachment()).ContainsKey(file.Path)
                ? "A note's own file of this name is another, from another device, so this one was left and not sent. Give it another name and link to that; the note's own comes by candor restore into another folder."
                : "No note refers to it, so it was not sent. Link to it from a note, or move it to photos/.");
        }
    }

    private async Task WriteAsync(KindWork work, CancellationToken cancel)
    {
        long applied = _index.Applied.GetValueOrDefault(work.Kind);
        // Sending may have brought commits that part a record again: one of its heads stands for it until the next run has merged them, and none of them makes a second file of it.
        var heads = HeadMerger.OneEach(work.Run.Store.HeadsSince(work.Kind, applied));
        heads.RemoveAll(h => h.Removed && work.Run.Store.HeadsOf(h.Record).Any(other => !other.Removed));
        long reached = _device.Account.State.Size;
        // What could not be written is tried again by the next run.
        if (FilesOf(work.Kind) is { } files)
        {
            var writer = new RecordWriter(work, files);
            reached = Math.Min(reached, await writer.WriteAsync(heads, cancel));
            writer.TakeFreedNames();
        }
        else
        {
            // Those of another run whose bytes came since, unless they were changed or removed meanwhile.
            var owed = _index.Owed.ToHashSet();
            IEnumerable<Head> due = owed.Count > 0 ? work.Run.Store.Heads(work.Kind).Where(h => owed.Contains(h.Place) && h.Place.Index < applied) : [];
            var fromOthers = heads.Where(h => !h.Removed && work.Run.Store.CommitAt(h.Place.Index)!.Author != _device.Id);
            var lost = new MessageExport(work).Write([.. due, .. fromOthers], cancel);
            _index.Owed.Clear();
            _index.Owed.AddRange(lost.Select(h => h.Place));
        }
        _index.Applied[work.Kind] = reached;
    }

    internal static IRecordFiles? FilesOf(Kind kind) => kind switch
    {
        Kind.Contacts => new ContactFiles(),
        Kind.Notes => new NoteFiles(),
        Kind.Photos => new PhotoFiles(),
        _ => null,
    };

    /// <summary>What a walk found, by kind.</summary>
    private sealed class Findings
    {
        private readonly Dictionary<Kind, List<(FoundFile File, EntryUse Use)>> _files = [];

        /// <summary>Kinds of which part could not be seen.</summary>
        public HashSet<Kind> Broken { get; } = [];

        /// <summary>Archives that may hold anything.</summary>
        public List<FoundArchive> Archives { get; } = [];

        public void Add(Kind kind, FoundFile file, EntryUse use)
        {
            if (!_files.TryGetValue(kind, out var files)) _files[kind] = files = [];
            files.Add((file, use));
        }

        public List<(FoundFile File, EntryUse Use)> Of(Kind kind) => _files.TryGetValue(kind, out var files) ? files : [];
    }
}
