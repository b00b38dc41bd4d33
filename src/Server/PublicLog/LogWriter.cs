using System.Globalization;
using Candor.Log;
using Candor.Server.Storage.Disk;

namespace Candor.Server.PublicLog;

/// <summary>The log must not be written: what is stored is not what was signed. The message is for the operator.</summary>
internal sealed class LogRefusedException(string message) : InvalidOperationException(message);

/// <summary>Appends to the log's files and signs its checkpoints, in the order that survives a crash (spec/public-log.md §5).</summary>
/// <remarks>
/// One process writes at a time: each batch holds <c>log.lock</c>, which the system frees however the holder ends, and reads again what another process wrote meanwhile.
/// Not safe for several threads.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    /// <summary>Milliseconds.</summary>
    private const int LockPause = 5, LongestWait = 20_000;

    private static readonly ManualResetEventSlim Never = new();

    private readonly LogFolder _folder;
    private readonly SignedMemory _memory;
    private readonly List<NoteSigner> _keys;
    private TileTail _tail = new();
    private FileStream? _lock;

    private LogWriter(LogFolder folder, SignedMemory memory, List<NoteSigner> keys)
    {
        _folder = folder;
        _memory = memory;
        _keys = keys;
    }

    public string Origin => _keys[0].Name;

    public IReadOnlyList<NoteVerifierKey> Keys => [.. _keys.Select(k => k.VerifierKey)];

    public LogRecord Head => new(_tail.Size, _tail.Root());

    /// <summary>Opens the log of a data folder, and makes it where there is none.</summary>
    /// <param name="folder">The log's places.</param>
    /// <param name="memory">What was signed, remembered elsewhere.</param>
    /// <param name="origin">Null: whatever it is called.</param>
    /// <param name="defaultOrigin">What a new one is called where <paramref name="origin"/> does not say.</param>
    /// <exception cref="LogRefusedException">What is stored is not what was signed.</exception>
    public static LogWriter Open(LogFolder folder, SignedMemory memory, string? origin, string defaultOrigin)
    {
        bool fresh = !folder.Exists;
        if (fresh && (File.Exists(folder.RecordFile) || File.Exists(folder.CheckpointFile)))
            throw new LogRefusedException($"There is a log in {folder.Public} and no key to it ({folder.KeyFile}). Put the key back from a backup: with another key it would be another log.");
        if (fresh && memory.Newest(origin ?? defaultOrigin) is { Size: > 0 and var signed })
            throw new LogRefusedException(string.Create(CultureInfo.InvariantCulture, $"The database remembers a log called {origin ?? defaultOrigin} with {signed} entries, and there is nothing of it in {folder.Public}. {SignedMemory.Lost}"));
        if (fresh)
        {
            // The record first: a log without one is refused, and an empty one is made again.
            Durable.Folder(folder.Public);
            Durable.Folder(Path.GetDirectoryName(folder.RecordFile)!);
            folder.MakeKey(origin ?? defaultOrigin);
        }
        var writer = new LogWriter(folder, memory, folder.OpenKeys(origin));
        try
        {
            using (writer.Hold())
            {
                writer.Restore();
                // A reader finds a log from its first moment on. An empty head is the beginning of every history: signing it says nothing.
                if (writer._tail.Size == 0 && writer.Published() is null) Durable.Write(folder.CheckpointFile, writer.SignEmpty().ToBytes(), secret: false);
            }
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Holds the log against other processes until disposed. Within it <see cref="Head"/> is what the record says.</summary>
    public IDisposable Hold()
    {
        for (int tries = 0; ; tries++)
        {
            try
            {
                _lock = new(_folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new Held(this);
            }
            catch (IOException e)
            {
                // Another process is at a batch of its own: it has it for as long as witnesses take to answer.
                if (tries == LongestWait / LockPause) throw new InvalidOperationException($"Another process holds {_folder.LockFile}. Stop it first.", e);
                Never.Wait(LockPause);
            }
        }
    }

    /// <summary>Steps 1 to 3: the entries are in the log for good. While held.</summary>
    /// <returns>Index of the first of them.</returns>
    /// <exception cref="LogRefusedException">What is stored is not what was signed.</exception>
    public long Append(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        Refresh();
        if (entries.Count == 0) return _tail.Size;
        var before = Head;
        var files = Extend(entries);
        var after = Head;
        try
        {
            Durable.Write(_folder.BatchFile, new LogBatch(before, after, entries).ToBytes(), secret: true);
            Durable.Write(_folder.RecordFile, after.ToBytes(), secret: true);
            WriteFiles(files);
        }
        catch
        {
            // What is on the disk now decides, not what is in memory.
            _tail = new();
            throw;
        }
        return before.Size;
    }

    /// <summary>Step 4: signs the present head and publishes it. While held.</summary>
    /// <param name="cosign">Gets the signed checkpoint, gives it back with what witnesses added.</param>
    public async Task<SignedNote> PublishAsync(Func<SignedNote, Task<SignedNote>> cosign)
    {
        Refresh();
        CheckPublished();
        var head = Head;
        await _memory.KeepAsync(Origin, head).ConfigureAwait(false);
        var note = SignedNote.Sign(new Checkpoint(Origin, head.Size, head.Root).ToText(), [.. _keys]);
        // Cosignatures that it has already stay: a witness that is away now was there before.
        if (Published() is { } there && there.UnverifiedText.Span.SequenceEqual(note.UnverifiedText.Span)) note = note.With([.. there.Signatures.Where(s => s.KeyName != Origin)]);
        note = await cosign(note).ConfigureAwait(false);
        Durable.Write(_folder.CheckpointFile, note.ToBytes(), secret: false);
        return note;
    }

    /// <summary>Removes partial files whose full ones are there, of the tiles that these entries filled. After the checkpoint of them is published.</summary>
    public void Prune(long from)
    {
        for (int level = TileName.Entries; level <= TileName.MaxLevel; level++)
        {
            int shift = TileName.Height * (Math.Max(level, 0) + 1);
            for (long index = from >> shift; index < _tail.Size >> shift; index++)
            {
                string partial = _folder.PathOf(new(level, index)) + ".p";
                if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
            }
        }
    }

    /// <summary>The head of no entries.</summary>
    public SignedNote SignEmpty() => SignedNote.Sign(new Checkpoint(Origin, 0, MerkleTree.EmptyRoot).ToText(), [.. _keys]);

    public SignedNote? Published() => LogFolder.ReadIfThere(_folder.CheckpointFile) is { } bytes && SignedNote.TryParse(bytes, out var note, out _) ? note : null;

    public void Dispose()
    {
        foreach (var key in _keys) key.Dispose();
    }

    /// <summary>Takes over what another process appended.</summary>
    private void Refresh()
    {
        if (_lock is null) throw new InvalidOperationException("Hold the log first.");
        if (ReadRecord() != Head || _tail.Size == 0) Restore();
    }

    private LogRecord ReadRecord()
    {
        var record = ReadRecordFile();
        _memory.Check(Origin, record);
        return record;
    }

    private LogRecord ReadRecordFile()
    {
        if (LogFolder.ReadIfThere(_folder.RecordFile) is not { } bytes)
        {
            if (File.Exists(_folder.CheckpointFile) || _memory.Newest(Origin) is { Size: > 0 }) throw new LogRefusedException($"The record of what was signed is gone ({_folder.RecordFile}). Put it back; without it this log could sign two histories.");
            Durable.Write(_folder.RecordFile, LogRecord.Empty.ToBytes(), secret: true);
            return LogRecord.Empty;
        }
        return LogRecord.TryParse(bytes, out var record) ? record : throw new LogRefusedException($"{_folder.RecordFile} cannot be read. Put it back from a backup of this very moment; an older one would let the log sign two histories.");
    }

    private void Restore()
    {
        var record = ReadRecord();
        var published = CheckPublishedAgainst(record);
        // Step 3 may have been cut off: nothing above it was published then, and the batch has all of it.
        if (published != record && LogFolder.ReadIfThere(_folder.BatchFile) is { } bytes && LogBatch.TryParse(bytes, out var batch) && batch.After == record)
        {
            _tail = Load(batch.Before);
            var files = Extend(batch.Entries);
            if (Head != record) throw new LogRefusedException($"{_folder.BatchFile} is not the batch that was signed. {Lost}");
            WriteFiles(files);
        }
        _tail = Load(record);
    }

    private const string Lost = "The log's files are not those that were signed: put all of the data folder back as it was at its last moment. Never an older copy: it would sign a second history.";

    private TileTail Load(LogRecord record)
    {
        if (!TileTail.TryRestore(record.Size, _folder.Read, out var tail) || tail.Root() != record.Root) throw new LogRefusedException($"The files in {_folder.Public} do not give the head that {_folder.RecordFile} records (size {record.Size}). {Lost}");
        return tail;
    }

    private void CheckPublished() => CheckPublishedAgainst(Head);

    /// <summary>What is published must not be above or beside what is recorded.</summary>
    private LogRecord? CheckPublishedAgainst(LogRecord record)
    {
        if (Published() is not { } note) return null;
        if (!Checkpoint.TryParse(note.UnverifiedText.Span, out var checkpoint, out _) || checkpoint.Origin != Origin) throw new LogRefusedException($"{_folder.CheckpointFile} is of another log.");
        if (checkpoint.Size > record.Size || (checkpoint.Size == record.Size && checkpoint.Root != record.Root))
            throw new LogRefusedException($"{_folder.CheckpointFile} (size {checkpoint.Size}) is not what {_folder.RecordFile} records (size {record.Size}): one of them is an older copy. {Lost}");
        return new(checkpoint.Size, checkpoint.Root);
    }

    private IReadOnlyList<TileFile> Extend(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        foreach (var entry in entries) _tail.Append(entry.Span);
        return _tail.TakeFiles();
    }

    private void WriteFiles(IReadOnlyList<TileFile> files)
    {
        var folders = new HashSet<string>();
        foreach (var file in files)
        {
            string path = _folder.PathOf(file.Name), folder = Path.GetDirectoryName(path)!;
            Durable.Folder(folder);
            Durable.WriteUnflushed(path, file.Bytes.Span, secret: false);
            folders.Add(folder);
        }
        foreach (string folder in folders) BlobFile.FlushFolder(folder);
    }

    private sealed class Held(LogWriter writer) : IDisposable
    {
        public void Dispose()
        {
            writer._lock?.Dispose();
            writer._lock = null;
        }
    }
}
