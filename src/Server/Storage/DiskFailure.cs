namespace Candor.Server.Storage;

/// <summary>A write or flush that failed for another reason than a full disk. The server stops: it cannot know what of the last writes is on the disk, and must acknowledge nothing more.</summary>
/// <remarks>After a failed fsync Linux marks the pages clean; the next fsync succeeds without having written them. Starting again reads what there really is.</remarks>
internal sealed class DiskFailure
{
    private readonly Lock _lock = new();
    private Action<Exception>? _stop;

    /// <summary>The first failure.</summary>
    public Exception? Error { get; private set; }

    public void Report(Exception error)
    {
        Action<Exception>? stop;
        lock (_lock)
        {
            if (Error is not null) return;
            Error = error;
            stop = _stop;
        }
        stop?.Invoke(error);
    }

    /// <summary>What stops the server; at once where the disk has failed already.</summary>
    public void StopOn(Action<Exception> stop)
    {
        lock (_lock) _stop = stop;
        if (Error is { } error) stop(error);
    }
}
