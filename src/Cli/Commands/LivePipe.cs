using System.Collections.Concurrent;
using Candor.Formats;

namespace Candor.Cli.Commands;

/// <summary>A recording while it is made: what comes is written to a file and handed on, and whoever reads gets a turn now and then, also while nothing comes.</summary>
/// <param name="from">The recorder's bytes.</param>
/// <param name="copy">Gets each of them before it is handed on.</param>
/// <param name="pause">Called by who reads, at most every <see cref="Pause"/>, and only where something came since.</param>
/// <param name="cancel">Ends it, as if the recorder had ended.</param>
internal sealed class LivePipe(Stream from, Stream copy, Action pause, CancellationToken cancel) : ForwardStream
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private const int PieceSize = 64 << 10, MaxPieces = 64;

    private readonly BlockingCollection<byte[]> _pieces = new(MaxPieces);
    private ReadOnlyMemory<byte> _left;
    private long _next, _handed, _told = -1;

    /// <summary>Why the recorder's bytes could not be read or written down to their end; null: nothing went wrong.</summary>
    public Exception? Trouble { get; private set; }

    /// <summary>Begins to read, on a thread of its own: a read of a pipe cannot be called off.</summary>
    public void Start() => new Thread(Fill) { IsBackground = true, Name = "recording" }.Start();

    public override int Read(Span<byte> buffer)
    {
        while (_left.IsEmpty)
        {
            if (_pieces.TryTake(out byte[]? piece, Pause)) (_left, _handed) = (piece, _handed + piece.Length);
            else if (_pieces.IsCompleted || cancel.IsCancellationRequested && _pieces.Count == 0) return 0;
            Tell();
        }
        int count = Math.Min(buffer.Length, _left.Length);
        _left.Span[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        // The filling thread may stand in a read that never ends; it holds nothing but its streams.
        if (disposing) _pieces.CompleteAdding();
        base.Dispose(disposing);
    }

    private void Tell()
    {
        long now = Environment.TickCount64, handed = _handed - _left.Length;
        if (now < _next || handed == _told) return;
        pause();
        _told = handed;
        // A long recording takes long to look at: never more than a fifth of the time goes there.
        _next = Environment.TickCount64 + Math.Max((long)Pause.TotalMilliseconds, 4 * (Environment.TickCount64 - now));
    }

    private void Fill()
    {
        byte[] buffer = new byte[PieceSize];
        try
        {
            for (int read; !cancel.IsCancellationRequested && (read = from.Read(buffer, 0, buffer.Length)) > 0;)
            {
                copy.Write(buffer, 0, read);
                _pieces.Add(buffer.AsSpan(0, read).ToArray(), cancel);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            if (e is IOException) Trouble = e;
        }
        finally
        {
            if (!_pieces.IsAddingCompleted) _pieces.CompleteAdding();
        }
    }
}
