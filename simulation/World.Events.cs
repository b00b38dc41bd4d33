using Candor.Client.Accounts;
using Candor.Protocol;

namespace Candor.Simulation;

internal sealed partial class World
{
    /// <summary>The other copy of a server that forks or shows old logs.</summary>
    private ServerSite? _other;

    private string? _kept;
    private bool _evilDone;

    /// <summary>The phone does something in a while, if the world has something left to do.</summary>
    private void Next(SimPhone phone)
    {
        if (phone.Alarm is not null || phone.Left) return;
        // Now and then somebody leaves a phone in a drawer for weeks.
        var wait = _chance.Next(40) == 0 ? TimeSpan.FromDays(_chance.Next(20, 45)) : Seconds(1, 90);
        At(wait, () => ActAsync(phone));
    }

    private async Task ActAsync(SimPhone phone)
    {
        if (_acts == 0 || phone.IsOff || phone.IsBusy || phone.Alarm is not null || phone.Left) return;
        _acts--;
        await HappenAsync();
        var chance = new Random(_chance.Next());
        // One who has not heard that it was let in can only ask.
        int what = phone.Account!.Size == 0 ? 60 : _chance.Next(100);
        Tell($"{phone.Name} acts {what}");
        switch (what)
        {
            case < 45:
                await StartAsync(phone, () => Acts.WriteAsync(phone, chance, Token));
                break;
            case < 57:
                string token = Token();
                await StartAsync(phone, () => Acts.PhotographAsync(phone, chance, token));
                break;
            case < 70:
                await StartAsync(phone, () => Acts.PullAsync(phone));
                break;
            case < 78:
                await StartAsync(phone, async () =>
                {
                    await Acts.PullAsync(phone);
                    await Acts.MergeAsync(phone);
                });
                break;
            case < 82:
                await StartAsync(phone, () => Acts.RemoveAsync(phone, chance, record => _removed.Add(record)));
                break;
            case < 84:
                await StartAsync(phone, () => phone.Account!.SayAliveAsync(default));
                break;
            case < 87:
                var kind = Acts.Used[_chance.Next(2)];
                bool on = phone.Account!.IsOn(kind);
                if (on && _restored) _turnedOff.Add((phone, kind));
                await StartAsync(phone, () => on ? phone.Account.TurnOffAsync(kind, default) : Acts.TurnOnAsync(phone, kind));
                break;
            case < 89 when _phones.Count < 5:
                await JoinAsync(phone);
                break;
            case < 91 when Here().Count() > 2:
                var other = Here().First(p => p != phone);
                await StartAsync(phone, () => phone.Account!.RevokeAsync(other.Keys.Id, default));
                break;
            case < 92:
                var erased = Acts.Used[_chance.Next(2)];
                await StartAsync(phone, () => phone.Account!.AnnounceEraseAsync(erased, default));
                break;
            case < 95 when _evil == Evil.None || _weather > 0:
                await KillAsync(phone);
                break;
            case < 96:
                phone.LimitDisk(_chance.Next(3));
                At(Seconds(30, 400), () =>
                {
                    if (!phone.IsOff) phone.LimitDisk(null);
                    return Task.CompletedTask;
                });
                Next(phone);
                break;
            default:
                Next(phone);
                break;
        }
    }

    /// <summary>What befalls everyone: the server dies, its disk fills, it is cleaned; a phone loses the network; the evil that this world is about.</summary>
    private async Task HappenAsync()
    {
        if (!_evilDone && _evil is Evil.Rollback or Evil.Fork or Evil.Stale && _chance.Next(6) == 0) await DoEvilAsync();
        await MaybeRestoreAsync();
        if (_weather == 0) return;
        switch (_chance.Next(40))
        {
            case 0 or 1 when _site.IsUp:
                Tell("the server is killed");
                _site.Kill();
                At(Seconds(1, 120), async () =>
                {
                    Tell("the server starts");
                    if (!_site.IsUp) await _site.StartAsync();
                });
                break;
            case 2 when _site.IsUp:
                Tell("the server's disk is nearly full");
                await _site.LimitAsync(_chance.Next(4));
                At(Seconds(10, 300), async () =>
                {
                    if (_site.IsUp) await _site.LimitAsync(null);
                });
                break;
            case 3 when _site.IsUp:
                Tell("the server cleans");
                await _site.CleanAsync();
                break;
            case 4 or 5:
                var phone = _phones[_chance.Next(_phones.Count)];
                Tell($"{phone.Name} has no network");
                _cutOff.Add(phone);
                At(Seconds(30, 900), () =>
                {
                    _cutOff.Remove(phone);
                    return Task.CompletedTask;
                });
                break;
        }
    }

    private async Task DoEvilAsync()
    {
        Tell($"evil: {_evil}");
        if (!_site.IsUp) return;
        switch (_evil)
        {
            case Evil.Rollback when _kept is null:
                _kept = _site.Copy();
                break;
            case Evil.Rollback:
                await _site.PutBackAsync(_kept!);
                _evilDone = true;
                break;
            case Evil.Fork or Evil.Stale when _other is null:
                _other = new ServerSite(Path.Combine(_root, "other"), _time);
                await _other.PutBackAsync(_site.Copy());
                break;
            default:
                _other!.Stop();
                _evilDone = true;
                break;
        }
    }

    private ServerSite SiteFor(SimPhone phone, WireRequest request)
    {
        if (_other is not { IsUp: true }) return _site;
        bool other = _evil == Evil.Fork ? _phones.IndexOf(phone) % 2 == 1 : request.Method == "GET" && request.Target.Contains("/log?", StringComparison.Ordinal);
        return other ? _other : _site;
    }

    private async Task StartAsync(SimPhone phone, Func<Task> act)
    {
        await phone.StartAsync(act);
        Follow(phone);
    }

    /// <summary>The phone asked something, or is done.</summary>
    private void Follow(SimPhone phone)
    {
        if (phone.Asking is { } asked) Travel(phone, asked);
        else if (!phone.IsBusy && !phone.IsOff) Next(phone);
    }

    /// <summary>A request is on its way, and may not arrive.</summary>
    private void Travel(SimPhone phone, Asked asked)
    {
        bool isLost = _chance.Next(1000) < _weather / 3;
        if (_cutOff.Contains(phone) || isLost)
        {
            At(Seconds(1, 60), () => AnswerAsync(phone, asked, null));
            return;
        }
        At(Delay(), () => ArriveAsync(phone, asked));
    }

    private TimeSpan Delay() => _chance.Next(1000) < _weather / 2 ? Seconds(1, 200) : TimeSpan.FromMilliseconds(_chance.Next(2, 150));

    private async Task ArriveAsync(SimPhone phone, Asked asked)
    {
        var site = SiteFor(phone, asked.Request);
        if (!site.IsUp)
        {
            At(Delay(), () => AnswerAsync(phone, asked, null));
            return;
        }
        bool isPush = asked.Request.Method == "POST" && asked.Request.Target.EndsWith("/commits", StringComparison.Ordinal);
        string? before = isPush && !_evilDone && _evil == Evil.Drop && _chance.Next(8) == 0 ? site.Copy() : null;
        var answer = await site.SendAsync(asked.Request);
        Tell($"{phone.Name} {asked.Request.Method} {Words(asked.Request.Target)} {answer.Status}");
        if (before is not null && answer.Status == 200)
        {
            Tell("evil: the server forgets that");
            _evilDone = true;
            await site.PutBackAsync(before);
        }
        if (_evil == Evil.Tamper && answer.Body.Length > 0 && _chance.Next(6) == 0)
        {
            Tell("evil: one bit is another");
            answer.Body[_chance.Next(answer.Body.Length)] ^= (byte)(1 << _chance.Next(8));
        }
        int fate = _chance.Next(1000);
        var message = PhoneLine.Message(answer, fate < _weather / 5 ? _chance.Next(answer.Body.Length + 1) : null, site.Clock.GetUtcNow());
        switch (fate)
        {
            case var _ when fate < _weather / 5:
                Tell("the answer is cut");
                break;
            case var _ when fate < _weather / 2:
                Tell("the answer is lost");
                At(Seconds(1, 60), () => AnswerAsync(phone, asked, null));
                return;
            case var _ when fate < _weather * 2 / 3:
                Tell("the request comes twice");
                At(Delay(), async () =>
                {
                    if (site.IsUp) await site.SendAsync(asked.Request);
                });
                break;
            case var _ when fate < _weather * 3 / 4:
                Tell("the request comes twice, and its second answer is the one that is heard");
                answer = await site.SendAsync(asked.Request);
                message = PhoneLine.Message(answer, null, site.Clock.GetUtcNow());
                break;
        }
        At(Delay(), () => AnswerAsync(phone, asked, message));
    }

    private async Task AnswerAsync(SimPhone phone, Asked asked, HttpResponseMessage? message)
    {
        if (phone.Asking != asked) return;
        if (_chance.Next(1000) < _weather / 8)
        {
            await KillAsync(phone);
            return;
        }
        await phone.AnswerAsync(asked, message);
        Follow(phone);
    }

    private async Task KillAsync(SimPhone phone)
    {
        bool power = _chance.Next(2) == 0 && !_restored;
        Tell($"{phone.Name} {(power ? "loses its power" : "is killed")}");
        await phone.KillAsync(power ? new(_chance.Next()) : null);
        At(Seconds(1, 900), () =>
        {
            Tell($"{phone.Name} starts");
            phone.Reopen(_account, _serverKey);
            Next(phone);
            return Task.CompletedTask;
        });
    }

    /// <summary>Another phone is let in. Whether its approver heard that it was, nobody knows: it comes and asks.</summary>
    private async Task JoinAsync(SimPhone approver)
    {
        var phone = NewPhone();
        phone.Open(_account, _serverKey);
        await StartAsync(approver, () => approver.Account!.AddHolderAsync(phone.Keys, phone.Name, default));
        At(Seconds(60, 200), () => phone.IsBusy || phone.IsOff ? Task.CompletedTask : StartAsync(phone, async () =>
        {
            await Acts.PullAsync(phone);
            foreach (var kind in Acts.Used) await Acts.TurnOnAsync(phone, kind);
        }));
    }

    /// <summary>A target without ids: those are not of the seed.</summary>
    private static string Words(string target) => string.Join('/', target.Split('?')[0].Split('/').Where(part => part.Length < 20));
}
