using Candor.Log;
using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Accounts;

/// <summary>States of the accounts used last, each as the database has it. Safe for use by many threads.</summary>
/// <remarks>
/// A state in here is never changed: a commit extends a clone, and puts the clone here after it is on stable storage. Who reads a state here is at most a commit
/// behind the database, and never ahead of it.
/// </remarks>
public sealed class AccountStates(Database database)
{
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<Id, LinkedListNode<AccountState>> _byId = [];
    private readonly LinkedList<AccountState> _recent = [];

    /// <summary>Null where there is no such account.</summary>
    public AccountState? Find(Id account)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(account, out var node))
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value;
            }
        }
        var loaded = database.Read(sql => AccountRows.Load(sql, account));
        return loaded is null ? null : Keep(loaded);
    }

    /// <summary>The state of an account for a holder that is or was in it; else null, and finding that out costs the same whether or not there is such an account.</summary>
    public AccountState? FindFor(Id account, Id holder)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(account, out var node) && node.Value.Holders.ContainsKey(holder))
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
                return node.Value;
            }
        }
        return database.Read(sql => AccountRows.HasHolder(sql, account, holder)) ? Find(account) : null;
    }

    public Id? FindAccount(Id holder) => database.Read(sql => AccountRows.FindAccount(sql, holder));

    public HolderKeys? FindKeys(Id holder) => database.Read(sql => AccountRows.FindKeys(sql, holder));

    internal void Forget()
    {
        lock (_lock)
        {
            _byId.Clear();
            _recent.Clear();
        }
    }

    /// <summary>Keeps the longer of this state and the one that is here, and returns it.</summary>
    public AccountState Keep(AccountState state)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(state.Account, out var node))
            {
                if (node.Value.Size < state.Size) node.Value = state;
                return node.Value;
            }
            _byId.Add(state.Account, _recent.AddFirst(state));
            if (_recent.Count > Capacity)
            {
                _byId.Remove(_recent.Last!.Value.Account);
                _recent.RemoveLast();
            }
            return state;
        }
    }
}
