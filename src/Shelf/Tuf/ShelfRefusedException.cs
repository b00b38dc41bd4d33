namespace Candor.Shelf.Tuf;

/// <summary>Why nothing of a shelf was taken.</summary>
public enum ShelfRefusal
{
    /// <summary>A file that must be there is not.</summary>
    Missing,

    /// <summary>No metadata at all: bad JSON, another type, a part that is gone.</summary>
    Malformed,

    /// <summary>Fewer good signatures than the role asks for.</summary>
    Unsigned,

    /// <summary>A version below one that was seen, or another than the one that was promised.</summary>
    Rollback,

    /// <summary>Bytes that are not those which were promised.</summary>
    Mismatch,

    /// <summary>Nobody has vouched for it lately.</summary>
    Expired,

    /// <summary>Longer than it may be.</summary>
    TooLong,

    /// <summary>No role that may speak for the path lists it.</summary>
    NotListed,

    /// <summary>It is not in the public log, or there is no proof of it.</summary>
    Unlogged,
}

/// <summary>A shelf's answer was refused. Nothing that was trusted before is replaced by it; the message says what was wrong, for a person.</summary>
public sealed class ShelfRefusedException : Exception
{
    public ShelfRefusedException(ShelfRefusal reason, string message, Exception? inner = null) : base(message, inner) => Reason = reason;

    public ShelfRefusal Reason { get; }
}
