using System.Collections.Immutable;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>Everything in an <see cref="AccountState"/> but the tree. Immutable, so that a refused commit leaves no trace.</summary>
internal sealed record AccountFacts
{
    public static AccountFacts Empty { get; } = new();

    public ImmutableDictionary<Id, Holder> Holders { get; init; } = ImmutableDictionary<Id, Holder>.Empty;

    public ImmutableDictionary<Kind, VaultState> Vaults { get; init; } = ImmutableDictionary<Kind, VaultState>.Empty;

    public ImmutableSortedDictionary<uint, ReadOnlyMemory<byte>> PreviousRootKeys { get; init; } =
        ImmutableSortedDictionary<uint, ReadOnlyMemory<byte>>.Empty;

    public uint Epoch { get; init; }

    /// <summary>What people have announced, neither objected to nor done yet.</summary>
    public Announcement? Announced { get; init; }

    public string Region { get; init; } = "";

    public string Law { get; init; } = "";

    public HybridTime LatestTime { get; init; }
}
