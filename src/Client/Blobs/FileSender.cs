using System.Runtime.InteropServices;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Blobs;

/// <summary>A file that is no longer what it was when it was looked at. Nothing of it was committed; the next run takes it as it is then.</summary>
public sealed class FileChangedException(string name) : IOException($"{name} changed while it was read. It is taken as it is then by the next run.");

/// <summary>Seals files in pieces and uploads them (spec/blobs.md), several pieces at once.</summary>
/// <remarks>
/// A piece that was acknowledged is written down before anything else happens to the file, so that a run that breaks off goes on there: the pieces that the server still has
/// are not sent again. Safe for several threads.
/// </remarks>
internal sealed class FileSender(ServerApi api, LocalStore store, Account account, VaultKeys keys, PieceBuffers buffers)
{
    private readonly long _consent = account.ConsentFor(keys.Kind);
    private readonly bool _mayGoOn = store.HasUploads();
    private long _sent;

    /// <summary>Sealed bytes that were sent so far.</summary>
    public long BytesSent => Interlocked.Read(ref _sent);

    /// <summary>Reads a file of at most one piece whole, for <see cref="SendAsync(Id, FileDraft, HeldFile, CancellationToken)"/>: what is hashed is then what is sealed.</summary>
    /// <exception cref="FileChangedException">It has another length than <paramref name="size"/>.</exception>
    public async Task<HeldFile> HoldAsync(Func<Stream> open, string name, long size, CancellationToken cancel)
    {
        var buffer = await buffers.RentAsync(cancel);
        try
        {
            using var stream = open();
            int length = await stream.ReadAtLeastAsync(buffer.Bytes[..(int)Math.Min(size + 1, Limits.Piece + 1)], (int)size + 1, throwOnEndOfStream: false, cancel);
            if (length != size) throw new FileChangedException(name);
            return new(buffer, length, keys.ContentId(buffer.Bytes.Span[..length]));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>The content id of a file of any length, in one pass.</summary>
    public async Task<Id> ContentIdAsync(Func<Stream> open, string name, long size, CancellationToken cancel)
    {
        using var buffer = await buffers.RentAsync(cancel);
        using var hasher = keys.NewContentHasher();
        using var stream = open();
        for (long at = 0; at < size;)
        {
            int length = await ReadPieceAsync(stream, buffer, name, size - at, cancel);
            hasher.Append(buffer.Bytes.Span[..length]);
            at += length;
        }
        return Finish(hasher);
    }

    /// <summary>Uploads a file that is held.</summary>
    public async Task<RecordFile> SendAsync(Id record, FileDraft file, HeldFile held, CancellationToken cancel)
    {
        var run = await BeginAsync(record, file, held.ContentId, cancel);
        var blob = await SendPieceAsync(run, 0, held.Take(), held.Length, cancel);
        return new(file.Role, file.Name, file.MediaType, held.Length, held.ContentId, run.Revision, run.Epoch, [new(blob, held.Length)]);
    }

    /// <summary>Uploads a file of any length.</summary>
    /// <param name="record">The record that it belongs to.</param>
    /// <param name="file">The file.</param>
    /// <param name="expected">Its content id, where a pass before this one took it; without one a run that broke off is not gone on from.</param>
    /// <param name="cancel">Stops; what arrived is gone on from.</param>
    /// <exception cref="FileChangedException">It is not what it was.</exception>
    public async Task<RecordFile> SendAsync(Id record, FileDraft file, Id? expected, CancellationToken cancel)
    {
        var run = await BeginAsync(record, file, expected, cancel);
        int count = (int)Math.Max(1, ((file.Size - 1) / Limits.Piece) + 1);
        if (count > Limits.BlobsPerPut - 1) throw new IOException($"{file.Name} has {file.Size} bytes: more than one record can hold ({Limits.BlobsPerPut - 1} pieces of 8 MiB).");
        var pieces = new FilePiece[count];
        using var hasher = keys.NewContentHasher();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var stream = file.Open();
        await using var sending = new BoundedTasks(PieceBuffers.Count);
        try
        {
            long at = 0;
            for (int i = 0; i < count; i++)
            {
                await sending.RoomAsync();
                var buffer = await buffers.RentAsync(stop.Token);
                int number = i, length;
                try
                {
                    length = await ReadPieceAsync(stream, buffer, file.Name, file.Size - at, stop.Token);
                    hasher.Append(buffer.Bytes.Span[..length]);
                }
                catch
                {
                    buffer.Dispose();
                    throw;
                }
                at += length;
                sending.Start(async () =>
                {
                    using (buffer) pieces[number] = new(await SendPieceAsync(run, number, buffer, length, stop.Token), length);
                });
            }
            if (await stream.ReadAsync(new byte[1], stop.Token) != 0) throw new FileChangedException(file.Name);
            await sending.AllAsync();
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        var content = Finish(hasher);
        if (expected is { } id && id != content) throw new FileChangedException(file.Name);
        return new(file.Role, file.Name, file.MediaType, file.Size, content, run.Revision, run.Epoch, pieces);
    }

    /// <summary>Goes on where a run broke off, if what it sent was this content: the file may have been edited since, and pieces of both would be a file that never was.</summary>
    private async Task<Run> BeginAsync(Id record, FileDraft file, Id? content, CancellationToken cancel)
    {
        string? slot = content is { } id ? $"{file.Role} {id}" : null;
        var fresh = new Run(record, file.Role, slot, Id.Random(), keys.NewestEpoch, []);
        if (!_mayGoOn || slot is null || store.Uploads(record, slot) is not { Count: > 0 } before) return fresh;
        var first = before[0];
        if (first.Epoch != keys.NewestEpoch || before.Any(p => p.Revision != first.Revision))
        {
            store.ForgetUploads([record]);
            return fresh;
        }
        var missing = (await api.GetMissingBlobsAsync(account.Id, keys.Kind, [.. before.Select(p => p.Blob)], cancel)).ToHashSet();
        return fresh with { Revision = first.Revision, Epoch = first.Epoch, There = before.Where(p => !missing.Contains(p.Blob)).ToDictionary(p => p.Piece, p => p.Blob) };
    }

    private async Task<Hash32> SendPieceAsync(Run run, int number, PieceBuffer buffer, int length, CancellationToken cancel)
    {
        if (run.There.TryGetValue(number, out var there)) return there;
        var sealedPiece = buffer.Bytes[..VaultKeys.SealedPieceLength(length)];
        keys.SealPiece(run.Record, run.Revision, run.Role, number, sealedPiece.Span, length);
        var name = Hash32.Of(sealedPiece.Span);
        await Patiently.RunAsync(() => api.PutBlobAsync(account.Id, keys.Kind, name, sealedPiece, _consent, cancel), cancel);
        if (run.Slot is { } slot) store.SaveUpload(run.Record, slot, new(number, run.Revision, run.Epoch, name));
        Interlocked.Add(ref _sent, sealedPiece.Length);
        return name;
    }

    private static async Task<int> ReadPieceAsync(Stream stream, PieceBuffer buffer, string name, long left, CancellationToken cancel)
    {
        int wanted = (int)Math.Min(left, Limits.Piece);
        int length = await stream.ReadAtLeastAsync(buffer.Bytes[..wanted], wanted, throwOnEndOfStream: false, cancel);
        return length == wanted ? length : throw new FileChangedException(name);
    }

    private static Id Finish(ContentHasher hasher)
    {
        Span<byte> id = stackalloc byte[ContentHasher.IdSize];
        hasher.Finish(id);
        return Id.From(id);
    }

    private sealed record Run(Id Record, string Role, string? Slot, Id Revision, uint Epoch, Dictionary<int, Hash32> There);
}

/// <summary>A file of one piece in memory, with its content id. To send it is the last that can be done with it: it is sealed where it lies.</summary>
internal sealed class HeldFile(PieceBuffer buffer, int length, Id contentId) : IDisposable
{
    private bool _taken;

    public int Length => length;

    public Id ContentId => contentId;

    /// <exception cref="InvalidOperationException">It was sent.</exception>
    public Stream AsStream() => !_taken && MemoryMarshal.TryGetArray<byte>(buffer.Bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, length, writable: false)
        : throw new InvalidOperationException("The file was sealed.");

    /// <summary>The bytes, to be sealed in place.</summary>
    public PieceBuffer Take()
    {
        if (_taken) throw new InvalidOperationException("The file was sealed.");
        _taken = true;
        return buffer;
    }

    public void Dispose() => buffer.Dispose();
}
