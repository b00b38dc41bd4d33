using System.Diagnostics.CodeAnalysis;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>What an account log says so far (spec/account-log.md §5), and the only way to extend it: by a leaf that obeys every rule.</summary>
/// <remarks>
/// Server and client run this same code, and so can anybody who holds the leaves. It knows no secrets and does no I/O. Not safe for use by several threads at
/// once. A leaf that is refused leaves the state as it was. Records are not followed here: they are many, and only clients need them.
/// </remarks>
public sealed class AccountState
{
    private readonly CompactRange _tree;
    private AccountFacts _facts;

    /// <summary>The state of an account whose log is still empty.</summary>
    public AccountState(Id account) : this(account, new CompactRange(), AccountFacts.Empty)
    {
    }

    internal AccountState(Id account, CompactRange tree, AccountFacts facts) : this(account, tree, tree.Root(), facts)
    {
    }

    private AccountState(Id account, CompactRange tree, Hash32 root, AccountFacts facts)
    {
        Account = account;
        _tree = tree;
        _facts = facts;
        Root = root;
    }

    public Id Account { get; }

    /// <summary>Number of leaves.</summary>
    public long Size => _tree.Size;

    /// <summary>Merkle root of the leaves.</summary>
    public Hash32 Root { get; private set; }

    /// <summary>0 before the first commit.</summary>
    public uint Epoch => _facts.Epoch;

    /// <summary>All holders that ever were, by id.</summary>
    public IReadOnlyDictionary<Id, Holder> Holders => _facts.Holders;

    public IEnumerable<Holder> LiveHolders => _facts.Holders.Values.Where(h => h.IsLive);

    /// <summary>For each epoch from 2: the root key of the epoch before, sealed under that epoch's.</summary>
    public IReadOnlyDictionary<uint, ReadOnlyMemory<byte>> PreviousRootKeys => _facts.PreviousRootKeys;

    /// <summary>The device that people with shares will let in, three days after they said so; null: none.</summary>
    public Announcement? Announced => _facts.Announced;

    public string Region => _facts.Region;

    public string Law => _facts.Law;

    /// <summary>The latest time in the log: what the next one has to follow.</summary>
    public HybridTime LatestTime => _facts.LatestTime;

    internal CompactRange Tree => _tree;

    internal AccountFacts Facts => _facts;

    public VaultState VaultOf(Kind kind) => _facts.Vaults.GetValueOrDefault(kind, VaultState.None);

    public AccountState Clone() => new(Account, _tree.Clone(), Root, _facts);

    /// <summary>Checks a leaf by rules R1 to R24 in their order and, if all hold, extends the state by it.</summary>
    /// <param name="leaf">Encoded leaf, from anywhere.</param>
    /// <param name="commit">The commit, where the leaf could be read; also when it is refused.</param>
    /// <returns>Null when it was taken; else the <see cref="ErrorName"/> of the first rule that fails, and nothing has changed.</returns>
    /// <remarks>That the parents of a put are revisions of the same record (R13) is left to those who follow records.</remarks>
    public string? TryExtend(ReadOnlyMemory<byte> leaf, out Commit? commit)
    {
        commit = null;
        if (!Leaf.TryDecode(leaf, out var signed)) return ErrorName.CommitMalformed;
        if (!Commit.TryDecode(signed.Body, out commit, out string? malformed)) return malformed;
        if (AccountRules.Check(this, signed, commit, out var facts) is { } error) return error;
        _tree.Append(MerkleTree.LeafHash(leaf.Span));
        Root = _tree.Root();
        _facts = facts!;
        return null;
    }

    public byte[] Encode() => AccountStateCbor.Encode(this);

    /// <summary>Reads what <see cref="Encode"/> wrote. Total; what it returns is only as good as the place it was kept.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out AccountState? state) =>
        AccountStateCbor.TryDecode(bytes, out state);
}
