using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Simulation;

internal sealed partial class World
{
    /// <summary>What must hold when faults have stopped and everyone has synced.</summary>
    private void Check()
    {
        if (_evil == Evil.None)
        {
            foreach (var phone in _phones.Where(p => p.Alarm is not null)) _faults.Add($"{phone.Name} raised an alarm at an honest server: {phone.Alarm!.Kind}: {phone.Alarm.Message}");
            _faults.AddRange(_site.Scrub().Select(line => $"scrub: {line}"));
        }
        // One who was never let in, because its approver's word did not arrive, has nothing to be compared.
        var here = Here().Where(p => p.Account!.Size > 0).ToList();
        if (here.Count == 0)
        {
            if (_evil == Evil.None) _faults.Add("Nobody is left.");
            return;
        }
        var first = here[0];
        foreach (var phone in here.Skip(1))
        {
            if ((phone.Account!.Size, phone.Account.State.Root) != (first.Account!.Size, first.Account.State.Root))
                _faults.Add($"{phone.Name} and {first.Name} have different logs: {phone.Account.Size} and {first.Account.Size} changes. Neither raised an alarm.");
        }
        if (_faults.Count > 0) return;
        foreach (var phone in here) CheckContents(phone);
        // What a phone was told is safe is in the log of everyone who is not alarmed; or somebody is.
        foreach (var phone in _phones)
        {
            foreach (var safe in phone.Safe) CheckSafe(first, phone, safe);
        }
    }

    private void CheckContents(SimPhone phone)
    {
        foreach (var kind in Acts.Used.Where(phone.Account!.IsOn))
        {
            if (phone.Store.Parted(kind).Count > 0) _faults.Add($"{phone.Name} has {kind.Word()} that nobody merged.");
            foreach (var head in phone.Store.Heads(kind).Where(h => !h.Removed))
            {
                if (phone.Account.Read(head) is null && !IsMissingForGood(kind) && !IsGone(head.Place)) _faults.Add($"{phone.Name} has no bytes of {kind.Word()} at {head.Place.Index}.{head.Place.Op}.");
            }
        }
    }

    /// <summary>Only a server that lies loses bytes.</summary>
    private bool IsMissingForGood(Kind kind) => _evil != Evil.None && kind != Kind.None;

    private void CheckSafe(SimPhone witness, SimPhone phone, Acknowledged safe)
    {
        bool isThere = witness.Store.CommitAt(safe.Place.Index) is { } commit && commit.Author == phone.Keys.Id
            && safe.Place.Op < commit.Operations.Count && commit.Operations[safe.Place.Op] is Put put && put.Record == safe.Record;
        if (!isThere)
        {
            if (_lost.Contains(safe)) return;
            if (_evil != Evil.None && phone.Forgot.Contains(safe)) return;
            // A phone that was removed is told nothing more, and cannot see what became of its log.
            bool somebodySaid = _evil != Evil.None && (phone.Left || _phones.Any(p => p.Alarm is not null));
            if (!somebodySaid) _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{safe.Token}, which {phone.Name} was told is safe at {safe.Place.Index}.{safe.Place.Op}, is not in the log, and nobody raised an alarm."));
            return;
        }
        if (safe.Place.Index <= witness.Account!.State.VaultOf(safe.Kind).ErasedAt || _removed.Contains(safe.Record)) return;
        var reader = Here().FirstOrDefault(p => p.Account!.Size > 0 && p.Account.IsOn(safe.Kind));
        if (reader is null) return;
        var current = reader.Current(safe.Kind, safe.Record, out _);
        if (current is null)
        {
            if (!IsMissingForGood(safe.Kind) && !reader.Store.HeadsOf(safe.Record).Any(h => IsGone(h.Place))) _faults.Add($"{safe.Token} is safe in the log, and {reader.Name} cannot read its record.");
            return;
        }
        string text = safe.Kind == Kind.Notes ? Encoding.UTF8.GetString(current.Original.Span) : current.View.Text("title") ?? "";
        if (!text.Contains(safe.Token, StringComparison.Ordinal)) _faults.Add($"{safe.Token} was written, acknowledged and taken away by nobody, and is not in what {reader.Name} reads.");
    }
}
