using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Candor.Client.Gate;
using Candor.Hpke;
using Candor.Oblivious;
using Candor.Relay;
using Candor.Server.Gateway;
using Candor.Shelf.Packs;
using Candor.Tests.Cli;
using Candor.Tests.EndToEnd;
using Candor.Tests.Server;
using Candor.Tests.Shelf;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Oblivious;

/// <summary>A relay between clients and a gateway: what goes on is the same whoever asks, and candor asks through it for everything public.</summary>
public sealed class RelayTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-relay-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatARelayCarriesOnIsTheBodyAloneUnderAHeadThatIsTheSameForAll()
    {
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, Name = "cloud.example" });
        await using var tap = new WireTap(server.BaseAddress);
        await using var relay = await RelayAsync(new(tap.Address, "/ohttp"));
        var config = await GatewayTests.ConfigAsync(server);
        await Task.Delay(1100); // what is dated in the second of a start is refused
        var bodies = new List<byte[]>();
        foreach (string from in (string[])["127.0.0.1", "127.44.5.6"])
        {
            using var http = From(from);
            using var keys = await http.GetAsync(new Uri(relay.Address, "/keys"));
            Assert.Equal(config.ToBytes(), await keys.Content.ReadAsByteArrayAsync());
            using var exchange = SealedRequest.Seal(config, new BinaryRequest("GET", "https", "cloud.example", "/v1/server", [GatewayTests.Now(server)], default).ToBytes(MessageLength.Request))!;
            bodies.Add(exchange.Bytes.ToArray());
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(relay.Address, "/?canary-query=1")) { Content = new ByteArrayContent(bodies[^1]) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", SealedRequest.MediaType);
            if (from != "127.0.0.1")
            {
                foreach (string header in (string[])["User-Agent", "Cookie", "X-Forwarded-For", "Forwarded", "Via", "Authorization", "Accept-Language", "traceparent", "Referer", "Content-Language"]) Assert.True(request.Headers.TryAddWithoutValidation(header, $"canary-{from}") || request.Content.Headers.TryAddWithoutValidation(header, $"canary-{from}"));
                request.Headers.TransferEncodingChunked = true;
            }
            using var answer = await http.SendAsync(request);
            Assert.Equal((200, "message/ohttp-res"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
            Assert.DoesNotContain(answer.Headers, h => h.Key is "Set-Cookie" or "Server" or "Via");
            Assert.True(BinaryResponse.TryParse(exchange.Open(await answer.Content.ReadAsByteArrayAsync()), out var said));
            Assert.Equal(200, said.Status);
        }
        var (requests, cut) = tap.Requests();
        Assert.Equal(0, cut);
        string host = $"Host: {tap.Address.Authority}\r\n";
        Assert.Equal([$"GET /ohttp/keys HTTP/1.1\r\n{host}\r\n", $"POST /ohttp HTTP/1.1\r\n{host}Content-Type: message/ohttp-req\r\nContent-Length: {bodies[0].Length}\r\n\r\n"], requests.Select(r => r.Head).Distinct());
        Assert.Equal(bodies, requests.Where(r => r.Body.Length > 0).Select(r => r.Body));
        Assert.Equal(bodies[0][..7], bodies[1][..7]);
        Assert.DoesNotContain("canary", Encoding.Latin1.GetString([.. tap.Up.SelectMany(b => b)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARelayTakesWhatIsAsLongAsARequestAndHandsOnWhatAGatewaySays()
    {
        using var http = From("127.0.0.1");
        string head = "HTTP/1.1 200 OK\r\nContent-Type: message/ohttp-res\r\n";
        string answer = $"{head}Content-Length: 2\r\nSet-Cookie: canary=1\r\nX-Who: canary\r\n\r\nok";
        await using var upstream = new Upstream(() => answer);
        await using var relay = await RelayAsync(new(upstream.Address, "/gate"));
        async Task<(int Status, string Body)> PostAsync(int length, string type = "message/ohttp-req")
        {
            using var content = new ByteArrayContent(new byte[length]);
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var said = await http.PostAsync(relay.Address, content);
            Assert.DoesNotContain(said.Headers.Concat(said.Content.Headers), h => h.Value.Any(v => v.Contains("canary", StringComparison.Ordinal)));
            return ((int)said.StatusCode, await said.Content.ReadAsStringAsync());
        }

        Assert.Equal((200, "ok"), await PostAsync(16 << 10));
        Assert.Equal(413, (await PostAsync((16 << 10) + 1)).Status);
        Assert.Equal(415, (await PostAsync(10, "application/octet-stream")).Status);
        using var get = await http.GetAsync(relay.Address);
        Assert.Equal(405, (int)get.StatusCode);
        using var elsewhere = await http.GetAsync(new Uri(relay.Address, "/v1/server"));
        Assert.Equal(404, (int)elsewhere.StatusCode);

        answer = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}";
        Assert.Equal((400, "{}"), await PostAsync(10));
        answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi";
        Assert.Equal((502, ""), await PostAsync(10));
        answer = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        Assert.Equal((307, ""), await PostAsync(10));
        answer = $"{head}Content-Length: 99999999\r\n\r\nendless";
        Assert.Equal((502, ""), await PostAsync(10));
        answer = $"{head}Connection: close\r\n\r\n{new string('x', (6 << 20) + 1)}";
        Assert.Equal((502, ""), await PostAsync(10));
        answer = "nonsense\r\n\r\n";
        Assert.Equal((502, ""), await PostAsync(10));
        await upstream.DisposeAsync();
        Assert.Equal((502, ""), await PostAsync(10));
        Assert.Equal(RelayServer.AnswerType, OpenedRequest.MediaType);
        Assert.Equal((RelayServer.RequestType, RelayServer.KeysType), (SealedRequest.MediaType, KeyConfig.MediaType));
        Assert.True(RelayServer.MaxAnswer >= MessageLength.Answer(Gateway.MaxContent + (16 << 10)) + 100 && RelayServer.MaxRequest == Gateway.MaxRequest);
    }

    [Fact]
    public async Task VerifyAndUpdatesAskThroughTheRelayForEverythingAndTheLedgerNamesIt()
    {
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" }, dataFolder: Path.Combine(_folder, "server"));
        byte[] zip = OtaZip.Make(payload: OtaZip.Payload(9_000_000));
        var keeper = new ShelfKeeper(_folder, server.DataFolder);
        await keeper.CeremonyAsync();
        File.WriteAllBytes(keeper.Key("pack"), GreetingPack.Build("club", "eo", 1, [new("good-morning", GreetingKind.Message, "Bonan matenon de la klubo", "the club", "CC0-1.0")]).Encode());
        await ShelfKeeper.DoneAsync("shelf", "add", "--data", server.DataFolder, "--file", keeper.Key("pack"), "--as", "packs/club.eo.pack");
        await keeper.SignAsync("2.packs.json", "p");
        await keeper.PublishAsync();
        await keeper.UpdateAsync("one.zip", zip, "panther", "nightly", "22.1", "--address", server.BaseAddress.GetLeftPart(UriPartial.Authority));
        await SaidAsync(server);
        await using var relay = await RelayAsync(new(server.BaseAddress, "/ohttp"));
        using var candor = new CandorHere();

        var verified = await candor.RunAsync("verify", server.BaseAddress.Authority, "--relay", relay.Address.Authority, "--json");
        Assert.True(verified.Code == 0, verified.Error + verified.Out);
        var findings = JsonDocument.Parse(verified.Out).RootElement.GetProperty("findings").EnumerateArray().ToDictionary(f => f.GetProperty("what").GetString()!, f => f.GetProperty("proved").GetBoolean());
        Assert.True(findings["relay"] && findings["entries"], verified.Out);

        string[] typed = ["updates", "trust", server.BaseAddress.Authority, "--relay", relay.Address.Authority, "--yes"];
        Assert.Equal(0, (await candor.RunAsync(typed)).Code);
        // It is remembered from here on.
        Assert.Contains("one.zip", (await candor.RunAsync("updates")).Out, StringComparison.Ordinal);
        var got = await candor.RunAsync("updates", "get", "one.zip", "--to", candor.InFolder("down"));
        Assert.True(got.Code == 0, got.Error);
        Assert.Equal(zip, File.ReadAllBytes(candor.InFolder("down", "one.zip")));
        var packs = await candor.RunAsync("greet", "--fetch");
        Assert.True(packs.Code == 0 && packs.Out.Contains("new: club.eo.", StringComparison.Ordinal), packs.Out + packs.Error);
        Assert.Contains("Bonan matenon de la klubo", (await candor.RunAsync("greet", "good-morning", "--language", "eo", "--count", "50")).Out, StringComparison.Ordinal);

        var lines = File.ReadAllLines(Path.Combine(candor.Home, "ledger.jsonl")).Select(l => LedgerLine.TryParse(Encoding.UTF8.GetBytes(l))!).Where(l => l.Event == "out").ToList();
        Assert.All(lines, l => Assert.Equal(relay.Address.Authority, l.Host));
        Assert.Equal(["log", "shelf"], lines.Select(l => l.Purpose).Distinct().Order());
        // All requests are of one length, whatever they ask for.
        Assert.Single(lines.Where(l => l.Method == "POST").Select(l => (l.Head, l.Body, l.Target)).Distinct());
        Assert.True(lines.Count(l => l.Method == "POST") > 10);
        Assert.Equal(["/keys"], lines.Where(l => l.Method == "GET").Select(l => l.Target).Distinct());
    }

    [Fact]
    public async Task AKeyThatTheLogDoesNotHaveIsAnAlarmAndALogWithoutOneTooAndARelayThatIsAwayIsNoSilentWayAround()
    {
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" }, dataFolder: Path.Combine(_folder, "server"));
        await SaidAsync(server);
        // A gateway of the relay's own, which answers as the server does: it sees what is asked for.
        string theirs = Directory.CreateDirectory(Path.Combine(_folder, "theirs")).FullName;
        using var keys = new GatewayKeys(theirs, TimeProvider.System);
        await using var upstream = new Upstream(() => "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n") { Answer = async (path, body) => path == "/ohttp/keys" ? ("application/ohttp-keys", keys.Published()) : (OpenedRequest.MediaType, await ActAsGatewayAsync(keys, server, body)) };
        await using var lying = await RelayAsync(new(upstream.Address, "/ohttp"));
        using var candor = new CandorHere();
        var alarm = await candor.RunAsync("verify", server.BaseAddress.Authority, "--relay", lying.Address.Authority);
        Assert.True(alarm.Code == 4, alarm.Error + alarm.Out);
        Assert.Contains("is not the one in", alarm.Error, StringComparison.Ordinal);
        var trust = await candor.RunAsync("updates", "trust", server.BaseAddress.Authority, "--relay", lying.Address.Authority, "--yes");
        Assert.True(trust.Code == 4, trust.Error);

        // A relay to nowhere: the server itself is not asked instead.
        await upstream.DisposeAsync();
        var away = await candor.RunAsync("verify", server.BaseAddress.Authority, "--relay", lying.Address.Authority);
        Assert.Equal(3, away.Code);
        Assert.DoesNotContain(server.BaseAddress.Authority, string.Concat(File.ReadAllLines(Path.Combine(candor.Home, "ledger.jsonl")).Where(l => l.Contains("\"out\"", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMachineWhoseClockIsWrongIsAnsweredAndIsKnownByNoSecondOfIt()
    {
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" }, dataFolder: Path.Combine(_folder, "server"));
        await SaidAsync(server);
        await using (var relay = await RelayAsync(new(server.BaseAddress, "/ohttp")))
        {
            foreach (int hours in (int[])[-2, 2])
            {
                using var wrong = new CandorHere { Clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(hours)) };
                var verified = await wrong.RunAsync("verify", server.BaseAddress.Authority, "--relay", relay.Address.Authority);
                Assert.True(verified.Code == 0, verified.Error + verified.Out);
            }
        }
        // A gateway that refuses each request once: made again with its time, which the next request says nothing of.
        using var keys = new GatewayKeys(server.DataFolder, TimeProvider.System);
        var said = new List<string?>();
        const string Theirs = "Sun, 29 Nov 2026 04:43:45 GMT";
        await using var upstream = new Upstream(() => "") { Answer = async (path, body) => path == "/ohttp/keys" ? ("application/ohttp-keys", keys.Published()) : (OpenedRequest.MediaType, await OnceRefusedAsync(body)) };
        await using var strict = await RelayAsync(new(upstream.Address, "/ohttp"));
        using var candor = new CandorHere();
        var run = await candor.RunAsync("verify", server.BaseAddress.Authority, "--relay", strict.Address.Authority);
        Assert.True(run.Code == 0 && said.Count > 6, run.Error + run.Out);
        Assert.All(said.Chunk(2), two => Assert.True(two[0]!.EndsWith(":00 GMT", StringComparison.Ordinal) && two[1] == Theirs));

        async Task<byte[]> OnceRefusedAsync(byte[] body)
        {
            keys.Open(body, out var opened);
            using (opened)
            {
                Assert.True(BinaryRequest.TryParse(opened!.Message.Span, out var request));
                said.Add(request["date"]);
                if (said.Count % 2 == 1) return opened.Seal(new BinaryResponse(400, [new("content-type", "application/problem+json"), new("date", Theirs)], "{}"u8.ToArray()).ToBytes());
            }
            return await ActAsGatewayAsync(keys, server, body);
        }
    }

    [Fact]
    public async Task TheProgramIsARelayAndSaysWhatItIsFor()
    {
        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, Name = "cloud.example" });
        string url = FreePort.Url();
        string program = Path.Combine(AppContext.BaseDirectory, "candor-relay.dll");
        using var running = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", [program, "--gateway", new Uri(server.BaseAddress, "/ohttp").ToString(), "--urls", url]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.StartsWith("Relay to http://127.0.0.1:", await running.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            using var http = From("127.0.0.1");
            Assert.Equal((await GatewayTests.ConfigAsync(server)).ToBytes(), await http.GetByteArrayAsync(new Uri(new(url), "/keys")));
        }
        finally
        {
            running.Kill();
        }
        await running.WaitForExitAsync();
        Assert.Equal("", await running.StandardOutput.ReadToEndAsync());
        using var wrong = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", [program, "--gateway", "cloud.example"]) { RedirectStandardError = true })!;
        Assert.Contains("It proves nothing where whoever runs it runs the gateway too.", await wrong.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        await wrong.WaitForExitAsync();
        Assert.Equal(2, wrong.ExitCode);
    }

    private static async Task SaidAsync(TestServer server)
    {
        Assert.True(await Eventually.HoldsAsync(() => LogHasAsync(server)), "The log does not say the gateway's key.");
    }

    private static async Task<bool> LogHasAsync(TestServer server)
    {
        foreach (string file in Directory.Exists(Path.Combine(server.DataFolder, "log", "tile", "entries")) ? Directory.GetFiles(Path.Combine(server.DataFolder, "log", "tile", "entries"), "*", SearchOption.AllDirectories) : [])
        {
            if (Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file)).Contains("ohttp-keys", StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private static async Task<byte[]> ActAsGatewayAsync(GatewayKeys keys, TestServer server, byte[] body)
    {
        keys.Open(body, out var opened);
        using (opened)
        {
            Assert.True(BinaryRequest.TryParse(opened!.Message.Span, out var request));
            using var answer = await server.Http.GetAsync(new Uri(request.Path, UriKind.Relative));
            return opened.Seal(new BinaryResponse((int)answer.StatusCode, [], await answer.Content.ReadAsByteArrayAsync()).ToBytes());
        }
    }

    private static async Task<Running> RelayAsync(Uri gateway)
    {
        string url = FreePort.Url();
        var server = RelayServer.Open(gateway, url);
        await server.StartAsync();
        return new(server, new(url));
    }

    private static HttpClient From(string address) => new(new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private sealed record Running(RelayServer Server, Uri Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    /// <summary>What a relay reaches, one connection a request, saying whatever the test wants.</summary>
    private sealed class Upstream : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Func<string> _said;
        private readonly Task _running;

        public Upstream(Func<string> said)
        {
            _said = said;
            _listener.Start();
            Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _running = Task.Run(RunAsync);
        }

        public Uri Address { get; }

        /// <summary>In the place of what is said: from path and body to type and body.</summary>
        public Func<string, byte[], Task<(string Type, byte[] Body)>>? Answer { get; init; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _running;
        }

        private async Task RunAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await ServeAsync(client.GetStream());
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
                catch (IOException)
                {
                    // The relay had enough.
                }
            }
        }

        private async Task ServeAsync(NetworkStream stream)
        {
            var head = new StringBuilder();
            for (int b; !head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && (b = stream.ReadByte()) >= 0;) head.Append((char)b);
            if (head.Length == 0) return;
            string[] lines = head.ToString().Split("\r\n");
            int length = lines.Where(l => l.StartsWith("Content-Length: ", StringComparison.Ordinal)).Select(l => int.Parse(l[16..], System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault();
            byte[] body = new byte[length];
            await stream.ReadExactlyAsync(body);
            if (Answer is null)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(_said()));
                return;
            }
            var (type, said) = await Answer(lines[0].Split(' ')[1], body);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(said);
        }
    }
}
