using System.Security.Cryptography;
using System.Text;
using Candor.Hpke;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>An account's root keys, one per epoch, as a holder has them: the newest opened with its own key, each earlier one with the next.</summary>
/// <remarks>They never leave this project. Source: spec/keys.md §1. One thread at a time while epochs are added; then safe for several.</remarks>
public sealed class RootKeys : IDisposable
{
    private readonly Id _account;
    private readonly SortedDictionary<uint, Secret32> _keys = [];

    private RootKeys(Id account) => _account = account;

    public uint NewestEpoch => _keys.Count == 0 ? 0 : _keys.Keys.Last();

    /// <summary>The first root key of a new account: epoch 1.</summary>
    public static RootKeys Generate(Id account)
    {
        RootKeys keys = new(account);
        keys._keys.Add(1, Secret32.Generate());
        return keys;
    }

    /// <summary>Opens an account's root keys from its log. Null if the wrap is not for this holder, or an earlier key does not open under the next.</summary>
    /// <param name="account">The account.</param>
    /// <param name="me">Whose wrap it is.</param>
    /// <param name="wrap">Of the newest epoch.</param>
    /// <param name="epoch">The newest epoch.</param>
    /// <param name="previous">For each epoch from 2: the root key before it, sealed under it.</param>
    /// <param name="own">The holder's own wrap of an earlier epoch, where it had one: for an epoch whose maker did not seal the key before it.</param>
    public static RootKeys? Open(Id account, HolderSecret me, Wrap wrap, uint epoch, IReadOnlyDictionary<uint, ReadOnlyMemory<byte>> previous, Func<uint, Wrap?>? own = null)
    {
        ArgumentNullException.ThrowIfNull(me);
        ArgumentNullException.ThrowIfNull(previous);
        if (me.OpenRootKey(wrap, account, epoch) is not { } newest) return null;
        RootKeys keys = new(account);
        keys._keys.Add(epoch, newest);
        for (uint e = epoch; e > 1; e--)
        {
            var earlier = previous.TryGetValue(e, out var sealedKey) ? keys.OpenKey(e, Kind.None, SealingContext.RootKey, sealedKey.Span) : null;
            if (earlier is null && own?.Invoke(e - 1) is { } kept) earlier = me.OpenRootKey(kept, account, e - 1);
            if (earlier is null)
            {
                keys.Dispose();
                return null;
            }
            keys._keys.Add(e - 1, earlier);
        }
        return keys;
    }

    /// <summary>Makes the next epoch's root key, and the keyring that says so to everyone in <paramref name="live"/>.</summary>
    /// <returns>Null, and nothing has changed, if a holder's agreement key is unusable.</returns>
    public Keyring? Rotate(IEnumerable<HolderKeys> live)
    {
        ArgumentNullException.ThrowIfNull(live);
        uint epoch = NewestEpoch + 1;
        Secret32 next = Secret32.Generate();
        _keys.Add(epoch, next);
        byte[] previous = SealKey(epoch, Kind.None, SealingContext.RootKey, _keys[epoch - 1]);
        if (KeyringOf(epoch, live, previous) is { } keyring) return keyring;
        _keys.Remove(epoch);
        next.Dispose();
        return null;
    }

    /// <summary>The keyring of the first epoch.</summary>
    public Keyring? FirstKeyring(IEnumerable<HolderKeys> live) => KeyringOf(1, live, default);

    /// <summary>The newest root key for one more holder; null if its agreement key is unusable.</summary>
    public Grant? GrantTo(HolderKeys holder) =>
        HolderSecret.WrapRootKey(_keys[NewestEpoch], _account, NewestEpoch, holder) is { } wrap ? new(wrap) : null;

    /// <summary>104 bytes: a vault key sealed under the newest root key.</summary>
    public byte[] SealVaultKey(Kind kind, Secret32 vaultKey) => SealKey(NewestEpoch, kind, SealingContext.VaultKey, vaultKey);

    /// <summary>Null if it does not open as the key of this kind and epoch.</summary>
    public Secret32? OpenVaultKey(Kind kind, uint epoch, ReadOnlySpan<byte> sealedKey) =>
        _keys.ContainsKey(epoch) ? OpenKey(epoch, kind, SealingContext.VaultKey, sealedKey) : null;

    /// <summary>A holder's name, padded and sealed under the newest root key.</summary>
    /// <exception cref="ArgumentException">Longer than 512 bytes.</exception>
    public byte[] SealName(Id holder, string name)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (length > 512) throw new ArgumentException("A holder's name is at most 512 bytes.", nameof(name));
        if (length == 0) return [];
        byte[] padded = new byte[Padding.PaddedRecordLength(length)];
        Encoding.UTF8.GetBytes(name, padded);
        Padding.Pad(padded, length);
        byte[] sealedName = new byte[Cobblestone.SealedLength(padded.Length)];
        Cobblestone.Seal(_keys[NewestEpoch], SealingContext.Of(_account, Kind.None, holder, Id.Zero, NewestEpoch, SealingContext.HolderName), padded, sealedName);
        return sealedName;
    }

    /// <summary>Empty for a holder without a name; null if it does not open.</summary>
    public string? OpenName(Id holder, uint epoch, ReadOnlySpan<byte> sealedName)
    {
        if (sealedName.IsEmpty) return "";
        if (!_keys.TryGetValue(epoch, out Secret32? key) || Cobblestone.PlainLength(sealedName.Length) is not { } length) return null;
        byte[] padded = new byte[length];
        var context = SealingContext.Of(_account, Kind.None, holder, Id.Zero, epoch, SealingContext.HolderName);
        bool opened = Cobblestone.Open(key, context, sealedName, padded, out _) == OpenResult.Opened;
        return opened && Padding.TryUnpad(padded, out int plain) ? Encoding.UTF8.GetString(padded.AsSpan(0, plain)) : null;
    }

    /// <summary>92 bytes: an account secret sealed under the newest root key for every device. It stands where another holder's name does.</summary>
    public byte[] SealAccountSecret(Id holder, AccountSecret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        byte[] sealedSecret = new byte[Cobblestone.SealedLength(AccountSecret.Size)];
        Cobblestone.Seal(_keys[NewestEpoch], SealingContext.Of(_account, Kind.None, holder, Id.Zero, NewestEpoch, SealingContext.AccountSecret), secret.Bytes, sealedSecret);
        return sealedSecret;
    }

    /// <summary>Null if it does not open as the account secret of this holder.</summary>
    public AccountSecret? OpenAccountSecret(Id holder, uint epoch, ReadOnlySpan<byte> sealedSecret)
    {
        if (sealedSecret.Length != Cobblestone.SealedLength(AccountSecret.Size) || !_keys.TryGetValue(epoch, out Secret32? key)) return null;
        Span<byte> bytes = stackalloc byte[AccountSecret.Size];
        var context = SealingContext.Of(_account, Kind.None, holder, Id.Zero, epoch, SealingContext.AccountSecret);
        var secret = Cobblestone.Open(key, context, sealedSecret, bytes, out _) == OpenResult.Opened ? AccountSecret.FromBytes(bytes) : null;
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        _keys.Clear();
    }

    private Keyring? KeyringOf(uint epoch, IEnumerable<HolderKeys> live, ReadOnlyMemory<byte> previous)
    {
        List<Wrap> wraps = [];
        foreach (var holder in live.OrderBy(h => h.Id))
        {
            if (HolderSecret.WrapRootKey(_keys[epoch], _account, epoch, holder) is not { } wrap) return null;
            wraps.Add(wrap);
        }
        return new(epoch, wraps, previous);
    }

    private byte[] SealKey(uint epoch, Kind kind, string role, Secret32 key)
    {
        byte[] sealedKey = new byte[Limits.SealedKey];
        Cobblestone.Seal(_keys[epoch], SealingContext.Of(_account, kind, Id.Zero, Id.Zero, epoch, role), key.Bytes, sealedKey);
        return sealedKey;
    }

    private Secret32? OpenKey(uint epoch, Kind kind, string role, ReadOnlySpan<byte> sealedKey)
    {
        if (sealedKey.Length != Limits.SealedKey) return null;
        Span<byte> bytes = stackalloc byte[Secret32.Size];
        bool opened = Cobblestone.Open(_keys[epoch], SealingContext.Of(_account, kind, Id.Zero, Id.Zero, epoch, role), sealedKey, bytes, out _) == OpenResult.Opened;
        Secret32? key = opened ? new(bytes) : null;
        CryptographicOperations.ZeroMemory(bytes);
        if (key is null || !key.IsZero()) return key;
        key.Dispose();
        return null;
    }
}
