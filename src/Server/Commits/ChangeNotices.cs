using System.Collections.Concurrent;
using System.Threading.Channels;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Server.Commits;

/// <summary>Tells those who wait that an account's log has grown. In this process only; nothing is kept for those who are not there.</summary>
public sealed class ChangeNotices
{
    /// <summary>Open streams of one account; more are refused as busy.</summary>
    public const int MaxPerAccount = 256;

    private readonly ConcurrentDictionary<Id, HashSet<Subscription>> _byAccount = new();

    /// <summary>Null where too many listen already. Dispose it to stop.</summary>
    public Subscription? Listen(Id account)
    {
        var all = _byAccount.GetOrAdd(account, _ => []);
        lock (all)
        {
            if (all.Count >= MaxPerAccount) return null;
            var subscription = new Subscription(this, account);
            all.Add(subscription);
            // Whoever left last may have taken the set away meanwhile.
            _byAccount[account] = all;
            return subscription;
        }
    }

    public void Changed(AccountState state)
    {
        if (!_byAccount.TryGetValue(state.Account, out var all)) return;
        lock (all)
        {
            foreach (var each in all) each.States.Writer.TryWrite(state);
        }
    }

    private void Leave(Subscription subscription)
    {
        if (!_byAccount.TryGetValue(subscription.Account, out var all)) return;
        lock (all)
        {
            all.Remove(subscription);
            if (all.Count == 0) _byAccount.TryRemove(new(subscription.Account, all));
        }
    }

    /// <summary>The latest state that was not read yet; one that is slow misses those between.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly ChangeNotices _notices;

        internal Subscription(ChangeNotices notices, Id account)
        {
            _notices = notices;
            Account = account;
        }

        internal Id Account { get; }

        public Channel<AccountState> States { get; } =
            Channel.CreateBounded<AccountState>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        public void Dispose() => _notices.Leave(this);
    }
}
