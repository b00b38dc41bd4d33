using Candor.Log;
using Candor.Protocol;
using Candor.Server.Commits;
using Candor.Server.Storage;

namespace Candor.Server.Operator;

/// <summary>Reads everything that is kept, without any key, and names what is not as it was when it came.</summary>
/// <remarks>Leaves by their signatures and the root over them, payloads and sealed vault keys by the hashes in the leaves, blobs by their names.</remarks>
/// <param name="database">Of the server.</param>
/// <param name="blobs">Of the server.</param>
/// <param name="setAside">Damaged blobs are put aside, so that a device that has the file sends it again.</param>
public sealed class Scrubber(Database database, BlobStore blobs, bool setAside = false)
{
    /// <summary>A line for each damage: what, where, and in which account. It may run beside a server.</summary>
    public IEnumerable<string> Run()
    {
        IReadOnlyList<string> structure;
        try
        {
            structure = database.Check();
        }
        catch (System.Data.Common.DbException e)
        {
            structure = [e.Message];
        }
        foreach (string line in structure) yield return $"database: {line}";
        var accounts = Read(AllAccounts, out string? unreadable) ?? [];
        foreach (var account in accounts)
        {
            foreach (string line in CheckAccount(account)) yield return $"account {account}: {line}";
        }
        if (unreadable is not null) yield return $"database: {unreadable}";
    }

    private IEnumerable<string> CheckAccount(Id account)
    {
        byte[]? bytes = Read(sql => sql.Scalar("SELECT state FROM accounts WHERE account = @account", ("account", account)) as byte[], out string? unreadable);
        if (bytes is null || !AccountState.TryDecode(bytes, out var state))
        {
            yield return $"the state cannot be read{(unreadable is null ? "" : ": " + unreadable)}";
            yield break;
        }
        var tree = new CompactRange();
        for (long index = 0; index < state.Size; index++)
        {
            long at = index;
            var lines = Read(sql => CheckCommit(sql, state, at, tree), out unreadable);
            foreach (string line in lines ?? [$"leaf {index} cannot be read: {unreadable}"]) yield return line;
        }
        if (tree.Size == state.Size && tree.Root() != state.Root) yield return "the leaves do not give the root that was signed";
        foreach (string line in Read(sql => CheckVaults(sql, state), out unreadable) ?? [$"vault keys cannot be read: {unreadable}"]) yield return line;
        foreach (var (kind, name, size) in Read(sql => Blobs(sql, account), out unreadable) ?? [])
        {
            if (CheckBlob(new(account, kind, name), size) is { } line) yield return line;
        }
    }

    private static List<string> CheckCommit(Statements sql, AccountState state, long index, CompactRange tree)
    {
        if (CommitRows.Leaf(sql, state.Account, index) is not { } bytes) return [$"leaf {index} is missing"];
        tree.Append(MerkleTree.LeafHash(bytes));
        if (!Leaf.TryDecode(bytes, out var leaf) || !Commit.TryDecode(leaf.Body, out var commit, out _)
            || !state.Holders.TryGetValue(commit.Author, out var author)
            || !HolderSignature.Verify(author.Keys, leaf))
        {
            return [$"leaf {index} is damaged"];
        }
        var damage = new List<string>();
        var dropped = CommitRows.Superseded(sql, state.Account, index).Where(s => s.Dropped).Select(s => s.Op).ToHashSet();
        var places = Bundle.Places(commit, dropped);
        bool erased = commit.Kind != Kind.None && index <= state.VaultOf(commit.Kind).ErasedAt;
        if (places.Count == 0 || erased) return damage;
        if (CommitRows.Bundle(sql, state.Account, index) is not { } bundle) return [$"the payloads of leaf {index} are missing"];
        foreach (var (op, range) in places)
        {
            bool good = range.End.Value <= bundle.Length && Hash32.Of(bundle.AsSpan(range)) == ((Put)commit.Operations[op]).Hash;
            if (!good) damage.Add($"payload {index}.{op} is damaged");
        }
        return damage;
    }

    private static List<string> CheckVaults(Statements sql, AccountState state)
    {
        var damage = new List<string>();
        foreach (var kind in Kinds.All)
        {
            var stored = CommitRows.Vaults(sql, state.Account, kind).ToDictionary(v => v.Epoch, v => v.Sealed);
            foreach (var (epoch, hash) in state.VaultOf(kind).Keys)
            {
                if (!stored.TryGetValue(epoch, out byte[]? sealedKey) || Hash32.Of(sealedKey) != hash) damage.Add($"the sealed vault key of {kind.Word()}, epoch {epoch}, is damaged");
            }
        }
        return damage;
    }

    private string? CheckBlob(BlobKey key, long size)
    {
        string name = $"blob {key.Kind.Word()}/{key.Name}";
        try
        {
            using var stream = blobs.OpenRead(key);
            if (stream is null) return $"{name} is missing";
            string? damage = stream.Length != size ? $"{name} has {stream.Length} bytes, not {size}"
                : new Hash32(System.Security.Cryptography.SHA256.HashData(stream)) == key.Name ? null : $"{name} is damaged";
            if (damage is not null && setAside) blobs.SetAside(key);
            return damage;
        }
        catch (IOException e)
        {
            return $"{name} cannot be read: {e.Message}";
        }
    }

    private static List<Id> AllAccounts(Statements sql)
    {
        var accounts = new List<Id>();
        using var rows = sql.Query("SELECT account FROM accounts ORDER BY account");
        while (rows.Read()) accounts.Add(rows.Id(0));
        return accounts;
    }

    private static List<(Kind, Hash32, long)> Blobs(Statements sql, Id account)
    {
        var blobs = new List<(Kind, Hash32, long)>();
        using var rows = sql.Query("SELECT kind, name, size FROM blobs WHERE account = @account AND erased_at IS NULL ORDER BY kind, name", ("account", account));
        while (rows.Read()) blobs.Add(((Kind)rows.GetInt32(0), rows.Hash(1), rows.GetInt64(2)));
        return blobs;
    }

    /// <summary>Null, and the reason, where the database itself cannot read it.</summary>
    private T? Read<T>(Func<Statements, T> work, out string? unreadable) where T : class?
    {
        unreadable = null;
        try
        {
            return database.Read(work);
        }
        catch (System.Data.Common.DbException e)
        {
            unreadable = e.Message;
            return null;
        }
    }
}
