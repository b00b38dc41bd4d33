using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Records;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Blobs;

/// <summary>A file of a record that could not be brought back: the server has a piece no more, or gave another one. What there is stays.</summary>
public sealed class FileLostException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>Fetches and opens files of records. Every piece is authenticated as the piece that it is to be, the whole checked against its content id. Safe for several threads.</summary>
internal sealed class FileReceiver(ServerApi api, Account account, VaultKeys keys, PieceBuffers buffers)
{
    private long _received;

    /// <summary>Sealed bytes that came so far.</summary>
    public long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Writes a file's bytes to <paramref name="to"/>, in order; the next piece is fetched while one is written.</summary>
    /// <exception cref="FileLostException">A piece is missing, or the pieces are not the file that the record names. What was written must be thrown away.</exception>
    public async Task CopyToAsync(Id record, RecordFile file, Stream to, CancellationToken cancel)
    {
        using var hasher = keys.NewContentHasher();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<(PieceBuffer Buffer, int Length)>? next = null;
        try
        {
            next = FetchAsync(record, file, 0, stop.Token);
            for (int i = 0; i < file.Pieces.Count; i++)
            {
                var (buffer, length) = await next!;
                next = null;
                using (buffer)
                {
                    // Small files are fetched side by side; within a large one the line stays busy while a piece is written.
                    if (i + 1 < file.Pieces.Count) next = FetchAsync(record, file, i + 1, stop.Token);
                    hasher.Append(buffer.Bytes.Span[..length]);
                    await to.WriteAsync(buffer.Bytes[..length], cancel);
                }
            }
        }
        finally
        {
            if (next is not null)
            {
                await stop.CancelAsync();
                await next.ContinueWith(t => { if (t.IsCompletedSuccessfully) t.Result.Buffer.Dispose(); }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        Span<byte> id = stackalloc byte[ContentHasher.IdSize];
        hasher.Finish(id);
        if (Id.From(id) != file.ContentId) throw new FileLostException($"{file.Name}: its pieces are whole, but together they are not the file that the record names.");
    }

    /// <summary>Reads at a position: only the piece that it lies in is fetched.</summary>
    /// <returns>How many bytes were read; fewer than asked for at the end of a piece, 0 at the end of the file.</returns>
    public async Task<int> ReadAtAsync(Id record, RecordFile file, long position, Memory<byte> into, CancellationToken cancel)
    {
        if (position >= file.Size) return 0;
        int number = (int)(position / Limits.Piece), within = (int)(position % Limits.Piece);
        var (buffer, length) = await FetchAsync(record, file, number, cancel);
        using (buffer)
        {
            int count = Math.Min(into.Length, length - within);
            buffer.Bytes.Slice(within, count).CopyTo(into);
            return count;
        }
    }

    /// <summary>A piece, opened. What opens as this piece of this revision was sealed as that by a device of the account: its hash would say no more, and costs more than all else.</summary>
    private async Task<(PieceBuffer Buffer, int Length)> FetchAsync(Id record, RecordFile file, int number, CancellationToken cancel)
    {
        var buffer = await buffers.RentAsync(cancel);
        try
        {
            var piece = file.Pieces[number];
            int length = await GetAsync(file, number, buffer, cancel);
            int plain = keys.OpenPiece(record, file.Revision, file.Epoch, file.Role, number, buffer.Bytes.Span[..length], out _);
            if (plain != piece.Length)
            {
                // It was opened where it lay. A second time the hash says whose fault it is, or it was the line's.
                length = await GetAsync(file, number, buffer, cancel);
                if (Hash32.Of(buffer.Bytes.Span[..length]) != piece.Blob)
                    throw new FileLostException($"{file.Name}: the server gave other bytes than those that were stored as piece {number + 1} of {file.Pieces.Count}. They were not taken. Its disk may be damaged: ask whoever runs it for a scrub.");
                plain = keys.OpenPiece(record, file.Revision, file.Epoch, file.Role, number, buffer.Bytes.Span[..length], out var result);
                if (plain != piece.Length) throw new FileLostException($"{file.Name}: piece {number + 1} does not open as what the record says it is ({result}).");
            }
            Interlocked.Add(ref _received, length);
            return (buffer, plain);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private async Task<int> GetAsync(RecordFile file, int number, PieceBuffer buffer, CancellationToken cancel)
    {
        int length = 0;
        try
        {
            await Patiently.RunAsync(async () => length = await api.GetBlobAsync(account.Id, keys.Kind, file.Pieces[number].Blob, buffer.Bytes, cancel), cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.Name is ErrorName.NotFound or ErrorName.Erased)
        {
            throw new FileLostException($"{file.Name}: the server has piece {number + 1} of {file.Pieces.Count} no more, or does not give it. It is asked for again by the next run.", refusal);
        }
        return length;
    }
}
