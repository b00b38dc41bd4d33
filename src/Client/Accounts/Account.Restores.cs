using System.Text;
using Candor.Client.Api;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.Accounts;

/// <summary>The server was put back to a backup, and said so.</summary>
/// <param name="At">When, by its operator's clock.</param>
/// <param name="Lost">Changes that this device had and the backup had not.</param>
/// <param name="Shorter">True where the server still had not got them back when this device asked.</param>
public sealed record ServerRestored(DateTimeOffset At, long Lost, bool Shorter);

/// <summary>An honest restore of the server (spec/http-api.md §5.1): a shorter log is excused once, by a statement that the server signed, if what is left is a beginning of what this device verified.</summary>
/// <remarks>
/// The same commits go back, byte for byte, so that the log grows to the very head that was verified. What a statement cannot excuse: another history; a log that shrinks again under the same
/// statement, or after everything was put back; a fourth statement within a week. Each of these is an alarm as ever.
/// </remarks>
public sealed partial class Account
{
    /// <summary>Restores within a week that are believed without a person.</summary>
    private const int RestoresAWeek = 3;

    private readonly List<ServerRestored> _restored = [];

    /// <summary>Restores that were heard of, and answered, since this account was opened.</summary>
    public IReadOnlyList<ServerRestored> Restored => _restored;

    /// <summary>Looks at what a pull said of a restore. True where it excuses that the log is shorter than what was verified.</summary>
    /// <param name="told">The statement, as a note.</param>
    /// <param name="note">The checkpoint that ended the pull.</param>
    /// <param name="from">What this device had verified before the pull.</param>
    private bool IsExcused(string told, byte[] note, long from)
    {
        if (RestoreStatement.Of(Encoding.UTF8.GetBytes(told), _verifier.Origin, ServerKey) is not { } statement)
            throw AlarmException.BadCheckpoint("a restore that it did not sign").With(StatementFile(told), AlarmEvidence.Theirs(note));
        if (!_verifier.TryOpen(note, out var verified, out _)) return false;
        long size = verified.Checkpoint.Size;
        bool shorter = size < _state.Size;
        var known = _store.FindRestore(statement.Id, _verifier.Origin);
        if (known is not null)
        {
            if (known.Statement != statement) throw AlarmException.BadCheckpoint("one restore, told in two ways").With(StatementFile(told), AlarmEvidence.Theirs(note));
            if (known.Done || size < known.Reached) return false;
        }
        else
        {
            var now = _clock.GetUtcNow();
            var (newest, heard) = _store.RestoresSince(now.AddDays(-7));
            if (statement.At <= newest || (shorter && heard >= RestoresAWeek) || statement.Size > size) return false;
            if (statement.Size <= _state.Size && RootAt(statement.Size) != statement.Root) throw AlarmException.Fork(statement.Size).With(StatementFile(told), AlarmEvidence.Theirs(note));
        }
        if (shorter && RootAt(size) != verified.Checkpoint.Root) throw AlarmException.Fork(size).With(StatementFile(told), AlarmEvidence.Theirs(note));
        if (known is null && shorter) KeepEvidence(statement, told, note, size);
        _store.SaveRestore(known is null ? new(statement, from, size, false) : known with { Reached = size }, _clock.GetUtcNow());
        return shorter;
    }

    /// <summary>Sends back what this device had when it heard of a restore, each commit with what it has of its payloads, and says when it is through.</summary>
    private async Task PutBackAsync(bool shorter, CancellationToken cancel)
    {
        if (_store.OpenRestore(_verifier.Origin) is not { } restore) return;
        var statement = restore.Statement;
        var unsent = new List<(Put Put, Kind Kind, ReadOnlyMemory<byte> Sealed)>();
        for (long index = statement.Size; index < restore.Ours; index++)
        {
            byte[] note = await PutBackAsync(statement.Id, index, unsent, cancel);
            if (!_verifier.TryOpen(note, out var verified, out var rejection)) throw AlarmException.BadCheckpoint(rejection.ToString()).With(AlarmEvidence.Theirs(note));
            if (verified.Checkpoint.Size <= index) throw AlarmException.Rollback(index + 1, verified.Checkpoint.Size).With(AlarmEvidence.Theirs(note));
            _store.SaveRestore(restore with { Reached = verified.Checkpoint.Size }, _clock.GetUtcNow());
            if (verified.Checkpoint.Size != _state.Size) continue;
            CheckCheckpoint(note, _state);
            _store.SaveCheckpoint(note);
        }
        foreach (var (put, kind, large) in unsent) await TrySendLargeAsync(put, kind, large, cancel);
        await _api.RestoreDoneAsync(Id, statement.Id, cancel);
        _store.SaveRestore(restore with { Done = true }, _clock.GetUtcNow());
        _restored.Add(new(DateTimeOffset.FromUnixTimeMilliseconds(statement.At), Math.Max(0, restore.Ours - statement.Size), shorter));
    }

    /// <summary>False where the server, as far as it has the log again, does not know that this device may send the kind: its consent is among the commits that are still to come.</summary>
    private async Task<bool> TrySendLargeAsync(Put put, Kind kind, ReadOnlyMemory<byte> large, CancellationToken cancel)
    {
        try
        {
            await _api.PutBlobAsync(Id, kind, put.Hash, large, ConsentFor(kind), cancel);
            return true;
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.ConsentRequired)
        {
            return false;
        }
    }

    /// <param name="restore">Which.</param>
    /// <param name="index">Of the commit.</param>
    /// <param name="unsent">Gets the large records that the server does not take yet.</param>
    /// <param name="cancel">Cancels.</param>
    private async Task<byte[]> PutBackAsync(Id restore, long index, List<(Put Put, Kind Kind, ReadOnlyMemory<byte> Sealed)> unsent, CancellationToken cancel)
    {
        byte[] leaf = _store.LeafAt(index) ?? throw new InvalidOperationException($"Change {index} is not in the store.");
        var commit = _store.CommitAt(index)!;
        bool mine = commit.Kind != Kind.None && IsOn(commit.Kind);
        var gone = new List<int>();
        using var bundle = new MemoryStream();
        for (int op = 0; op < commit.Operations.Count; op++)
        {
            if (commit.Operations[op] is not Put put) continue;
            // Erased since, or of a kind that is off here: the commit goes without it.
            var sealedRecord = mine ? _store.PutAt(commit.PlaceOf(op))?.Sealed : null;
            if (put.IsInline && sealedRecord is { } payload) bundle.Write(payload.Span);
            else if (put.IsInline) gone.Add(op);
            else if (sealedRecord is { } large && !await TrySendLargeAsync(put, commit.Kind, large, cancel)) unsent.Add((put, commit.Kind, large));
        }
        var vaults = new List<ReadOnlyMemory<byte>>();
        foreach (var vault in commit.Operations.OfType<Vault>())
        {
            var held = IsOn(vault.Kind) ? _store.LoadVaults(vault.Kind).FirstOrDefault(v => v.Epoch == vault.Epoch && Hash32.Of(v.Sealed) == vault.Hash).Sealed : null;
            vaults.Add(held ?? []);
        }
        var kind = bundle.Length > 0 ? commit.Kind : Kind.None;
        try
        {
            return await _api.PutBackAsync(Id, restore, new(leaf, bundle.ToArray(), gone, vaults), kind, ConsentFor(kind), cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.HeadMoved)
        {
            // Somebody wrote on the backup before this device could put back what stood there.
            throw AlarmException.Fork(index);
        }
    }

    private Hash32 RootAt(long size)
    {
        var tree = new CompactRange();
        foreach (byte[] leaf in _store.Leaves(size)) tree.Append(MerkleTree.LeafHash(leaf));
        return tree.Root();
    }

    /// <summary>Both heads, for a person who wants to know what the server had forgotten, and whether it was so.</summary>
    private void KeepEvidence(RestoreStatement statement, string told, byte[] note, long size)
    {
        var evidence = new List<AlarmEvidence> { new("server.key", Encoding.UTF8.GetBytes(ServerKey + "\n"), "what checks the server's signatures: a verifier key (C2SP signed-note)") };
        if (_store.LoadCheckpoint() is { } ours) evidence.Add(AlarmEvidence.Ours(ours));
        evidence.Add(AlarmEvidence.Theirs(note));
        evidence.Add(StatementFile(told));
        evidence.Add(new("ours.leaves", LeafHashes(_store.Leaves(Math.Min(_state.Size, MostLeaves))), "hashes of the leaves that this device had verified, one on a line"));
        string when = DateTimeOffset.FromUnixTimeMilliseconds(statement.At).UtcDateTime.ToString("u", System.Globalization.CultureInfo.InvariantCulture);
        Alarms?.Note("restored", $"The server said that it was put back to a backup ({when}). It showed {size} changes where this device had verified {_state.Size}, and what it showed was the beginning of those. "
            + "This device puts the others back.", evidence);
    }

    private static AlarmEvidence StatementFile(string told) => new("restored.note", Encoding.UTF8.GetBytes(told), "what the server signed about its restore: time, size and root of the log in its backup (C2SP signed-note)");
}
