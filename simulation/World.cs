using System.Globalization;

using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Simulation;

/// <summary>What a server that lies does in one world.</summary>
internal enum Evil
{
    None,

    /// <summary>It goes back to an earlier copy of itself.</summary>
    Rollback,

    /// <summary>Two copies for different phones, and in the end one of them for all.</summary>
    Fork,

    /// <summary>It signs that it took a commit, and forgets it.</summary>
    Drop,

    /// <summary>It shows an old log to who asks, and takes commits onto the new one.</summary>
    Stale,

    /// <summary>It changes bytes of what it answers.</summary>
    Tamper,
}

/// <summary>How a world ended.</summary>
/// <param name="Seed">All its choices.</param>
/// <param name="Evil">What the server did.</param>
/// <param name="Faults">What must not be; none if all is well.</param>
/// <param name="Alarms">Phones that raised one.</param>
/// <param name="Acknowledged">Lines that phones were told are safe.</param>
/// <param name="Trace">Every event, without anything random in it: the same seed gives the same lines.</param>
internal sealed record Outcome(int Seed, Evil Evil, IReadOnlyList<string> Faults, int Alarms, int Acknowledged, IReadOnlyList<string> Trace);

/// <summary>One simulated world: phones with the real engine, the real server, and a network, disks and clocks that are the world's own. Everything that could be chance is drawn from one seed.</summary>
/// <remarks>
/// 1. Events are taken one after the other in the order of their times. 2. An event lets at most one phone or the server go on, and the world waits until it asks the network or is done: so
/// threads have no say in what happens when. 3. In the end faults stop, everyone syncs, and <see cref="Check"/> looks at what must hold. Keys, nonces and salts inside the engine are not drawn
/// from the seed: no decision depends on them.
/// </remarks>
internal sealed partial class World : IAsyncDisposable
{
    private readonly Evil _evil;
    private readonly Random _chance;
    private readonly WorldTime _time = new();
    private readonly string _root;
    private readonly ServerSite _site;
    private readonly List<SimPhone> _phones = [];
    private readonly HashSet<SimPhone> _cutOff = [];
    private readonly HashSet<Id> _removed = [];
    private readonly PriorityQueue<Func<Task>, (TimeSpan At, long Order)> _events = new();
    private readonly List<string> _trace = [];
    private readonly List<string> _faults = [];

    /// <summary>Of a thousand requests, how many meet something.</summary>
    private readonly int _weather;

    /// <summary>In which everyone has heard of a restore, and of whom the others let in.</summary>
    private const int RestoreRounds = 4;

    private Id _account;
    private NoteVerifierKey _serverKey = null!;
    private long _order;
    private int _acts;
    private int _tokens;

    private World(int seed, string root)
    {
        Seed = seed;
        _root = root;
        _chance = new(seed);
        _evil = seed % 4 == 3 ? (Evil)(1 + (seed / 4 % 5)) : Evil.None;
        _weather = _chance.Next(4) * 60;
        _acts = _chance.Next(6, 24);
        _site = new(root, _time);
        _luck = seed % 16 == 5 ? new(seed) : null;
    }

    /// <summary>Where worlds lie while they run: in memory, where that is a place.</summary>
    public static string Disk { get; } = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private int Seed { get; }

    /// <summary>Runs the world of a seed on a disk of memory, where there is one.</summary>
    public static async Task<Outcome> RunAsync(int seed)
    {
        string root = Path.Combine(Disk, $"candor-sim-{Id.Random()}");
        Directory.CreateDirectory(root);
        try
        {
            var world = new World(seed, root);
            await using (world.ConfigureAwait(false))
            {
                return await world.RunAsync();
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task<Outcome> RunAsync()
    {
        try
        {
            await BeginAsync();
            foreach (var phone in _phones) Next(phone);
            while (_events.TryDequeue(out var happen, out var when))
            {
                _time.Now = when.At;
                await happen();
            }
            await SettleAsync();
            Check();
        }
#pragma warning disable CA1031 // Whatever it is, it is a finding of this seed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _faults.Add(e.ToString());
        }
        _faults.AddRange(_phones.SelectMany(p => p.Faults).Where(f => _evil == Evil.None || !f.Contains(" was refused: ", StringComparison.Ordinal)));
        return new(Seed, _evil, _faults, _phones.Count(p => p.Alarm is not null), _phones.Sum(p => p.Safe.Count), _trace);
    }

    /// <summary>A server, a phone that founds the account, and one or two more that it lets in; both kinds on.</summary>
    private async Task BeginAsync()
    {
        await _site.StartAsync();
        using var phrase = RecoveryPhrase.FromEntropy(Bytes(32));
        using var words = HolderSecret.FromPhrase(phrase);
        var first = NewPhone();
        await DoAsync(first, async () =>
        {
            _serverKey = NoteVerifierKey.TryParse((await first.Api.GetServerInfoAsync(default)).Key, out var key, out _) ? key : throw new InvalidDataException("No key.");
            await first.FoundAsync(_serverKey, words.Keys);
            foreach (var kind in Acts.Used) await Acts.TurnOnAsync(first, kind);
        });
        _account = first.Account!.Id;
        for (int more = _chance.Next(1, 3); more > 0; more--)
        {
            var phone = NewPhone();
            await DoAsync(first, () => first.Account.AddHolderAsync(phone.Keys, phone.Name, default));
            phone.Open(_account, _serverKey);
            await DoAsync(phone, async () =>
            {
                await Acts.PullAsync(phone);
                foreach (var kind in Acts.Used) await Acts.TurnOnAsync(phone, kind);
            });
            await DoAsync(first, () => Acts.PullAsync(first));
        }
        foreach (var phone in _phones)
        {
            // Some clocks are a little off, some by years.
            phone.Clock.Skew = _chance.Next(4) switch { 0 => TimeSpan.FromSeconds(_chance.Next(-400, 400)), 1 => TimeSpan.FromDays(_chance.Next(-3000, 3000)), _ => default };
        }
        if (_phones.SelectMany(p => p.Faults).Any() || _phones.Any(p => p.Alarm is not null)) throw new InvalidOperationException("The world did not even begin.");
    }

    private SimPhone NewPhone()
    {
        var phone = new SimPhone($"phone{_phones.Count}", _root, Bytes(64), _time);
        _phones.Add(phone);
        return phone;
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _chance.NextBytes(bytes);
        return bytes;
    }

    private string Token() => Acts.Token(++_tokens);

    private TimeSpan Seconds(int least, int most) => TimeSpan.FromMilliseconds(_chance.Next(least * 1000, most * 1000));

    private void At(TimeSpan later, Func<Task> happen) => _events.Enqueue(happen, (_time.Now + later, _order++));

    private void Tell(string what) => _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{_time.Now.TotalSeconds:0.000} {what}"));

    /// <summary>A phone's act in calm weather, from its beginning to its end.</summary>
    private async Task DoAsync(SimPhone phone, Func<Task> act)
    {
        await phone.StartAsync(act);
        while (phone.Asking is { } asked)
        {
            _time.Now += TimeSpan.FromMilliseconds(20);
            var answer = await _site.SendAsync(asked.Request);
            if (_restored) Tell($"{phone.Name} {asked.Request.Method} {Words(asked.Request.Target)} {answer.Status}");
            await phone.AnswerAsync(asked, PhoneLine.Message(answer, null, _site.Clock.GetUtcNow()));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var phone in _phones)
        {
            if (phone.IsBusy && !phone.IsOff) await phone.KillAsync(null);
            phone.Dispose();
        }
        _other?.Dispose();
        _site.Dispose();
    }

    /// <summary>Faults have stopped: every phone follows, merges and follows again, until a whole round changed nothing.</summary>
    private async Task SettleAsync()
    {
        if (!_site.IsUp) await _site.StartAsync();
        await _site.LimitAsync(null);
        foreach (var phone in _phones.Where(p => p.IsOff)) phone.Reopen(_account, _serverKey);
        foreach (var phone in _phones) phone.LimitDisk(null);
        if (_backup is not null && !_restored) await RestoreAsync();
        for (int round = 0; round < 16; round++)
        {
            // Everyone who can has put back what it has; who cannot is waited for no longer.
            if (_restored && round == RestoreRounds) _time.Now += RestoreWait;
            long before = Here().Sum(p => p.Account!.Size);
            foreach (var phone in Here().ToList())
            {
                await DoAsync(phone, async () =>
                {
                    await Acts.PullAsync(phone);
                    await Acts.MergeAsync(phone);
                });
            }
            if (Here().Sum(p => p.Account!.Size) == before && round > (_restored ? RestoreRounds : 0)) return;
        }
        _faults.Add("It goes on for ever.");
    }

    /// <summary>Phones that still take part.</summary>
    private IEnumerable<SimPhone> Here() => _phones.Where(p => p is { Alarm: null, Left: false });

}
