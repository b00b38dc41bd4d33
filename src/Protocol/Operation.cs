namespace Candor.Protocol;

/// <summary>One operation of a commit (spec/account-log.md §3). The form is checked when it is read; whether it is allowed, the rules of the log decide.</summary>
public abstract record Operation;

/// <summary>A revision of a record.</summary>
/// <param name="Record">The record.</param>
/// <param name="Revision">Random, bound into the sealing.</param>
/// <param name="Epoch">Of the vault key that sealed it.</param>
/// <param name="Parents">Places of the revisions that it replaces, ascending; none for a new record, more than one for a merge.</param>
/// <param name="Hash">SHA-256 of the sealed record.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Blobs">Names of all blobs that the revision needs, ascending, each once.</param>
public sealed record Put(Id Record, Id Revision, uint Epoch, IReadOnlyList<Place> Parents, Hash32 Hash, int Length, IReadOnlyList<Hash32> Blobs) : Operation
{
    /// <summary>True where the sealed record travels in the push's bundle; else it is a blob named by <see cref="Hash"/>.</summary>
    public bool IsInline => Length <= Limits.Payload;
}

/// <summary>A tombstone.</summary>
public sealed record Remove(Id Record, IReadOnlyList<Place> Parents) : Operation;

/// <summary>The author's own consent for a kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="On">On or off.</param>
/// <param name="Law">The rule set that was shown.</param>
/// <param name="TextHash">SHA-256 of the text that the person saw, UTF-8.</param>
public sealed record Consent(Kind Kind, bool On, string Law, Hash32 TextHash) : Operation;

/// <summary>A new holder, with its name sealed under the root key (empty: no name).</summary>
public sealed record HolderAdd(HolderKeys Keys, ReadOnlyMemory<byte> SealedName) : Operation;

public sealed record HolderRemove(Id Holder) : Operation;

/// <summary>A root key sealed to a holder: suite 1 is <see cref="Limits.Wrap"/> bytes.</summary>
public sealed record Wrap(Id Holder, byte Suite, ReadOnlyMemory<byte> Bytes);

/// <summary>A new epoch: its root key for every live holder, and the root key before it sealed under the new one (empty in epoch 1).</summary>
public sealed record Keyring(uint Epoch, IReadOnlyList<Wrap> Wraps, ReadOnlyMemory<byte> Previous) : Operation;

/// <summary>A new vault key; its sealed bytes travel beside the log.</summary>
public sealed record Vault(Kind Kind, uint Epoch, Hash32 Hash, int Length) : Operation;

/// <summary>The current epoch's root key for a holder added in the same commit.</summary>
public sealed record Grant(Wrap Wrap) : Operation;

/// <summary>Everything of a kind so far is destroyed: its vault keys, and the blobs counted and hashed here.</summary>
public sealed record Erase(Kind Kind, IReadOnlyList<uint> Epochs, long BlobCount, Hash32 BlobsHash) : Operation;

public sealed record Region(string Name, string Law) : Operation;

/// <summary>People with shares say which device they will let in, three days from now unless somebody objects (spec/recovery-people.md §4).</summary>
/// <param name="Device">The keys that the device made for itself.</param>
public sealed record Announce(HolderKeys Device) : Operation;

/// <summary>A holder of the account objects to what people announced: that announcement is over.</summary>
/// <param name="Announcement">Its place.</param>
public sealed record Objection(Place Announcement) : Operation;

/// <summary>The first operation of the first commit: with the author it makes the account's id.</summary>
public sealed record Found(Id Nonce) : Operation;
