using System.Text;
using Candor.Client.Api;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.Accounts;

/// <summary>What happens when the server or a device lies.</summary>
public sealed partial class Account
{
    /// <summary>Leaves whose hashes are written down as evidence, of either history: 64 MiB of text.</summary>
    private const long MostLeaves = 1 << 20;

    /// <summary>Does nothing while an alarm stands. Writes one that is raised down, with what shows it, before anyone is told.</summary>
    private async Task<T> GuardedAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        Alarms?.Check();
        try
        {
            return await work();
        }
        catch (AlarmException alarm) when (Alarms is not null && alarm.Stands is null)
        {
            var full = alarm.With(await EvidenceAsync(alarm, cancel));
            throw new AlarmException(full.Kind, full.Message) { Evidence = full.Evidence, Stands = Alarms.Raise(full) };
        }
    }

    /// <summary>Both sides of a history that parted: what this device had verified, and what the server shows now. Asked for once; what does not come is left out.</summary>
    private async Task<List<AlarmEvidence>> EvidenceAsync(AlarmException alarm, CancellationToken cancel)
    {
        var evidence = new List<AlarmEvidence> { new("server.key", Encoding.UTF8.GetBytes(ServerKey + "\n"), "what checks the server's signatures: a verifier key (C2SP signed-note)") };
        if (_store.LoadCheckpoint() is { } ours) evidence.Add(AlarmEvidence.Ours(ours));
        evidence.Add(new("ours.leaves", LeafHashes(_store.Leaves(Math.Min(_state.Size, MostLeaves))), "hashes of the leaves that this device had verified, one on a line"));
        if (alarm.Kind is not (AlarmKind.Fork or AlarmKind.Rollback or AlarmKind.Equivocation or AlarmKind.BadCheckpoint)) return evidence;
        var leaves = new List<byte[]>();
        byte[]? note = null;
        try
        {
            await foreach (var item in _api.PullAsync(Id, 0, payloads: false, cancel))
            {
                if (item is PulledLeaf leaf && leaves.Count < MostLeaves) leaves.Add(leaf.Leaf.ToArray());
                else if (item is PulledCheckpoint end) note = Encoding.UTF8.GetBytes(end.Note);
            }
        }
        catch (ServerRefusedException)
        {
            // It does not answer any more: then what came before is what there is.
        }
        evidence.Add(new("theirs.leaves", LeafHashes(leaves), "hashes of the leaves that the server shows now, one on a line"));
        if (note is not null && !alarm.Evidence.Any(e => e.Name == "theirs.checkpoint")) evidence.Add(AlarmEvidence.Theirs(note));
        return evidence;
    }

    /// <summary>The server refused a device that it signed in: it is another server, the line changes what is signed, or the server has forgotten (spec/account-log.md §7.1). Returns where nobody can be accused.</summary>
    /// <exception cref="AlarmException">The server itself says that no account has this device.</exception>
    /// <exception cref="ServerRefusedException">It was put back to a backup and waits for other devices.</exception>
    private async Task CheckForgottenAsync(CancellationToken cancel)
    {
        try
        {
            if ((await _api.GetServerInfoAsync(cancel)).Key == ServerKey.ToString()) await _api.FindAccountAsync(cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.NotFound)
        {
            throw AlarmException.Forgotten(_state.Size);
        }
        catch (ServerRefusedException refusal) when (refusal.Name != ErrorName.Restoring)
        {
            // It does not answer that either.
        }
    }

    private static byte[] LeafHashes(IEnumerable<byte[]> leaves)
    {
        var text = new StringBuilder();
        foreach (byte[] leaf in leaves) text.Append(MerkleTree.LeafHash(leaf)).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
