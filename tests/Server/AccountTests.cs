using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Hostile;

namespace Candor.Tests.Server;

public sealed class AccountTests
{
    private static async Task<ServerInfo> InfoAsync(TestServer server) =>
        JsonSerializer.Deserialize(await server.Http.GetByteArrayAsync("/v1/server"), ProtocolJson.Default.ServerInfo)!;

    [Fact]
    public async Task FoundsAnAccountAndSignsItsHead()
    {
        await using var server = await TestServer.StartAsync();
        using var device = new TestDevice(server);
        var answer = await device.FoundAsync();
        Assert.Equal(201, answer.Status);
        var info = await InfoAsync(server);
        Assert.Equal(server.BaseAddress.Authority, info.Name);
        Pulled.AssertCheckpoint(answer.Body, device.State, info.Key, info.Name);
        Assert.Equal(answer.Body, (await device.GetAsync(device.Path("/checkpoint"))).Body);
    }

    [Fact]
    public async Task TheSameFoundingTwiceGivesTheSameAnswer()
    {
        await using var server = await TestServer.StartAsync();
        using var device = new TestDevice(server);
        byte[] push = device.FoundingPush().Encode();
        var first = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", push, newcomer: true));
        var second = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", push, newcomer: true));
        Assert.Equal(201, first.Status);
        Assert.Equal(201, second.Status);
        Assert.Equal(first.Body, second.Body);
    }

    [Fact]
    public async Task AnAccountThatHasGrownCannotBeFoundedAgain()
    {
        await using var server = await TestServer.StartAsync();
        using var device = new TestDevice(server);
        var founding = device.FoundingPush();
        await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", founding.Encode(), newcomer: true));
        device.Take(founding);
        await device.TurnOnAsync(Kind.Notes);
        var again = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", founding.Encode(), newcomer: true));
        Assert.Equal(ErrorName.AccountExists, again.Error);
        Assert.Equal(409, again.Status);
    }

    [Fact]
    public async Task TheKeysShownMustBeThoseOfTheKeyId()
    {
        await using var server = await TestServer.StartAsync();
        using var device = new TestDevice(server);
        using var other = new TestDevice(server);
        byte[] push = device.FoundingPush().Encode();
        var answer = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", push, change: r => r.Headers.TryAddWithoutValidation(RequestSignature.HolderHeader, other.Keys.ToHeader())));
        Assert.Equal(ErrorName.SignatureBad, answer.Error);
    }

    [Fact]
    public async Task AFirstCommitThatIsNoFoundingIsRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var device = new TestDevice(server);
        device.FoundingPush();
        var push = device.Push(Kind.None, [new Found(Id.Random()), new HolderAdd(device.Keys, default)]);
        var answer = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", push.Encode(), newcomer: true));
        Assert.Equal((422, ErrorName.GenesisBad), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task AClosedServerFoundsNothing()
    {
        await using var server = await TestServer.StartAsync(s => s with { Registration = Registration.Closed });
        using var device = new TestDevice(server);
        var answer = await device.FoundAsync();
        Assert.Equal((403, ErrorName.RegistrationClosed), (answer.Status, answer.Error));
        Assert.Equal("closed", (await InfoAsync(server)).Registration);
    }

    [Fact]
    public async Task AnInviteIsGoodForAsManyAccountsAsItSays()
    {
        await using var server = await TestServer.StartAsync(s => s with { Registration = Registration.Invite });
        string code;
        // As the operator does it, beside the running server.
        using (var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(server.DataFolder)))
            code = await Invites.MakeAsync(database, 2, TimeProvider.System.GetUtcNow());
        using TestDevice a = new(server), b = new(server), c = new(server), d = new(server);
        Assert.Equal(ErrorName.InviteBad, (await a.FoundAsync()).Error);
        Assert.Equal(ErrorName.InviteBad, (await a.FoundAsync("guess")).Error);
        Assert.Equal(201, (await b.FoundAsync(code)).Status);
        Assert.Equal(201, (await c.FoundAsync(code)).Status);
        var last = await d.FoundAsync(code);
        Assert.Equal((403, ErrorName.InviteBad), (last.Status, last.Error));
    }

    [Fact]
    public async Task ARefusedFoundingDoesNotUseTheInviteUp()
    {
        await using var server = await TestServer.StartAsync(s => s with { Registration = Registration.Invite });
        using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(server.DataFolder));
        string code = await Invites.MakeAsync(database, 1, TimeProvider.System.GetUtcNow());
        using var device = new TestDevice(server);
        var founding = device.FoundingPush();
        var spoiled = founding with { Bundle = new byte[100] };
        var refused = await device.SendAsync(device.Request(HttpMethod.Post, "/v1/accounts", spoiled.Encode(), newcomer: true, change: r => r.Headers.TryAddWithoutValidation(RequestSignature.InviteHeader, code)));
        Assert.Equal(ErrorName.PayloadBad, refused.Error);
        using var other = new TestDevice(server);
        Assert.Equal(201, (await other.FoundAsync(code)).Status);
    }

    [Fact]
    public async Task AHolderFindsItsAccountAndNobodyElseDoes()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        using var phrase = await device.AddAsync(HolderType.Phrase);
        var answer = await phrase.SendAsync(phrase.Request(HttpMethod.Get, $"/v1/holders/{phrase.Id}", newcomer: true));
        var reader = new CborReader(answer.Body);
        Assert.Equal(2, reader.ReadStartArray());
        Assert.Equal(device.Account.ToArray(), reader.ReadByteString());
        Assert.Equal(device.State.Size, reader.ReadInt64());
        using var stranger = new TestDevice(server);
        Assert.Equal(ErrorName.NotFound, (await stranger.SendAsync(stranger.Request(HttpMethod.Get, $"/v1/holders/{phrase.Id}", newcomer: true))).Error);
        Assert.Equal(ErrorName.NotFound, (await stranger.SendAsync(stranger.Request(HttpMethod.Get, $"/v1/holders/{stranger.Id}", newcomer: true))).Error);
    }

    [Attack("N05")]
    [Fact]
    public async Task AForeignAccountLooksLikeNone()
    {
        await using var server = await TestServer.StartAsync();
        using var mine = await new TestDevice(server).ReadyAsync();
        using var theirs = await new TestDevice(server).ReadyAsync();
        foreach (string rest in new[] { "/checkpoint", "/log", "/usage", "/vaults/notes", "/events", "/blobs/notes/" + Hash32.Of("x"u8) })
        {
            var foreign = await mine.GetAsync(theirs.Path(rest));
            var absent = await mine.GetAsync($"/v1/accounts/{Id.Random()}{rest}");
            Assert.Equal(404, foreign.Status);
            Assert.Equal(absent.Body, foreign.Body);
            Assert.Equal(Names(absent), Names(foreign));
        }
        static IEnumerable<string> Names(Answer answer) => answer.Headers.Select(h => h.Key).Order();
    }

    [Fact]
    public async Task AnUnknownHolderAndABadSignatureGetTheSameAnswer()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync();
        using var stranger = new TestDevice(server);
        var unknown = await stranger.GetAsync(device.Path("/checkpoint"));
        string spoiled = RequestSignature.FormatSignature(new byte[64]);
        var bad = await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), change: r =>
        {
            r.Headers.Remove(RequestSignature.SignatureHeader);
            r.Headers.TryAddWithoutValidation(RequestSignature.SignatureHeader, spoiled);
        }));
        Assert.Equal((401, ErrorName.SignatureBad), (unknown.Status, unknown.Error));
        Assert.Equal(unknown.Body, bad.Body);
    }

    [Attack("D05")]
    [Fact]
    public async Task ARemovedHolderIsToldSoAndGetsNothing()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        using var other = await device.AddAsync();
        Assert.Equal(200, (await other.GetAsync(device.Path("/log"))).Status);
        Assert.Equal(200, (await device.PushAsync(device.NewEpoch(new HolderRemove(other.Id), without: other.Id))).Status);
        var answer = await other.GetAsync(device.Path("/log"));
        Assert.Equal((403, ErrorName.HolderRemoved), (answer.Status, answer.Error));
        Assert.Equal(ErrorName.NotFound, (await other.SendAsync(other.Request(HttpMethod.Get, $"/v1/holders/{other.Id}", newcomer: true))).Error);
    }

    [Fact]
    public async Task UsageCountsWhatIsKept()
    {
        await using var server = await TestServer.StartAsync(s => s with { Quota = 1 << 20 });
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        var before = await UsageAsync(device);
        await device.UploadAsync(Kind.Photos, TestDevice.Sealed(5000));
        var after = await UsageAsync(device);
        Assert.Equal(["blobs", "bytes", "quota", "commits"], after.Keys);
        Assert.Equal(before["bytes"] + 5000, after["bytes"]);
        Assert.Equal((1, 1 << 20, 2), (after["blobs"], after["quota"], after["commits"]));
    }

    [Fact]
    public async Task BeyondTheQuotaNothingIsTakenButDevicesAndErasures()
    {
        await using var server = await TestServer.StartAsync(s => s with { Quota = 10_000 });
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes, Kind.Photos);
        var blob = await device.PutAsync(device.BlobPath(Kind.Photos, Hash32.Of(new byte[9500])), new byte[9500]);
        Assert.Equal((507, ErrorName.QuotaExceeded, 10_000L), (blob.Status, blob.Error, blob.Problem.Quota!.Value));
        Assert.InRange(blob.Problem.Used!.Value, 1, 10_000);
        Assert.Equal(ErrorName.QuotaExceeded, (await device.PushAsync(device.Puts(Kind.Notes, [TestDevice.Sealed(9500)]))).Error);
        Assert.Equal(200, (await device.TurnOffAsync(Kind.Notes)).Status);
    }

    internal static async Task<Dictionary<string, long>> UsageAsync(TestDevice device)
    {
        var reader = new CborReader((await device.GetAsync(device.Path("/usage"))).Body, CborConformanceMode.Canonical);
        var usage = new Dictionary<string, long>();
        for (int i = reader.ReadStartMap()!.Value; i > 0; i--) usage.Add(reader.ReadTextString(), reader.ReadInt64());
        return usage;
    }
}
