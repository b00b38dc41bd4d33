using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Candor.Oblivious;
using Candor.Server.Gateway;
using Candor.Tests.Server;
using Candor.Tests.Shelf;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Oblivious;

/// <summary>The gateway of a real server: it answers for what is public as the server itself does, and for nothing else.</summary>
public sealed partial class GatewayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatIsPublicIsAnsweredAsIfItWereAskedForDirectly()
    {
        await using var server = await StartAsync();
        await new ShelfKeeper(_folder, server.DataFolder).CeremonyAsync();
        var config = await ConfigAsync(server);
        string[] pages = ["/shelf/metadata/timestamp.json", "/shelf/metadata/1.root.json", "/log/policy", "/v1/server", "/", "/app.js"];
        foreach (string page in (string[])[.. pages, "/shelf/metadata/99.root.json", "/log/tile/0/x001/000", "/shelf/targets/none"])
        {
            using var direct = await server.Http.GetAsync(new Uri(page, UriKind.Relative));
            var through = await AskAsync(server, config, page);
            Assert.Equal((page, (int)direct.StatusCode), (page, through.Status));
            Assert.Equal(pages.Contains(page) ? 200 : 404, through.Status);
            Assert.Equal(await direct.Content.ReadAsByteArrayAsync(), through.Content.ToArray());
            foreach (var header in direct.Headers.Concat(direct.Content.Headers).Where(h => h.Key is not ("Date" or "Content-Length" or "Transfer-Encoding")))
                Assert.Equal((header.Key, string.Join(", ", header.Value)), (header.Key, through[header.Key.ToLowerInvariant()]));
        }
        // A part of a file.
        byte[] whole = await server.Http.GetByteArrayAsync("/shelf/metadata/1.root.json");
        var part = await AskAsync(server, config, "/shelf/metadata/1.root.json", [new("range", "bytes=100-199")]);
        Assert.Equal((206, $"bytes 100-199/{whole.Length}"), (part.Status, part["content-range"]));
        Assert.Equal(whole[100..200], part.Content.ToArray());
    }

    [Fact]
    public async Task NothingWithAnAccountAndNoOtherHostIsReachedThroughTheGateway()
    {
        await using var server = await StartAsync();
        var config = await ConfigAsync(server);
        // Every route of the server but the public ones, whatever its method.
        var routes = server.Endpoints.OfType<RouteEndpoint>().Select(e => "/" + Parameter().Replace(e.RoutePattern.RawText!.TrimStart('/'), "x")).Distinct().Where(r => !r.StartsWith("/shelf/", StringComparison.Ordinal) && r is not ("/v1/server" or "/" or "/app.js")).ToList();
        Assert.True(routes.Count > 15, string.Join(' ', routes));
        foreach (string route in routes) Assert.Equal((route, 403), (route, (await AskAsync(server, config, route)).Status));
        foreach (string path in (string[])["/v1/accounts", "/health/ready", "/ohttp", "/ohttp/keys", "/shelf/../v1/accounts/x", "/shelf/%2e%2e/v1/holders/x", "/log/..%2Fcandor.db", "/shelf/metadata/timestamp.json?me=1", "//shelf/metadata/timestamp.json", "https://other.example/shelf/metadata/timestamp.json", "*"])
            Assert.Contains((await AskAsync(server, config, path)).Status, (int[])[403, 404]);

        async Task<int> StatusAsync(BinaryRequest request) => (await AskAsync(server, config, request)).Status;
        var good = new BinaryRequest("GET", "https", server.BaseAddress.Authority, "/v1/server", [], default);
        Assert.Equal(200, await StatusAsync(good));
        Assert.Equal(200, await StatusAsync(good with { Authority = "CLOUD.example" }));
        Assert.Equal(200, await StatusAsync(good with { Authority = "", Fields = [new("host", "cloud.example")] }));
        Assert.Equal(421, await StatusAsync(good with { Authority = "other.example" }));
        Assert.Equal(421, await StatusAsync(good with { Authority = "" }));
        Assert.Equal(421, await StatusAsync(good with { Scheme = "file" }));
        foreach (string method in (string[])["POST", "PUT", "DELETE", "HEAD", "CONNECT", "get"]) Assert.Equal(405, await StatusAsync(good with { Method = method }));
        Assert.Equal(400, await StatusAsync(good with { Content = new byte[1] }));
        Assert.Equal(417, await StatusAsync(good with { Fields = [new("expect", "100-continue")] }));
        foreach (string name in (string[])["cookie", "authorization", "signature", "if-none-match"]) Assert.Equal(400, await StatusAsync(good with { Fields = [new(name, "who")] }));
    }

    [Fact]
    public async Task WhatDoesNotOpenIsAnsweredInTheOpenAndARequestIsAnsweredOnce()
    {
        await using var server = await StartAsync();
        var config = await ConfigAsync(server);
        byte[] request = Sealed(server, config, "/v1/server", out var exchange);
        using (exchange)
        {
            using var first = await PostAsync(server, request);
            Assert.Equal((200, "message/ohttp-res", "no-store"), ((int)first.StatusCode, first.Content.Headers.ContentType?.ToString(), first.Headers.CacheControl?.ToString()));
            Assert.NotNull(exchange.Open(await first.Content.ReadAsByteArrayAsync()));
            using var replayed = await PostAsync(server, request);
            Assert.Equal(400, (int)replayed.StatusCode);
            Assert.Contains("was here before", await replayed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        foreach (int length in (int[])[0, 1, 7, 54, request.Length - 1])
        {
            using var cut = await PostAsync(server, request[..length]);
            Assert.Equal(400, (int)cut.StatusCode);
        }
        for (int i = 0; i < request.Length; i += 11)
        {
            byte[] changed = Sealed(server, config, "/v1/server", out var dropped);
            dropped.Dispose();
            changed[i] ^= 0x20;
            using var refused = await PostAsync(server, changed);
            Assert.Equal(400, (int)refused.StatusCode);
            Assert.Equal(i < 7, (await refused.Content.ReadAsStringAsync()).Contains("http-problem-types#ohttp-key", StringComparison.Ordinal));
        }
        using var oversize = await PostAsync(server, new byte[(16 << 10) + 1]);
        Assert.Equal(413, (int)oversize.StatusCode);
        using var endless = await PostAsync(server, new byte[1 << 20], chunked: true);
        Assert.Equal(413, (int)endless.StatusCode);
        using var otherType = await PostAsync(server, request, "application/octet-stream");
        Assert.Equal(415, (int)otherType.StatusCode);
        using var get = await server.Http.GetAsync(new Uri("/ohttp", UriKind.Relative));
        Assert.Equal(405, (int)get.StatusCode);
        // What opens and is no request is answered under the seal.
        using var garbage = SealedRequest.Seal(config, Encoding.ASCII.GetBytes("GET / HTTP/1.1"))!;
        using var inside = await PostAsync(server, garbage.Bytes.ToArray());
        Assert.Equal(200, (int)inside.StatusCode);
        Assert.True(BinaryResponse.TryParse(garbage.Open(await inside.Content.ReadAsByteArrayAsync()), out var said));
        Assert.Equal(400, said.Status);

        await server.RestartAsync(s => s with { Gateway = false });
        using var off = await PostAsync(server, request);
        Assert.Equal(404, (int)off.StatusCode);
    }

    [Fact]
    public async Task AnAnswerIsAsLongAsManyOthersAndAFileThatIsTooLongIsAskedForInParts()
    {
        await using var server = await StartAsync();
        Directory.CreateDirectory(Path.Combine(server.DataFolder, "shelf", "targets"));
        byte[] big = new byte[(5 << 20) + 1];
        big[^1] = 7;
        File.WriteAllBytes(Path.Combine(server.DataFolder, "shelf", "targets", "big"), big);
        File.WriteAllBytes(Path.Combine(server.DataFolder, "shelf", "targets", "small"), new byte[10]);
        File.WriteAllBytes(Path.Combine(server.DataFolder, "shelf", "targets", "other"), new byte[500]);
        var config = await ConfigAsync(server);
        Assert.Equal(413, (await AskAsync(server, config, "/shelf/targets/big")).Status);
        var last = await AskAsync(server, config, "/shelf/targets/big", [new("range", "bytes=5242880-")]);
        Assert.Equal((206, 7), (last.Status, last.Content.Span[^1]));
        var lengths = new HashSet<long?>();
        foreach (string page in (string[])["/shelf/targets/small", "/shelf/targets/other", "/shelf/targets/none", "/v1/accounts"])
        {
            byte[] request = Sealed(server, config, page, out var exchange);
            exchange.Dispose();
            using var answer = await PostAsync(server, request);
            lengths.Add(answer.Content.Headers.ContentLength);
            Assert.Equal(7 + 32 + 512 + 16, request.Length);
        }
        Assert.Single(lengths);
    }

    [Fact]
    public async Task TheKeyIsMadeAtFirstUseAndAfterARotationTheOldOneIsTakenForTwoDays()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, Name = "cloud.example" }, clock, Path.Combine(_folder, "data"));
        string file = Path.Combine(server.DataFolder, GatewayKeys.FileName);
        Assert.False(File.Exists(file));
        var old = await ConfigAsync(server);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await server.RestartAsync();
        Assert.Equal(old.ToBytes(), (await ConfigAsync(server)).ToBytes());

        string said = await ShelfKeeper.DoneAsync("gateway", "rotate", "--data", server.DataFolder);
        Assert.StartsWith("The gateway's key is number 2 now", said, StringComparison.Ordinal);
        var next = await ConfigAsync(server);
        Assert.Equal((2, false), (next.Id, next.PublicKey.Span.SequenceEqual(old.PublicKey.Span)));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await AskAsync(server, old, "/v1/server")).Status);
        Assert.Equal(200, (await AskAsync(server, next, "/v1/server")).Status);
        clock.Advance(GatewayKeys.Grace + TimeSpan.FromMinutes(1));
        byte[] late = Sealed(server, old, "/v1/server", out var exchange);
        exchange.Dispose();
        using var refused = await PostAsync(server, late);
        Assert.Contains("#ohttp-key", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await AskAsync(server, next, "/v1/server")).Status);
        Assert.Equal(2, (await ShelfKeeper.RunAsync("gateway", "turn", "--data", server.DataFolder)).Code);
    }

    [Fact]
    public async Task WhatWasAnsweredIsNotAnsweredAgainByTheNextProcessEither()
    {
        var clock = new FakeTimeProvider(new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, Name = "cloud.example" }, clock, Path.Combine(_folder, "data"));
        var config = await ConfigAsync(server);
        clock.Advance(TimeSpan.FromMinutes(10));
        foreach (var (said, status) in ((double, int)[])[(0, 200), (-300, 200), (-301, 400), (1, 400), (3600, 400)])
            Assert.Equal((said, status), (said, (await AskAsync(server, config, "/v1/server", [At(clock.GetUtcNow().AddSeconds(said))])).Status));
        foreach (string date in (string[])["", "now", "2026-11-29T12:10:00Z", "Sun, 29 Nov 2026 12:10:00 +0000", "Mon, 29 Nov 2026 12:10:00 GMT"]) Assert.Equal((date, 400), (date, (await AskAsync(server, config, "/v1/server", [new("date", date)])).Status));

        byte[] request = Sealed(server, config, "/v1/server", out var exchange);
        using (exchange)
        {
            Assert.Equal(200, (await OpenedAsync())!.Status);
            Assert.Null(await OpenedAsync());
            clock.Advance(TimeSpan.FromMinutes(5));
            Assert.Null(await OpenedAsync());
            // Too old to be remembered, and so too old to be answered.
            clock.Advance(TimeSpan.FromSeconds(1));
            AssertOtherTime((await OpenedAsync())!);
        }
        request = Sealed(server, config, "/v1/server", out exchange);
        using (exchange)
        {
            Assert.Equal(200, (await OpenedAsync())!.Status);
            await server.RestartAsync();
            var again = OpenedAsync();
            clock.Advance(TimeSpan.FromSeconds(1));
            AssertOtherTime((await again)!);
        }
        Assert.Equal(200, (await AskAsync(server, config, "/v1/server")).Status);

        // Null: refused in the open.
        async Task<BinaryResponse?> OpenedAsync()
        {
            using var answer = await PostAsync(server, request);
            if (answer.StatusCode == HttpStatusCode.BadRequest) return null;
            Assert.True(BinaryResponse.TryParse(exchange.Open(await answer.Content.ReadAsByteArrayAsync()), out var said));
            return said;
        }

        void AssertOtherTime(BinaryResponse said)
        {
            Assert.Equal((400, "application/problem+json", At(clock.GetUtcNow()).Value), (said.Status, said["content-type"], said["date"]));
            Assert.Contains("http-problem-types#date", Encoding.UTF8.GetString(said.Content.Span), StringComparison.Ordinal);
        }
    }

    internal static async Task<KeyConfig> ConfigAsync(TestServer server)
    {
        using var answer = await server.Http.GetAsync(new Uri("/ohttp/keys", UriKind.Relative));
        Assert.Equal((200, "application/ohttp-keys"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.True(KeyConfig.TryParse(await answer.Content.ReadAsByteArrayAsync(), out var configs));
        return Assert.Single(configs);
    }

    private async Task<TestServer> StartAsync()
    {
        string web = Directory.CreateDirectory(Path.Combine(_folder, "web")).FullName;
        File.WriteAllText(Path.Combine(web, "index.html"), "<title>Candor</title>");
        File.WriteAllText(Path.Combine(web, "app.js"), "// the app");
        var server = await TestServer.StartAsync(s => s with { Gateway = true, PublicLog = true, Name = "cloud.example", WebFolder = web }, dataFolder: Path.Combine(_folder, "data"));
        // What is dated in the second of a start is refused.
        await Task.Delay(1100);
        return server;
    }

    private static byte[] Sealed(TestServer server, KeyConfig config, string path, out SealedRequest exchange)
    {
        exchange = SealedRequest.Seal(config, new BinaryRequest("GET", "http", server.BaseAddress.Authority, path, [Now(server)], default).ToBytes(MessageLength.Request))!;
        return exchange.Bytes.ToArray();
    }

    private static Task<BinaryResponse> AskAsync(TestServer server, KeyConfig config, string path, BinaryField[]? fields = null) =>
        AskAsync(server, config, new BinaryRequest("GET", "http", server.BaseAddress.Authority, path, fields ?? [], default));

    private static async Task<BinaryResponse> AskAsync(TestServer server, KeyConfig config, BinaryRequest request)
    {
        if (request["date"] is null) request = request with { Fields = [.. request.Fields, Now(server)] };
        using var exchange = SealedRequest.Seal(config, request.ToBytes(MessageLength.Request))!;
        using var answer = await PostAsync(server, exchange.Bytes.ToArray());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(BinaryResponse.TryParse(exchange.Open(await answer.Content.ReadAsByteArrayAsync()), out var response));
        return response;
    }

    internal static BinaryField Now(TestServer server) => At(server.Time.GetUtcNow());

    private static BinaryField At(DateTimeOffset time) => new("date", time.ToString("R", System.Globalization.CultureInfo.InvariantCulture));

    private static Task<HttpResponseMessage> PostAsync(TestServer server, byte[] body, string type = SealedRequest.MediaType, bool chunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/ohttp", UriKind.Relative)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (chunked) request.Headers.TransferEncodingChunked = true;
        return server.Http.SendAsync(request);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
