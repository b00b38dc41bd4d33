using System.Security.Cryptography;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Protocol;
using Candor.Tests.Client.Previews;

namespace Candor.Tests.EndToEnd;

/// <summary>Promise P1: what the ledgers say left is what left, byte for byte, for whole runs over every kind.</summary>
public sealed class LedgerOnTheWireTests : IAsyncLifetime
{
    private Phones _phones = null!;
    private WireTap _tap = null!;

    public async ValueTask InitializeAsync()
    {
        _phones = await Phones.StartAsync();
        _tap = new(_phones.Server.BaseAddress);
        _phones.Address = _tap.Address;
    }

    public async ValueTask DisposeAsync()
    {
        await _phones.DisposeAsync();
        await _tap.DisposeAsync();
    }

    [Fact]
    public async Task TheLinesOfTwoPhonesAreTheRequestsThatLeft()
    {
        var one = await _phones.JoinAsync("one", [.. Kinds.All]);
        Fill(one, 20);
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", [.. Kinds.All]);
        await two.SyncAsync();
        two.Write("notes/more.md", "more\n");
        two.Delete(two.Files("contacts")[0]);
        await two.SyncAsync();
        await one.SyncAsync();

        var lines = new List<LedgerLine>();
        long bytes = 0;
        foreach (var phone in new[] { one, two })
        {
            var (facts, read) = await ReadAsync(phone);
            bytes += facts.BytesOut;
            lines.AddRange(read);
            Assert.DoesNotContain(read, l => l.Event == "cut");
        }
        Assert.Equal(_tap.BytesUp, bytes);
        var (whole, cut) = _tap.Requests();
        Assert.Equal(0, cut);
        Assert.Equal(Sorted(whole), Sorted(lines));
        Assert.All(lines.Where(l => l.Event == "out"), l => Assert.Equal(_tap.Address.Authority, l.Host));
        // What holds a kind's bytes names the consent under which it left.
        Assert.All(lines.Where(l => l.Event == "out" && l.Kind != "none"), l => Assert.True(l.Consent > 0));
        Assert.Contains(lines, l => l.Purpose == "blob" && l.Kind == "photos" && l.Body > 8 << 20);
    }

    [Fact]
    public async Task AServerThatDiesInTheMiddleLeavesNoByteWithoutALine()
    {
        var one = await _phones.JoinAsync("one", [.. Kinds.All]);
        Fill(one, 60);
        for (int round = 0; round < 6; round++)
        {
            var syncing = one.SyncAsync();
            await Task.Delay(40 * (round + 1));
            await _phones.Server.StopAsync();
            try
            {
                await syncing;
            }
            catch (ServerRefusedException e)
            {
                Assert.True(e.IsTransient, e.Message);
            }
            await _phones.Server.RestartAsync();
        }
        var last = await one.SyncAsync();
        Assert.All(last.Kinds, k => Assert.Equal((k.Seen, 0L), (k.Safe, k.Unexplained)));

        var (facts, lines) = await ReadAsync(one);
        var (whole, _) = _tap.Requests();
        Assert.True(_tap.BytesUp <= facts.BytesOut, $"{_tap.BytesUp} bytes left, and the ledger has {facts.BytesOut}.");
        // Every request that left has a line of its own; only those whose answer never came whole may have left in part or not at all.
        var outs = Sorted(lines).ToList();
        foreach (string request in Sorted(whole)) Assert.True(outs.Remove(request), $"No line for {request}");
        Assert.True(outs.Count <= lines.Count(l => l.Event == "cut"));
    }

    /// <summary>A server may close a connection just as a request goes out on it. HTTP libraries send such a request again in silence: here each sending has its line.</summary>
    [Fact]
    public async Task ARequestThatMeetsAClosedConnectionIsNotSentAgainInSilence()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        long received = 0;
        var serving = Task.Run(async () =>
        {
            byte[] buffer = new byte[4096];
            for (int connection = 0; connection < 3; connection++)
            {
                using var socket = await listener.AcceptSocketAsync();
                received += await socket.ReceiveAsync(buffer);
                await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
                // The next request on this connection is read and never answered.
                int next = await socket.ReceiveAsync(buffer);
                received += next;
                if (next == 0) return;
            }
        });
        string file = Path.Combine(_phones.Root, "ledger.jsonl");
        var address = new Uri($"http://{listener.LocalEndpoint}/v1/server");
        using (var ledger = Ledger.Open(file, TimeProvider.System))
        using (var gate = new Candor.Client.Gate.Gate(ledger))
        {
            using (var first = Candor.Client.Gate.Gate.Request(HttpMethod.Get, address, Purpose.Server))
            using (var answer = await gate.SendAsync(first, default)) Assert.Equal("ok", await answer.Content.ReadAsStringAsync());
            using var second = Candor.Client.Gate.Gate.Request(HttpMethod.Get, address, Purpose.Server);
            await Assert.ThrowsAsync<HttpRequestException>(() => gate.SendAsync(second, default));
        }
        listener.Stop();
        await serving.ContinueWith(_ => { });
        await using var stream = File.OpenRead(file);
        Assert.Equal((await LedgerReader.ReadAsync(stream, null, default)).BytesOut, received);
    }

    private static void Fill(Phone phone, int count)
    {
        for (int i = 0; i < count; i++)
        {
            phone.Write($"contacts/{i}.vcf", FolderSyncTests.Card($"uid-{i}", $"Person {i}"));
            phone.Write($"notes/{i}.md", $"note {i}\n");
            phone.Write($"photos/{i}.bin", RandomNumberGenerator.GetBytes(50_000));
        }
        phone.Write("photos/picture.jpg", Pictures.Noise(1000, 800));
        phone.Write("photos/film.mp4", RandomNumberGenerator.GetBytes((2 * Limits.Piece) + 12345));
        phone.Write("inbox/sms.xml", FolderSyncTests.Export([.. Enumerable.Range(0, 200).Select(i => ($"+49{i % 7}", $"message {i}", (long)i))]));
    }

    private static async Task<(LedgerFacts Facts, List<LedgerLine> Lines)> ReadAsync(Phone phone)
    {
        var lines = new List<LedgerLine>();
        await using var stream = new FileStream(phone.Device.Home.LedgerFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var facts = await LedgerReader.ReadAsync(stream, lines.Add, default);
        Assert.Equal((0L, false), (facts.BrokenAt, facts.Torn));
        return (facts, lines);
    }

    private static IEnumerable<string> Sorted(IEnumerable<TappedRequest> requests) =>
        requests.Select(r => $"{r.Line[..^9]} {r.Head.Length} {r.Body.Length} {Convert.ToHexStringLower(SHA256.HashData(r.Body))}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Sorted(IEnumerable<LedgerLine> lines) =>
        lines.Where(l => l.Event == "out").Select(l => $"{l.Method} {l.Target} {l.Head} {l.Body} {l.Sha256}").Order(StringComparer.Ordinal);
}
