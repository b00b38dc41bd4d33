using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Candor.Protocol;

namespace Candor.Simulation.Load;

/// <summary>candor-simulate load: many devices write and follow on a real server that is killed, stands still and is badly reached; then every write that was acknowledged is looked for.</summary>
/// <remarks>
/// 1. Accounts are founded and their devices let in, in calm weather. 2. For the time that was asked for each device writes, photographs, follows and merges, with pauses, over a line that loses and
/// repeats; devices die in the midst of it; the server is killed with kill -9, or stands still. 3. Faults stop, everyone follows, and what must hold is looked at.
/// </remarks>
internal sealed class LoadCommand(LoadSettings settings, TextWriter output)
{
    private const int AtOnce = 24;

    private readonly LineFaults _faults = new();
    private readonly List<TimeSpan> _writes = [];
    private readonly List<string> _wrong = [];
    private int _kills, _pauses, _rounds, _tokens;

    public async Task<int> RunAsync(CancellationToken end)
    {
        string root = Path.Combine(World.Disk, $"candor-load-{Id.Random()}"), data = Directory.CreateTempSubdirectory("candor-load-").FullName;
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        using var server = new ServerProcess(settings.Server, data, url);
        var accounts = new List<LoadAccount>();
        try
        {
            await server.StartAsync(end);
            var watch = Stopwatch.StartNew();
            for (int i = 0, made = 0; made < settings.Devices; i++)
            {
                int count = Math.Min(settings.Each, settings.Devices - made), from = made;
                accounts.Add(new([.. Enumerable.Range(from, count).Select(n => new LoadPhone($"device{n}", Path.Combine(root, $"{n}"), url, new Random(settings.Seed + n), _faults))]));
                made += count;
            }
            await Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = end }, async (account, _) => await account.BeginAsync());
            Say($"{settings.Devices} devices of {accounts.Count} accounts have begun in {watch.Elapsed.TotalSeconds:0} s");

            watch.Restart();
            double cpu = server.CpuSeconds;
            await LoadAsync(server, accounts, end);
            double lasted = watch.Elapsed.TotalSeconds;
            Tell(server, accounts, lasted, server.CpuSeconds - cpu);

            watch.Restart();
            int there = await SettleAsync(accounts);
            server.Measure();
            int acknowledged = accounts.SelectMany(a => a.Phones).Sum(p => p.Safe.Count);
            _wrong.AddRange(accounts.SelectMany(a => a.Phones).SelectMany(p => p.Faults));
            if (await server.ScrubAsync() is { Length: > 0 } damage) _wrong.Add($"scrub: {damage}");
            Say($"afterwards, in {watch.Elapsed.TotalSeconds:0} s: {there} of {acknowledged} acknowledged lines are there and read; {accounts.SelectMany(a => a.Phones).Count(p => p.Alarm is not null)} alarms; the server has {accounts.Sum(a => a.Phones[0].Account!.Size)} changes, and at most {server.PeakMemory / 1e6:0} MB of memory");
            foreach (string line in _wrong.Take(20)) await output.WriteLineAsync(line);
            Say(_wrong.Count == 0 ? (FormattableString)$"all is well" : $"FAILED: {_wrong.Count} things are wrong");
            return _wrong.Count == 0 ? 0 : 1;
        }
        finally
        {
            foreach (var account in accounts) account.Dispose();
            server.Kill();
            if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
            Directory.Delete(data, recursive: true);
        }
    }

    private async Task LoadAsync(ServerProcess server, List<LoadAccount> accounts, CancellationToken end)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
        over.CancelAfter(TimeSpan.FromSeconds(settings.Seconds));
        var devices = accounts.SelectMany(account => account.Phones.Select(phone => Task.Run(() => LiveAsync(account, phone, over.Token)))).ToList();
        await HurtAsync(server, over.Token);
        await Task.WhenAll(devices);
        foreach (var phone in accounts.SelectMany(a => a.Phones)) phone.IsLineBad = false;
    }

    private async Task LiveAsync(LoadAccount account, LoadPhone phone, CancellationToken over)
    {
        phone.IsLineBad = true;
        while (!over.IsCancellationRequested && phone.Alarm is null)
        {
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(settings.Think * 2 * phone.Chance.NextDouble()), over);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var took = await account.ActAsync(phone, () => Acts.Token(Interlocked.Increment(ref _tokens)));
            Interlocked.Increment(ref _rounds);
            if (took is not { } time) continue;
            lock (_writes) _writes.Add(time);
        }
    }

    /// <summary>The server dies and comes back, or stands still for a moment, about fifteen times.</summary>
    private async Task HurtAsync(ServerProcess server, CancellationToken over)
    {
        var chance = new Random(settings.Seed);
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(settings.Seconds / 15.0 * (0.5 + chance.NextDouble())), over);
                if (chance.Next(3) == 0)
                {
                    _pauses++;
                    await server.PauseAsync(TimeSpan.FromMilliseconds(chance.Next(500, 4000)), over);
                    continue;
                }
                _kills++;
                server.Kill();
                await Task.Delay(chance.Next(100, 2000), CancellationToken.None);
                await server.StartAsync(CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }
    }

    private async Task<int> SettleAsync(List<LoadAccount> accounts)
    {
        int there = 0;
        await Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (account, _) =>
        {
            await account.SettleAsync(_wrong);
            Interlocked.Add(ref there, account.Check(_wrong));
        });
        return there;
    }

    private void Tell(ServerProcess server, List<LoadAccount> accounts, double lasted, double cpu)
    {
        var phones = accounts.SelectMany(a => a.Phones).ToList();
        _writes.Sort();
        Say($"{lasted:0} s of load: {_rounds} rounds ({_rounds / lasted:0} a second); {phones.Sum(p => p.Safe.Count)} lines acknowledged; a round that writes took {Share(0.5):0} ms (half of them), {Share(0.95):0} ms (95 %), {Share(0.99):0} ms (99 %)");
        Say($"faults: the server killed {_kills} times, stood still {_pauses} times; devices killed {phones.Sum(p => p.Restarts)} times; requests lost {_faults.Lost}, late {_faults.Late}, twice {_faults.Twice}; answers lost {_faults.AnswersLost}, cut {_faults.Cut}");
        Say($"refused: {string.Join(", ", phones.SelectMany(p => p.Refused).GroupBy(r => r.Key).OrderByDescending(g => g.Sum(r => r.Value)).Select(g => $"{g.Key} {g.Sum(r => r.Value)}"))}");
        Say($"the server used {cpu:0} s of CPU");
    }

    private double Share(double part) => _writes.Count == 0 ? 0 : _writes[(int)(part * (_writes.Count - 1))].TotalMilliseconds;

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
