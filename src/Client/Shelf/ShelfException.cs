using Candor.Shelf.Tuf;

namespace Candor.Client.Shelf;

/// <summary>Nothing was taken from a shelf. The message says why, and what stays.</summary>
public sealed class ShelfException : Exception
{
    public ShelfException(string message, bool isAlarm = false, Exception? inner = null) : base(message, inner) => IsAlarm = isAlarm;

    internal ShelfException(ShelfRefusedException refusal)
        : this(refusal.Message, refusal.Reason is not (ShelfRefusal.Missing or ShelfRefusal.Expired or ShelfRefusal.NotListed), refusal)
    {
    }

    /// <summary>What the server shows is not signed, is older than what was seen, or is something else than was promised; false where something is only missing or out of date.</summary>
    public bool IsAlarm { get; }
}
