using System.Globalization;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Simulation;

/// <summary>In one world of sixteen an honest operator puts the server back to an earlier copy and says so (docs/server-backup.md): devices put back what was lost.</summary>
/// <remarks>
/// What no phone can put back is gone, and known at the moment of the restore: the end of the log that no phone has which the backup knows or which a commit that is put back lets in. Nothing else may be missing
/// afterwards, but for payloads whose kind a person turned off on the last phone that had them. What is drawn here is drawn apart, so that the other worlds are as they were. From the restore on phones are killed and do not lose power: a phone whose disk forgets what the server lost as well is a second
/// disaster.
/// </remarks>
internal sealed partial class World
{
    /// <summary>Longer than any phone lies in a drawer: ordinary commits wait for it.</summary>
    private static readonly TimeSpan RestoreWait = TimeSpan.FromDays(2000);

    private readonly Random? _luck;
    private readonly HashSet<Acknowledged> _lost = [];

    /// <summary>Payloads that the backup does not have, and the phones that had them and their kind on.</summary>
    private readonly Dictionary<Place, (Kind Kind, List<SimPhone> By)> _payloads = [];

    /// <summary>Kinds that a phone was told to turn off after the restore: it may not have put back what it had of them.</summary>
    private readonly HashSet<(SimPhone Phone, Kind Kind)> _turnedOff = [];

    private string? _backup;
    private bool _restored;

    /// <summary>The operator makes a backup, or needs it.</summary>
    private async Task MaybeRestoreAsync()
    {
        if (_luck is null || _restored || !_site.IsUp) return;
        if (_backup is null)
        {
            if (_luck.Next(3) == 0)
            {
                Tell("the server is backed up");
                _backup = _site.Copy();
            }
        }
        else if (_luck.Next(5) == 0)
        {
            await RestoreAsync();
        }
    }

    /// <summary>The restore lost the bytes, and nobody is left who has them and may send them.</summary>
    private bool IsGone(Place place) => _payloads.TryGetValue(place, out var lost) && lost.By.All(p => p.Left || _turnedOff.Contains((p, lost.Kind)));

    private async Task RestoreAsync()
    {
        _restored = true;
        await _site.RestoreAsync(_backup!, RestoreWait);
        var there = _site.StateOf(_account)!;
        foreach (var phone in _phones) phone.MayBeStrange = !there.Holders.ContainsKey(phone.Keys.Id);

        // Who can put back: phones that the backup knows, then those that a commit lets in which one of these has.
        var sees = _phones.Where(p => !p.Left).ToDictionary(p => p, p => p.Known());
        long reach = there.Size;
        var able = new HashSet<SimPhone>();
        bool isKnown(SimPhone phone) => there.Holders.TryGetValue(phone.Keys.Id, out var holder) ? holder.IsLive : able.Any(p => sees[p]!.Holders.ContainsKey(phone.Keys.Id));
        while (sees.Keys.FirstOrDefault(p => !able.Contains(p) && isKnown(p)) is { } phone)
        {
            able.Add(phone);
            if (sees[phone] is { } state) reach = Math.Max(reach, state.Size);
            else sees[phone] = there;
        }
        foreach (var phone in sees.Keys.Except(able)) phone.Left = true;
        foreach (var safe in _phones.SelectMany(p => p.Safe).Where(s => s.Place.Index >= reach)) _lost.Add(safe);
        Tell(string.Create(CultureInfo.InvariantCulture, $"the server is put back to its backup of {there.Size} changes; phones have {reach}"));
        for (long index = there.Size; index < reach; index++)
        {
            var commit = able.Select(p => p.Peek(store => store.CommitAt(index))).First(c => c is not null)!;
            for (int op = 0; op < commit.Operations.Count; op++)
            {
                var place = commit.PlaceOf(op);
                if (commit.Operations[op] is Put) _payloads[place] = (commit.Kind, [.. able.Where(p => p.Account?.IsOn(commit.Kind) != false && p.Peek(store => store.PutAt(place)?.Sealed is not null))]);
            }
        }
    }
}
