using System.Globalization;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

/// <summary>People who have a key of the account in shares (spec/recovery-people.md).</summary>
public sealed partial class Account
{
    /// <summary>What a device's clock may be off, beside others, before it speaks of an early recovery.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromHours(1);

    private Holder? People => _state.LiveHolders.FirstOrDefault(h => h.Keys.Type == HolderType.People);

    /// <summary>True where people have shares, and their holder has signed.</summary>
    public bool HasPeople => People is { LastSeq: > 0 };

    /// <summary>"2 of 3"; empty where nobody has shares.</summary>
    public string PeopleName => People is { } people ? NameOf(people) : "";

    /// <summary>What people have announced and nobody objected to; null: nothing.</summary>
    public Announcement? Announced => _state.Announced;

    /// <summary>Makes a key in shares, in the place of one that there was: the shares of that one open nothing any more.</summary>
    /// <param name="needed">How many people it takes, 2 at least.</param>
    /// <param name="count">How many get a share, 16 at most.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The shares, each for one person; nothing keeps them.</returns>
    public async Task<IReadOnlyList<string>> SetPeopleAsync(int needed, int count, CancellationToken cancel)
    {
        await PullAsync(cancel);
        var shares = SecretShares.Split(needed, count, out var holder);
        using var people = holder;
        try
        {
            await CommitAsync(Kind.None, () =>
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{needed} of {count}");
                if (People is not { } old)
                {
                    var grant = Root().GrantTo(people.Keys) ?? throw new InvalidOperationException("The shares' keys cannot be used.");
                    return ([new HolderAdd(people.Keys, Root().SealName(people.Id, name)), grant], [], default);
                }
                var (operations, sealedKeys) = NewEpoch(old.Id, Kind.None, people.Keys);
                return ([new HolderAdd(people.Keys, Root().SealName(people.Id, name)), new HolderRemove(old.Id), .. operations], sealedKeys, default);
            }, cancel);
            foreach (var kind in Kinds.All.Where(IsOn)) await FetchVaultKeysAsync(kind, cancel);
            await VouchAsync(people, cancel);
            return [.. shares.Select(s => s.ToText())];
        }
        finally
        {
            foreach (var share in shares) share.Dispose();
        }
    }

    /// <summary>Makes the shares worthless: everyone who remains gets new keys.</summary>
    /// <returns>False where nobody has any.</returns>
    public async Task<bool> RemovePeopleAsync(CancellationToken cancel)
    {
        await PullAsync(cancel);
        if (People is not { } people) return false;
        await RevokeAsync(people.Id, cancel);
        return true;
    }

    /// <summary>Objects to what people announced: it is over, and they would have to begin anew.</summary>
    /// <returns>False where nothing is announced.</returns>
    public async Task<bool> ObjectAsync(CancellationToken cancel)
    {
        await PullAsync(cancel);
        if (_state.Announced is null) return false;
        await CommitAsync(Kind.None, () => _state.Announced is { } announced ? ([new Objection(announced.Place)], [], default) : ([], [], default), cancel);
        return true;
    }

    /// <summary>When what people announced takes effect, as far as this device knows: three days after the time that they wrote, and after it was not there yet.</summary>
    public DateTimeOffset? AnnouncedUntil()
    {
        if (_state.Announced is not { } announced) return null;
        long ms = Math.Max(announced.Time.Ms, _store.NotYetAnnounced(announced.Place.Index) ?? 0);
        return DateTimeOffset.FromUnixTimeMilliseconds(ms) + Announcement.Wait;
    }

    /// <summary>True where a holder signed before what it announced: the announcement alone was made without having seen this log.</summary>
    internal bool SignedBeforeAnnouncing(Id holder)
    {
        if (_state.Announced is not { } announced) return false;
        for (long index = 0; index < announced.Place.Index; index++)
        {
            if (_store.CommitAt(index) is { } commit && commit.Author == holder) return true;
        }
        return false;
    }

    /// <summary>Holds what lets a device in by shares against this device's own clock: the server has to keep the time, and here it is seen whether it did.</summary>
    private void CheckWaited(AccountState before, VerifiedCommit next)
    {
        if (next.Commit.Operations.Any(o => o is Announce)) _store.SaveAnnounced(next.Index);
        if (before.Announced is not { } announced || announced.By != next.Commit.Author || !next.Commit.Operations.Any(o => o is HolderAdd)) return;
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds(), slack = (long)ClockSlack.TotalMilliseconds;
        bool ahead = next.Commit.Time.Ms > now + slack;
        bool early = _store.NotYetAnnounced(announced.Place.Index) is { } notYet && now - notYet < (long)Announcement.Wait.TotalMilliseconds - slack;
        if (ahead || early) throw AlarmException.TooEarly(next.Index).With(AlarmEvidence.Leaf(next.Leaf));
    }
}
