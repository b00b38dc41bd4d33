using Candor.Client.Blobs;
using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>A file that was read: what it becomes, and the other files that belong to it.</summary>
/// <param name="Draft">The record.</param>
/// <param name="Held">The file in memory where it is one piece to be sealed; the taker disposes it.</param>
/// <param name="Beside">Attachments: the drafts' files, in the same order.</param>
internal sealed record ReadFile(RecordDraft Draft, HeldFile? Held, IReadOnlyList<FoundFile> Beside) : IDisposable
{
    public void Dispose() => Held?.Dispose();
}

/// <summary>A file that cannot be taken as it is. The message says why and what to do; everything else goes on.</summary>
internal sealed class ItemException(string message) : Exception(message);

/// <summary>How the records of one kind stand as files, one record a file: contacts, notes, photos.</summary>
internal interface IRecordFiles
{
    /// <summary>True where a file that changes stays the same record; false where other bytes are another record: a photo.</summary>
    bool KeepsRecord { get; }

    /// <summary>Reads a file and says what it becomes.</summary>
    /// <exception cref="ItemException">It cannot be taken.</exception>
    /// <exception cref="IOException">It cannot be read, or is being written.</exception>
    Task<ReadFile> ReadAsync(KindWork work, FoundFile file, string name, CancellationToken cancel);

    /// <summary>The natural key for a second file that claims to be a record which another file is already; null: it is the same record.</summary>
    ReadOnlyMemory<byte>? KeyOfCopy(KindWork work, ReadFile read, string name);

    /// <summary>True where a record's content is what was read: nothing is to be committed.</summary>
    bool Same(RecordPlaintext content, ReadFile read);

    /// <summary>A safe path below the kind's folder for a record; the caller keeps it apart from others.</summary>
    string PathFor(RecordPlaintext content);

    /// <summary>True where a file holds the record's content already: a restore that broke off is gone on with.</summary>
    Task<bool> StandsAsync(KindWork work, RecordPlaintext content, string full, CancellationToken cancel);

    /// <summary>Writes a record's file.</summary>
    Task WriteAsync(KindWork work, Id record, RecordPlaintext content, Stream to, CancellationToken cancel);

    /// <summary>The time that the written file is to carry; null: now.</summary>
    DateTimeOffset? TimeOf(RecordPlaintext content);
}

/// <summary>What kinds that stand as files have in common.</summary>
internal static class RecordFiles
{
    /// <summary>True where a file holds these bytes and no others.</summary>
    public static async Task<bool> StandsAsync(ReadOnlyMemory<byte> bytes, string full, CancellationToken cancel) =>
        new FileInfo(full).Length == bytes.Length && (await File.ReadAllBytesAsync(full, cancel)).AsSpan().SequenceEqual(bytes.Span);

    /// <summary>A time for a file to carry; null for one from before 1970, which not every file system has.</summary>
    public static DateTimeOffset? TimeOf(long? ms) => ms > 0 ? RecordView.TimeOf(ms) : null;
}
