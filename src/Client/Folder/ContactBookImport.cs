using Candor.Client.Accounts;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Formats.Contacts;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Brings the cards of an address book to the account: known ones are recognised by UID or content, and merged where the file has more.</summary>
internal sealed class ContactBookImport(KindWork work)
{
    public async Task TakeAsync(FoundFile file, CancellationToken cancel)
    {
        int items, failed = 0;
        using (var stream = new FileStream(work.Run.Full(file.Path), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16))
        {
            items = await TakeAsync(stream, file.Path, (item, reason) =>
            {
                failed++;
                work.Trouble($"{file.Path}, {item}", reason);
            }, cancel);
        }
        work.Saw(items);
        work.Secured(items - failed);
        lock (work.Index) work.Index.Set(new(file.Path, Kind.Contacts, EntryUse.Container, file.Size, file.Time, default, default, default, items, failed) { IsFresh = file.IsFresh });
    }

    /// <summary>Takes the cards of a stream, which may be an entry of an archive, and commits them.</summary>
    /// <param name="stream">Read to its end.</param>
    /// <param name="path">What a person knows it by.</param>
    /// <param name="failed">Called with each card that cannot be made out, and why.</param>
    /// <param name="cancel">Stops between two commits.</param>
    /// <returns>Cards and what should have been one.</returns>
    public async Task<int> TakeAsync(Stream stream, string path, Action<string, string> failed, CancellationToken cancel)
    {
        int items = 0;
        var changes = new Dictionary<Id, RecordChange>();
        foreach (var line in ContactImport.Preview(VCardReader.Read(stream), Known))
        {
            items++;
            if (line.Problem is { } problem && line.Outcome != ImportOutcome.Failed) work.Note($"{path}, {line.Item}", problem.Reason);
            if (line.Outcome == ImportOutcome.Failed) failed(line.Item, line.Problem?.Reason ?? "No card could be made out.");
            if (line.Outcome is not (ImportOutcome.Added or ImportOutcome.Merged) || line.Card is not { } card) continue;
            var record = work.Keys.RecordId(KeyOf(line.Key));
            var head = HeadOf(record);
            string name = head is { Removed: false } && work.Read(head.Value) is { } there ? there.Name : SafeFileName.For(line.Name, ".vcf");
            changes[record] = new(record, head is { } old ? [old.Place] : [], ContactRecords.Of(card, name).Content);
        }
        await work.Run.Device.Account.CommitAsync(Kind.Contacts, [.. changes.Values], committed => work.Sent(committed.Count), cancel);
        return items;
    }

    /// <summary>The contact that is kept under a key of <see cref="ContactIdentity"/>.</summary>
    private KnownContact? Known(string key) =>
        HeadOf(work.Keys.RecordId(KeyOf(key))) is { Removed: false } head && work.Read(head) is { } content && ContactRecords.Card(content) is { } card ? new(card) : null;

    private Head? HeadOf(Id record) => work.Run.Store.HeadsOf(record) is [.., var head] ? head : null;

    private static ReadOnlySpan<byte> KeyOf(string key) => ContactRecords.NaturalKey(key).Span;
}
