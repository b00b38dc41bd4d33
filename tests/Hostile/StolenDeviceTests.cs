using System.Security.Cryptography;
using Candor.Client.Devices;
using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Client.Folder;
using Candor.Tests.EndToEnd;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Hostile;

/// <summary>A device of the account in the wrong hands, with its keys: it signs what the rules allow. The others say what it did, lose nothing, and go on once it is removed.</summary>
public sealed class StolenDeviceTests
{
    [Fact]
    public async Task AKeyringWhoseWrapsAreGarbageForSomeIsMendedByWhoeverStillOpensIt()
    {
        await using var evil = await EvilServer.StartAsync();
        var (one, thief) = await TwoAsync(evil);
        // For the words it is good, for the phone it is not.
        await RotateAsync(thief, garbageFor: one.Device.Id, badPrevious: false);
        one.Write("notes/b.md", "more\n");
        var told = await Assert.ThrowsAsync<DeviceException>(() => one.SyncAsync());
        Assert.Contains(thief.Device.Id.ToString()[..8], told.Message, StringComparison.Ordinal);
        Assert.Null(one.Device.Alarms.Standing());
        Assert.Equal(["notes/a.md", "notes/b.md"], one.Files(""));

        var rescue = await evil.Phones.JoinAsync("rescue", Kind.Notes);
        await rescue.Device.Account.RevokeAsync(thief.Device.Id, default);
        await one.SyncAsync();
        await rescue.SyncAsync();
        Assert.Equal("more\n", rescue.Read("notes/b.md"));
        Assert.Equal("a\n", rescue.Read("notes/a.md"));
    }

    [Fact]
    public async Task AKeyringWithoutTheKeyBeforeItStopsNobodyWhoWasThere()
    {
        await using var evil = await EvilServer.StartAsync();
        var (one, thief) = await TwoAsync(evil);
        await RotateAsync(thief, garbageFor: null, badPrevious: true);
        one.Write("notes/b.md", "more\n");
        await one.SyncAsync();
        var again = evil.Phones.Reopen(one);
        Assert.Equal(2, again.Look().Kinds.Single(k => k.Kind == Kind.Notes).Safe);
        await again.Device.Account.RevokeAsync(thief.Device.Id, default);
        again.Write("notes/c.md", "and more\n");
        Assert.Equal(3, (await again.SyncAsync()).Kinds.Single(k => k.Kind == Kind.Notes).Safe);
    }

    [Fact]
    public async Task G02_AnErasureWaitsADayIsAnnouncedToAllAndThenNothingIsLeft()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var evil = await EvilServer.StartAsync(s => s with { EraseWait = TimeSpan.FromHours(24) }, clock);
        evil.Phones.Clock = clock;
        var one = await evil.Phones.JoinAsync("one", Kind.Photos, Kind.Notes);
        one.Write("photos/p.jpg", RandomNumberGenerator.GetBytes(200_000));
        one.Write("notes/n.md", $"{EvilServer.Canary}\n");
        await one.SyncAsync();
        var two = await evil.Phones.JoinAsync("two", Kind.Photos, Kind.Notes);
        await two.SyncAsync();

        var wait = await one.Device.Account.AnnounceEraseAsync(Kind.Photos, default);
        Assert.InRange(wait!.Value.TotalHours, 23.9, 24);
        Assert.False(one.Device.Account.IsOn(Kind.Photos));
        Assert.Null(one.Device.Account.KeysOf(Kind.Photos));
        var report = await two.SyncAsync();
        Assert.Equal((Kind.Photos, "one"), (Assert.Single(report.Announced).Kind, report.Announced[0].Device));
        Assert.True(two.Device.Account.IsOn(Kind.Photos));

        clock.Advance(TimeSpan.FromHours(23));
        await one.SyncAsync();
        Assert.NotEmpty(evil.BlobFiles());
        clock.Advance(TimeSpan.FromHours(2));
        await one.SyncAsync();
        Assert.Empty(evil.BlobFiles());
        report = await two.SyncAsync();
        Assert.Empty(report.Announced);
        Assert.Equal((false, true), (two.Device.Account.IsOn(Kind.Photos), two.Device.Account.IsOn(Kind.Notes)));
        foreach (var phone in new[] { one, two })
        {
            Assert.Empty(phone.Device.Store.LoadVaults(Kind.Photos));
            Assert.Empty(phone.Device.Store.Heads(Kind.Photos));
            Assert.True(phone.Has("photos/p.jpg"));
        }
        Assert.Contains(new Candor.Client.Library.Timeline(two.Device).Commits(), c => c.Changes.Contains("photos erased", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnErasureThatIsDoneIsNotDoneAgainToWhatAnotherDeviceBeginsAnew()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var evil = await EvilServer.StartAsync(s => s with { EraseWait = TimeSpan.FromHours(24) }, clock);
        evil.Phones.Clock = clock;
        var (one, two) = await TwoAsync(evil);
        Assert.NotNull(await one.Device.Account.AnnounceEraseAsync(Kind.Notes, default));
        clock.Advance(TimeSpan.FromHours(25));
        await one.SyncAsync();
        await two.SyncAsync();
        Assert.False(two.Device.Account.IsOn(Kind.Notes));

        await two.Device.Account.TurnOnAsync(Kind.Notes, "de", "notes leave this phone, sealed.", default);
        await two.SyncAsync();
        clock.Advance(TimeSpan.FromHours(25));
        await one.SyncAsync();
        var report = await two.SyncAsync();
        Assert.Empty(report.Announced);
        Assert.True(two.Device.Account.IsOn(Kind.Notes));
        Assert.Equal(1, report.Kinds.Single(k => k.Kind == Kind.Notes).Safe);
        // Said again, it is meant again, and waits again.
        Assert.InRange((await one.Device.Account.AnnounceEraseAsync(Kind.Notes, default))!.Value.TotalHours, 23.9, 24);
        Assert.Equal("one", Assert.Single((await two.SyncAsync()).Announced).Device);
    }

    [Fact]
    public async Task AnErasureIsTakenBackByRemovingTheDeviceThatAnnouncedIt()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var evil = await EvilServer.StartAsync(s => s with { EraseWait = TimeSpan.FromHours(24) }, clock);
        evil.Phones.Clock = clock;
        var (one, thief) = await TwoAsync(evil);
        Assert.NotNull(await thief.Device.Account.AnnounceEraseAsync(Kind.Notes, default));
        Assert.Single((await one.SyncAsync()).Announced);
        await one.Device.Account.RevokeAsync(thief.Device.Id, default);
        clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal(ErrorName.HolderRemoved, (await Assert.ThrowsAsync<Candor.Client.Api.ServerRefusedException>(() => thief.SyncAsync())).Name);
        var report = await one.SyncAsync();
        Assert.Empty(report.Announced);
        Assert.Equal(1, report.Kinds.Single(k => k.Kind == Kind.Notes).Safe);
    }

    [Fact]
    public async Task AServerTakesNoErasureThatWasNotAnnouncedWhateverTheLogsTimesSay()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(s => s with { EraseWait = TimeSpan.FromHours(24) }, clock);
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes, Kind.Photos);
        async Task<Answer> EraseAsync(TestDevice by) => await by.PushAsync(by.Erasing(Kind.Notes, []));
        Assert.Equal((403, ErrorName.TooSoon), ((await EraseAsync(device)).Status, (await EraseAsync(device)).Error));
        // Off since long is no announcement, nor is one for another kind.
        Assert.Equal(200, (await device.TurnOffAsync(Kind.Notes)).Status);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.None, [new Consent(Kind.Photos, false, "de", EraseNotice.Hash)]))).Status);
        clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(ErrorName.TooSoon, (await EraseAsync(device)).Error);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.None, [new Consent(Kind.Notes, false, "de", EraseNotice.Hash)], change: c => c with { Time = new(c.Time.Ms - 1, 7) }))).Status);
        clock.Advance(TimeSpan.FromHours(23));
        var early = await EraseAsync(device);
        Assert.Equal(ErrorName.TooSoon, early.Error);
        Assert.InRange(early.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 59, 61);
        // A holder of another type that the thief adds has to wait as long.
        using var words = await device.AddAsync(HolderType.Phrase);
        Assert.Equal(ErrorName.TooSoon, (await EraseAsync(words)).Error);
        clock.Advance(TimeSpan.FromHours(1));
        device.Take(device.Push(Kind.None, []) is var beat && (await device.PostAsync(device.Path("/commits"), beat.Encode())).Status == 200 ? beat : throw new InvalidOperationException());
        Assert.Equal(200, (await EraseAsync(device)).Status);
        // The announcement was for that one: what is begun anew needs another.
        using var other = await device.AddAsync();
        Assert.Equal(200, (await other.TurnOnAsync(Kind.Notes)).Status);
        device.State = other.State.Clone();
        clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(ErrorName.TooSoon, (await EraseAsync(device)).Error);
    }

    private static async Task<(Phone One, Phone Thief)> TwoAsync(EvilServer evil)
    {
        var one = await evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "a\n");
        await one.SyncAsync();
        var thief = await evil.Phones.JoinAsync("thief", Kind.Notes);
        await thief.SyncAsync();
        await one.SyncAsync();
        return (one, thief);
    }

    /// <summary>A new epoch as a thief makes it: by the rules, with keys that are not what they should be.</summary>
    private static async Task RotateAsync(Phone thief, Id? garbageFor, bool badPrevious)
    {
        var state = thief.Device.Account.State;
        var me = state.Holders[thief.Device.Id];
        using var root = RootKeys.Open(state.Account, thief.Device.Me, me.Wrap!, state.Epoch, state.PreviousRootKeys)!;
        var keyring = root.Rotate(state.LiveHolders.Select(h => h.Keys))!;
        keyring = keyring with
        {
            Wraps = [.. keyring.Wraps.Select(w => w.Holder == garbageFor ? w with { Bytes = RandomNumberGenerator.GetBytes(Limits.Wrap) } : w)],
            Previous = badPrevious ? RandomNumberGenerator.GetBytes(Limits.SealedKey) : keyring.Previous,
        };
        using var key = Secret32.Generate();
        byte[] sealedKey = root.SealVaultKey(Kind.Notes, key);
        var commit = new Commit(state.Account, state.Size, state.Root, thief.Device.Id, me.LastSeq + 1, new(state.LatestTime.Ms + 1, 0), Kind.None,
            [keyring, new Vault(Kind.Notes, keyring.Epoch, Hash32.Of(sealedKey), sealedKey.Length)]);
        await thief.Device.Api.PushAsync(state.Account, new(thief.Device.Me.Sign(commit), default, [sealedKey]), Kind.None, -1, default);
    }
}
