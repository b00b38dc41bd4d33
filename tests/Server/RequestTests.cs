using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Threading.RateLimiting;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Server;

public sealed class RequestTests
{
    [Attack("N02")]
    [Fact]
    public async Task ARequestIsGoodOnce()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync();
        string path = device.Path("/checkpoint");
        Assert.Equal(200, (await device.SendAsync(device.Request(HttpMethod.Get, path, nonce: "0123456789abcdef"))).Status);
        var again = await device.SendAsync(device.Request(HttpMethod.Get, path, nonce: "0123456789abcdef"));
        Assert.Equal((401, ErrorName.Replayed), (again.Status, again.Error));
        using var other = await device.AddAsync();
        Assert.Equal(200, (await other.SendAsync(other.Request(HttpMethod.Get, path, nonce: "0123456789abcdef"))).Status);
    }

    [Fact]
    public async Task ANonceIsRememberedAsLongAsItsRequestCouldBeGood()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync();
        string path = device.Path("/checkpoint");
        // Signed 300 s ahead, it stays good for 600 s.
        var created = time.GetUtcNow().AddSeconds(300);
        Assert.Equal(200, (await device.SendAsync(device.Request(HttpMethod.Get, path, at: created, nonce: "00000000000000aa"))).Status);
        for (int i = 0; i < 6; i++)
        {
            time.Advance(TimeSpan.FromSeconds(99));
            Assert.Equal(ErrorName.Replayed, (await device.SendAsync(device.Request(HttpMethod.Get, path, at: created, nonce: "00000000000000aa"))).Error);
        }
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(ErrorName.ClockSkew, (await device.SendAsync(device.Request(HttpMethod.Get, path, at: created, nonce: "00000000000000aa"))).Error);
    }

    [Theory]
    [InlineData(-301, false)]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public async Task ATimeMoreThanFiveMinutesOffIsRefused(int seconds, bool good)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync();
        time.Advance(TimeSpan.FromMinutes(20));
        var answer = await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), at: time.GetUtcNow().AddSeconds(seconds)));
        Assert.Equal(good ? "" : ErrorName.ClockSkew, answer.Error);
        Assert.NotNull(answer.Headers.Date);
    }

    [Attack("N02")]
    [Fact]
    public async Task ARequestFromBeforeARestartCannotBeReplayed()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync();
        var signedAt = time.GetUtcNow();
        Assert.Equal(200, (await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), at: signedAt, nonce: "00000000000000bb"))).Status);
        time.Advance(TimeSpan.FromSeconds(2));
        await server.RestartAsync();
        Assert.Equal(ErrorName.ClockSkew, (await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), at: signedAt, nonce: "00000000000000bb"))).Error);
    }

    [Attack("N02", "N03")]
    [Fact]
    public async Task EverySignedPartIsCovered()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        var spoilers = new (string What, Action<HttpRequestMessage> Spoil)[]
        {
            ("method", r => (r.Method, r.RequestUri) = (HttpMethod.Head, new(server.BaseAddress, device.BlobPath(Kind.Notes, default)))),
            ("authority", r => r.Headers.Host = "other.example"),
            ("path", r => r.RequestUri = new(server.BaseAddress, device.Path("/log"))),
            ("query", r => r.RequestUri = new(r.RequestUri + "?x=1")),
            ("digest", r => Set(r, RequestSignature.DigestHeader, RequestSignature.ContentDigest(Hash32.Of("other"u8)))),
            ("time", r => Input(r, i => i.Replace("created=1", "created=2", StringComparison.Ordinal))),
            ("algorithm", r => Input(r, i => i.Replace("ed25519", "hmac-sha256", StringComparison.Ordinal))),
            ("components", r => Input(r, i => i.Replace(" \"@query\"", "", StringComparison.Ordinal))),
            ("no signature", r => r.Headers.Remove(RequestSignature.SignatureHeader)),
            ("no input", r => r.Headers.Remove(RequestSignature.InputHeader)),
            ("two inputs", r => r.Headers.TryAddWithoutValidation(RequestSignature.InputHeader, "c=()")),
            ("no digest", r => r.Headers.Remove(RequestSignature.DigestHeader)),
        };
        foreach (var (what, spoil) in spoilers)
        {
            var answer = await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), change: spoil));
            Assert.True(answer.Status == 401, $"{what}: {answer.Status}");
        }
    }

    [Attack("N03")]
    [Fact]
    public async Task ABodyThatIsNotTheSignedOneIsRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync();
        byte[] push = device.Push(Kind.None, []).Encode();
        byte[] spoiled = [.. push];
        spoiled[^1] ^= 1;
        var answer = await device.SendAsync(device.Request(HttpMethod.Post, device.Path("/commits"), push, change: r => r.Content = new ByteArrayContent(spoiled)));
        Assert.Equal((401, ErrorName.DigestBad), (answer.Status, answer.Error));
        var sneaked = await device.SendAsync(device.Request(HttpMethod.Get, device.Path("/checkpoint"), change: r => r.Content = new ByteArrayContent(push)));
        Assert.Equal(ErrorName.BadRequest, sneaked.Error);
    }

    [Attack("N04")]
    [Fact]
    public async Task ABodyNeedsALengthWithinTheLimits()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] push = device.Push(Kind.None, []).Encode();
        var chunked = await device.SendAsync(device.Request(HttpMethod.Post, device.Path("/commits"), push, change: r => r.Headers.TransferEncodingChunked = true));
        Assert.Equal((411, ErrorName.LengthRequired), (chunked.Status, chunked.Error));
        Assert.Equal((413, ErrorName.TooLarge), await RawAsync(server, device.Request(HttpMethod.Post, device.Path("/commits"), []), Limits.Push + 1));
        Assert.Equal((413, ErrorName.TooLarge), await RawAsync(server, device.Request(HttpMethod.Put, device.BlobPath(Kind.Photos, Hash32.Of([])), []), Limits.Blob + 1));
        Assert.Equal((413, ErrorName.TooLarge), await RawAsync(server, device.Request(HttpMethod.Post, device.Path("/payloads"), []), 1 << 20));
    }

    [Attack("N04")]
    [Fact]
    public async Task ABodyThatEndsEarlyLeavesNothing()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] blob = TestDevice.Sealed(100_000);
        var name = Hash32.Of(blob);
        foreach (var request in new[] { device.Request(HttpMethod.Put, device.BlobPath(Kind.Photos, name), blob), device.Request(HttpMethod.Post, device.Path("/commits"), device.Push(Kind.None, []).Encode()) })
        {
            byte[] body = await request.Content!.ReadAsByteArrayAsync();
            using (var client = await ConnectAsync(server))
            {
                await client.GetStream().WriteAsync(Head(server, request, body.Length));
                await client.GetStream().WriteAsync(body.AsMemory(0, body.Length / 2));
            }
        }
        // The server notices on its own time; what counts is that it never takes them.
        Assert.True(await Eventually.HoldsAsync(() => !Directory.EnumerateFiles(Path.Combine(server.DataFolder, "incoming")).Any()));
        Assert.Equal(ErrorName.NotFound, (await device.GetAsync(device.BlobPath(Kind.Photos, name))).Error);
        Assert.Equal(device.State.Size, Pulled.Read((await device.GetAsync(device.Path("/log"))).Body).Leaves.Count);
    }

    [Fact]
    public async Task WhoAsksTooOftenWaitsAsLongAsIsSaid()
    {
        await using var server = await TestServer.StartAsync(s => s with { RequestsPerMinute = 5 });
        using var device = await new TestDevice(server).ReadyAsync();
        using var other = await new TestDevice(server).ReadyAsync();
        Answer answer;
        int good = 0;
        while ((answer = await device.GetAsync(device.Path("/checkpoint"))).Status == 200 && good < 20) good++;
        Assert.InRange(good, 5, 8);
        Assert.Equal((429, ErrorName.RateLimited), (answer.Status, answer.Error));
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(200, (await other.GetAsync(other.Path("/checkpoint"))).Status);
    }

    [Fact]
    public async Task StrangersAreLimitedByAddress()
    {
        await using var server = await TestServer.StartAsync(s => s with { StrangerRequestsPerMinute = 5 });
        using var device = await new TestDevice(server).ReadyAsync();
        int refused = 0;
        for (int i = 0; i < 10; i++)
        {
            using var stranger = new TestDevice(server);
            if ((await stranger.GetAsync(device.Path("/checkpoint"))).Error == ErrorName.RateLimited) refused++;
        }
        Assert.InRange(refused, 4, 7);
        Assert.Equal(200, (await device.GetAsync(device.Path("/checkpoint"))).Status);
    }

    /// <summary>.NET lets go of a limiter that nobody needed for ten seconds; a request that has just found it is told that it is disposed of.</summary>
    [Fact]
    public void ALimiterThatIsLetGoInTheMomentOfARequestIsMadeAnew()
    {
        using var limiter = new LetGoOnce();
        Assert.Null(RequestLimits.Take(limiter, 1));
        Assert.NotNull(RequestLimits.Take(limiter, 1));
        limiter.Dispose();
        Assert.Throws<ObjectDisposedException>(() => RequestLimits.Take(limiter, 1));
    }

    /// <summary>One request for each, and the first one meets a limiter that was let go.</summary>
    private sealed class LetGoOnce : PartitionedRateLimiter<int>
    {
        private readonly PartitionedRateLimiter<int> _limiter = PartitionedRateLimiter.Create<int, int>(who =>
            RateLimitPartition.GetFixedWindowLimiter(who, _ => new() { PermitLimit = 1, Window = TimeSpan.FromHours(1), QueueLimit = 0 }));

        private bool _wasLetGo;

        public override RateLimiterStatistics? GetStatistics(int resource) => _limiter.GetStatistics(resource);

        protected override RateLimitLease AttemptAcquireCore(int resource, int permitCount)
        {
            if (_wasLetGo) return _limiter.AttemptAcquire(resource, permitCount);
            _wasLetGo = true;
            throw new ObjectDisposedException(nameof(FixedWindowRateLimiter));
        }

        protected override ValueTask<RateLimitLease> AcquireAsyncCore(int resource, int permitCount, CancellationToken cancellationToken) => _limiter.AcquireAsync(resource, permitCount, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing) _limiter.Dispose();
            base.Dispose(disposing);
        }
    }

    [Fact]
    public async Task AnswersSayNothingOfTheProgramAndSetNoCookie()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync();
        foreach (string path in new[] { "/v1/server", "/health/live", "/health/ready", "/nothing", device.Path("/checkpoint") })
        {
            var answer = await device.GetAsync(path);
            Assert.Empty(answer.Headers.Server);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
            Assert.Equal(path == "/nothing" ? 404 : 200, answer.Status);
        }
        Assert.Equal(ErrorName.NotFound, (await device.GetAsync("/nothing")).Error);
        Assert.Equal(ErrorName.BadRequest, (await device.SendAsync(device.Request(HttpMethod.Delete, "/v1/server"))).Error);
    }

    [Fact]
    public async Task TheApiIsDescribedWithoutAWordFromOutside()
    {
        await using var server = await TestServer.StartAsync();
        string document = await server.Http.GetStringAsync("/openapi/v1.json");
        Assert.Contains("/v1/accounts/{account}/commits", document, StringComparison.Ordinal);
        string page = await server.Http.GetStringAsync("/docs/");
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);

        // The page's scripts are another's: the browser is told to let them reach this server and nobody else.
        using var answer = await server.Http.GetAsync("/docs/");
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASecondServerOnTheSameFolderRefusesToStart()
    {
        await using var server = await TestServer.StartAsync();
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => TestServer.StartAsync(dataFolder: server.DataFolder));
        Assert.Contains("Another candor-server is using", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerKeepsItsNameAndKey()
    {
        await using var server = await TestServer.StartAsync(s => s with { Name = "candor.example" });
        string key = await server.Http.GetStringAsync("/v1/server");
        await server.RestartAsync(s => s with { Name = null });
        Assert.Equal(key, await server.Http.GetStringAsync("/v1/server"));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => server.RestartAsync(s => s with { Name = "other.example" }));
        Assert.Contains("--name candor.example", e.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.DataFolder, "checkpoint.key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(server.DataFolder));
    }

    private static void Set(HttpRequestMessage request, string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);
    }

    private static void Input(HttpRequestMessage request, Func<string, string> change) =>
        Set(request, RequestSignature.InputHeader, change(request.Headers.NonValidated[RequestSignature.InputHeader].ToString()));

    /// <summary>Sends the head alone, with a Content-Length of its own, and reads the answer.</summary>
    private static async Task<(int Status, string Error)> RawAsync(TestServer server, HttpRequestMessage request, long length)
    {
        using var client = await ConnectAsync(server);
        await client.GetStream().WriteAsync(Head(server, request, length));
        using var reader = new StreamReader(client.GetStream());
        var text = new StringBuilder();
        string? line;
        while (!text.ToString().Contains("\"detail\"", StringComparison.Ordinal) && (line = await ReadChunkAsync(reader)) is not null) text.Append(line);
        string answer = text.ToString();
        int type = answer.IndexOf(ErrorName.Urn, StringComparison.Ordinal) + ErrorName.Urn.Length;
        return (int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture), answer[type..answer.IndexOf('"', type)]);
    }

    private static async Task<string?> ReadChunkAsync(StreamReader reader)
    {
        var buffer = new char[4096];
        int read = await reader.ReadAsync(buffer);
        return read == 0 ? null : new string(buffer, 0, read);
    }

    private static async Task<TcpClient> ConnectAsync(TestServer server)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.BaseAddress.Port);
        return client;
    }

    private static byte[] Head(TestServer server, HttpRequestMessage request, long length)
    {
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{request.Method} {request.RequestUri!.PathAndQuery} HTTP/1.1\r\nHost: {server.BaseAddress.Authority}\r\nContent-Length: {length}\r\n");
        foreach (var (name, value) in request.Headers.NonValidated) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return Encoding.ASCII.GetBytes(head.Append("\r\n").ToString());
    }
}
