using System.Net;
using System.Net.Sockets;
using System.Text;
using Candor.Client.Gate;
using Candor.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Client.Gate;

public sealed class GateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-gate-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero));

    private string LedgerPath => Path.Combine(_folder, "ledger.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TheLedgersSumIsEveryByteThatReachedTheWire()
    {
        await using var wire = new RecordingServer();
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        using (var gate = new Candor.Client.Gate.Gate(ledger))
        {
            for (int i = 0; i < 5; i++)
            {
                var body = new GateBody(new byte[i * 1000], GateBody.Cbor);
                using var post = Candor.Client.Gate.Gate.Request(HttpMethod.Post, new Uri(wire.Address, $"v1/things?n={i}"), Purpose.Sync, Kind.Notes, 3, body);
                post.Headers.TryAddWithoutValidation("Signature", "c=:AAAA:");
                await Read(gate, post);
                using var get = Candor.Client.Gate.Gate.Request(HttpMethod.Get, new Uri(wire.Address, "v1/server"), Purpose.Server);
                await Read(gate, get);
            }
        }
        var facts = await ReadLedger();
        Assert.Equal(0, facts.BrokenAt);
        Assert.Equal(20, facts.Lines);
        Assert.Equal(wire.Received, facts.BytesOut);
    }

    [Fact]
    public async Task WithoutConsentNothingLeavesAndNothingIsWritten()
    {
        await using var wire = new RecordingServer();
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        using (var gate = new Candor.Client.Gate.Gate(ledger))
        {
            using var request = Candor.Client.Gate.Gate.Request(HttpMethod.Put, wire.Address, Purpose.Blob, Kind.Photos, -1, new GateBody(new byte[9], GateBody.Bytes));
            await Assert.ThrowsAsync<InvalidOperationException>(() => gate.SendAsync(request, default));
            using var aimless = new HttpRequestMessage(HttpMethod.Get, wire.Address);
            await Assert.ThrowsAsync<InvalidOperationException>(() => gate.SendAsync(aimless, default));
        }
        Assert.Equal(0, wire.Received);
        Assert.Equal(0, (await ReadLedger()).Lines);
    }

    [Fact]
    public async Task ARequestThatGetsNoAnswerIsWrittenAsCut()
    {
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        using (var gate = new Candor.Client.Gate.Gate(ledger, new Deaf()))
        {
            using var request = Candor.Client.Gate.Gate.Request(HttpMethod.Get, new Uri("http://127.0.0.1:1/x"), Purpose.Server);
            await Assert.ThrowsAsync<HttpRequestException>(() => gate.SendAsync(request, default));
        }
        var lines = new List<LedgerLine>();
        await ReadLedger(lines.Add);
        Assert.Equal(["out", "cut"], lines.Select(l => l.Event));
        Assert.Equal(lines[0].Id, lines[1].Id);
    }

    [Fact]
    public async Task AChangedLineBreaksTheChainWhereItStands()
    {
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        {
            for (int i = 0; i < 10; i++) ledger.Arrive(ledger.Depart(Some(i)), 200, 5, whole: true);
        }
        string[] lines = await File.ReadAllLinesAsync(LedgerPath);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] changed = [.. lines];
            changed[i] = changed[i].Replace("\"body\":", "\"body\":1", StringComparison.Ordinal);
            await File.WriteAllLinesAsync(LedgerPath, changed);
            // The last line's own content has no line after it to vouch for it.
            long expected = i == lines.Length - 1 ? 0 : i + 2;
            Assert.Equal(expected, (await ReadLedger()).BrokenAt);

            await File.WriteAllLinesAsync(LedgerPath, lines.Where((_, n) => n != i));
            Assert.Equal(i == lines.Length - 1 ? 0 : i + 1, (await ReadLedger()).BrokenAt);
        }
    }

    [Fact]
    public async Task ALineTornAnywhereByACrashIsClosedAndTheChainGoesOn()
    {
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        {
            ledger.Depart(Some(1));
            ledger.Depart(Some(2));
        }
        byte[] whole = await File.ReadAllBytesAsync(LedgerPath);
        int firstLine = whole.AsSpan().IndexOf((byte)'\n') + 1;
        for (int cut = firstLine; cut < whole.Length; cut += 7)
        {
            await File.WriteAllBytesAsync(LedgerPath, whole[..cut]);
            using (var ledger = Ledger.Open(LedgerPath, _clock)) ledger.Depart(Some(3));
            var events = new List<string>();
            var facts = await ReadLedger(l => events.Add(l.Event));
            Assert.Equal(0, facts.BrokenAt);
            Assert.Equal(cut == firstLine ? ["out", "out"] : ["out", "torn", "out"], events);
        }
    }

    [Fact]
    public async Task ACrashWhileATornLineIsClosedCostsNothingMore()
    {
        using (var ledger = Ledger.Open(LedgerPath, _clock))
        {
            ledger.Depart(Some(1));
            ledger.Depart(Some(2));
        }
        byte[] whole = await File.ReadAllBytesAsync(LedgerPath);
        int firstLine = whole.AsSpan().IndexOf((byte)'\n') + 1;
        foreach (int torn in new[] { 1, 5, firstLine + 1, firstLine + 30, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(LedgerPath, whole[..torn]);
            Ledger.Open(LedgerPath, _clock).Dispose();
            byte[] closed = await File.ReadAllBytesAsync(LedgerPath);
            for (int cut = torn; cut <= closed.Length; cut += cut < torn + 3 ? 1 : 11)
            {
                await File.WriteAllBytesAsync(LedgerPath, closed[..cut]);
                using (var ledger = Ledger.Open(LedgerPath, _clock)) ledger.Depart(Some(3));
                var events = new List<string>();
                Assert.Equal(0, (await ReadLedger(l => events.Add(l.Event))).BrokenAt);
                Assert.Equal(torn < firstLine ? ["torn", "out"] : torn == whole.Length - 1 ? ["out", "out", "out"] : ["out", "torn", "out"], events);
            }
        }
    }

    [Fact]
    public void AFileThatIsNoLedgerIsNotWrittenTo()
    {
        File.WriteAllText(LedgerPath, "my diary\n");
        Assert.Throws<InvalidDataException>(() => Ledger.Open(LedgerPath, _clock));
        Assert.Equal("my diary\n", File.ReadAllText(LedgerPath));
    }

    [Fact]
    public void AnyBytesAreALineOrNone()
    {
        var random = new Random(7);
        using (var ledger = Ledger.Open(LedgerPath, _clock)) ledger.Depart(Some(1));
        byte[] line = File.ReadAllBytes(LedgerPath);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutant = [.. line];
            for (int n = random.Next(4); n >= 0; n--) mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            LedgerLine.TryParse(mutant.AsSpan(0, random.Next(mutant.Length + 1)));
        }
    }

    private static Departure Some(int i) => new("h:1", Purpose.Sync, Kind.None, -1, "GET", $"/{i}", 100 + i, 0, Hash32.Of([]));

    private static async Task Read(Candor.Client.Gate.Gate gate, HttpRequestMessage request)
    {
        using var response = await gate.SendAsync(request, default);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
    }

    private async Task<LedgerFacts> ReadLedger(Action<LedgerLine>? each = null)
    {
        await using var file = File.OpenRead(LedgerPath);
        return await LedgerReader.ReadAsync(file, each, default);
    }

    private sealed class Deaf : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException("nobody there");
    }

    /// <summary>Counts every byte that a client sends and answers each request with "ok".</summary>
    private sealed class RecordingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;
        private long _received;

        public RecordingServer()
        {
            _listener.Start();
            Address = new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
            _running = Task.Run(AcceptAsync);
        }

        public Uri Address { get; }

        public long Received => Interlocked.Read(ref _received);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _listener.Stop();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true) _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (OperationCanceledException)
            {
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                var stream = client.GetStream();
                var seen = new List<byte>();
                byte[] buffer = new byte[4096];
                int due = -1;
                while (true)
                {
                    int n = await stream.ReadAsync(buffer);
                    if (n == 0) return;
                    Interlocked.Add(ref _received, n);
                    seen.AddRange(buffer.AsSpan(0, n));
                    string text = Encoding.Latin1.GetString([.. seen]);
                    int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                    if (end < 0) continue;
                    int at = text.IndexOf("Content-Length: ", StringComparison.Ordinal);
                    due = end + 4 + (at < 0 ? 0 : int.Parse(text[(at + 16)..text.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture));
                    if (seen.Count < due) continue;
                    seen.Clear();
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
                }
            }
        }
    }
}
