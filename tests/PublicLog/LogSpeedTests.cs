using System.Diagnostics;
using Candor.Log;

namespace Candor.Tests.PublicLog;

/// <summary>Says how fast the log takes entries; fails only where it is out of all proportion. Figures: docs/public-log.md.</summary>
public sealed class LogSpeedTests
{
    [Fact]
    public async Task ThousandsOfEntriesASecondAreFlushedSignedAndPublished()
    {
        string folder = Directory.CreateTempSubdirectory("candor-log-speed-").FullName;
        try
        {
            const int Callers = 64, Each = 250;
            var waits = new double[Callers * Each];
            var log = Candor.Server.PublicLog.PublicLog.Open(new(folder), null, "log.example/a", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { });
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
            Assert.True(waits[waits.Length * 99 / 100] < 10_000 && waits.Length / seconds > 200);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
