using Candor.Client.Folder;
using Candor.Formats;
using Candor.Formats.Archives;
using Candor.Protocol;

namespace Candor.Client.Archives;

/// <summary>An archive while it is taken in: its entries, and the count of what became of them. Counting is safe for several threads; one thread reads.</summary>
internal sealed class Archive : IDisposable
{
    /// <summary>Failures that are listed one by one; all beyond are one item with one reason.</summary>
    private const int MostTroubles = 1000;

    private readonly FoundArchive _found;
    private readonly FileStream? _file;
    private readonly SortedDictionary<Kind, (int Items, int Failed, int Unlisted)> _counts = [];
    private bool _mayBeDone = true;

    private Archive(FoundArchive found, FileStream? file) => (_found, _file) = (found, file);

    public string Path => _found.File.Path;

    /// <summary>New or changed since it was taken in; an older part is only looked into for what belongs to a new one.</summary>
    public required bool IsNew { get; init; }

    public List<ArchiveEntry> Entries { get; } = [];

    /// <summary>Entries, or the whole, that cannot be read, and why.</summary>
    public List<FormatProblem> Refused { get; } = [];

    /// <summary>Lists an archive. Nothing of its content is read yet.</summary>
    public static Archive Open(FolderRun run, FoundArchive found, bool isNew)
    {
        if (found.IsFolder)
        {
            // Entries of an unpacked Takeout begin with "Takeout/", as in its zips; those of a Joplin export at its top.
            int skip = found.Set == found.File.Path ? found.File.Path.Length + 1 : found.File.Path.LastIndexOf('/') + 1;
            var folder = new Archive(found, null) { IsNew = isNew };
            foreach (var file in found.Files)
            {
                string full = run.Full(file.Path);
                folder.Entries.Add(new(folder, file.Path[skip..], file.Size, 0, null) { Source = () => new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16) });
            }
            return folder;
        }
        var stream = new FileStream(run.Full(found.File.Path), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var archive = new Archive(found, stream) { IsNew = isNew };
            if (found.File.Path.EndsWith(".jex", StringComparison.OrdinalIgnoreCase)) archive.ListTar(stream);
            else archive.ListZip(stream);
            return archive;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private void ListZip(Stream stream)
    {
        var (zip, trouble) = SafeZip.Open(stream);
        if (trouble is not null) Refused.Add(trouble);
        foreach (var (entry, problem) in zip?.Entries ?? [])
        {
            if (entry is null) Refused.Add(problem!);
            else if (!entry.IsDirectory) Entries.Add(new(this, entry.Name, entry.DeclaredLength, entry.Crc, problem) { Source = () => zip!.OpenEntry(entry) });
        }
    }

    private void ListTar(Stream stream)
    {
        foreach (var (entry, problem) in SafeTar.Read(stream))
        {
            if (entry is null) Refused.Add(problem!);
            else Entries.Add(new(this, entry.Name, entry.Length, 0, problem) { Source = () => SafeTar.Open(stream, entry) });
        }
    }

    /// <summary>An item of a kind was found in it; it counts as safe unless <see cref="Failed"/> is called for it too.</summary>
    public void Took(Kind kind, int items = 1)
    {
        if (!IsNew) return;
        lock (_counts) _counts[kind] = _counts.GetValueOrDefault(kind) is var c ? (c.Items + items, c.Failed, c.Unlisted) : default;
    }

    /// <summary>An item that was counted by <see cref="Took"/> is not safe.</summary>
    public void Failed(KindWork work, string item, string reason, bool mayPass = false)
    {
        if (!IsNew) return;
        bool isListed;
        lock (_counts)
        {
            var c = _counts.GetValueOrDefault(work.Kind);
            isListed = c.Failed < MostTroubles;
            _counts[work.Kind] = isListed ? (c.Items, c.Failed + 1, c.Unlisted) : (c.Items, c.Failed, c.Unlisted + 1);
            if (mayPass) _mayBeDone = false;
        }
        if (isListed) work.Trouble($"{Path}, {item}", reason);
    }

    /// <summary>Adds the counts to the kinds' and remembers the archive, unless part of it is to be tried again as it is.</summary>
    public void Close(IReadOnlyList<KindWork> works, FolderIndex index)
    {
        var parts = new List<KindCount>();
        foreach (var work in works)
        {
            var (items, failed, unlisted) = _counts.GetValueOrDefault(work.Kind);
            if (unlisted > 0)
            {
                work.Trouble(Path, $"{unlisted} more cannot be taken for reasons like these.");
                (items, failed) = (items - unlisted + 1, failed + 1);
            }
            work.Saw(items);
            work.Secured(items - failed);
            parts.Add(new(work.Kind, items, failed));
        }
        if (!_mayBeDone) return;
        var file = _found.File;
        lock (index)
        {
            index.Set(new(file.Path, Kind.None, EntryUse.Container, file.Size, file.Time, default, default, default, parts.Sum(p => p.Items), parts.Sum(p => p.Failed)) { Parts = parts });
        }
    }

    public void Dispose() => _file?.Dispose();
}
