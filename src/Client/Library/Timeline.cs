using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Library;

/// <summary>A commit of the account's log in a person's words.</summary>
/// <param name="Index">Its number in the log.</param>
/// <param name="Time">By its author's clock.</param>
/// <param name="Author">The device's name.</param>
/// <param name="Kind">Of the vault that it touches; none for the account itself.</param>
/// <param name="Changes">"3 put, 1 removed", "photos on", "device added" …</param>
/// <param name="CanUndo">True for changes of records whose earlier content is known.</param>
public sealed record CommitRow(long Index, DateTimeOffset Time, string Author, Kind Kind, string Changes, bool CanUndo)
{
    /// <summary>Kinds that its author turned on or off.</summary>
    public IReadOnlyList<(Kind Kind, bool On)> Consents { get; init; } = [];
}

/// <summary>A revision of one record.</summary>
public sealed record RevisionRow(Place Place, DateTimeOffset Time, string Author, bool Removed, bool IsHere);

/// <summary>The history of the account and its records, and the way back.</summary>
public sealed class Timeline(Device device)
{
    /// <summary>Commits from the newest on.</summary>
    public IEnumerable<CommitRow> Commits()
    {
        var names = device.Holders().ToDictionary(h => h.Id, h => h.Name.Length > 0 ? h.Name : h.Type);
        for (long index = device.Account.Size - 1; index >= 0; index--)
        {
            if (device.Store.CommitAt(index) is not { } commit) continue;
            yield return new(index, TimeOf(commit), names.GetValueOrDefault(commit.Author, "?"), commit.Kind, Changes(commit), commit.Kind != Kind.None && commit.Operations.Count > 0)
            {
                Consents = [.. commit.Operations.OfType<Consent>().Select(c => (c.Kind, c.On))],
            };
        }
    }

    /// <summary>Writes the log as this device verified it: a pull of it without payloads (spec/http-api.md §5), so that anyone can verify it again.</summary>
    /// <returns>How many commits.</returns>
    public long Write(Stream to)
    {
        ArgumentNullException.ThrowIfNull(to);
        long index = 0;
        foreach (byte[] leaf in device.Store.Leaves(device.Account.Size)) to.Write(new PulledLeaf(index++, leaf, null, []).Encode());
        if (device.Store.LoadCheckpoint() is { } note) to.Write(new PulledCheckpoint(System.Text.Encoding.UTF8.GetString(note)).Encode());
        return index;
    }

    /// <summary>Revisions of a record, the newest first.</summary>
    public IReadOnlyList<RevisionRow> OfRecord(Id record)
    {
        var names = device.Holders().ToDictionary(h => h.Id, h => h.Name.Length > 0 ? h.Name : h.Type);
        var heads = device.Store.HeadsOf(record).Select(h => h.Place).ToList();
        var rows = new List<RevisionRow>();
        foreach (var place in heads.OrderDescending().Concat(History.Before(device.Store, heads)))
        {
            if (device.Store.CommitAt(place.Index) is not { } commit) continue;
            bool removed = commit.Operations[place.Op] is Remove;
            rows.Add(new(place, TimeOf(commit), names.GetValueOrDefault(commit.Author, "?"), removed, !removed && device.Store.PutAt(place) is { Sealed: not null }));
        }
        return rows;
    }

    /// <summary>Takes a commit's changes back, by new ones that say what was before: nothing is taken out of the history.</summary>
    /// <returns>How many records were changed back, and which could not be, with the reason.</returns>
    /// <exception cref="DeviceException">There is no such commit, or it is none of records.</exception>
    public async Task<(int Undone, IReadOnlyList<string> Left)> UndoAsync(long index, CancellationToken cancel)
    {
        await device.Account.PullAsync(cancel);
        if (device.Store.CommitAt(index) is not { } commit) throw new DeviceException($"There is no change {index}. See them: candor history");
        if (commit.Kind == Kind.None) throw new DeviceException($"Change {index} is about devices, consents or keys. It is undone by its opposite: candor on, candor off, candor pair.");
        var changes = new List<RecordChange>();
        var left = new List<string>();
        for (int op = 0; op < commit.Operations.Count; op++)
        {
            var (record, parents) = commit.Operations[op] switch
            {
                Put put => (put.Record, put.Parents),
                Remove remove => (remove.Record, remove.Parents),
                _ => throw new DeviceException($"Change {index} is not one of records."),
            };
            var heads = device.Store.HeadsOf(record);
            var now = heads.Select(h => h.Place).Order().ToList();
            if (now is not [var head] || head != new Place(index, op))
            {
                // A merge in the same commit stands on this one: the merge is undone, not its parts.
                if (!now.Any(p => p.Index == index)) left.Add($"{record.ToString()[..8]} was changed again since.");
                continue;
            }
            var before = parents.Where(p => p.Index != index).ToList();
            if (before.Count == 0)
            {
                if (commit.Operations[op] is Put) changes.Add(new(record, now, null));
                continue;
            }
            if (await ContentAsync(commit.Kind, record, before[^1], cancel) is not { } content)
            {
                if (device.Store.CommitAt(before[^1].Index)?.Operations[before[^1].Op] is Remove) changes.Add(new(record, now, null));
                else left.Add($"{record.ToString()[..8]}: its earlier content is kept no more.");
                continue;
            }
            changes.Add(new(record, now, content));
        }
        if (changes.Count > 0) await device.Account.CommitAsync(commit.Kind, changes, null, cancel);
        return (changes.Count, left);
    }

    /// <summary>What a revision held: from this device, else from the server, which keeps superseded revisions for 30 days.</summary>
    internal async Task<RecordPlaintext?> ContentAsync(Kind kind, Id record, Place place, CancellationToken cancel)
    {
        var head = new Head(record, kind, place, false);
        if (device.Account.Read(head) is { } here) return here;
        if (device.Store.PutAt(place) is null) return null;
        try
        {
            await device.Account.FetchPayloadAsync(kind, place, cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.Name is ErrorName.NotFound or ErrorName.Erased)
        {
            return null;
        }
        return device.Account.Read(head);
    }

    internal static DateTimeOffset TimeOf(Commit commit) => RecordView.TimeOf(commit.Time.Ms) ?? DateTimeOffset.UnixEpoch;

    private static string Changes(Commit commit)
    {
        if (commit.Operations.Count == 0) return "alive";
        var words = new List<string>();
        int puts = commit.Operations.Count(o => o is Put { Parents.Count: 0 }), edits = commit.Operations.Count(o => o is Put { Parents.Count: 1 }), merges = commit.Operations.Count(o => o is Put { Parents.Count: > 1 });
        int removes = commit.Operations.Count(o => o is Remove);
        if (puts > 0) words.Add($"{puts} new");
        if (edits > 0) words.Add($"{edits} changed");
        if (merges > 0) words.Add($"{merges} merged");
        if (removes > 0) words.Add($"{removes} removed");
        foreach (var operation in commit.Operations)
        {
            string? word = operation switch
            {
                Consent consent => $"{consent.Kind.Word()} {(consent.On ? "on" : "off")}",
                HolderAdd add => add.Keys.Type switch { HolderType.Device => "device added", HolderType.Password => "password set", HolderType.People => "shares made", _ => "recovery words set" },
                HolderRemove => "device removed",
                Announce announce => $"device {announce.Device.Id.ToString()[..8]} announced by people with shares",
                Objection => "objected to what people announced",
                Erase erase => $"{erase.Kind.Word()} erased",
                Region region => $"moved to {region.Name}",
                Found => "account founded",
                Keyring keyring when keyring.Epoch > 1 => "new keys",
                _ => null,
            };
            if (word is not null) words.Add(word);
        }
        return string.Join(", ", words);
    }
}
