using Candor.Log;

namespace Candor.Server.Commits;

/// <summary>Signs heads of account logs under the server's name (spec/checkpoint.md). Only what is on stable storage is given to it.</summary>
public sealed class Checkpoints(NoteSigner key)
{
    public string ServerName => key.Name;

    public string VerifierKey => key.VerifierKey.ToString();

    /// <summary>The note's bytes; the same for the same state.</summary>
    public byte[] Sign(AccountState state) =>
        new Checkpoint(Checkpoint.AccountOrigin(key.Name, state.Account.ToArray()), state.Size, state.Root).Sign(key).ToBytes();
}
