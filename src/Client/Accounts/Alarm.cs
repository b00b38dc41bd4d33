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

    /// <summary>The server signed two histories of one length.</summary>
    Equivocation,
}

/// <summary>A file that shows what an alarm saw.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Bytes">As they came.</param>
/// <param name="What">What it is, in a sentence.</param>
public sealed record AlarmEvidence(string Name, ReadOnlyMemory<byte> Bytes, string What)
{
    internal static AlarmEvidence Theirs(ReadOnlyMemory<byte> note) => new("theirs.checkpoint", note, "the checkpoint that the server showed: a signed note (C2SP tlog-checkpoint)");

    internal static AlarmEvidence Ours(ReadOnlyMemory<byte> note) => new("ours.checkpoint", note, "the newest checkpoint of the history that this device had verified, under the server's signature");

    internal static AlarmEvidence Leaf(ReadOnlyMemory<byte> leaf) => new("their.leaf", leaf, "the change that did not fit (spec/account-log.md §1)");
}

/// <summary>Stops an account's sync. Local data stays; nothing is tried again until a person decides.</summary>
public sealed class AlarmException(AlarmKind kind, string message) : Exception(message)
{
    public AlarmKind Kind { get; } = kind;

    /// <summary>What a third party can check (docs/alarms.md).</summary>
    public IReadOnlyList<AlarmEvidence> Evidence { get; internal init; } = [];

    /// <summary>Where it is written down; null for an account without a book of alarms.</summary>
    public StandingAlarm? Stands { get; internal init; }

    internal AlarmException With(params IEnumerable<AlarmEvidence> more) => new(Kind, Message) { Evidence = [.. Evidence, .. more] };

    internal static AlarmException Rollback(long verified, long theirs) => new(AlarmKind.Rollback,
        $"The server shows {theirs} changes where this device has verified {verified}. It was restored from an old copy, or it hides something. "
        + "Nothing on this device was changed. Ask whoever runs the server, and compare with your other devices.");

    internal static AlarmException Fork(long at) => new(AlarmKind.Fork,
        $"The server's history differs from what this device has verified, from change {at} on. "
        + "Nothing on this device was changed. Do not use this server for the account until you know why.");

    internal static AlarmException NotTheHeadHandedOver(long size) => new(AlarmKind.Fork,
        $"The server's history of {size} changes is not the one that the device that let this one in had verified. "
        + "Nothing was taken from there on. Do not use this server for the account until you know why.");

    internal static AlarmException Equivocation(long size) => new(AlarmKind.Equivocation,
        $"The server signed two different histories of {size} changes: one for this device, another now. That is proof, and it was saved. "
        + "Nothing on this device was changed. Do not use this server for the account; show the proof to whoever runs it.");

    internal static AlarmException BadCommit(long index, string rule) => new(AlarmKind.BadCommit,
        $"Change {index} of the account's log breaks a rule ({rule}). No device of ours writes that. Nothing of it was taken.");

    internal static AlarmException TooEarly(long index) => new(AlarmKind.BadCommit,
        $"Change {index} of the account's log lets a device in by people's shares before three days have passed since they said so. The server let it through, and whoever has the shares wrote false times. "
        + "It was not taken. Do not use this server for the account until you know why.");

    internal static AlarmException BadCheckpoint(string why) => new(AlarmKind.BadCheckpoint,
        $"The server's signature under the account's history does not fit it ({why}). Nothing on this device was changed.");

    internal static AlarmException BadPayload(Place place, string why) => new(AlarmKind.BadPayload,
        $"A sealed record (change {place.Index}, number {place.Op}) is not what was written ({why}). It was not taken.");
}
