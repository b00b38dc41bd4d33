using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Client.Accounts;

public sealed class AccountTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-account-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero));
    private readonly ScriptedServer _server = new();
    private readonly RecoveryPhrase _phrase = RecoveryPhrase.Generate();
    private readonly Devices _devices;

    public AccountTests() => _devices = new(_folder, new Uri("http://test.example/"), _clock, ledger => new(ledger, _server), _ => Task.FromResult(_server.Key));

    public void Dispose()
    {
        _devices.Dispose();
        _phrase.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task WhatOneDeviceWritesAnotherReads()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes leave this device, sealed.", default);
        var record = Id.Random();
        await one.Account.CommitAsync(Kind.Notes, [new(record, [], Devices.Note("Shopping.md", "milk"))], null, default);

        var two = await _devices.JoinAsync(one);
        Assert.Null(two.Account.KeysOf(Kind.Notes));
        await two.Account.TurnOnAsync(Kind.Notes, "de", "Notes leave this device, sealed.", default);
        var head = Assert.Single(two.Account.State.Size > 0 ? two.Store.Heads(Kind.Notes) : []);
        var read = two.Account.Read(head);
        Assert.Equal("milk", Encoding.UTF8.GetString(read!.Original.Span));

        await two.Account.CommitAsync(Kind.Notes, [new(record, [head.Place], Devices.Note("Shopping.md", "milk and bread"))], null, default);
        await one.Account.PullAsync(default);
        var newest = Assert.Single(one.Store.HeadsOf(record));
        Assert.Equal("milk and bread", one.Text(newest));
        Assert.Equal(one.Account.State.Root, two.Account.State.Root);
        Assert.Equal("laptop", one.Account.NameOf(one.Account.State.Holders[two.Me.Id]));
    }

    [Attack("G01")]
    [Fact]
    public async Task WithoutConsentTheDeviceHoldsNoKeyAndSealsNothing()
    {
        var one = await FoundAsync();
        int before = _server.Requests.Count;
        var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => one.Account.CommitAsync(Kind.Photos, [new(Id.Random(), [], Devices.Note("a", "b"))], null, default));
        Assert.Equal(ErrorName.ConsentRequired, refused.Name);
        Assert.Equal(before, _server.Requests.Count);
        Assert.Empty(one.Store.LoadVaults(Kind.Photos));

        await one.Account.TurnOnAsync(Kind.Photos, "de", "Photos", default);
        Assert.NotNull(one.Account.KeysOf(Kind.Photos));
        await one.Account.TurnOffAsync(Kind.Photos, default);
        Assert.Null(one.Account.KeysOf(Kind.Photos));
        Assert.Empty(one.Store.LoadVaults(Kind.Photos));
    }

    [Fact]
    public async Task TheWordsAloneBringEverythingBack()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("a.md", "kept"))], null, default);

        RecoveryPhrase.TryRead(string.Join(' ', _phrase.ToWords()), out var words, out _);
        using var typed = words!;
        var rescue = await _devices.OpenAsync(one.Account.Id, _devices.Track(HolderSecret.FromPhrase(typed)), "rescue");
        await rescue.Account.PullAsync(default);
        var fresh = _devices.Track(HolderSecret.GenerateDevice());
        await rescue.Account.AddHolderAsync(fresh.Keys, "new phone", default);
        var device = await _devices.OpenAsync(one.Account.Id, fresh, "fresh");
        await device.Account.PullAsync(default);
        await device.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        Assert.Equal("kept", device.Text(Assert.Single(device.Store.Heads(Kind.Notes))));
    }

    [Attack("D05")]
    [Fact]
    public async Task ARevokedDeviceReadsNothingNewAndTheOthersReadOn()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("old.md", "before"))], null, default);
        var two = await _devices.JoinAsync(one);
        await two.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        await one.Account.PullAsync(default);

        await one.Account.RevokeAsync(two.Me.Id, default);
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("new.md", "after"))], null, default);
        var heads = one.Store.Heads(Kind.Notes);
        Assert.Equal(["before", "after"], heads.Select(h => one.Text(h)));
        Assert.Equal(2u, one.Account.State.Epoch);

        await two.Account.PullAsync(default);
        Assert.Null(two.Account.KeysOf(Kind.Notes));
        Assert.Empty(two.Store.LoadVaults(Kind.Notes));
        Assert.Null(two.Account.Read(two.Store.Heads(Kind.Notes)[^1]));
    }

    [Attack("S14")]
    [Fact]
    public async Task TwoDevicesThatWriteAtOnceBothGetThrough()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var two = await _devices.JoinAsync(one);
        await two.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        // one has not seen two's consent: its first push meets a head that moved.
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("one.md", "1"))], null, default);
        await two.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("two.md", "2"))], null, default);
        await one.Account.PullAsync(default);
        Assert.Equal(2, one.Store.Heads(Kind.Notes).Count);
        Assert.Equal(one.Account.State.Root, two.Account.State.Root);
    }

    [Fact]
    public async Task AWriteThatMeetsARevocationIsSealedAnewUnderTheNewKey()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var two = await _devices.JoinAsync(one);
        await two.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        await one.Account.PullAsync(default);
        var lost = _devices.Track(HolderSecret.GenerateDevice());
        await one.Account.AddHolderAsync(lost.Keys, "lost", default);
        await one.Account.RevokeAsync(lost.Id, default);

        await two.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("a.md", "after"))], null, default);
        await one.Account.PullAsync(default);
        var head = Assert.Single(one.Store.Heads(Kind.Notes));
        Assert.Equal(2u, one.Store.PutAt(head.Place)!.Value.Put.Epoch);
        Assert.Equal("after", one.Text(head));
    }

    [Fact]
    public async Task S01_S02_AServerThatShowsAnOlderHistoryRaisesAnAlarmAndNothingIsLost()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var older = _server.Log.ToList();
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("a.md", "kept"))], null, default);
        _server.Log = older;
        Assert.Equal(AlarmKind.Rollback, (await Assert.ThrowsAsync<AlarmException>(() => one.Account.PullAsync(default))).Kind);
        Assert.Single(one.Store.Heads(Kind.Notes));
    }

    [Fact]
    public async Task S04_S05_AHistoryThatPartedNeverJoinsAgain()
    {
        var one = await FoundAsync();
        var two = await _devices.JoinAsync(one);
        await two.Account.PullAsync(default);
        var fork = two.Account.State.Clone();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);

        // The server shows two another branch first, then the real one.
        byte[] other = two.Me.Sign(new Commit(fork.Account, fork.Size, fork.Root, two.Me.Id, 1, new(_clock.GetUtcNow().ToUnixTimeMilliseconds(), 0), Kind.None, []));
        Assert.Null(fork.TryExtend(other, out _));
        _server.Pulled = _ => [new PulledLeaf(fork.Size - 1, other, null, []), new PulledCheckpoint(Encoding.UTF8.GetString(_server.CheckpointOf(fork.Size, fork.Root)))];
        await two.Account.PullAsync(default);
        _server.Pulled = items => items;
        await one.Account.TurnOnAsync(Kind.Photos, "de", "Photos", default);
        var alarm = await Assert.ThrowsAsync<AlarmException>(() => two.Account.PullAsync(default));
        Assert.Equal(AlarmKind.Fork, alarm.Kind);
        Assert.Equal(fork.Root, two.Account.State.Root);
    }

    [Theory]
    [InlineData("drop", AlarmKind.Fork)]
    [InlineData("reorder", AlarmKind.Fork)]
    [InlineData("replay", AlarmKind.Fork)]
    [InlineData("flip", AlarmKind.BadCommit)]
    [InlineData("payload", AlarmKind.BadPayload)]
    [InlineData("payload-short", AlarmKind.BadPayload)]
    [InlineData("payload-long", AlarmKind.BadPayload)]
    [InlineData("checkpoint", AlarmKind.BadCheckpoint)]
    [InlineData("ghost", AlarmKind.BadCommit)]
    public async Task S06_S07_S08_C01_D01_EveryLieInAPullIsNamedAndNotTaken(string lie, AlarmKind expected)
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        for (int i = 0; i < 3; i++) await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note($"{i}.md", "text"))], null, default);
        using var ghost = new TestHolder();
        _server.Pulled = items => lie switch
        {
            "drop" => items.Where((_, i) => i != 2),
            "reorder" => [items[0], items[2], items[1], .. items.Skip(3)],
            "replay" => [items[0], items[1], (PulledLeaf)items[1] with { Index = 2 }, .. items.Skip(2)],
            "flip" => items.Select((item, i) => i == 2 ? (PulledLeaf)item with { Leaf = Flip(((PulledLeaf)item).Leaf) } : item),
            "payload" => items.Select((item, i) => i == 3 ? (PulledLeaf)item with { Bundle = Flip(((PulledLeaf)item).Bundle!.Value) } : item),
            "payload-short" => items.Select((item, i) => i == 3 ? (PulledLeaf)item with { Bundle = ((PulledLeaf)item).Bundle!.Value[1..] } : item),
            "payload-long" => items.Select((item, i) => i == 3 ? (PulledLeaf)item with { Bundle = (byte[])[.. ((PulledLeaf)item).Bundle!.Value.Span, 0] } : item),
            "checkpoint" => [.. items.SkipLast(1), new PulledCheckpoint(((PulledCheckpoint)items[^1]).Note.Replace("\n5\n", "\n6\n", StringComparison.Ordinal))],
            _ => [.. items.SkipLast(1), new PulledLeaf(_server.State!.Size, ghost.SignCommit(ghost.Next(_server.State, Kind.None, new HolderAdd(ghost.Keys, default))), null, []), items[^1]],
        };
        var witness = await _devices.OpenAsync(one.Account.Id, one.Me, "witness");
        var alarm = await Assert.ThrowsAsync<AlarmException>(() => witness.Account.PullAsync(default));
        Assert.Equal(expected, alarm.Kind);

        // What came before the lie is good and kept; once the server tells the truth, the rest follows.
        _server.Pulled = items => items;
        await witness.Account.PullAsync(default);
        Assert.Equal(one.Account.State.Root, witness.Account.State.Root);
        Assert.Equal(3, witness.Store.Heads(Kind.Notes).Count);
    }

    [Fact]
    public async Task APullThatBreaksOffAnywhereKeepsWhatVerifiedAndGoesOn()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        for (int i = 0; i < 3; i++) await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note($"{i}.md", "text"))], null, default);
        var witness = await _devices.OpenAsync(one.Account.Id, one.Me, "witness");
        for (int cut = 1; witness.Account.State.Size < one.Account.State.Size; cut += 97)
        {
            _server.CutAfter = cut;
            await Assert.ThrowsAsync<ServerRefusedException>(() => witness.Account.PullAsync(default));
        }
        _server.CutAfter = int.MaxValue;
        await witness.Account.PullAsync(default);
        Assert.Equal(one.Account.State.Root, witness.Account.State.Root);
        Assert.Equal(3, witness.Store.Heads(Kind.Notes).Count);
    }

    [Fact]
    public async Task AStoreOpenedAgainGoesOnWhereItStopped()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var record = Id.Random();
        await one.Account.CommitAsync(Kind.Notes, [new(record, [], Devices.Note("a.md", "text"))], null, default);
        one.Store.Dispose();
        var again = await _devices.OpenAsync(one.Account.Id, one.Me, "phone");
        Assert.Equal(one.Account.State.Root, again.Account.State.Root);
        Assert.Equal("text", again.Text(Assert.Single(again.Store.HeadsOf(record))));
        await again.Account.CommitAsync(Kind.Notes, [new(record, [again.Store.HeadsOf(record)[0].Place], null)], null, default);
        Assert.True(Assert.Single(again.Store.HeadsOf(record)).Removed);
    }

    [Fact]
    public async Task R13_AnOperationThatNamesAnotherRecordIsVoidAndTheAccountGoesOn()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [], Devices.Note("a.md", "text"))], null, default);
        var place = one.Store.Heads(Kind.Notes)[0].Place;
        // As a stolen device would, on a server that lets it pass.
        await one.Account.CommitAsync(Kind.Notes, [new(Id.Random(), [place], Devices.Note("b.md", "text")), new(Id.Random(), [place], null)], null, default);
        Assert.Equal(place, Assert.Single(one.Store.Heads(Kind.Notes)).Place);

        var witness = await _devices.OpenAsync(one.Account.Id, one.Me, "witness");
        await witness.Account.PullAsync(default);
        Assert.Equal(place, Assert.Single(witness.Store.Heads(Kind.Notes)).Place);
        await witness.Account.FetchVaultKeysAsync(Kind.Notes, default);
        await witness.Account.CommitAsync(Kind.Notes, [new(witness.Store.Heads(Kind.Notes)[0].Record, [place], Devices.Note("a.md", "on"))], null, default);
        await one.Account.PullAsync(default);
        Assert.Equal("on", one.Text(Assert.Single(one.Store.Heads(Kind.Notes))));
    }

    [Fact]
    public async Task ManyRecordsGoInSeveralCommitsAndAllArrive()
    {
        var one = await FoundAsync();
        await one.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var changes = Enumerable.Range(0, 4500).Select(i => new RecordChange(Id.Random(), [], Devices.Note($"{i}.md", $"note {i}"))).ToList();
        var progress = new List<int>();
        await one.Account.CommitAsync(Kind.Notes, changes, committed => progress.Add(committed.Count), default);
        Assert.Equal([2000, 2000, 500], progress);
        var witness = await _devices.OpenAsync(one.Account.Id, one.Me, "witness");
        await witness.Account.PullAsync(default);
        await witness.Account.FetchVaultKeysAsync(Kind.Notes, default);
        Assert.Equal(changes.Select(c => Encoding.UTF8.GetString(c.Content!.Original.Span)), witness.Store.Heads(Kind.Notes).Select(h => witness.Text(h)));
    }

    private static byte[] Flip(ReadOnlyMemory<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        copy[^1] ^= 1;
        return copy;
    }

    private Task<Device> FoundAsync() => _devices.FoundAsync(_phrase);
}
