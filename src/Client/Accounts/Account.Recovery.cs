using Candor.Client.Devices;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

/// <summary>Ways back into the account when every device is lost, beside the words: a password.</summary>
public sealed partial class Account
{
    /// <summary>The password's holder; null: none is set.</summary>
    private Holder? Password => _state.LiveHolders.FirstOrDefault(h => h.Keys.Type == HolderType.Password);

    /// <summary>True where a password is set, and has signed: only then does it let a device in.</summary>
    public bool HasPassword => Password is { LastSeq: > 0 };

    /// <summary>The account secret that belongs to the password, for the printed kit; null where none is set, or whoever set it wrote none that opens.</summary>
    public string? AccountSecretText()
    {
        using var secret = OpenAccountSecret();
        return secret?.ToText();
    }

    /// <summary>Sets a password, or another in the place of one: the old holder is removed in the same commit, and everyone else gets new keys.</summary>
    /// <param name="password">It passed <see cref="Passwords.Trouble"/>.</param>
    /// <param name="newSecret">Make a new account secret although there is one: the printed kit is then out of date.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>The account secret, for the kit.</returns>
    /// <exception cref="DeviceException">The password is weak, or was used before with this secret.</exception>
    public async Task<string> SetPasswordAsync(string password, bool newSecret, CancellationToken cancel)
    {
        if (Passwords.Trouble(password) is { } trouble) throw new DeviceException(trouble);
        await PullAsync(cancel);
        using var secret = (newSecret ? null : OpenAccountSecret()) ?? AccountSecret.Generate();
        using var holder = HolderSecret.FromPassword(secret, password);
        // A holder that was removed does not come back, and one that is live is there.
        if (_state.Holders.GetValueOrDefault(holder.Id) is { } there && !(there.IsLive && there.LastSeq == 0))
        {
            throw new DeviceException(there.IsLive ? "That is the password that is set. Nothing was changed." : "That password was used before for this account. Take another one, or make a new account secret with it: --new-secret");
        }
        if (!_state.Holders.ContainsKey(holder.Id))
        {
            await CommitAsync(Kind.None, () =>
            {
                if (Password is not { } old)
                {
                    var grant = Root().GrantTo(holder.Keys) ?? throw new InvalidOperationException("The password's keys cannot be used.");
                    return ([new HolderAdd(holder.Keys, Root().SealAccountSecret(holder.Id, secret)), grant], [], default);
                }
                var (operations, sealedKeys) = NewEpoch(old.Id, Kind.None, holder.Keys);
                return ([new HolderAdd(holder.Keys, Root().SealAccountSecret(holder.Id, secret)), new HolderRemove(old.Id), .. operations], sealedKeys, default);
            }, cancel);
            foreach (var kind in Kinds.All.Where(IsOn)) await FetchVaultKeysAsync(kind, cancel);
        }
        await VouchAsync(holder, cancel);
        return secret.ToText();
    }

    /// <summary>Removes the password: everyone who remains gets new keys.</summary>
    /// <returns>False where none is set.</returns>
    public async Task<bool> RemovePasswordAsync(CancellationToken cancel)
    {
        await PullAsync(cancel);
        if (Password is not { } password) return false;
        await RevokeAsync(password.Id, cancel);
        return true;
    }

    private AccountSecret? OpenAccountSecret() =>
        Password is { } password ? Root().OpenAccountSecret(password.Id, password.AddedEpoch, password.SealedName.Span) : null;
}
