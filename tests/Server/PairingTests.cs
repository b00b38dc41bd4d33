using System.Diagnostics;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text.Json;
using Candor.Protocol;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Server;

public sealed class PairingTests
{
    private static readonly byte[] Offer = [0x82, 1, 2], Reveal = [0x83, 1, 2, 3], Welcome = [0x81, 9];

    [Attack("D03")]
    [Fact]
    public async Task FourMessagesCrossAndThenThePairingIsGone()
    {
        await using var server = await TestServer.StartAsync();
        using var approver = await new TestDevice(server).ReadyAsync();
        using var poster = new TestDevice(server);
        var (code, commitment) = await PostAsync(poster);
        Assert.Equal([commitment, null, null, null], await SeenAsync(approver, code));
        // Not before its turn.
        Assert.Equal(ErrorName.NotFound, (await PosterPutAsync(poster, code, "reveal", Reveal)).Error);
        Assert.Equal(ErrorName.NotFound, (await ApproverPutAsync(approver, code, "welcome", Welcome)).Error);

        Assert.Equal(204, (await ApproverPutAsync(approver, code, "offer", Offer)).Status);
        Assert.Equal([commitment, Offer, null, null], await SeenAsync(poster, code, newcomer: true));
        Assert.Equal(ErrorName.NotFound, (await ApproverPutAsync(approver, code, "welcome", Welcome)).Error);
        Assert.Equal(204, (await PosterPutAsync(poster, code, "reveal", Reveal)).Status);
        Assert.Equal(204, (await PosterPutAsync(poster, code, "reveal", Reveal)).Status);
        Assert.Equal(409, (await PosterPutAsync(poster, code, "reveal", [1])).Status);
        Assert.Equal(204, (await ApproverPutAsync(approver, code, "welcome", Welcome)).Status);
        Assert.Equal([commitment, Offer, Reveal, Welcome], await SeenAsync(approver, code));
        Assert.Equal([commitment, Offer, Reveal, Welcome], await SeenAsync(poster, code, newcomer: true));
        Assert.Equal(ErrorName.NotFound, (await GetAsync(poster, code, newcomer: true)).Error);
        Assert.Equal(ErrorName.NotFound, (await GetAsync(approver, code)).Error);
    }

    [Fact]
    public async Task AnOfferedPairingIsClosedToOthers()
    {
        await using var server = await TestServer.StartAsync();
        using var approver = await new TestDevice(server).ReadyAsync();
        using var other = await new TestDevice(server).ReadyAsync();
        using TestDevice poster = new(server), stranger = new(server);
        var (code, _) = await PostAsync(poster);
        Assert.Equal(204, (await ApproverPutAsync(approver, code, "offer", Offer)).Status);
        var unknown = await GetAsync(other, "000000000" == code ? "000000001" : "000000000");
        Assert.Equal(unknown.Body, (await GetAsync(other, code)).Body);
        Assert.Equal(unknown.Body, (await GetAsync(stranger, code, newcomer: true)).Body);
        Assert.Equal(ErrorName.NotFound, (await PosterPutAsync(stranger, code, "reveal", Reveal)).Error);
        Assert.Equal((409, ErrorName.AccountExists), await ApproverPutAsync(other, code, "offer", Offer) is var a ? (a.Status, a.Error) : default);
        Assert.Equal(ErrorName.NotFound, (await other.SendAsync(other.Request(HttpMethod.Delete, "/v1/pairings/" + code, change: r => Name(r, other)))).Error);
        Assert.Equal(204, (await poster.SendAsync(poster.Request(HttpMethod.Delete, "/v1/pairings/" + code, newcomer: true))).Status);
        Assert.Equal(ErrorName.NotFound, (await GetAsync(poster, code, newcomer: true)).Error);
    }

    [Fact]
    public async Task WhoWaitsIsToldAtOnce()
    {
        await using var server = await TestServer.StartAsync();
        using var approver = await new TestDevice(server).ReadyAsync();
        using var poster = new TestDevice(server);
        var (code, commitment) = await PostAsync(poster);
        var clock = Stopwatch.StartNew();
        var waiting = GetAsync(poster, code + "?wait=25", newcomer: true);
        var knowing = GetAsync(poster, code + "?wait=25&have=1", newcomer: true);
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        await ApproverPutAsync(approver, code, "offer", Offer);
        Assert.Equal([commitment, Offer, null, null], Read(await waiting));
        Assert.Equal([commitment, Offer, null, null], Read(await knowing));
        // What is new to the one who asks is told without waiting.
        Assert.Equal([commitment, Offer, null, null], await SeenAsync(poster, code + "?wait=25&have=1", newcomer: true));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 24); // none of the three waited its 25 s
        Assert.Equal(ErrorName.BadRequest, (await GetAsync(poster, code + "?wait=26", newcomer: true)).Error);
    }

    [Attack("D03")]
    [Fact]
    public async Task APairingLivesAQuarterOfAnHour()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var poster = new TestDevice(server);
        var (code, _) = await PostAsync(poster);
        time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(200, (await GetAsync(poster, code, newcomer: true)).Status);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ErrorName.NotFound, (await GetAsync(poster, code, newcomer: true)).Error);
    }

    [Attack("D04")]
    [Fact]
    public async Task APosterHasOnePairingAndAnAddressTenAMinute()
    {
        await using var server = await TestServer.StartAsync();
        using var poster = new TestDevice(server);
        var (first, _) = await PostAsync(poster);
        var (second, _) = await PostAsync(poster);
        Assert.Equal(ErrorName.NotFound, (await GetAsync(poster, first, newcomer: true)).Error);
        Assert.Equal(200, (await GetAsync(poster, second, newcomer: true)).Status);
        for (int i = 2; i < 10; i++) await PostAsync(poster);
        Assert.Equal(429, (await SendPostAsync(poster, new byte[32])).Status);
    }

    [Attack("D04")]
    [Fact]
    public async Task GuessingCodesIsOverAfterTwenty()
    {
        await using var server = await TestServer.StartAsync();
        using var guesser = await new TestDevice(server).ReadyAsync();
        using var poster = new TestDevice(server);
        var (code, _) = await PostAsync(poster);
        for (int i = 0; i < 20; i++) Assert.Equal(ErrorName.NotFound, (await GetAsync(guesser, RandomNumberGenerator.GetString("0123456789", 9))).Error);
        var blocked = await GetAsync(guesser, code);
        Assert.Equal(ErrorName.RateLimited, blocked.Error);
        Assert.InRange(blocked.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 50, 61);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("581f00000000000000000000000000000000000000000000000000000000000000")]
    public async Task ACommitmentIsOneStringOf32Bytes(string hex)
    {
        await using var server = await TestServer.StartAsync();
        using var poster = new TestDevice(server);
        byte[] body = Convert.FromHexString(hex);
        Assert.Equal(ErrorName.BadRequest, (await poster.SendAsync(poster.Request(HttpMethod.Post, "/v1/pairings", body, newcomer: true))).Error);
    }

    private static async Task<(string Code, byte[] Commitment)> PostAsync(TestDevice poster)
    {
        byte[] commitment = RandomNumberGenerator.GetBytes(32);
        var answer = await SendPostAsync(poster, commitment);
        Assert.Equal(201, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        string code = json.RootElement.GetProperty("code").GetString()!;
        Assert.Matches("^[0-9]{9}$", code);
        Assert.True(json.RootElement.GetProperty("expires").GetInt64() > 0);
        return (code, commitment);
    }

    private static Task<Answer> SendPostAsync(TestDevice poster, byte[] commitment) =>
        poster.SendAsync(poster.Request(HttpMethod.Post, "/v1/pairings", [0x58, 32, .. commitment], newcomer: true));

    private static Task<Answer> GetAsync(TestDevice device, string code, bool newcomer = false) => device.SendAsync(
        device.Request(HttpMethod.Get, "/v1/pairings/" + code, newcomer: newcomer, change: r => Name(r, newcomer ? null : device)));

    private static Task<Answer> PosterPutAsync(TestDevice device, string code, string what, byte[] message) =>
        device.SendAsync(device.Request(HttpMethod.Put, $"/v1/pairings/{code}/{what}", message, newcomer: true));

    private static Task<Answer> ApproverPutAsync(TestDevice device, string code, string what, byte[] message) =>
        device.SendAsync(device.Request(HttpMethod.Put, $"/v1/pairings/{code}/{what}", message, change: r => Name(r, device)));

    private static void Name(HttpRequestMessage request, TestDevice? device)
    {
        if (device is not null) request.Headers.TryAddWithoutValidation(RequestSignature.AccountHeader, device.Account.ToString());
    }

    private static async Task<byte[]?[]> SeenAsync(TestDevice device, string code, bool newcomer = false) => Read(await GetAsync(device, code, newcomer));

    private static byte[]?[] Read(Answer answer)
    {
        Assert.Equal(200, answer.Status);
        var reader = new CborReader(answer.Body, CborConformanceMode.Canonical);
        var messages = new byte[]?[reader.ReadStartArray()!.Value];
        for (int i = 0; i < messages.Length; i++)
        {
            if (reader.PeekState() == CborReaderState.Null) reader.ReadNull();
            else messages[i] = reader.ReadByteString();
        }
        return messages;
    }
}
