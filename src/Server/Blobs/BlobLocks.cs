using Candor.Server.Storage;

namespace Candor.Server.Blobs;

/// <summary>Keeps apart who stores a blob and who removes one of the same name: its file and its row change together.</summary>
public sealed class BlobLocks : IDisposable
{
    private const int Count = 64;

    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Dispose what is returned to let others in.</summary>
    public async Task<IDisposable> EnterAsync(BlobKey key)
    {
        var entered = _locks[key.Name.AsSpan()[0] % Count];
        await entered.WaitAsync().ConfigureAwait(false);
        return new Entered(entered);
    }

    public void Dispose()
    {
        foreach (var each in _locks) each.Dispose();
    }

    private sealed class Entered(SemaphoreSlim entered) : IDisposable
    {
        public void Dispose() => entered.Release();
    }
}
