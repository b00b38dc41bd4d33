using System.Diagnostics;
using Candor.Log;
using Candor.Server.Operator;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Server;

namespace Candor.Tests.PublicLog;

/// <summary>Says how fast the log takes entries; fails only where it is out of all proportion. Figures: docs/public-log.md.</summary>
public sealed class LogSpeedTests
{
    [Fact]
    public async Task TilesAreServedFromMemoryToManyAtOnce()
    {
        const int Connections = 8, Rounds = 60, Depth = 32;
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotEntries = 256, LogSlotSeconds = 3600 });
        Assert.True(await Eventually.HoldsAsync(() => File.Exists(Path.Combine(server.DataFolder, "log", "tile", "0", "000"))));
        byte[] request = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /log/tile/0/000 HTTP/1.1\r\nHost: log.example\r\n\r\n", Depth)));
        int one = (await server.Http.GetByteArrayAsync("/log/tile/0/000")).Length;
        Assert.Equal(8192, one);
        var whole = Stopwatch.StartNew();
        long[] bytes = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(server.BaseAddress.Host, server.BaseAddress.Port);
            byte[] buffer = new byte[256 << 10];
            long all = 0, answer = 0;
            for (int round = 0; round < Rounds; round++)
            {
                await socket.SendAsync(request);
                // The first round tells how long an answer is: all are the same, as for everybody.
                for (long got = 0; answer == 0 || got < answer * Depth;)
                {
                    int read = await socket.ReceiveAsync(buffer);
                    if (read == 0) throw new IOException("The server hung up.");
                    if (answer == 0) answer = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8) + 4 + one;
                    got += read;
                    all += read;
                }
            }
            Assert.Equal(answer * Depth * Rounds, all);
            return all;
        })));
        double seconds = whole.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{Connections} connections, {Depth} requests each at once: {Connections * Rounds * Depth / seconds:F0} tiles a second, {bytes.Sum() / seconds / 1e6:F0} MB a second");
        Assert.True(Connections * Rounds * Depth / seconds > 100);
    }

    [Fact]
    public async Task ThousandsOfEntriesASecondAreFlushedSignedAndPublished()
    {
        string folder = Directory.CreateTempSubdirectory("candor-log-speed-").FullName;
        try
        {
            const int Callers = 512, Each = 40;
            var waits = new double[Callers * Each];
            var log = Candor.Server.PublicLog.PublicLog.Open(new(folder), SqliteDatabase.Open(DataFolder.DatabaseFileIn(folder)), null, "log.example/a", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { }, ownsDatabase: true);
            var whole = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    long begun = Stopwatch.GetTimestamp();
                    await log.AppendAsync(LogEntry.Commitment(new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))).ToBytes());
                    waits[caller * Each + i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                }
            })));
            double seconds = whole.Elapsed.TotalSeconds;
            // All at once: batches as large as they come.
            whole.Restart();
            await Task.WhenAll(Enumerable.Range(0, 50_000).Select(_ => log.AppendAsync(LogEntry.Commitment(new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))).ToBytes())));
            double burst = whole.Elapsed.TotalSeconds;
            await log.DisposeAsync();
            Array.Sort(waits);
            TestContext.Current.TestOutputHelper?.WriteLine($"{Callers} callers: {waits.Length / seconds:F0} entries a second, p50 {waits[waits.Length / 2]:F1} ms, p99 {waits[waits.Length * 99 / 100]:F1} ms; 50,000 at once: {50_000 / burst:F0} a second");
            Assert.True(waits[waits.Length * 99 / 100] < 30_000 && waits.Length / seconds > 50);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
