using Candor.Client.Blobs;
using Candor.Client.Devices;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Folder;

/// <summary>How a run goes about it.</summary>
public sealed record FolderOptions
{
    /// <summary>Pass on removals even where they are many.</summary>
    public bool AllowRemovals { get; init; }

    /// <summary>Ask the server what it lost, however lately it was asked.</summary>
    public bool AskForLost { get; init; }

    /// <summary>Make previews of photos after everything is safe.</summary>
    public bool Previews { get; init; } = true;
}

/// <summary>What one run over a folder shares between its parts.</summary>
internal sealed class FolderRun(Device device, string folder, FolderIndex index, FolderMode mode, FolderOptions options, IProgress<WorkProgress>? progress)
{
    /// <summary>How often the index is written while work goes on: what a kill costs is reading that much again.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(10);

    private long _saved;

    public Device Device => device;

    public LocalStore Store => device.Store;

    public string Folder => folder;

    public FolderIndex Index => index;

    public FolderMode Mode => mode;

    public FolderOptions Options => options;

    public PieceBuffers Buffers { get; } = new();

    public IProgress<WorkProgress>? Progress => progress;

    public string Full(string path) => Path.Combine(folder, path);

    /// <summary>Writes the index if it was not for a while. The caller holds the index.</summary>
    public void SaveSometimes()
    {
        if (_saved == 0) _saved = device.Clock.GetTimestamp();
        if (device.Clock.GetElapsedTime(_saved) < SaveEvery) return;
        index.Save();
        _saved = device.Clock.GetTimestamp();
    }
}

/// <summary>One kind in one run: its keys, the ways its files go, and what came of it. Counters are safe for several threads.</summary>
internal sealed class KindWork
{
    private const long ReportEvery = 2 << 20;

    private readonly List<Trouble> _troubles = [];
    private readonly List<Trouble> _notes = [];
    private long _seen, _safe, _sent, _received, _merged, _removed, _done, _total, _bytes, _totalBytes;
    private int _reported;
    private long _reportedBytes;

    public KindWork(FolderRun run, Kind kind, VaultKeys keys)
    {
        Run = run;
        Kind = kind;
        Keys = keys;
        Sender = new(run.Device.Api, run.Store, run.Device.Account, keys, run.Buffers);
        Receiver = new(run.Device.Api, run.Device.Account, keys, run.Buffers);
    }

    /// <summary>Brings a kind's keys and newest records to this device; null where it is off here by now.</summary>
    public static async Task<KindWork?> OpenAsync(FolderRun run, Kind kind, CancellationToken cancel)
    {
        var account = run.Device.Account;
        await account.FetchVaultKeysAsync(kind, cancel);
        await account.FetchPayloadsAsync(kind, cancel);
        return account.KeysOf(kind) is { } keys ? new(run, kind, keys) : null;
    }

    public FolderRun Run { get; }

    public Kind Kind { get; }

    public VaultKeys Keys { get; }

    public FileSender Sender { get; }

    public FileReceiver Receiver { get; }

    /// <summary>Guards the run's index, which is one for all threads.</summary>
    public FolderIndex Index => Run.Index;

    /// <summary>Records of the folder of which the server has bytes no more.</summary>
    public HashSet<Id> Lost { get; } = [];

    public void Saw(long items) => Interlocked.Add(ref _seen, items);

    public void Secured(long items) => Interlocked.Add(ref _safe, items);

    public void Sent(long revisions) => Interlocked.Add(ref _sent, revisions);

    public void Received() => Interlocked.Increment(ref _received);

    public void Merged() => Interlocked.Increment(ref _merged);

    public void Removed() => Interlocked.Increment(ref _removed);

    public void Trouble(string item, string reason)
    {
        lock (_troubles) _troubles.Add(new(Kind, item, reason));
    }

    /// <summary>Something that was mended on the way, or left out for a reason that is no failure.</summary>
    public void Note(string item, string what)
    {
        lock (_notes) _notes.Add(new(Kind, item, what));
    }

    /// <summary>Removals that wait for a person's word.</summary>
    public void Held(int count, int ofRecords, bool fromElsewhere) => HeldRemovals.Add(new(Kind, count, ofRecords, fromElsewhere));

    public List<HeldRemovals> HeldRemovals { get; } = [];

    /// <summary>Records of the kind that are not removed.</summary>
    public int LiveRecords() => Run.Store.Heads(Kind).Count(h => !h.Removed);

    /// <summary>Sets out a stretch of work for the progress that a person sees.</summary>
    public void Plan(long items, long bytes)
    {
        (_done, _bytes, _reportedBytes) = (0, 0, 0);
        (_total, _totalBytes) = (items, bytes);
    }

    public void Step(Stage stage, long items, long bytes)
    {
        long done = Interlocked.Add(ref _done, items), sum = Interlocked.Add(ref _bytes, bytes);
        if (Run.Progress is null) return;
        // Every so many items, or every so many bytes: many small things and a few large ones both move the bar.
        bool due = (Interlocked.Increment(ref _reported) & 15) == 0 || sum - Interlocked.Read(ref _reportedBytes) >= ReportEvery || done == _total;
        if (!due) return;
        Interlocked.Exchange(ref _reportedBytes, sum);
        Run.Progress.Report(new(stage, Kind, done, _total, sum, _totalBytes));
    }

    /// <summary>Opens a revision that this device has; null where its bytes are not here, or it is a removal.</summary>
    public RecordPlaintext? Read(Head head) => Run.Device.Account.Read(head, Keys);

    /// <summary>The name in it alone: for a look through many.</summary>
    public string? ReadName(Head head) => Run.Device.Account.ReadName(head, Keys);

    /// <summary>Notes that are not removed, by the paths of their attachments below the folder: where two notes name one file, either.</summary>
    public Dictionary<string, Head> NotesByAttachment()
    {
        var notes = new Dictionary<string, Head>(StringComparer.Ordinal);
        foreach (var head in Run.Store.Heads(Kind.Notes).Where(h => !h.Removed))
        {
            foreach (var file in Read(head)?.Files ?? []) notes[$"{FolderLayout.HomeOf(Kind.Notes)}/{file.Name}"] = head;
        }
        return notes;
    }

    public KindReport Report()
    {
        lock (_troubles) return new(Kind, true, _seen, _safe, _sent, _received, _merged, _removed, [.. _troubles], [.. _notes]);
    }
}
