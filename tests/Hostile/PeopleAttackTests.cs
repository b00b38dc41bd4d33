using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.EndToEnd;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Hostile;

using Device = Candor.Client.Devices.Device;

/// <summary>People with shares, thieves who have them, and a server that does not keep the three days.</summary>
public sealed class PeopleAttackTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private EvilServer _evil = null!;

    public async ValueTask InitializeAsync()
    {
        _evil = await EvilServer.StartAsync(time: _clock);
        _evil.Phones.Clock = _clock;
    }

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    [Fact]
    public async Task PeopleBringTheAccountBackThreeDaysAfterEveryDeviceWasTold()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", $"{EvilServer.Canary}\n");
        await one.SyncAsync();
        var shares = await one.Device.Account.SetPeopleAsync(2, 3, default);
        Assert.Equal("2 of 3", one.Device.WaysBack().People);
        var waiting = await ComeInAsync("new", shares[2], shares[0]);
        Assert.True(waiting is { Device: null, IsNew: true });
        Assert.Equal(72, (waiting.Until - _clock.GetUtcNow()).TotalHours, 0.1);
        Assert.True((await one.SyncAsync()).Coming is { } coming && coming.At > _clock.GetUtcNow());

        _clock.Advance(TimeSpan.FromHours(71));
        var still = await ComeInAsync("new", shares[0], shares[1]);
        Assert.True(still is { Device: null, IsNew: false });
        _clock.Advance(TimeSpan.FromHours(1));
        var come = await ComeInAsync("new", shares[0], shares[1]);
        using var mine = come.Device!;
        await mine.Account.PullAsync(default);
        Assert.Equal(one.Device.Account.Id, mine.Account.Id);
        await mine.Account.TurnOnAsync(Kind.Notes, "de", "x", default);
        Assert.NotNull(mine.Account.KeysOf(Kind.Notes));
        Assert.Equal(mine.Account.Size, one.Device.Account.Size + await one.Device.Account.PullAsync(default));
        Assert.Null(one.Device.Account.Announced);
        Assert.False(File.Exists(Path.Combine(_evil.Root, "new", "waiting.key")));
    }

    [Fact]
    public async Task ThievesWithEnoughSharesGetNothingWhileADeviceObjectsAndNothingForGoodOnceTheSharesAreRemoved()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        var shares = await one.Device.Account.SetPeopleAsync(2, 2, default);
        await ComeInAsync("thief", [.. shares]);
        _clock.Advance(TimeSpan.FromHours(48));
        Assert.NotNull((await one.SyncAsync()).Coming);
        Assert.True(await one.Device.Account.ObjectAsync(default));
        _clock.Advance(TimeSpan.FromHours(48));
        Assert.Contains("objected", (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("thief", [.. shares]))).Message, StringComparison.Ordinal);
        Assert.False(DeviceHome.HasDevice(Path.Combine(_evil.Root, "thief")));

        // Again: the objection was no ban. The owner ends it for good.
        Assert.True((await ComeInAsync("thief", [.. shares])) is { Device: null, IsNew: true });
        Assert.True(await one.Device.Account.RemovePeopleAsync(default));
        Assert.Null(one.Device.Account.Announced);
        _clock.Advance(TimeSpan.FromHours(100));
        await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("thief", [.. shares]));
        Assert.Single(one.Device.Account.State.LiveHolders, h => h.Keys.Type == HolderType.Device);
    }

    [Fact]
    public async Task BeforeTheTimeIsOverTheServerTellsPeopleNothingOfTheAccount()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        var shares = await one.Device.Account.SetPeopleAsync(2, 2, default);
        using var people = Join(shares);
        var api = Api(people);
        var id = one.Device.Account.Id;
        async Task<string> PullNameAsync()
        {
            try
            {
                await foreach (var item in api.PullAsync(id, 0, false, default)) return item.GetType().Name;
                return "";
            }
            catch (ServerRefusedException refusal)
            {
                return refusal.Name;
            }
        }
        Assert.Equal(ErrorName.TooSoon, await PullNameAsync());
        await ComeInAsync("new", [.. shares]);
        _clock.Advance(TimeSpan.FromHours(71.9));
        Assert.Equal(ErrorName.TooSoon, await PullNameAsync());
        Assert.Equal(ErrorName.TooSoon, (await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetPayloadsAsync(id, [new(0, 0)], default))).Name);
        _clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(nameof(PulledLeaf), await PullNameAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TooFewMixedAndForgedSharesOpenNothing(bool forged)
    {
        var one = await _evil.Phones.JoinAsync("one");
        var old = await one.Device.Account.SetPeopleAsync(2, 3, default);
        var shares = await one.Device.Account.SetPeopleAsync(2, 3, default);
        Assert.Contains("not enough", (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("new", shares[0]))).Message, StringComparison.Ordinal);
        Assert.Contains("not enough", (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("new", shares[0], shares[0]))).Message, StringComparison.Ordinal);
        Assert.Contains("not of one set", (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("new", shares[0], old[1]))).Message, StringComparison.Ordinal);
        Assert.Contains("no account for these shares", (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("new", old[0], old[1]))).Message, StringComparison.Ordinal);
        byte[] bytes = new byte[SecretShare.Size];
        Assert.True(HandText.TryRead(shares[1], bytes, out _));
        bytes[20] ^= 1;
        if (forged) System.Security.Cryptography.SHA256.HashData([.. "candor/v1 share\0"u8, .. bytes[..^2]])[..2].CopyTo(bytes, bytes.Length - 2);
        string why = forged ? "do not fit together" : "do not belong together";
        Assert.Contains(why, (await Assert.ThrowsAsync<DeviceException>(() => ComeInAsync("new", shares[0], HandText.Write(bytes)))).Message, StringComparison.Ordinal);
        Assert.Null(one.Device.Account.Announced);
    }

    /// <summary>The server is the thieves': it takes false times and shows what no honest one would have taken.</summary>
    [Theory]
    [InlineData(0, 0)] // dated ahead
    [InlineData(48, 25)] // dated back, to the account's last sign of life
    public async Task AServerThatLetsPeopleThroughEarlyIsAnAlarm(int hoursBefore, int hoursAfter)
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        var shares = await one.Device.Account.SetPeopleAsync(2, 2, default);
        await one.SyncAsync();
        _clock.Advance(TimeSpan.FromHours(hoursBefore));
        await one.Device.Account.PullAsync(default);
        using var people = Join(shares);
        using var thief = new TestHolder();
        // A good chain of commits by the rules, dated as it needs to be.
        var state = one.Device.Account.State.Clone();
        long start = state.LatestTime.Ms + 1, three = 72L * 3600 * 1000;
        byte[] Leaf(long ms, params Operation[] operations)
        {
            byte[] leaf = people.Sign(new Commit(state.Account, state.Size, state.Root, people.Id, state.Holders[people.Id].LastSeq + 1, new(ms, 0), Kind.None, operations));
            Assert.Null(state.TryExtend(leaf, out _));
            return leaf;
        }
        long first = state.Size;
        byte[] announce = Leaf(start, new Announce(thief.Keys));
        _evil.Lie = told =>
        {
            if (told is { IsPull: true, Status: 200 }) told.Items = [.. told.Items.SkipLast(1), new PulledLeaf(first, announce, null, []), End(state)];
        };
        await one.Device.Account.PullAsync(default);
        Assert.NotNull(one.Device.Account.Announced);

        _clock.Advance(TimeSpan.FromHours(hoursAfter));
        byte[] letIn = Leaf(start + three, new HolderAdd(thief.Keys, default), new Grant(new(thief.Id, 1, new byte[Limits.Wrap])));
        _evil.Lie = told =>
        {
            if (told is { IsPull: true, Status: 200 }) told.Items = [new PulledLeaf(first + 1, letIn, null, []), End(state)];
        };
        var alarm = await Assert.ThrowsAsync<AlarmException>(() => one.Device.Account.PullAsync(default));
        Assert.Equal(AlarmKind.BadCommit, alarm.Kind);
        Assert.Contains("before three days have passed", alarm.Message, StringComparison.Ordinal);
        Assert.False(one.Device.Account.State.Holders.ContainsKey(thief.Id));
    }

    private PulledCheckpoint End(AccountState state) => new(System.Text.Encoding.UTF8.GetString(_evil.Sign(state.Account, state.Size, state.Root)));

    private Task<PeopleRecovery> ComeInAsync(string home, params string[] shares) =>
        PeopleShares.ComeInAsync(Path.Combine(_evil.Root, home), _evil.Phones.Address, home, shares, _clock, default);

    private ServerApi Api(HolderSecret signer)
    {
        var ledger = Candor.Client.Gate.Ledger.Open(Path.Combine(_evil.Root, $"{signer.Id}.jsonl"), _clock);
        return new(new(ledger), _evil.Phones.Address, signer, _clock);
    }

    private static HolderSecret Join(IReadOnlyList<string> texts)
    {
        var shares = texts.Select(t =>
        {
            Assert.Equal(ShareResult.Read, SecretShare.TryRead(t, out var share, out _));
            return share!;
        }).ToList();
        Assert.Equal(SharesResult.Joined, SecretShares.TryJoin(shares, out var holder));
        return holder!;
    }
}
