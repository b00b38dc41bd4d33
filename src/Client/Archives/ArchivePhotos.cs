using System.Collections.Concurrent;
using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Blobs;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Formats.Photos;
using Candor.Formats.Takeout;
using Candor.Protocol;

namespace Candor.Client.Archives;

/// <summary>Brings the photos of archives to the account, with what Google Photos knew of them.</summary>
/// <remarks>
/// A photo is known by its content: however often archives, folders and albums repeat it, it is one record, in the albums of all its copies. One that the account has gets what it lacks and
/// no more; one that was removed from the account stays removed. Archives are read one entry at a time; up to a piece is held in memory, more goes to a temporary file of sealed bytes.
/// </remarks>
internal sealed class ArchivePhotos(KindWork work, ArchiveNotices notices, PartBuffers buffers) : IDisposable
{
    private const int AtOnce = 3;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly ConcurrentDictionary<Id, ArchiveEntry> _met = [];
    private readonly ConcurrentDictionary<Id, byte> _made = [];
    private readonly ConcurrentQueue<Copy> _copies = [];
    private readonly Dictionary<ArchiveEntry, string?> _titles = [];
    private readonly Dictionary<(uint, long), string[]> _albums = [];

    public async Task TakeAsync(IReadOnlyList<PhotoEntry> photos, CancellationToken cancel)
    {
        ReadAlbums(photos);
        work.Plan(photos.Count, photos.Sum(p => p.File.Length));
        await CommitStream.RunAsync(work, (changes, stop) => Parallel.ForEachAsync(
            photos, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (photo, s) => await TakeAsync(photo, changes, s)), cancel);
        await CommitStream.RunAsync(work, AddCopiesAsync, cancel);
    }

    /// <summary>Titles of albums, and for copies that a zip's checksums show to be such: in which albums they all are, so that one revision says so.</summary>
    private void ReadAlbums(IReadOnlyList<PhotoEntry> photos)
    {
        foreach (var album in photos.Select(p => p.Album).OfType<ArchiveEntry>().Distinct()) _titles[album] = TitleOf(album);
        var copies = photos.Where(p => p.File.Crc != 0 && p.Album is not null).GroupBy(p => (p.File.Crc, p.File.Length));
        foreach (var group in copies) _albums[group.Key] = [.. group.Select(p => _titles[p.Album!]).OfType<string>()];
    }

    private static string? TitleOf(ArchiveEntry album)
    {
        try
        {
            // A folder for each year is where the export puts what is in no album.
            return TakeoutAlbum.Parse(album.ReadAll(ArchivePlan.LargestText), album.Name).Item is { Title.Length: > 0 } read && !TakeoutAlbum.IsYear(read.Title) ? read.Title : null;
        }
        catch (Exception e) when (e is ItemException or IOException)
        {
            return null;
        }
    }

    private async ValueTask TakeAsync(PhotoEntry photo, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        var file = photo.File;
        HeldFile? held = null;
        MessageParts? spooled = null;
        try
        {
            TakeoutSidecar? sidecar;
            await _reading.WaitAsync(cancel);
            try
            {
                sidecar = ReadSidecar(photo);
                if (sidecar is { Trashed: true })
                {
                    notices.Trashed(file);
                    return;
                }
                file.Archive.Took(Kind.Photos);
                if (file.Length <= Limits.Piece) held = await work.Sender.HoldAsync(() => file.Open(), file.Name, file.Length, cancel);
                else spooled = Spool(file);
            }
            finally
            {
                _reading.Release();
            }
            if (photo.IsDescribed && photo.Sidecar is null) notices.Undescribed(file);
            if (file.Mended is { } odd) work.Note($"{file.Archive.Path}, {file.Path}", $"{EntryStream.Sentence(odd.Reason)} It was taken under a safe name.");
            await DecideAsync(photo, sidecar, held, spooled, changes, cancel);
        }
        catch (Exception e) when (e is ItemException or RecordTooLargeException or IOException or UnauthorizedAccessException)
        {
            file.Archive.Failed(work, file.Path, e.Message, mayPass: e is not (ItemException or RecordTooLargeException));
        }
        finally
        {
            held?.Dispose();
            spooled?.Dispose();
            work.Step(Stage.Sending, 1, file.Length);
        }
    }

    private async Task DecideAsync(PhotoEntry photo, TakeoutSidecar? sidecar, HeldFile? held, MessageParts? spooled, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        var file = photo.File;
        Stream Open() => held?.AsStream() ?? spooled!.OpenPart(0);
        var content = held?.ContentId ?? await work.Sender.ContentIdAsync(Open, file.Name, file.Length, cancel);
        PhotoView view;
        using (var stream = Open()) view = PhotoMetadata.Read(stream, file.Name);
        string name = SafeFileName.ForFile(file.Name);
        var draft = PhotoRecords.WithTakeout(PhotoRecords.Of(view, name, file.Length, content, null, Open), sidecar, AlbumsOf(photo));
        var record = work.Keys.RecordId(draft.NaturalKey.Span);
        if (!_met.TryAdd(record, file))
        {
            _copies.Enqueue(new(record, photo, sidecar));
            return;
        }
        if (work.Run.Store.HeadsOf(record) is [.., var head])
        {
            if (head.Removed) notices.Removed(file);
            else if (Enriched(head, [(sidecar, AlbumsOf(photo))]) is { } more) await changes.WriteAsync(more, cancel);
            return;
        }
        var sent = held is not null ? await work.Sender.SendAsync(record, draft.Files[0], held, cancel) : await work.Sender.SendAsync(record, draft.Files[0], content, cancel);
        var plain = draft.Content with { Name = PhotoFiles.Sorted(draft.Content, name), Files = [sent] };
        _made.TryAdd(record, 0);
        await changes.WriteAsync(new(record, [], plain), cancel);
    }

    /// <summary>Copies whose albums were not known before the photo was sent add them to it now.</summary>
    private async Task AddCopiesAsync(ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        foreach (var copies in _copies.GroupBy(c => c.Record))
        {
            if (work.Run.Store.HeadsOf(copies.Key) is not [.., var head])
            {
                foreach (var copy in copies) copy.Photo.File.Archive.Failed(work, copy.Photo.File.Path, $"It is a copy of {_met[copies.Key].Path}, which could not be sent.", mayPass: true);
            }
            else if (head.Removed)
            {
                foreach (var copy in copies) notices.Removed(copy.Photo.File);
            }
            else if (Enriched(head, copies.Select(c => (c.Sidecar, AlbumsOf(c.Photo)))) is { } more) await changes.WriteAsync(more, cancel);
        }
    }

    /// <summary>The record with what it lacks; null where it lacks nothing.</summary>
    private RecordChange? Enriched(Head head, IEnumerable<(TakeoutSidecar? Sidecar, IEnumerable<string> Albums)> copies)
    {
        if (work.Read(head) is not { } there) return null;
        var draft = new RecordDraft(default, there, []);
        foreach (var (sidecar, albums) in copies) draft = PhotoRecords.WithTakeout(draft, sidecar, albums);
        // Whichever copy was met first: a photo that this run brought stands under the month that any of its descriptions tells.
        if (_made.ContainsKey(head.Record) && !there.Name.Contains('/', StringComparison.Ordinal)) draft = draft with { Content = draft.Content with { Name = PhotoFiles.Sorted(draft.Content, there.Name) } };
        return draft.Content.Encode().AsSpan().SequenceEqual(there.Encode()) ? null : new(head.Record, [head.Place], draft.Content);
    }

    private IEnumerable<string> AlbumsOf(PhotoEntry photo)
    {
        IEnumerable<string> own = photo.Album is { } album && _titles[album] is { } title ? [title] : [];
        return own.Concat(_albums.GetValueOrDefault((photo.File.Crc, photo.File.Length)) ?? []);
    }

    /// <summary>A description that cannot be read costs what it says, never the photo.</summary>
    private TakeoutSidecar? ReadSidecar(PhotoEntry photo)
    {
        if (photo.Sidecar is not { } sidecar) return null;
        string reason;
        try
        {
            var (read, problem) = TakeoutSidecar.Parse(sidecar.ReadAll(ArchivePlan.LargestText), sidecar.Name);
            if (read is not null) return read;
            reason = problem!.Reason;
        }
        catch (ItemException e)
        {
            reason = e.Message;
        }
        work.Note($"{sidecar.Archive.Path}, {sidecar.Path}", $"{reason} The photo that it describes is safe.");
        return null;
    }

    private MessageParts Spool(ArchiveEntry file)
    {
        var parts = new MessageParts(buffers);
        try
        {
            using var from = file.Open();
            using var to = parts.Begin(0);
            from.CopyTo(to);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    public void Dispose() => _reading.Dispose();

    private sealed record Copy(Id Record, PhotoEntry Photo, TakeoutSidecar? Sidecar);
}
