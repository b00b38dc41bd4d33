using Candor.Protocol;

namespace Candor.Client.Accounts;

/// <summary>What a server or a device did that no honest one does (spec/account-log.md §7).</summary>
public enum AlarmKind
{
    /// <summary>The server's history is shorter than what this device has verified.</summary>
    Rollback,

    /// <summary>The server's history is another one.</summary>
    Fork,

    /// <summary>A commit breaks a rule.</summary>
    BadCommit,

    /// <summary>The checkpoint is not what the leaves give.</summary>
    BadCheckpoint,

    /// <summary>A sealed record is not what its commit says.</summary>
    BadPayload,
}

/// <summary>Stops an account's sync. Local data stays; nothing is tried again until a person decides.</summary>
public sealed class AlarmException(AlarmKind kind, string message) : Exception(message)
{
    public AlarmKind Kind { get; } = kind;

    internal static AlarmException Rollback(long verified, long theirs) => new(AlarmKind.Rollback,
        $"The server shows {theirs} changes where this device has verified {verified}. It was restored from an old copy, or it hides something. "
        + "Nothing on this device was changed. Ask whoever runs the server, and compare with your other devices.");

    internal static AlarmException Fork(long at) => new(AlarmKind.Fork,
        $"The server's history differs from what this device has verified, from change {at} on. "
        + "Nothing on this device was changed. Do not use this server for the account until you know why.");

    internal static AlarmException NotTheHeadHandedOver(long size) => new(AlarmKind.Fork,
        $"The server's history of {size} changes is not the one that the device that let this one in had verified. "
        + "Nothing was taken from there on. Do not use this server for the account until you know why.");

    internal static AlarmException BadCommit(long index, string rule) => new(AlarmKind.BadCommit,
        $"Change {index} of the account's log breaks a rule ({rule}). No device of ours writes that. Nothing of it was taken.");

    internal static AlarmException BadCheckpoint(string why) => new(AlarmKind.BadCheckpoint,
        $"The server's signature under the account's history does not fit it ({why}). Nothing on this device was changed.");

    internal static AlarmException BadPayload(Place place, string why) => new(AlarmKind.BadPayload,
        $"A sealed record (change {place.Index}, number {place.Op}) is not what was written ({why}). It was not taken.");

    internal static AlarmException BadBlob(string name, int piece) => new(AlarmKind.BadPayload,
        $"The server gave other bytes than those that were stored for {name} (piece {piece + 1}). They were not taken. The server's disk may be damaged: ask whoever runs it for a scrub.");
}
