using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Devices;
using Candor.Client.Pairing;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.EndToEnd;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Hostile;

using Device = Candor.Client.Devices.Device;

/// <summary>A server that lies about who belongs to an account, and a device of it that was stolen.</summary>
public sealed class DeviceLieTests : IAsyncLifetime
{
    private EvilServer _evil = null!;

    public async ValueTask InitializeAsync() => _evil = await EvilServer.StartAsync();

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    [Theory]
    [InlineData("a device adds itself")]
    [InlineData("a device in an old one's name")]
    [InlineData("a record of nobody's")]
    [InlineData("a consent in our name")]
    [InlineData("a consent taken away in our name")]
    [InlineData("new keys for everyone")]
    public async Task C08_D01_G03_K12_AChangeThatNoDeviceOfOursSignedIsAnAlarm(string lie)
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", $"{EvilServer.Canary}\n");
        await one.SyncAsync();
        using var ghost = new TestHolder();
        var state = one.Device.Account.State;
        Commit By(Id author, Kind kind, params Operation[] operations) =>
            new(state.Account, state.Size, state.Root, author, (state.Holders.GetValueOrDefault(author)?.LastSeq ?? 0) + 1, new(state.LatestTime.Ms + 1, 0), kind, operations);
        Wrap WrapOf(Id holder) => new(holder, 1, new byte[Limits.Wrap]);
        byte[] leaf = ghost.SignCommit(lie switch
        {
            "a device adds itself" => By(ghost.Id, Kind.None, new HolderAdd(ghost.Keys, default), new Grant(WrapOf(ghost.Id))),
            "a device in an old one's name" => By(one.Device.Id, Kind.None, new HolderAdd(ghost.Keys, default), new Grant(WrapOf(ghost.Id))),
            "a record of nobody's" => By(ghost.Id, Kind.Notes, new Put(Id.Random(), Id.Random(), 1, [], Hash32.Of("x"u8), Limits.SmallestSealed, [])),
            "a consent in our name" => By(one.Device.Id, Kind.None, new Consent(Kind.Photos, true, "de", Hash32.Of("x"u8)), new Vault(Kind.Photos, 1, Hash32.Of("k"u8), Limits.SealedKey)),
            "a consent taken away in our name" => By(one.Device.Id, Kind.None, new Consent(Kind.Notes, false, "de", Hash32.Of("x"u8))),
            _ => By(one.Device.Id, Kind.None, new Keyring(2, [.. state.LiveHolders.Select(h => h.Id).Order().Select(WrapOf)], new byte[Limits.SealedKey]), new Vault(Kind.Notes, 2, Hash32.Of("k"u8), Limits.SealedKey)),
        });
        _evil.Lie = told =>
        {
            if (told is { IsPull: true, Status: 200 } && !told.Query.Contains("payloads=none", StringComparison.Ordinal)) told.Items = [.. told.Items.SkipLast(1), new PulledLeaf(state.Size, leaf, null, []), new PulledCheckpoint(Encoding.UTF8.GetString(_evil.Sign(state.Account, state.Size + 1, default)))];
        };
        var alarm = await SyncLieTests.AlarmAsync(one, AlarmKind.BadCommit);
        Assert.Equal(leaf, File.ReadAllBytes(Path.Combine(alarm.Stands!.Folder, "their.leaf")));
        Assert.Equal((true, false), (one.Device.Account.IsOn(Kind.Notes), one.Device.Account.IsOn(Kind.Photos)));
        Assert.DoesNotContain(one.Device.Account.State.LiveHolders, h => h.Id == ghost.Id);
        Assert.Equal(["notes/a.md"], one.Files(""));
    }

    [Fact]
    public async Task D01_G03_RowsThatAServerAddsOrFlipsChangeNoDevicesMind()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        using var ghost = new Candor.Tests.Server.TestDevice(_evil.Real);
        await _evil.RewriteAsync(
            "INSERT INTO holders (account, holder, type, signing, agreement, added) VALUES ($account, $holder, 1, $signing, $agreement, 0)",
            ("$account", one.Device.Account.Id.ToArray()), ("$holder", ghost.Id.ToArray()), ("$signing", ghost.Keys.Signing.ToArray()), ("$agreement", ghost.Keys.Agreement.ToArray()));
        Assert.Equal(404, (await ghost.GetAsync($"/v1/accounts/{one.Device.Account.Id}/log")).Status);

        // Keys of a kind that is off, forced on a device: it does not ask for them, and takes none that it did not ask for.
        one.Write("photos/p.jpg", Encoding.UTF8.GetBytes($"{EvilServer.Canary}"));
        int before = _evil.Asked;
        var report = await one.SyncAsync();
        Assert.False(report.Kinds.Single(k => k.Kind == Kind.Photos).On);
        Assert.Null(one.Device.Account.KeysOf(Kind.Photos));
        Assert.DoesNotContain(_evil.Tap.Requests().Whole, r => r.Line.Contains("photos", StringComparison.Ordinal));
        Assert.True(_evil.Asked > before);
    }

    [Fact]
    public async Task K12_AnAccountThatNamesOurWordsButInWhichTheyNeverSignedIsNotJoined()
    {
        // The server knows the words' public keys from our own log. It founds an account of its own with them in it.
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        var words = one.Device.Account.State.Holders.Values.Single(h => h.Keys.Type == HolderType.Phrase).Keys;
        using var thief = new Candor.Tests.Server.TestDevice(_evil.Real);
        Assert.Equal(201, (await thief.FoundAsync()).Status);
        Assert.Equal(200, (await thief.PushAsync(thief.Push(Kind.None, [new HolderAdd(words, default), new Grant(new(words.Id, 1, new byte[Limits.Wrap]))]))).Status);
        _evil.Lie = told =>
        {
            if (!told.Path.StartsWith("/v1/holders/", StringComparison.Ordinal)) return;
            var w = Cbor.Writer();
            w.WriteStartArray(2);
            w.WriteId(thief.Account);
            w.WriteInt64(thief.State.Size);
            w.WriteEndArray();
            told.Body = w.Encode();
        };
        string home = Path.Combine(_evil.Root, "new");
        var refused = await Assert.ThrowsAsync<DeviceException>(() => Device.RecoverAsync(home, _evil.Phones.Address, "new", _evil.Phones.Words, TimeProvider.System, default));
        Assert.Contains("never signed", refused.Message, StringComparison.Ordinal);
        Assert.False(DeviceHome.HasDevice(home));
        Assert.Equal(2, thief.State.LiveHolders.Count());
        _evil.Lie = null;
        using var mine = await Device.RecoverAsync(home, _evil.Phones.Address, "new", _evil.Phones.Words, TimeProvider.System, default);
        Assert.Equal(one.Device.Account.Id, mine.Account.Id);
    }

    [Fact]
    public async Task K13_AServersPageFullOfKeysAndPoliciesChangesNothing()
    {
        using var escrow = new TestHolder(HolderType.Password);
        _evil.Lie = told =>
        {
            if (told.Path != "/v1/server") return;
            string policy = $$$""","recovery":{"enrolled":true,"holder":"{{{escrow.Keys.ToHeader()}}}"},"organisation":{"key":"{{{escrow.Id}}}"},"sync":["contacts","photos"],"kdf":{"m":8,"t":1}}""";
            told.Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(told.Body).TrimEnd()[..^1] + policy);
        };
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        await one.SyncAsync();
        var state = one.Device.Account.State;
        Assert.Equal([HolderType.Device, HolderType.Phrase], state.Holders.Values.Select(h => h.Keys.Type).Order());
        Assert.Equal([Kind.Notes], Kinds.All.Where(one.Device.Account.IsOn));
        foreach (var request in _evil.Tap.Requests().Whole) Assert.True(request.Body.AsSpan().IndexOf(escrow.Keys.Agreement.Span) < 0);
    }

    [Fact]
    public async Task S03_ADeviceThatWasPairedTakesNoOlderLogThanItsApproverSaw()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        long old = one.Device.Account.Size;
        var root = one.Device.Account.State.Root;
        await one.SyncAsync();
        one.Write("notes/a.md", "a\n");
        await one.SyncAsync();
        var (device, approver) = await PairAsync(one, null);
        Assert.Null(approver);
        _evil.Lie = told =>
        {
            if (told is { IsPull: true, Status: 200 } && told.Query.Contains("from=0", StringComparison.Ordinal)) told.Items = [.. told.Items.Take((int)old), new PulledCheckpoint(Encoding.UTF8.GetString(_evil.Sign(one.Device.Account.Id, old, root)))];
        };
        using (device)
        {
            var alarm = await Assert.ThrowsAsync<AlarmException>(() => device!.Account.PullAsync(default));
            Assert.Equal(AlarmKind.Fork, alarm.Kind);
            _evil.Lie = null;
            device!.Alarms.GoOn();
            await device.Account.PullAsync(default);
            Assert.True(device.Account.Size > old);
        }
    }

    [Fact]
    public async Task D02_KeysThatAreSwappedOnTheWayShowOtherWordsOrNoneAndNobodyIsLetIn()
    {
        var one = await _evil.Phones.JoinAsync("one");
        // The reveal alone: it is not what was committed to.
        using var thief = HolderSecret.GenerateDevice();
        byte[] reveal = new PairingReveal(thief.Keys, new byte[32], "laptop").Encode();
        _evil.Lie = told => Pairing(told, (forApprover, m) => forApprover && m.Reveal is not null ? m with { Reveal = reveal } : m);
        var (device, refused) = await PairAsync(one, null);
        Assert.Null(device);
        Assert.Equal(PairingFailure.Tampered, refused!.Failure);

        // Commitment and reveal, and another offer to the new device: the server is in the middle of both.
        byte[] offer = new PairingOffer(one.Device.Account.Id, thief.Keys, new byte[32]).Encode();
        _evil.Lie = told => Pairing(told, (forApprover, m) => forApprover
            ? m with { Commitment = PairingRules.Commitment(reveal), Reveal = m.Reveal is null ? m.Reveal : reveal }
            : m with { Offer = m.Offer is null ? m.Offer : offer });
        var words = new List<string>();
        (device, refused) = await PairAsync(one, words);
        Assert.Null(device);
        Assert.Equal(PairingFailure.WordsDiffer, refused!.Failure);
        Assert.Equal(2, words.Count);
        Assert.NotEqual(words[0], words[1]);
        Assert.DoesNotContain(one.Device.Account.State.Holders.Keys, h => h == thief.Id);
    }

    [Fact]
    public async Task D03_AWelcomeOfAnEarlierPairingOpensNoLaterOne()
    {
        var one = await _evil.Phones.JoinAsync("one");
        ReadOnlyMemory<byte>? first = null;
        _evil.Lie = told => Pairing(told, (forApprover, m) =>
        {
            if (!forApprover) first ??= m.Welcome;
            return m;
        });
        var (device, _) = await PairAsync(one, null);
        device!.Dispose();
        Assert.NotNull(first);
        _evil.Lie = told => Pairing(told, (forApprover, m) => !forApprover && m.Welcome is not null ? m with { Welcome = first } : m);
        (device, var refused) = await PairAsync(one, null);
        Assert.Null(device);
        Assert.Equal(PairingFailure.Tampered, refused!.Failure);
    }

    [Fact]
    public async Task S12_ManyRemovalsFromAnotherDeviceWaitForAPersonAndCanBeTakenBack()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        for (int i = 0; i < 60; i++) one.Write($"notes/{i}.md", $"{EvilServer.Canary} {i}\n");
        await one.SyncAsync();
        var thief = await _evil.Phones.JoinAsync("stolen", Kind.Notes);
        await thief.SyncAsync();
        for (int i = 0; i < 50; i++) thief.Delete($"notes/{i}.md");
        await thief.SyncAsync(new() { AllowRemovals = true });
        long change = thief.Device.Account.Size - 1;

        var report = await one.SyncAsync();
        var held = Assert.Single(report.Held);
        Assert.Equal((Kind.Notes, 50, 60, true), (held.Kind, held.Count, held.OfRecords, held.FromElsewhere));
        Assert.Equal(60, one.Files("").Length);
        var notes = report.Kinds.Single(k => k.Kind == Kind.Notes);
        Assert.Equal((60L, 10L, 0L, 50), (notes.Seen, notes.Safe, notes.Unexplained, notes.Troubles.Count));
        // It asks again until there is an answer, and loses nothing meanwhile.
        Assert.Equal(50, Assert.Single((await one.SyncAsync()).Held).Count);

        await one.Device.Account.RevokeAsync(thief.Device.Id, default);
        var timeline = new Candor.Client.Library.Timeline(one.Device);
        Assert.Equal(50, (await timeline.UndoAsync(change, default)).Undone);
        report = await one.SyncAsync();
        Assert.Empty(report.Held);
        Assert.Equal(60, one.Files("").Length);
        Assert.Equal((60L, 0), (report.Kinds.Single(k => k.Kind == Kind.Notes).Safe, report.Kinds.Sum(k => k.Troubles.Count)));
    }

    [Fact]
    public async Task S12_AFewRemovalsPassAndManyDoWhenAPersonSaysSo()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        for (int i = 0; i < 60; i++) one.Write($"notes/{i}.md", $"{i}\n");
        await one.SyncAsync();
        var two = await _evil.Phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync();
        for (int i = 0; i < 10; i++) two.Delete($"notes/{i}.md");
        await two.SyncAsync(new() { AllowRemovals = true });
        Assert.Empty((await one.SyncAsync()).Held);
        Assert.Equal(50, one.Files("").Length);
        two.Delete("notes/10.md");
        await two.SyncAsync(new() { AllowRemovals = true });
        Assert.Equal(1, Assert.Single((await one.SyncAsync()).Held).Count);
        Assert.Equal(50, one.Files("").Length);
        Assert.Empty((await one.SyncAsync(new() { AllowRemovals = true })).Held);
        Assert.Equal(49, one.Files("").Length);
    }

    [Fact]
    public async Task S09_ADeviceThatAServerFreezesSeesThatTheOthersFellSilent()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _evil.Phones.Clock = clock;
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        var two = await _evil.Phones.JoinAsync("two", Kind.Notes);
        await one.SyncAsync();
        // For one the account stands still; what it writes itself is taken.
        for (int day = 0; day < 4; day++)
        {
            clock.Advance(TimeSpan.FromHours(25));
            _evil.Lie = null;
            long before = two.Device.Account.Size;
            await two.SyncAsync();
            Assert.Equal(before + 1, two.Device.Account.Size);
            _evil.Lie = told =>
            {
                if (told is { IsPull: true, Status: 200 }) told.Items = [new PulledCheckpoint(Encoding.UTF8.GetString(_evil.Sign(one.Device.Account.Id, one.Device.Account.Size, one.Device.Account.State.Root)))];
                else if (told.IsPush && told.Status == 409)
                {
                    Assert.True(Push.TryDecode(told.Request, out var push));
                    var shown = one.Device.Account.State.Clone();
                    Assert.Null(shown.TryExtend(push.Leaf, out _));
                    (told.Status, told.Headers, told.Body) = (200, [], _evil.Sign(shown.Account, shown.Size, shown.Root));
                }
            };
            var report = await one.SyncAsync();
            Assert.Equal(day >= 2, report.Silent.Any(s => s.Name == "two"));
        }
    }

    /// <summary>One whole ceremony through the server; both people say what they see. Adds the words of both screens.</summary>
    private async Task<(Device? Device, PairingException? Refused)> PairAsync(Phone one, List<string>? words)
    {
        string home = Path.Combine(_evil.Root, $"paired-{Id.Random()}");
        var code = new TaskCompletionSource<string>();
        var there = new TaskCompletionSource<string>();
        var here = new TaskCompletionSource<string>();
        var joining = Device.PairAsync(home, _evil.Phones.Address, "laptop", n => code.SetResult(n.Code), async w =>
        {
            there.SetResult(string.Join(' ', w));
            return await here.Task == await there.Task;
        }, TimeProvider.System, default);
        try
        {
            await using var approver = await one.Device.ApproveAsync(await code.Task, default);
            await approver.MeetAsync(default);
            here.SetResult(string.Join(' ', approver.Words));
            words?.AddRange([await there.Task, await here.Task]);
            await approver.AnswerAsync(await there.Task == await here.Task, default);
        }
        catch (PairingException refused)
        {
            here.TrySetResult("none");
            await Assert.ThrowsAnyAsync<Exception>(() => joining);
            return (null, refused);
        }
        try
        {
            return (await joining, null);
        }
        catch (PairingException refused)
        {
            return (null, refused);
        }
    }

    private static void Pairing(Told told, Func<bool, PairingMessages, PairingMessages> change)
    {
        if (told.Method != "GET" || !told.Path.StartsWith("/v1/pairings/", StringComparison.Ordinal) || told.Status != 200) return;
        Assert.True(PairingMessages.TryDecode(told.Body, out var messages));
        var changed = change(told.ForAccount, messages);
        var w = Cbor.Writer();
        w.WriteStartArray(4);
        w.WriteByteString(changed.Commitment.AsSpan());
        foreach (var message in new[] { changed.Offer, changed.Reveal, changed.Welcome })
        {
            if (message is { } bytes) w.WriteByteString(bytes.Span);
            else w.WriteNull();
        }
        w.WriteEndArray();
        told.Body = w.Encode();
    }
}
