using System.Text;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

/// <summary>Consents, keys and holders.</summary>
public sealed partial class Account
{
    private readonly Lock _keysLock = new();

    /// <summary>Turns a kind on for this device: consent first, then the keys. Makes the kind's vault if it has none.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="law">The rule set that was shown.</param>
    /// <param name="region">Where the server says that it keeps bytes, as it was shown; the first consent signs the account for it. Empty: it does not say.</param>
    /// <param name="shown">The text that the person saw.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ServerRefusedException">wrong-region before anything leaves, where the account was signed for another region or the law keeps bytes elsewhere.</exception>
    public async Task TurnOnAsync(Kind kind, string law, string region, string shown, CancellationToken cancel)
    {
        if (WhyNotIn(region, law) is { } why) throw new ServerRefusedException(ErrorName.WrongRegion, why);
        _store.SetOff(kind, false);
        var text = Hash32.Of(Encoding.UTF8.GetBytes(shown));
        await CommitAsync(Kind.None, () =>
        {
            List<Operation> operations = [];
            if (_state.Region.Length == 0 && region.Length > 0) operations.Add(new Region(region, law));
            operations.Add(new Consent(kind, true, law, text));
            if (_state.VaultOf(kind).Exists) return (operations, [], default);
            using var key = Secret32.Generate();
            byte[] sealedKey = Root().SealVaultKey(kind, key);
            operations.Add(new Vault(kind, _state.Epoch, Hash32.Of(sealedKey), sealedKey.Length));
            return (operations, [sealedKey], default);
        }, cancel);
        await FetchVaultKeysAsync(kind, cancel);
        await FetchPayloadsAsync(kind, cancel);
    }

    /// <summary>The same with a server that does not say where it keeps bytes.</summary>
    public Task TurnOnAsync(Kind kind, string law, string shown, CancellationToken cancel) => TurnOnAsync(kind, law, "", shown, cancel);

    /// <summary>Turns a kind off for this device and destroys its copy of the keys.</summary>
    public async Task TurnOffAsync(Kind kind, CancellationToken cancel)
    {
        // Written down before the network is asked: whatever it does, from here on this device cannot seal for the kind, and does not fetch the keys again.
        _store.SetOff(kind, true);
        Forget(kind);
        await SettleAsync(kind, cancel);
    }

    /// <summary>Says in the log what was turned off while the server could not be told, and erases what was announced long enough ago.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        foreach (var kind in Kinds.All.Where(_store.IsOff)) await SettleAsync(kind, cancel);
        foreach (var kind in Kinds.All.Where(k => HasAnnounced(_me.Id, k))) await EraseIfDueAsync(kind, cancel);
    }

    /// <summary>True where a holder has said that it will erase the kind, and has neither done so nor turned it on again.</summary>
    public bool HasAnnounced(Id holder, Kind kind) =>
        _state.VaultOf(kind) is { Exists: true } vault && _state.Holders.GetValueOrDefault(holder) is { IsLive: true } live && live.ConsentFor(kind) is { On: false } off && off.TextHash == EraseNotice.Hash
        && off.Place.Index > vault.ErasedAt; // what another device began after the erasure is not meant

    /// <summary>True where the account has a vault of the kind, whichever device made it.</summary>
    public bool HasAnything(Kind kind) => _state.VaultOf(kind).Exists;

    /// <summary>Turns a kind off for this device and announces to all others that it will be erased. Erases it where the server takes that at once.</summary>
    /// <returns>Null: it is erased, or there was nothing. Else how long the server waits, so that a stolen device can be removed before it destroys everything.</returns>
    public async Task<TimeSpan?> AnnounceEraseAsync(Kind kind, CancellationToken cancel)
    {
        await PullAsync(cancel);
        _store.SetOff(kind, true);
        Forget(kind);
        if (!_state.VaultOf(kind).Exists)
        {
            await SettleAsync(kind, cancel);
            return null;
        }
        if (!HasAnnounced(_me.Id, kind))
        {
            string law = _state.Holders.GetValueOrDefault(_me.Id)?.ConsentFor(kind)?.Law ?? "";
            await CommitAsync(Kind.None, () => ([new Consent(kind, false, law, EraseNotice.Hash)], [], default), cancel);
        }
        return await EraseIfDueAsync(kind, cancel);
    }

    private async Task<TimeSpan?> EraseIfDueAsync(Kind kind, CancellationToken cancel)
    {
        try
        {
            await EraseAsync(kind, cancel);
            return null;
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.TooSoon)
        {
            return refusal.RetryAfter ?? TimeSpan.FromHours(24);
        }
    }

    private async Task SettleAsync(Kind kind, CancellationToken cancel)
    {
        if (_state.Holders.GetValueOrDefault(_me.Id)?.ConsentFor(kind) is not { On: true } given) return;
        await CommitAsync(Kind.None, () => ([new Consent(kind, false, given.Law, given.TextHash)], [], default), cancel);
    }

    /// <summary>Destroys everything of a kind, on the server and in every device's store: its keys, records and files. What stands in folders stays.</summary>
    /// <remarks>A new epoch: what a server keeps although it signed that it erased it opens with no key that remains. Every device that wants the kind consents anew.</remarks>
    /// <returns>False where the account has nothing of the kind.</returns>
    public async Task<bool> EraseAsync(Kind kind, CancellationToken cancel)
    {
        await PullAsync(cancel);
        if (!_state.VaultOf(kind).Exists) return false;
        await CommitAsync(Kind.None, () =>
        {
            var names = new SortedSet<Hash32>();
            for (long index = 0; index < _state.Size; index++)
            {
                if (_store.CommitAt(index) is not { } commit || commit.Kind != kind) continue;
                foreach (var put in commit.Operations.OfType<Put>()) names.UnionWith(put.Blobs);
            }
            byte[] joined = [.. names.SelectMany(n => n.ToArray())];
            uint[] epochs = [.. _state.VaultOf(kind).Keys.Select(k => k.Epoch)];
            var (operations, sealedKeys) = NewEpoch(null, kind);
            return ([new Erase(kind, epochs, names.Count, Hash32.Of(joined)), .. operations], sealedKeys, default);
        }, cancel);
        Forget(kind);
        foreach (var other in Kinds.All.Where(IsOn)) await FetchVaultKeysAsync(other, cancel);
        return true;
    }

    /// <summary>A keyring of the next epoch for those who remain, and a new key for every kind that remains.</summary>
    private (List<Operation> Operations, List<ReadOnlyMemory<byte>> SealedKeys) NewEpoch(Id? without, Kind erased, HolderKeys? with = null)
    {
        var remaining = _state.LiveHolders.Where(h => h.Id != without).Select(h => h.Keys);
        if (with is not null) remaining = remaining.Append(with);
        var keyring = Root().Rotate(remaining) ?? throw new InvalidOperationException("A holder's keys cannot be used.");
        List<Operation> operations = [keyring];
        List<ReadOnlyMemory<byte>> sealedKeys = [];
        foreach (var kind in Kinds.All.Where(k => k != erased && _state.VaultOf(k).Exists))
        {
            using var key = Secret32.Generate();
            byte[] sealedKey = Root().SealVaultKey(kind, key);
            operations.Add(new Vault(kind, keyring.Epoch, Hash32.Of(sealedKey), sealedKey.Length));
            sealedKeys.Add(sealedKey);
        }
        return (operations, sealedKeys);
    }

    /// <summary>Whether this device may touch the kind, as the log has it.</summary>
    public bool IsOn(Kind kind) => !_store.IsOff(kind) && _state.Holders.GetValueOrDefault(_me.Id)?.MayTouch(kind) == true;

    /// <summary>The kind's keys; null while it is off on this device.</summary>
    public VaultKeys? KeysOf(Kind kind)
    {
        using var held = _keysLock.EnterScope();
        if (!IsOn(kind)) return null;
        if (_vaults.TryGetValue(kind, out var keys) && keys.NewestEpoch == _state.VaultOf(kind).NewestEpoch) return keys;
        if (OpenVault(kind, _store.LoadVaults(kind)) is not { } opened) return null;
        if (_vaults.Remove(kind, out var stale)) _retired.Add(stale);
        return _vaults[kind] = opened;
    }

    /// <summary>The names of holders that this device can read, by id.</summary>
    public string NameOf(Holder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        // In a password's place for a name stands its account secret.
        if (holder.Keys.Type == HolderType.Password) return "";
        return (_rootKeys ??= OpenRoot())?.OpenName(holder.Id, holder.AddedEpoch, holder.SealedName.Span) ?? "?";
    }

    /// <summary>Adds a holder and gives it the root key, signed by this one.</summary>
    public Task AddHolderAsync(HolderKeys holder, string name, CancellationToken cancel) => CommitAsync(Kind.None, () =>
    {
        var grant = Root().GrantTo(holder) ?? throw new ArgumentException("The holder's keys cannot be used.", nameof(holder));
        return ([new HolderAdd(holder, Root().SealName(holder.Id, name)), grant], [], default);
    }, cancel);

    /// <summary>Removes a holder: a new epoch with new keys for everyone who remains. No password is asked: holders are public keys.</summary>
    public async Task RevokeAsync(Id holder, CancellationToken cancel)
    {
        await CommitAsync(Kind.None, () =>
        {
            var (operations, sealedKeys) = NewEpoch(holder, Kind.None);
            return ([new HolderRemove(holder), .. operations], sealedKeys, default);
        }, cancel);
        foreach (var kind in Kinds.All.Where(IsOn)) await FetchVaultKeysAsync(kind, cancel);
    }

    /// <summary>Brings the keys of a kind that is on to this device, where the log has newer ones than it holds.</summary>
    public Task FetchVaultKeysAsync(Kind kind, CancellationToken cancel) => GuardedAsync(() => FetchVaultKeysCoreAsync(kind, cancel), cancel);

    private async Task<bool> FetchVaultKeysCoreAsync(Kind kind, CancellationToken cancel)
    {
        while (IsOn(kind) && KeysOf(kind) is null)
        {
            var vaults = await _api.GetVaultsAsync(Id, kind, cancel);
            using var opened = OpenVault(kind, vaults);
            if (opened is not null)
            {
                _store.SaveVaults(kind, vaults);
                return true;
            }
            // Another device may have made new keys, or erased the kind, since the log was followed: then the log says so, and it goes on from there.
            if (await PullCoreAsync(cancel) == 0)
                throw new AlarmException(AlarmKind.BadPayload, $"The server's keys for {kind.Word()} are not those of the log. They were not taken.");
        }
        return true;
    }

    private void Forget(Kind kind)
    {
        if (_vaults.Remove(kind, out var keys)) keys.Dispose();
        _store.SaveVaults(kind, []);
    }

    private RootKeys Root() => _rootKeys ??= OpenRoot() ?? throw LockedOut();

    /// <summary>Whoever made the newest keyring wrapped something else for this device than the root key: no rule of the log can see that, only this device.</summary>
    private DeviceException LockedOut()
    {
        if (_state.Holders.GetValueOrDefault(_me.Id) is not { IsLive: true }) return new("This device was removed from the account. To bring it back: candor join SERVER --pair, or candor recover SERVER.");
        string by = "?";
        for (long index = _state.Size - 1; index >= 0; index--)
        {
            if (_store.CommitAt(index) is not { } commit || !commit.Operations.Any(o => o is Keyring)) continue;
            by = commit.Author.ToString()[..8];
            break;
        }
        return new($"The account's newest keys do not open on this device. They were made by the device {by}. If you did not remove a device with it, it was stolen or is broken: remove it with another device of yours, "
            + $"or come in with the 24 words (candor recover SERVER --home DIR) and type: candor devices revoke {by}. This device then gets new keys by itself. Your files, and what this device keeps, stay as they are.");
    }

    private RootKeys? OpenRoot() =>
        _state.Holders.GetValueOrDefault(_me.Id)?.Wrap is { } wrap ? RootKeys.Open(Id, _me, wrap, _state.Epoch, _state.PreviousRootKeys, OwnWrap) : null;

    /// <summary>The root key of an earlier epoch as it was wrapped for this device then: where whoever made the next epoch did not seal it as it should have.</summary>
    private Wrap? OwnWrap(uint epoch)
    {
        uint at = 0;
        for (long index = 0; index < _state.Size; index++)
        {
            if (_store.CommitAt(index) is not { Kind: Kind.None } commit) continue;
            foreach (var operation in commit.Operations)
            {
                if (operation is Keyring keyring) at = keyring.Epoch;
                if (at > epoch) return null;
                if (at != epoch) continue;
                if (operation is Keyring own && own.Wraps.FirstOrDefault(w => w.Holder == _me.Id) is { Bytes.Length: > 0 } wrap) return wrap;
                if (operation is Grant grant && grant.Wrap.Holder == _me.Id) return grant.Wrap;
            }
        }
        return null;
    }

    /// <summary>Opens sealed vault keys; null unless they are exactly those whose hashes the log has.</summary>
    private VaultKeys? OpenVault(Kind kind, IReadOnlyList<(uint Epoch, byte[] Sealed)> vaults)
    {
        var expected = _state.VaultOf(kind).Keys;
        if (expected.Count == 0 || vaults.Count != expected.Count) return null;
        var keys = new List<KeyValuePair<uint, Secret32>>();
        for (int i = 0; i < expected.Count; i++)
        {
            bool fits = vaults[i].Epoch == expected[i].Epoch && Hash32.Of(vaults[i].Sealed) == expected[i].Hash;
            if (fits && Root().OpenVaultKey(kind, vaults[i].Epoch, vaults[i].Sealed) is { } key)
            {
                keys.Add(new(vaults[i].Epoch, key));
                continue;
            }
            foreach (var (_, opened) in keys) opened.Dispose();
            return null;
        }
        return new(Id, kind, keys);
    }

    private static ServerRefusedException Off(Kind kind) => new(ErrorName.ConsentRequired, $"{kind.Word()} is off on this device. Turn it on first: candor on {kind.Word()}");
}
