using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>The head of one account's log, as an hour's tree has it.</summary>
public readonly record struct AccountHead(Id Account, long Size, Hash32 Root);

/// <summary>One account's place in an hour's tree: what its holder needs to see that its head is under the root that everybody sees.</summary>
/// <param name="Head">Of the account.</param>
/// <param name="Blind">Ties the leaf to the account for who knows it.</param>
/// <param name="Index">Of the leaf.</param>
/// <param name="Leaves">Of the tree.</param>
/// <param name="Path">To the root.</param>
public sealed record HeadProof(AccountHead Head, Hash32 Blind, long Index, long Leaves, IReadOnlyList<Hash32> Path)
{
    /// <summary>Whether the head is under this root, which was read from the public log.</summary>
    public bool Fits(in Hash32 root) => MerkleTree.VerifyInclusion(MerkleTree.LeafHash(HeadTree.LeafOf(Head, Blind).AsSpan()), Index, Leaves, [.. Path], root);
}

/// <summary>The Merkle tree over all accounts' heads of one hour, blinded and filled up so that it tells neither who nor how many (spec/public-log.md §4).</summary>
public sealed class HeadTree
{
    /// <summary>Fewest leaves.</summary>
    public const int MinLeaves = 1024;

    private readonly Hash32[] _leaves;
    private readonly Hash32[] _hashes;
    private readonly Hash32 _secret;
    private readonly Dictionary<Id, AccountHead> _heads;

    /// <param name="heads">Of all accounts, each once.</param>
    /// <param name="secret">32 random bytes of this hour.</param>
    public HeadTree(IEnumerable<AccountHead> heads, in Hash32 secret)
    {
        _secret = secret;
        _heads = heads.ToDictionary(h => h.Account);
        int count = MinLeaves;
        while (count < _heads.Count) count = checked(2 * count);
        var leaves = new List<Hash32>(count);
        foreach (var head in _heads.Values) leaves.Add(LeafOf(head, BlindOf(head.Account)));
        for (long i = 0; leaves.Count < count; i++) leaves.Add(Fill(i));
        leaves.Sort();
        _leaves = [.. leaves];
        _hashes = [.. _leaves.Select(l => MerkleTree.LeafHash(l.AsSpan()))];
        Root = MerkleTree.Root(_hashes);
    }

    public long Leaves => _leaves.Length;

    public Hash32 Root { get; }

    /// <summary>Null for an account that the hour does not have.</summary>
    public HeadProof? Prove(Id account)
    {
        if (!_heads.TryGetValue(account, out var head)) return null;
        var blind = BlindOf(account);
        int index = Array.BinarySearch(_leaves, LeafOf(head, blind));
        return new(head, blind, index, Leaves, MerkleProver.Inclusion(index, _hashes));
    }

    internal static Hash32 LeafOf(AccountHead head, in Hash32 blind)
    {
        Span<byte> size = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(size, head.Size);
        return Hash32.Of([.. "candor/log/v1 head\n"u8, .. blind.AsSpan(), .. head.Account.ToArray(), .. size, .. head.Root.AsSpan()]);
    }

    private Hash32 BlindOf(Id account) => new(HMACSHA256.HashData(_secret.AsSpan(), account.ToArray()));

    private Hash32 Fill(long i)
    {
        byte[] message = [.. Encoding.ASCII.GetBytes("fill"), .. new byte[sizeof(long)]];
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(4), i);
        return new(HMACSHA256.HashData(_secret.AsSpan(), message));
    }
}
