using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Server.PublicLog;

/// <summary>The server's public log while it runs: entries of many callers go in together, each batch is flushed, signed, cosigned and published, and then its callers are answered.</summary>
/// <remarks>Safe for several threads. Commitments do not come here but into the queue of <see cref="LogFolder"/>: slots bring them in at fixed times.</remarks>
internal sealed class PublicLog : IAsyncDisposable
{
    private readonly Channel<(ReadOnlyMemory<byte> Entry, TaskCompletionSource<long> Done)> _waiting = Channel.CreateUnbounded<(ReadOnlyMemory<byte>, TaskCompletionSource<long>)>(new() { SingleReader = true });
    private readonly LogWriter _writer;
    private readonly WitnessDoor _door;
    private readonly ILogger _log;
    private readonly Action<Exception> _diskFailed;
    private readonly Task _batches;
    private bool _heard;
    private Storage.Database? _owned;

    private PublicLog(LogFolder folder, LogWriter writer, TimeProvider time, ILogger log, Action<Exception> diskFailed)
    {
        Folder = folder;
        _writer = writer;
        _log = log;
        _diskFailed = diskFailed;
        _door = new(folder, time, log);
        Policy = ReadPolicy(folder);
        Begins = writer.Head.Size == 0;
        _batches = Task.Run(RunBatchesAsync);
    }

    public LogFolder Folder { get; }

    /// <summary>Nothing had been said when it was opened.</summary>
    public bool Begins { get; }

    public string Origin => _writer.Origin;

    public IReadOnlyList<NoteVerifierKey> Keys => _writer.Keys;

    /// <summary>The witnesses that the operator named; null: none.</summary>
    public LogPolicy? Policy { get; }

    /// <exception cref="LogRefusedException">What is stored is not what was signed.</exception>
    public static PublicLog Open(LogFolder folder, Storage.Database database, string? origin, string defaultOrigin, TimeProvider time, ILogger log, Action<Exception> diskFailed, bool ownsDatabase = false)
    {
        var writer = LogWriter.Open(folder, new(database), origin, defaultOrigin);
        try
        {
            var opened = new PublicLog(folder, writer, time, log, diskFailed) { _owned = ownsDatabase ? database : null };
            Durable.Write(folder.PolicyFile, opened.SuggestedPolicy(), secret: false);
            log.LogReady(writer.Origin, writer.Head.Size, writer.Keys[^1].ToString());
            return opened;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Puts an entry into the log.</summary>
    /// <returns>Its index, once a published checkpoint has it.</returns>
    public Task<long> AppendAsync(ReadOnlyMemory<byte> entry)
    {
        if (entry.Length > LogEntry.MaxBytes) throw new ArgumentException($"An entry has at most {LogEntry.MaxBytes} bytes.", nameof(entry));
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectDisposedException.ThrowIf(!_waiting.Writer.TryWrite((entry, done)), this);
        return done.Task;
    }

    /// <summary>Puts an entry into the log unless this server has put the very same there before.</summary>
    public async Task<long> SayOnceAsync(LogEntry entry)
    {
        byte[] bytes = entry.ToBytes();
        var hash = MerkleTree.LeafHash(bytes);
        if (Folder.PlaceOf(hash) is { } there) return there;
        long index = await AppendAsync(bytes).ConfigureAwait(false);
        Folder.Place(hash, index);
        return index;
    }

    /// <summary>Puts an entry into the log unless it is the newest of its type and name there: of what is in force now, where an operator may go back to what was said before.</summary>
    public async Task<long> SayNewestAsync(LogEntry entry)
    {
        byte[] bytes = entry.ToBytes();
        Hash32 hash = MerkleTree.LeafHash(bytes), name = Hash32.Of(Encoding.UTF8.GetBytes($"newest {entry.Type} {entry["name"]}"));
        if (Folder.PlaceOf(hash) is { } there && Folder.PlaceOf(name) == there) return there;
        long index = await AppendAsync(bytes).ConfigureAwait(false);
        // A crash between these says it twice, which is no other meaning.
        Folder.Place(hash, index);
        Folder.Place(name, index);
        return index;
    }

    /// <summary>One slot: exactly so many commitments, the oldest of the queue first, cover for the rest.</summary>
    public async Task RunSlotAsync(int entries)
    {
        var real = Folder.Waiting().Take(entries).ToList();
        var values = real.Select(r => r.Value).ToList();
        while (values.Count < entries) values.Add(new(RandomNumberGenerator.GetBytes(Hash32.Size)));
        // Shuffled: that the first ones are real would be told by their place.
        int[] order = [.. Enumerable.Range(0, entries)];
        RandomNumberGenerator.Shuffle(order.AsSpan());
        var places = await Task.WhenAll(order.Select(i => AppendAsync(LogEntry.Commitment(values[i]).ToBytes()))).ConfigureAwait(false);
        for (int i = 0; i < entries; i++)
        {
            if (order[i] >= real.Count) continue;
            Folder.Place(values[order[i]], places[i]);
            File.Delete(real[order[i]].File);
        }
    }

    /// <summary>The file that shows offline that the entry at an index is in the log, under the newest published checkpoint.</summary>
    public Task<TlogProof> ProveAsync(long index) => ProveAsync(Folder, index);

    internal static async Task<TlogProof> ProveAsync(LogFolder folder, long index)
    {
        byte[] bytes = LogFolder.ReadIfThere(folder.CheckpointFile) ?? throw new InvalidOperationException("The log has published nothing yet.");
        if (!SignedNote.TryParse(bytes, out var note, out _) || !Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _)) throw new InvalidOperationException($"{folder.CheckpointFile} is no checkpoint.");
        var reader = await TileReader.OpenAsync(checkpoint, (name, _) => ValueTask.FromResult(folder.Read(name))).ConfigureAwait(false);
        return new(index, await reader.InclusionAsync(index).ConfigureAwait(false), note);
    }

    /// <summary>Asks witnesses that were away again, and publishes what they add.</summary>
    public Task AskWitnessesAgainAsync() => Policy is null ? Task.CompletedTask : PublishAgainAsync();

    /// <summary>Signs and publishes the present head once more: after a key change, with the keys of now.</summary>
    public async Task PublishAgainAsync()
    {
        using var held = _writer.Hold();
        await HearWitnessesAsync().ConfigureAwait(false);
        await _writer.PublishAsync(note => _door.CosignAsync(note, Policy)).ConfigureAwait(false);
    }

    /// <summary>Before the first signature of this process: where everything was put back together, only witnesses know that there was more. While held.</summary>
    private async Task HearWitnessesAsync()
    {
        if (_heard || Policy is null) return;
        await _door.HearAsync(_writer.Published() ?? _writer.SignEmpty(), _writer.Head.Size, Policy).ConfigureAwait(false);
        _heard = true;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _batches.ConfigureAwait(false);
        _door.Dispose();
        _writer.Dispose();
        _owned?.Dispose();
    }

    internal static LogPolicy? ReadPolicy(LogFolder folder)
    {
        if (LogFolder.ReadIfThere(folder.WitnessesFile) is not { } bytes) return null;
        return LogPolicy.TryParse(bytes, out var policy, out int wrong) ? policy
            : throw new LogRefusedException($"{folder.WitnessesFile} is no policy: {(wrong > 0 ? $"line {wrong} is not understood" : "it needs one quorum line, and each key once")} (spec/public-log.md §6).");
    }

    /// <summary>Keys of this log, and the witnesses as the operator wrote them down.</summary>
    private byte[] SuggestedPolicy()
    {
        var text = new StringBuilder();
        foreach (var key in Keys) text.Append("log ").Append(key).Append('\n');
        if (LogFolder.ReadIfThere(Folder.WitnessesFile) is not { } bytes) return Encoding.UTF8.GetBytes(text.Append("quorum none\n").ToString());
        foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n')) if (line.Length > 0 && !line.StartsWith("log", StringComparison.Ordinal)) text.Append(line).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private async Task RunBatchesAsync()
    {
        string? refused = null;
        var batch = new List<(ReadOnlyMemory<byte> Entry, TaskCompletionSource<long> Done)>();
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            for (int bytes = 0; batch.Count < LogBatch.MaxEntries && bytes < LogBatch.MaxEntryBytes - LogEntry.MaxBytes && _waiting.Reader.TryRead(out var next); bytes += next.Entry.Length) batch.Add(next);
            try
            {
                if (refused is not null) throw new LogRefusedException(refused);
                long first = await WriteAsync([.. batch.Select(b => b.Entry)]).ConfigureAwait(false);
                for (int i = 0; i < batch.Count; i++) batch[i].Done.SetResult(first + i);
            }
#pragma warning disable CA1031 // Whatever it is: those who wait are told, and the next batch finds out whether it stays so.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (e is LogRefusedException && refused is null) _log.LogRefused(refused = e.Message);
                else if (refused is null) _log.LogBatchFailed(e);
                // A flush that failed says nothing about what is on the disk (docs/server-disk.md); a full disk refuses and changes nothing.
                if (e is IOException && e.HResult is not (28 or 122))
                {
                    refused = "The disk failed.";
                    _diskFailed(e);
                }
                foreach (var (_, done) in batch) done.TrySetException(e);
            }
        }
    }

    private async Task<long> WriteAsync(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        using var held = _writer.Hold();
        await HearWitnessesAsync().ConfigureAwait(false);
        long first = _writer.Append(entries);
        await _writer.PublishAsync(note => _door.CosignAsync(note, Policy)).ConfigureAwait(false);
        _writer.Prune(first);
        return first;
    }
}
