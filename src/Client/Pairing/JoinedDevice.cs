using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Pairing;

/// <summary>A device that was let in: what it keeps to open its account, now and after every start.</summary>
/// <remarks>Owns the device's keys.</remarks>
public sealed class JoinedDevice : IDisposable
{
    internal JoinedDevice(Id account, NoteVerifierKey serverKey, HolderSecret me, TrustedHead head) => (Account, ServerKey, Me, Head) = (account, serverKey, me, head);

    public Id Account { get; }

    public Id Id => Me.Id;

    /// <summary>What the account's log must pass through. Keep it until it has.</summary>
    public TrustedHead Head { get; }

    /// <summary>What checks the server's checkpoints, as the approving device first learned it.</summary>
    internal NoteVerifierKey ServerKey { get; }

    internal HolderSecret Me { get; }

    /// <summary>The account, still empty: the first <see cref="Accounts.Account.PullAsync"/> brings its log and raises a fork if it is not the one that was handed over.</summary>
    /// <param name="gate">All traffic goes through it.</param>
    /// <param name="server">The account's server.</param>
    /// <param name="store">An empty store. It belongs to the caller.</param>
    /// <param name="clock">The clock.</param>
    internal Account OpenAccount(Gate.Gate gate, Uri server, LocalStore store, TimeProvider clock) =>
        new(new ServerApi(gate, server, Me, clock), store, Me, Account, ServerKey, clock) { Expected = Head };

    public void Dispose() => Me.Dispose();
}
