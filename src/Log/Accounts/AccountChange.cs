using Candor.Protocol;

namespace Candor.Log;

/// <summary>R9 and R14 to R24 of spec/account-log.md §4: what a commit of kind 0 does to holders, consents, keys and places.</summary>
internal sealed class AccountChange
{
    private readonly AccountState _state;
    private readonly Commit _commit;
    private readonly HashSet<Id> _added = [];
    private readonly HashSet<Id> _granted = [];
    private readonly HashSet<Kind> _erased = [];
    private readonly HashSet<Kind> _newVaults = [];
    private bool _removes;
    private Keyring? _keyring;
    private AccountFacts _facts;

    private AccountChange(AccountState state, Commit commit)
    {
        _state = state;
        _commit = commit;
        _facts = state.Facts;
    }

    public static string? Check(AccountState state, Commit commit, out AccountFacts? after)
    {
        var change = new AccountChange(state, commit);
        string? error = change.Apply();
        after = error is null ? change._facts : null;
        return error;
    }

    private string? Apply()
    {
        if (_state.Size == 0 && CheckGenesis() is { } bad) return bad;
        if (_state.Size > 0 && CheckPeople() is { } people) return people;
        for (int i = 0; i < _commit.Operations.Count; i++)
        {
            string? error = _commit.Operations[i] switch
            {
                Put or Remove => ErrorName.KindMixed, // R9
                Found => _state.Size == 0 && i == 0 ? null : ErrorName.GenesisBad, // R21
                Consent consent => ApplyConsent(consent, i),
                HolderAdd add => ApplyAdd(add, i),
                HolderRemove remove => ApplyRemove(remove, i),
                Keyring keyring => ApplyKeyring(keyring),
                Vault vault => ApplyVault(vault),
                Grant grant => ApplyGrant(grant),
                Erase erase => ApplyErase(erase),
                Region region => ApplyRegion(region),
                Announce announce => ApplyAnnounce(announce, i),
                Objection objection => ApplyObjection(objection),
                _ => ErrorName.CommitMalformed,
            };
            if (error is not null) return error;
        }
        return CheckWhole();
    }

    /// <summary>R21, all but "found nowhere else". That the author is added in it was seen before.</summary>
    private string? CheckGenesis()
    {
        if (_commit.Operations is not [Found found, ..]) return ErrorName.GenesisBad;
        if (HolderKeys.AccountId(_commit.Author, found.Nonce) != _commit.Account) return ErrorName.GenesisBad;
        bool device = _commit.Operations.Any(o => o is HolderAdd { Keys: { Type: HolderType.Device } keys } && keys.Id == _commit.Author);
        bool keyring = _commit.Operations.Any(o => o is Keyring { Epoch: 1 });
        return device && keyring ? null : ErrorName.GenesisBad;
    }

    private string? ApplyConsent(Consent consent, int op)
    {
        if (!_facts.Holders.TryGetValue(_commit.Author, out var author) || author.Keys.Type != HolderType.Device) return ErrorName.KindMixed; // R14
        Set(author.With(consent.Kind, new(consent.On, consent.Law, consent.TextHash, _commit.PlaceOf(op))));
        return null;
    }

    private string? ApplyAdd(HolderAdd add, int op)
    {
        if (_facts.Holders.ContainsKey(add.Keys.Id) || LiveCount() >= Limits.LiveHolders) return ErrorName.HolderBad; // R15
        if (!HolderSignature.IsUsable(add.Keys)) return ErrorName.HolderBad;
        Set(new() { Keys = add.Keys, SealedName = add.SealedName, AddedEpoch = _facts.Epoch, Added = _commit.PlaceOf(op) });
        _added.Add(add.Keys.Id);
        return null;
    }

    private string? ApplyRemove(HolderRemove remove, int op)
    {
        if (!_facts.Holders.TryGetValue(remove.Holder, out var holder) || !holder.IsLive || LiveCount() == 1) return ErrorName.HolderBad; // R16
        Set(holder with { Removed = _commit.PlaceOf(op), Wrap = null });
        if (_facts.Announced?.By == remove.Holder) _facts = _facts with { Announced = null };
        _removes = true;
        return null;
    }

    private string? ApplyKeyring(Keyring keyring)
    {
        if (_keyring is not null || keyring.Epoch != _facts.Epoch + 1) return ErrorName.KeyringBad; // R17
        if ((keyring.Epoch == 1) != keyring.Previous.IsEmpty) return ErrorName.KeyringBad;
        _keyring = keyring;
        _facts = _facts with { Epoch = keyring.Epoch };
        if (!keyring.Previous.IsEmpty)
        {
            _facts = _facts with { PreviousRootKeys = _facts.PreviousRootKeys.SetItem(keyring.Epoch, keyring.Previous) };
        }
        return null;
    }

    private string? ApplyVault(Vault vault)
    {
        var old = _facts.Vaults.GetValueOrDefault(vault.Kind, VaultState.None);
        bool fits = vault.Epoch == _facts.Epoch && vault.Length == Limits.SealedKey && old.NewestEpoch < vault.Epoch && !_erased.Contains(vault.Kind);
        if (!fits) return _erased.Contains(vault.Kind) ? ErrorName.EraseBad : ErrorName.VaultBad; // R18, R20
        SetVault(vault.Kind, old with { Keys = [.. old.Keys, (vault.Epoch, vault.Hash)] });
        _newVaults.Add(vault.Kind);
        return null;
    }

    private string? ApplyGrant(Grant grant)
    {
        if (!_added.Contains(grant.Wrap.Holder) || !_granted.Add(grant.Wrap.Holder)) return ErrorName.GrantBad; // R19
        Set(_facts.Holders[grant.Wrap.Holder] with { Wrap = grant.Wrap });
        return null;
    }

    private string? ApplyErase(Erase erase)
    {
        var vault = _state.VaultOf(erase.Kind);
        bool fits = vault.Exists && erase.Epochs.SequenceEqual(vault.Keys.Select(k => k.Epoch)) && !_newVaults.Contains(erase.Kind) && _erased.Add(erase.Kind);
        if (!fits) return ErrorName.EraseBad; // R20
        SetVault(erase.Kind, new([], _commit.PrevSize));
        foreach (var holder in _facts.Holders.Values)
        {
            if (holder.ConsentFor(erase.Kind) is { On: true } on) Set(holder.With(erase.Kind, on with { On = false }));
        }
        return null;
    }

    private string? ApplyRegion(Region region)
    {
        _facts = _facts with { Region = region.Name, Law = region.Law };
        return null;
    }

    /// <summary>R22: people with shares do nothing but vouch, announce, and let in the device that they announced, three days later.</summary>
    private string? CheckPeople()
    {
        if (_state.Holders[_commit.Author].Keys.Type != HolderType.People) return null;
        switch (_commit.Operations)
        {
            case [] or [Announce]:
                return null;
            case [HolderAdd add, Grant] when _state.Announced is { } announced && announced.By == _commit.Author && announced.Device.Id == add.Keys.Id && announced.IsDue(_commit.Time):
                _facts = _facts with { Announced = null };
                return null;
            default:
                return ErrorName.PeopleBad;
        }
    }

    private string? ApplyAnnounce(Announce announce, int op)
    {
        // R23. A later time than all before it: three days from the account's last sign of life at the least, whatever the clock says.
        bool people = _facts.Holders.TryGetValue(_commit.Author, out var author) && author.Keys.Type == HolderType.People;
        if (!people || _facts.Announced is not null || _facts.Holders.ContainsKey(announce.Device.Id) || !HolderSignature.IsUsable(announce.Device) || _commit.Time <= _state.LatestTime) return ErrorName.PeopleBad;
        _facts = _facts with { Announced = new(_commit.Author, announce.Device, _commit.PlaceOf(op), _commit.Time) };
        return null;
    }

    private string? ApplyObjection(Objection objection)
    {
        if (_facts.Announced?.Place != objection.Announcement) return ErrorName.PeopleBad; // R24; that people do not object, R22 says
        _facts = _facts with { Announced = null };
        return null;
    }

    /// <summary>What only the whole commit shows.</summary>
    private string? CheckWhole()
    {
        if (_keyring is null)
        {
            if (_removes) return ErrorName.HolderBad; // R16
            if (_erased.Count > 0) return ErrorName.EraseBad; // R20
            return _added.SetEquals(_granted) ? null : ErrorName.GrantBad; // R19
        }

        if (_granted.Count > 0) return ErrorName.GrantBad; // R19
        var live = _facts.Holders.Values.Where(h => h.IsLive).Select(h => h.Id).Order();
        if (!live.SequenceEqual(_keyring.Wraps.Select(w => w.Holder))) return ErrorName.KeyringBad; // R17
        foreach (var kind in Kinds.All)
        {
            bool due = _state.VaultOf(kind).Exists && !_erased.Contains(kind);
            if (due && !_newVaults.Contains(kind)) return ErrorName.KeyringBad; // R17
        }
        foreach (var wrap in _keyring.Wraps)
        {
            var holder = _facts.Holders[wrap.Holder];
            Set(holder with { Wrap = wrap, AddedEpoch = _added.Contains(holder.Id) ? _keyring.Epoch : holder.AddedEpoch });
        }
        return null;
    }

    private int LiveCount() => _facts.Holders.Values.Count(h => h.IsLive);

    private void Set(Holder holder) => _facts = _facts with { Holders = _facts.Holders.SetItem(holder.Id, holder) };

    private void SetVault(Kind kind, VaultState vault) => _facts = _facts with { Vaults = _facts.Vaults.SetItem(kind, vault) };
}
