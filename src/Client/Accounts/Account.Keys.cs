using System.Text;
using Candor.Client.Api;
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
    /// <param name="shown">The text that the person saw.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task TurnOnAsync(Kind kind, string law, string shown, CancellationToken cancel)
    {
        _store.SetOff(kind, false);
        var text = Hash32.Of(Encoding.UTF8.GetBytes(shown));
        await CommitAsync(Kind.None, () =>
        {
            var consent = new Consent(kind, true, law, text);
            if (_state.VaultOf(kind).Exists) return ([consent], [], default);
            using var key = Secret32.Generate();
            byte[] sealedKey = Root().SealVaultKey(kind, key);
            return ([consent, new Vault(kind, _state.Epoch, Hash32.Of(sealedKey), sealedKey.Length)], [sealedKey], default);
        }, cancel);
        await FetchVaultKeysAsync(kind, cancel);
        await FetchPayloadsAsync(kind, cancel);
    }

    /// <summary>Turns a kind off for this device and destroys its copy of the keys.</summary>
    public async Task TurnOffAsync(Kind kind, CancellationToken cancel)
    {
        // Written down before the network is asked: whatever it does, from here on this device cannot seal for the kind, and does not fetch the keys again.
        _store.SetOff(kind, true);
        Forget(kind);
        await SettleAsync(kind, cancel);
    }

    /// <summary>Says in the log what was turned off while the server could not be told.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        foreach (var kind in Kinds.All.Where(_store.IsOff)) await SettleAsync(kind, cancel);
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
    private (List<Operation> Operations, List<ReadOnlyMemory<byte>> SealedKeys) NewEpoch(Id? without, Kind erased)
    {
        var remaining = _state.LiveHolders.Where(h => h.Id != without).Select(h => h.Keys);
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
    public string NameOf(Holder holder) => Root().OpenName(holder.Id, holder.AddedEpoch, holder.SealedName.Span) ?? "?";

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

    private RootKeys Root() => _rootKeys ??= OpenRoot() ?? throw new InvalidOperationException("This device was removed from the account, or its keys are not those of the log.");

    private RootKeys? OpenRoot() =>
        _state.Holders.GetValueOrDefault(_me.Id)?.Wrap is { } wrap ? RootKeys.Open(Id, _me, wrap, _state.Epoch, _state.PreviousRootKeys) : null;

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
