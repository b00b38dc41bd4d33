namespace Candor.Server.Storage;

/// <summary>Where everything but blobs is kept. What a write returned is on stable storage.</summary>
/// <remarks>Safe for use by many threads. Every implementation passes the same contract suite.</remarks>
public abstract class Database : IDisposable
{
    /// <summary>Runs one unit of work alone and atomically, and answers after it is on stable storage. Work that throws leaves no trace.</summary>
    /// <remarks>Works of many callers share one transaction and one flush. Work checks first and writes last: a refusal it returns is kept like any answer.</remarks>
    /// <exception cref="StorageException">Nothing was stored.</exception>
    public abstract Task<T> WriteAsync<T>(Func<Statements, T> work);

    /// <summary>Reads what has been written so far. The result of <paramref name="work"/> must not hold a reader.</summary>
    public abstract T Read<T>(Func<Statements, T> work);

    /// <summary>Makes sure that nothing deleted before lies about in journals. Best effort while others read.</summary>
    public abstract Task ForgetDeletedAsync();

    /// <summary>Looks for damage of the database's own structures: what is wrong, in its words; none if all is well.</summary>
    public abstract IReadOnlyList<string> Check();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>Nothing was stored, for a reason that has a name in the API: disk-full or busy.</summary>
public sealed class StorageException(string errorName, Exception? inner = null) : Exception($"Nothing was stored: {errorName}.", inner)
{
    public string ErrorName { get; } = errorName;
}
