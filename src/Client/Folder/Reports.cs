using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Which way things go between a device folder and the account.</summary>
public enum FolderMode
{
    /// <summary>Up only: the folder is read and never written, and what is gone from it stays in the account.</summary>
    Backup,

    /// <summary>Both ways: what changed or went on either side does so on the other.</summary>
    Sync,
}

/// <summary>What long work is at.</summary>
public enum Stage
{
    Looking,
    Fetching,
    Sending,
    Writing,
    Previews,
}

/// <summary>How far long work has come. Totals are 0 while they are not known.</summary>
public readonly record struct WorkProgress(Stage Stage, Kind Kind, long Items, long TotalItems, long Bytes, long TotalBytes);

/// <summary>Something that could not be made safe or written, and why: it counts as explained, never as done.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Item">A path below the folder, with "card 12" or the like behind it where a file holds many.</param>
/// <param name="Reason">One sentence for a person: what is wrong and what to do.</param>
public sealed record Trouble(Kind Kind, string Item, string Reason);

/// <summary>What a run did for one kind, or what a look at the folder found.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="On">Whether it is on for this device: off, nothing of it was read or sent.</param>
/// <param name="Seen">Items of the folder: each is safe, has a trouble of its own, or is unexplained.</param>
/// <param name="Safe">Items that the server acknowledged as they are now.</param>
/// <param name="Sent">Revisions that this run committed.</param>
/// <param name="Received">Files that this run wrote.</param>
/// <param name="Merged">Records that were changed on both sides and merged; both versions are in the history.</param>
/// <param name="Removed">Removals that this run passed on, either way.</param>
/// <param name="Troubles">Items that are not safe, each with its reason.</param>
/// <param name="Notes">Items that are safe and were not quite in order, or that are none of ours: what was mended, or why they were left.</param>
public sealed record KindReport(
    Kind Kind, bool On, long Seen, long Safe, long Sent, long Received, long Merged, long Removed, IReadOnlyList<Trouble> Troubles, IReadOnlyList<Trouble> Notes)
{
    /// <summary>Items that are neither safe nor have a reason. Promise P10: 0 after a run that ended.</summary>
    public long Unexplained => Math.Max(0, Seen - Safe - Troubles.Count);
}

/// <summary>Removals that were held back because they are many, more than 5 % within an hour: a person is asked.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Count">How many.</param>
/// <param name="OfRecords">Of how many.</param>
/// <param name="FromElsewhere">True: another device removed them, and their files would go here. False: their files are gone here, and they would be removed for all.</param>
public sealed record HeldRemovals(Kind Kind, int Count, int OfRecords, bool FromElsewhere);

/// <summary>Another device has said that it will erase a kind, a day after it said so (spec/http-api.md §3.1).</summary>
public sealed record AnnouncedErase(Kind Kind, string Device);

/// <summary>A device of the account that has written nothing for days, not even that it is alive: it is not in use, or the server hides what it writes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LastHeard">By its own clock; null: never.</param>
public sealed record SilentDevice(string Name, DateTimeOffset? LastHeard);

/// <summary>People with shares have said that they will let a device into the account.</summary>
/// <param name="Device">Its id.</param>
/// <param name="At">When, unless a device of the account objects.</param>
public sealed record AnnouncedDevice(Id Device, DateTimeOffset At);

/// <summary>What brings an account back when every device of it is lost.</summary>
/// <param name="Words">Whether the 24 words open it.</param>
/// <param name="WordsTyped">When they were last typed in; null: never, so nobody knows that they were written down.</param>
/// <param name="Password">Whether a password with its account secret opens it.</param>
/// <param name="People">"2 of 3" where people have shares; null: nobody has.</param>
public sealed record WaysBack(bool Words, DateTimeOffset? WordsTyped, bool Password, string? People)
{
    /// <summary>A way back counts once a person has shown that they have it.</summary>
    public bool IsSafe => Words && WordsTyped is not null;
}

/// <summary>What a run over a folder did.</summary>
public sealed record FolderReport(IReadOnlyList<KindReport> Kinds, IReadOnlyList<HeldRemovals> Held, long BytesSent, TimeSpan Took)
{
    /// <summary>What other devices have announced that they will erase.</summary>
    public IReadOnlyList<AnnouncedErase> Announced { get; init; } = [];

    /// <summary>Devices that were not heard for three days.</summary>
    public IReadOnlyList<SilentDevice> Silent { get; init; } = [];

    /// <summary>The device that people with shares will let in.</summary>
    public AnnouncedDevice? Coming { get; init; }

    /// <summary>The server was put back to a backup, and this device has answered.</summary>
    public IReadOnlyList<Accounts.ServerRestored> Restored { get; init; } = [];

    /// <summary>With a look at a folder: what brings the account back. Null after a run.</summary>
    public WaysBack? Back { get; init; }
}
