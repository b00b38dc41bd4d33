using Candor.Protocol;

namespace Candor.Server.Storage;

/// <summary>Names one blob: whose, of what kind, and the SHA-256 of its bytes.</summary>
public readonly record struct BlobKey(Id Account, Kind Kind, Hash32 Name);

/// <summary>Keeps sealed bytes under their hash. It is told what to keep; what is needed, the database knows.</summary>
/// <remarks>Safe for use by many threads. Every implementation passes the same contract suite.</remarks>
public abstract class BlobStore
{
    /// <summary>Takes <paramref name="length"/> bytes to a place where nobody sees them, hashing as they come.</summary>
    /// <exception cref="StorageException">The disk is full.</exception>
    /// <exception cref="EndOfStreamException">The source ended early; nothing is left behind.</exception>
    public abstract Task<Incoming> ReceiveAsync(Stream source, long length, CancellationToken cancellation);

    public abstract bool Contains(in BlobKey key);

    /// <summary>Reads a whole blob or a part of it. Null where it is not here.</summary>
    public abstract Stream? OpenRead(in BlobKey key);

    /// <summary>The bytes are gone when this returns. Not an error where there are none.</summary>
    public abstract void Delete(in BlobKey key);

    /// <summary>Puts a blob that is damaged aside: from here on it is not here, and can be stored again. What there was stays for who wants to look at it, until the blob is deleted.</summary>
    public abstract void SetAside(in BlobKey key);

    /// <summary>Everything that is kept, with when it came; in no order.</summary>
    public abstract IEnumerable<(BlobKey Key, DateTimeOffset At)> List();

    /// <summary>Removes what uploads that were cut left behind, older than a time.</summary>
    public abstract void Sweep(DateTimeOffset before);

    /// <summary>Free bytes, or <see cref="long.MaxValue"/> where nobody can say.</summary>
    public abstract long FreeBytes();

    /// <summary>Bytes that have arrived and are not yet a blob. Dispose it to forget them.</summary>
    public abstract class Incoming : IDisposable
    {
        public abstract Hash32 Hash { get; }

        /// <summary>Makes them a blob. When this returns they are on stable storage under their name.</summary>
        public abstract void Keep(in BlobKey key);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected abstract void Dispose(bool disposing);
    }
}
