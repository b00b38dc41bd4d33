using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Previews;
using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Makes thumbnails and previews of photos that have none yet, after the photos themselves are safe (spec/records.md §3). What cannot be read here another device may make.</summary>
internal static class PreviewRun
{
    /// <summary>A picture is decoded whole: two at once, one a core.</summary>
    private const int AtOnce = 2;

    public static async Task RunAsync(KindWork work, CancellationToken cancel)
    {
        var due = new List<IndexEntry>();
        var there = work.Run.Store.Heads(Kind.Photos).Select(h => h.Record).ToHashSet();
        foreach (var entry in work.Index.Entries.Values.Where(e => e.Kind == Kind.Photos && e.Use == EntryUse.Record))
        {
            // Looked at once, and then left alone while the file is as it was: a film or a damaged picture is not decoded again by every run.
            if (!entry.NoPreview && there.Contains(entry.Record) && !there.Contains(IdOf(work, entry.Record))) due.Add(entry);
        }
        if (due.Count == 0) return;
        work.Plan(due.Count, 0);
        var changes = Channel.CreateBounded<RecordChange>(16);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var making = Task.Run(async () =>
        {
            try
            {
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop.Token }, async (entry, token) =>
                {
                    if (await MakeAsync(work, entry, token) is { } change) await changes.Writer.WriteAsync(change, token);
                    work.Step(Stage.Previews, 1, entry.Size);
                });
            }
            finally
            {
                changes.Writer.TryComplete();
            }
        }, CancellationToken.None);
        try
        {
            await work.Run.Device.Account.CommitAsync(Kind.Photos, changes.Reader.ReadAllAsync(stop.Token), committed => work.Run.Store.ForgetUploads(committed.Select(c => c.Change.Record)), cancel);
        }
        catch
        {
            await stop.CancelAsync();
            await making.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
        await making;
    }

    /// <summary>The record id of a photo's preview.</summary>
    public static Id IdOf(KindWork work, Id photo) => work.Keys.RecordId([.. "v:"u8, .. photo.ToArray()]);

    private static async Task<RecordChange?> MakeAsync(KindWork work, IndexEntry entry, CancellationToken cancel)
    {
        PreviewResult made;
        try
        {
            using var photo = new FileStream(work.Run.Full(entry.Path), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            made = PreviewMaker.Make(photo, MediaTypeOf(work, entry));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            work.Note(entry.Path, $"No preview was made: {e.Message}");
            return null;
        }
        if (made.Thumb is not { } thumb)
        {
            if (made.Outcome is PreviewOutcome.Damaged or PreviewOutcome.TooLarge) work.Note(entry.Path, $"It is safe; no preview was made: {made.Reason}");
            lock (work.Index) work.Index.Set(entry with { NoPreview = true });
            return null;
        }
        var draft = PhotoRecords.Preview(entry.Record, thumb.Bytes, thumb.MediaType, made.Preview?.Bytes.Length ?? 0, made.Preview is { } preview ? () => new MemoryStream(preview.Bytes, writable: false) : null);
        var record = work.Keys.RecordId(draft.NaturalKey.Span);
        var files = new List<RecordFile>();
        foreach (var file in draft.Files) files.Add(await work.Sender.SendAsync(record, file, (Id?)null, cancel));
        return new(record, [], draft.Content with { Files = files });
    }

    private static string MediaTypeOf(KindWork work, IndexEntry entry) =>
        work.Run.Store.HeadsOf(entry.Record) is [.., var head] && work.Read(head) is { } content ? content.View.Text("type") ?? "" : "";
}
