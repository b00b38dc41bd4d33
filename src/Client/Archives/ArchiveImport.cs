using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Archives;

/// <summary>Takes in the archives of a folder: Google Takeout, Joplin exports, zips of anything, and folders that such were unpacked into.</summary>
/// <remarks>
/// 1. Archives that are as they were are counted from the index. 2. The others are listed, with the older parts of their set, and every entry gets its place in a plan. 3. Notes with what they
/// link to, contacts, messages, and photos go up, where their kind is on; what is of a kind that is off is counted by its name and not read. 4. What was taken and what failed is remembered for
/// each archive, when all of it is safe or named. A run that breaks off begins the archive again, and sends nothing of it twice.
/// </remarks>
internal static class ArchiveImport
{
    public static async Task RunAsync(FolderRun run, IReadOnlyList<KindWork> works, IReadOnlyList<FoundArchive> found, CancellationToken cancel)
    {
        foreach (var set in found.GroupBy(f => f.Set, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            // 1.
            FoundArchive[] parts = [.. set.OrderBy(f => f.File.Path, StringComparer.Ordinal)];
            foreach (var part in parts) CountKnown(run, works, part);
            if (Array.TrueForAll(parts, p => IsKnown(run, works, p))) continue;
            await TakeAsync(run, works, parts, cancel);
        }
    }

    /// <summary>It was taken in as it is, for every kind that is on.</summary>
    public static bool IsKnown(FolderRun run, IReadOnlyList<KindWork> works, FoundArchive archive) =>
        run.Index.Entries.TryGetValue(archive.File.Path, out var entry) && entry.Fits(archive.File) && works.All(w => entry.Parts.Any(p => p.Kind == w.Kind));

    /// <summary>Adds what is known of an archive to the counts: its items, and what is wrong with some.</summary>
    public static void CountKnown(FolderRun run, IReadOnlyList<KindWork> works, FoundArchive archive)
    {
        if (!IsKnown(run, works, archive)) return;
        foreach (var (kind, items, failed) in run.Index.Entries[archive.File.Path].Parts)
        {
            if (works.FirstOrDefault(w => w.Kind == kind) is not { } work) continue;
            work.Saw(items);
            work.Secured(items - failed);
            foreach (var trouble in run.Index.Troubles.Where(t => t.Kind == kind && run.Index.FileOf(t.Item) == archive.File.Path)) work.Trouble(trouble.Item, trouble.Reason);
        }
    }

    private static async Task TakeAsync(FolderRun run, IReadOnlyList<KindWork> works, FoundArchive[] parts, CancellationToken cancel)
    {
        var archives = new List<Archive>();
        var notices = new ArchiveNotices();
        try
        {
            // 2.
            foreach (var part in parts)
            {
                try
                {
                    archives.Add(Archive.Open(run, part, !IsKnown(run, works, part)));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    works[0].Saw(1);
                    works[0].Trouble(part.File.Path, e.Message);
                }
            }
            foreach (var archive in archives) NameRefused(works, archive);
            var plan = ArchivePlan.Of(archives);
            NameLeft(plan, notices);

            // 3.
            KindWork? Of(Kind kind) => works.FirstOrDefault(w => w.Kind == kind);
            IReadOnlySet<ArchiveEntry> linked = new HashSet<ArchiveEntry>();
            if (Of(Kind.Notes) is { } notes)
            {
                var import = new ArchiveNotes(notes, notices);
                await import.TakeAsync(plan, cancel);
                linked = import.Linked;
            }
            else CountOff(works, Kind.Notes, plan.Keep.Concat(plan.Joplin).Concat(plan.Notes).SelectMany(f => f.Notes));
            if (Of(Kind.Contacts) is { } contacts) await TakeCardsAsync(contacts, plan.Cards.Where(c => c.Archive.IsNew), cancel);
            else CountOff(works, Kind.Contacts, plan.Cards);
            if (Of(Kind.Messages) is { } messages) await TakeMessagesAsync(messages, [.. plan.Messages.Where(m => m.Archive.IsNew)], cancel);
            else CountOff(works, Kind.Messages, plan.Messages);
            if (Of(Kind.Photos) is { } photos) await TakePhotosAsync(photos, [.. plan.Photos.Where(p => IsDue(p) && !linked.Contains(p.File))], notices, cancel);
            else CountOff(works, Kind.Photos, plan.Photos.Select(p => p.File));

            // 4.
            notices.Report(works[0]);
            foreach (var archive in archives.Where(a => a.IsNew)) archive.Close(works, run.Index);
            lock (run.Index) run.SaveSometimes();
        }
        finally
        {
            foreach (var archive in archives) archive.Dispose();
        }
    }

    /// <summary>A photo of an older part is looked at again where its description or its album's title came only now.</summary>
    private static bool IsDue(PhotoEntry photo) => photo.File.Archive.IsNew || photo.Sidecar is { Archive.IsNew: true } || photo.Album is { Archive.IsNew: true };

    private static async Task TakePhotosAsync(KindWork work, PhotoEntry[] photos, ArchiveNotices notices, CancellationToken cancel)
    {
        if (photos.Length == 0) return;
        using var buffers = new PartBuffers();
        using var import = new ArchivePhotos(work, notices, buffers);
        await import.TakeAsync(photos, cancel);
    }

    private static async Task TakeCardsAsync(KindWork work, IEnumerable<ArchiveEntry> books, CancellationToken cancel)
    {
        var import = new ContactBookImport(work);
        foreach (var book in books) await TakeManyAsync(work, book, (stream, path, failed) => import.TakeAsync(stream, path, failed, cancel));
    }

    private static async Task TakeMessagesAsync(KindWork work, ArchiveEntry[] exports, CancellationToken cancel)
    {
        if (exports.Length == 0) return;
        var import = new MessageImport(work);
        foreach (var export in exports) await TakeManyAsync(work, export, (stream, path, failed) => import.TakeAsync(() => stream, path, failed, cancel));
    }

    /// <summary>Takes an entry that holds many items. One that is damaged gives what comes before the damage.</summary>
    private static async Task TakeManyAsync(KindWork work, ArchiveEntry entry, Func<EntryStream, string, Action<string, string>, Task<int>> take)
    {
        var archive = entry.Archive;
        int failed = 0;
        void Failed(string item, string reason)
        {
            failed++;
            archive.Failed(work, $"{entry.Path}, {item}", reason);
        }
        try
        {
            using var stream = entry.Open(isStrict: false);
            archive.Took(work.Kind, await take(stream, $"{archive.Path}, {entry.Path}", Failed));
            if (stream.Problem is not { } cut) return;
            archive.Took(work.Kind);
            Failed("from its end on", $"{EntryStream.Sentence(cut.Reason)} What came before that is safe.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            archive.Took(work.Kind, failed + 1);
            archive.Failed(work, entry.Path, e.Message, mayPass: true);
        }
    }

    /// <summary>Names what cannot be read: an entry with its kind's troubles, as far as its name tells it; the whole with those of whatever kind is on.</summary>
    private static void NameRefused(IReadOnlyList<KindWork> works, Archive archive)
    {
        foreach (var problem in archive.Refused)
        {
            var kind = problem.Item == "archive" ? works[0].Kind : FolderLayout.Classify($"{FolderLayout.Inbox}/{problem.Item}")?.Kind ?? Kind.None;
            string reason = EntryStream.Sentence(problem.Reason);
            if (works.FirstOrDefault(w => w.Kind == kind) is { } work)
            {
                archive.Took(kind);
                archive.Failed(work, problem.Item, reason);
            }
            else if (archive.IsNew) works[0].Note($"{archive.Path}, {problem.Item}", reason);
        }
    }

    private static void NameLeft(ArchivePlan plan, ArchiveNotices notices)
    {
        foreach (var entry in plan.LoneSidecars) notices.LoneSidecar(entry);
        foreach (var entry in plan.ContactPictures) notices.ContactPicture(entry);
        foreach (var entry in plan.Others) notices.Other(entry);
    }

    private static void CountOff(IReadOnlyList<KindWork> works, Kind kind, IEnumerable<ArchiveEntry> entries)
    {
        foreach (var archive in entries.Where(e => e.Archive.IsNew).GroupBy(e => e.Archive.Path, StringComparer.Ordinal))
            works[0].Note(archive.Key, $"{archive.Count()} {(kind == Kind.Contacts ? "address books" : kind == Kind.Messages ? "exports of messages" : kind.Word())} in it were not read: {kind.Word()} are off.");
    }
}
