using Candor.Protocol;

namespace Candor.Log;

/// <summary>A consent as the log has it: who gave it is the holder that carries it.</summary>
/// <param name="On">On or off.</param>
/// <param name="Law">The rule set that was shown.</param>
/// <param name="TextHash">SHA-256 of the text that the person saw.</param>
/// <param name="Place">The operation that says so.</param>
public sealed record ConsentState(bool On, string Law, Hash32 TextHash, Place Place);

/// <summary>A holder of an account as its log tells it. Immutable; the log's next leaf makes another one.</summary>
public sealed record Holder
{
    public required HolderKeys Keys { get; init; }

    /// <summary>Sealed under the root key of the epoch in which it was added; empty: no name.</summary>
    public required ReadOnlyMemory<byte> SealedName { get; init; }

    /// <summary>The epoch in which it was added.</summary>
    public required uint AddedEpoch { get; init; }

    public required Place Added { get; init; }

    /// <summary>The operation that removed it; null while it is live.</summary>
    public Place? Removed { get; init; }

    /// <summary>The number of its last commit; 0 before its first.</summary>
    public long LastSeq { get; init; }

    /// <summary>When it was last heard, by its own clock.</summary>
    public HybridTime LastTime { get; init; }

    /// <summary>The root key of the account's epoch, sealed to it; null once removed.</summary>
    public Wrap? Wrap { get; init; }

    public ConsentState? Contacts { get; init; }
    public ConsentState? Notes { get; init; }
    public ConsentState? Messages { get; init; }
    public ConsentState? Photos { get; init; }

    public Id Id => Keys.Id;

    public bool IsLive => Removed is null;

    public ConsentState? ConsentFor(Kind kind) => kind switch
    {
        Kind.Contacts => Contacts,
        Kind.Notes => Notes,
        Kind.Messages => Messages,
        Kind.Photos => Photos,
        _ => null,
    };

    public bool MayTouch(Kind kind) => IsLive && ConsentFor(kind) is { On: true };

    internal Holder With(Kind kind, ConsentState? consent) => kind switch
    {
        Kind.Contacts => this with { Contacts = consent },
        Kind.Notes => this with { Notes = consent },
        Kind.Messages => this with { Messages = consent },
        Kind.Photos => this with { Photos = consent },
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>The vault of a kind: which epochs have a key, and the hash of each sealed key. Immutable.</summary>
/// <param name="Keys">Ascending by epoch.</param>
/// <param name="ErasedAt">Index of the commit of the last erase; -1: never. Puts of the kind at or below it are gone.</param>
public sealed record VaultState(IReadOnlyList<(uint Epoch, Hash32 Hash)> Keys, long ErasedAt)
{
    public static VaultState None { get; } = new([], -1);

    public bool Exists => Keys.Count > 0;

    /// <summary>The epoch that new revisions are sealed under; 0 where there is no vault.</summary>
    public uint NewestEpoch => Exists ? Keys[^1].Epoch : 0;
}
