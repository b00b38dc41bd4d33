using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Blobs;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Simulation;

/// <summary>Something that a phone was told is safe: a line of a record, and where the server said it stands.</summary>
internal sealed record Acknowledged(Kind Kind, Id Record, Place Place, string Token);

/// <summary>A phone as what people do with it sees it (<see cref="Acts"/>): the real engine over its own files, whatever lies under its gate.</summary>
internal abstract class EnginePhone(string name)
{
    private static readonly PieceBuffers Buffers = new();

    public string Name { get; } = name;

    public Account? Account { get; protected set; }

    public LocalStore Store { get; protected set; } = null!;

    public ServerApi Api { get; protected set; } = null!;

    /// <summary>What it saw, once it raised an alarm: it does nothing more then.</summary>
    public AlarmException? Alarm { get; protected set; }

    /// <summary>Told safe, in the order in which it was.</summary>
    public List<Acknowledged> Safe { get; } = [];

    /// <summary>What no phone of an honest person should meet.</summary>
    public List<string> Faults { get; } = [];

    public FileSender Sender(VaultKeys keys) => new(Api, Store, Account!, keys, Buffers);

    public FileReceiver Receiver(VaultKeys keys) => new(Api, Account!, keys, Buffers);

    /// <summary>The heads of a record as one content: its text, or the merge that any device would make of them.</summary>
    public RecordPlaintext? Current(Kind kind, Id record, out IReadOnlyList<Place> places)
    {
        var heads = Store.HeadsOf(record).Take(Limits.Parents).ToList();
        places = [.. heads.Select(h => h.Place).Order()];
        var versions = new List<RecordVersion>();
        foreach (var head in heads.Where(h => !h.Removed))
        {
            if (Account!.Read(head) is not { } content) return null;
            versions.Add(Version(head.Place, content));
        }
        if (versions.Count == 0) return null;
        if (versions.Count == 1) return versions[0].Content;
        var basis = History.CommonAncestor(Store, places) is { } place && Account!.Read(new(record, kind, place, false)) is { } old ? Version(place, old) : null;
        return RecordMerge.Merge(kind, basis, versions);
    }

    private RecordVersion Version(Place place, RecordPlaintext content)
    {
        var commit = Store.CommitAt(place.Index)!;
        return new(content, commit.Time, commit.Author);
    }
}
