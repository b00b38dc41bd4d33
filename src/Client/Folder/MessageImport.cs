using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Blobs;
using Candor.Client.Records;
using Candor.Formats;
using Candor.Formats.Messages;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Brings the messages of an export to the account: each once, however often exports repeat it.</summary>
/// <remarks>A message that was removed from the account stays removed when an old export comes again. Every reading of the file is counted: sent, known, or named with what is wrong.</remarks>
internal sealed class MessageImport(KindWork work)
{
    /// <summary>More than these are counted but not listed one by one.</summary>
    private const int MostTroubles = 1000;

    /// <summary>Messages whose parts are on their way while the export is read on: as many as there are buffers for pieces.</summary>
    private const int UploadsAtOnce = PieceBuffers.Count;

    /// <summary>After so many messages it is told how many there may be in all; and as many as room is made for at most, 16 MiB: the rest may be pictures.</summary>
    private const int Sampled = 4096, MostExpected = 1 << 18;

    private readonly HashSet<Id> _known = [.. work.Run.Store.Heads(Kind.Messages).Select(h => h.Record)];

    public async Task TakeAsync(FoundFile file, CancellationToken cancel)
    {
        int items, failed = 0;
        work.Plan(0, file.Size);
        try
        {
            FileStream Open() => new(work.Run.Full(file.Path), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            items = await TakeAsync(Open, file.Path, (item, reason) =>
            {
                if (++failed <= MostTroubles) work.Trouble($"{file.Path}, {item}", reason);
            }, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            work.Saw(1);
            work.Trouble(file.Path, $"It cannot be read to its end: {e.Message} What came before is safe; the rest is tried again by the next run.");
            return;
        }
        work.Saw(items);
        work.Secured(items - failed);
        lock (work.Index) work.Index.Set(new(file.Path, Kind.Messages, EntryUse.Container, file.Size, file.Time, default, default, default, items, failed) { IsFresh = file.IsFresh });
    }

    /// <summary>Takes the messages of a stream, which may be an entry of an archive, and commits them.</summary>
    /// <param name="open">Called once.</param>
    /// <param name="path">What a person knows it by; an export of SyncTech's app ends in .xml.</param>
    /// <param name="failed">Called with each message that cannot be made out, and why.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Messages and what should have been one.</returns>
    public async Task<int> TakeAsync(Func<Stream> open, string path, Action<string, string> failed, CancellationToken cancel)
    {
        int items = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var changes = Channel.CreateBounded<RecordChange>(512);
        var reading = Task.Run(async () =>
        {
            Exception? error = null;
            try
            {
                using var stream = open();
                items = await ReadAsync(stream, path, failed, changes.Writer, stop.Token);
            }
            catch (Exception e)
            {
                error = e;
                throw;
            }
            finally
            {
                changes.Writer.TryComplete(error);
            }
        }, CancellationToken.None);
        try
        {
            await work.Run.Device.Account.CommitAsync(Kind.Messages, changes.Reader.ReadAllAsync(stop.Token), committed =>
            {
                work.Sent(committed.Count);
                work.Run.Store.ForgetUploads(committed.Where(c => c.Change.Content?.Files.Count > 0).Select(c => c.Change.Record));
            }, cancel);
            await reading;
            return items;
        }
        catch
        {
            await stop.CancelAsync();
            await reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    private async Task<int> ReadAsync(Stream stream, string path, Action<string, string> failed, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        int items = 0, calls = 0, mends = 0;
        long at = 0;
        using var parts = new PartBuffers();
        await using var uploads = new BoundedTasks(UploadsAtOnce);
        var occurrences = new MessageOccurrences();
        foreach (var reading in Readings(stream, path, parts))
        {
            cancel.ThrowIfCancellationRequested();
            var held = parts.Take(reading.Item);
            bool isPassedOn = false;
            try
            {
                if (reading.Item is { } message)
                {
                    items++;
                    var draft = MessageRecords.Of(message, occurrences, held);
                    var record = work.Keys.RecordId(draft.NaturalKey.Span);
                    bool isNew = _known.Add(record);
                    if (isNew && draft.Files.Count > 0)
                    {
                        await uploads.RoomAsync();
                        uploads.Start(() => SendAsync(record, draft, held, changes, cancel));
                        isPassedOn = true;
                    }
                    else if (isNew) await changes.WriteAsync(new(record, [], draft.Content), cancel);
                    else if (draft.Content.View.Flag("read")) await MarkReadAsync(record, changes, cancel);
                    if (reading.Problem is { } mended && ++mends <= MostTroubles) work.Note($"{path}, {mended.Item}", mended.Reason);
                }
                else if (reading.Problem is { Reason: SyncTechReader.CallsAreNoKind }) calls++;
                else if (reading.Problem is { } problem)
                {
                    items++;
                    failed(problem.Item, problem.Reason);
                }
            }
            finally
            {
                if (!isPassedOn) held.Dispose();
            }
            long now = stream.CanSeek ? stream.Position : 0;
            work.Step(Stage.Sending, 1, now - at);
            at = now;
            if (items == Sampled && at > 0)
            {
                // What grows by doubling lies there twice meanwhile.
                int expected = (int)Math.Min(MostExpected, stream.Length / (at / Sampled + 1));
                _known.EnsureCapacity(_known.Count + expected);
                occurrences.EnsureCapacity(expected);
            }
        }
        await uploads.AllAsync();
        // Seen, and no message that is missing.
        if (calls > 0) work.Note(path, $"{calls} calls are in it, and {SyncTechReader.CallsAreNoKind}.");
        else if (items == 0) work.Note(path, "There is no message in it.");
        return items;
    }

    private static IEnumerable<Reading<Message>> Readings(Stream stream, string path, PartBuffers parts) =>
        path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) ? new SyncTechReader(stream, parts.Open).Read() : new SmsIeReader(stream, parts.Open).Read();

    private async Task SendAsync(Id record, RecordDraft draft, MessageParts held, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        using (held)
        {
            var sent = new List<RecordFile>(draft.Files.Count);
            foreach (var part in draft.Files) sent.Add(await work.Sender.SendAsync(record, part, (Id?)null, cancel));
            await changes.WriteAsync(new(record, [], draft.Content with { Files = sent }), cancel);
        }
    }

    /// <summary>A later export says that a message was read.</summary>
    private async Task MarkReadAsync(Id record, ChannelWriter<RecordChange> changes, CancellationToken cancel)
    {
        if (work.Run.Store.HeadsOf(record) is not [{ Removed: false } head] || work.Read(head) is not { } there || there.View.Flag("read")) return;
        await changes.WriteAsync(new(record, [head.Place], there with { View = there.View.Copy().With("read", true) }), cancel);
    }
}
