using System.Text.Json;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.Server;

namespace Candor.Tests.Faults;

/// <summary>The server's disk fails at the first, the second, … call that changes it, until none is left to fail: what was acknowledged stays, what was not is there whole or not at all.</summary>
public sealed class ServerDiskTests
{
    private const int MostCalls = 200;

    [Fact]
    public async Task R01_AServerThatIsKilledAtAnyWriteKeepsWhatItAcknowledged() => Assert.InRange(await RunAsync(Fault.Kill), 8, MostCalls);

    [Fact]
    public async Task R02_WritesThatWereTornOrNeverSyncedAreNoLoss()
    {
        Assert.InRange(await RunAsync(Fault.Torn, 2), 8, MostCalls);
        Assert.InRange(await RunAsync(Fault.Unsynced, 2), 8, MostCalls);
    }

    [Fact]
    public async Task R03_AServerWhoseFlushFailsStopsAndAcknowledgesNothing() => Assert.InRange(await RunAsync(Fault.SyncOnce), 3, MostCalls);

    [Fact]
    public async Task R03_AServerWhoseDiskFailsOnceOrForEverLosesNothing()
    {
        Assert.InRange(await RunAsync(Fault.IoOnce), 8, MostCalls);
        Assert.InRange(await RunAsync(Fault.IoStays), 8, MostCalls);
    }

    [Fact]
    public async Task R04_AServerWhoseDiskIsFullSaysSoAndGoesOnWhenThereIsRoom()
    {
        Assert.InRange(await RunAsync(Fault.FullOnce), 8, MostCalls);
        Assert.InRange(await RunAsync(Fault.FullStays), 8, MostCalls);
    }

    /// <param name="fault">What happens.</param>
    /// <param name="step">2: at every second call. A start of the server costs most of a second.</param>
    /// <returns>How many calls there were to fail at.</returns>
    private static async Task<int> RunAsync(Fault fault, int step = 1)
    {
        string folder = Directory.CreateTempSubdirectory("candor-disk-").FullName;
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromMinutes(1) };
            using var disk = new FaultDisk(folder);
            using var program = new ServerProgram(folder) { Environment = disk.Environment };
            program.Start();
            await program.ReadyAsync(http);
            using var device = await new TestDevice(program.Address, http, TimeProvider.System).ReadyAsync(Kind.Photos);
            var round = new Rounds(program, http, device, disk, fault);
            int number = 1;
            while (number <= MostCalls && await round.FailAtAsync(number)) number += step;
            program.Kill();
            using var output = new StringWriter();
            int scrub = await Commands.RunAsync(["scrub", "--data", folder], output, output);
            Assert.Equal((0, "all is well"), (scrub, output.ToString().Trim()));
            return number - 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Rounds(ServerProgram program, HttpClient http, TestDevice device, FaultDisk disk, Fault fault)
    {
        private readonly Random _random = new(1);
        private readonly List<(Push Push, Hash32 Blob, byte[] Bytes)> _acknowledged = [];
        private readonly long _before = device.State.Size;

        /// <summary>Uploads a blob and commits a put that names it, while a call fails; then, on a disk that works, sees to what was answered and finishes what was not.</summary>
        /// <returns>False where no call was left to fail.</returns>
        public async Task<bool> FailAtAsync(int number)
        {
            byte[] blob = Bytes(_random.Next(Limits.SmallestSealed, 40_000));
            var name = Hash32.Of(blob);
            var push = device.Puts(Kind.Photos, [Bytes(_random.Next(Limits.SmallestSealed, 2000))], blobs: [name]);

            disk.Arm(fault, number);
            int stored = await TryAsync(() => device.PutAsync(device.BlobPath(Kind.Photos, name), blob));
            int taken = stored is 201 or 204 ? await TryAsync(() => device.PostAsync(device.Path("/commits"), push.Encode())) : -1;
            bool fired = disk.Fired, stops = MustStop();
            disk.Disarm();
            if (!fired) Assert.Equal((201, 200), (stored, taken));
            string at = $"{fault} at call {number} ({disk.Call}): blob {stored}, push {taken}";

            if (fired && (stops || fault is Fault.Kill or Fault.Torn or Fault.Unsynced))
            {
                Assert.True(program.EndsWithin(TimeSpan.FromMinutes(1)), $"The server goes on. {at}");
                if (stops) Assert.True(program.ExitCode == 3, $"It ended with {program.ExitCode}. {at}");
                // The answer after a failed flush is no acknowledgement of what the flush was for.
                if (stops) Assert.False(taken == 200, at);
                program.Kill();
                program.Start();
                await program.ReadyAsync(http);
            }
            else if (fault is Fault.IoOnce or Fault.IoStays && (stored is 0 or 500 || taken is 0 or 500))
            {
                // It may be stopping, which takes a moment.
                program.Kill();
                program.Start();
                await program.ReadyAsync(http);
            }
            else if (program.EndsWithin(TimeSpan.Zero)) Assert.Fail($"The server ended with {program.ExitCode}. {at}");
            if (fault is Fault.FullOnce or Fault.FullStays) Assert.True(stored is 507 or 201 or 204 && taken is -1 or 507 or 200, at);

            long size = await SizeAsync();
            bool whole = size == device.State.Size + 1;
            Assert.True(whole || (size == device.State.Size && taken != 200), $"{size} commits where {device.State.Size} were. {at}");
            if (stored is 201 or 204) await IsThereAsync(name, blob, at);

            // Asked again, it is taken once.
            Assert.True(await TryAsync(() => device.PutAsync(device.BlobPath(Kind.Photos, name), blob)) is 201 or 204, at);
            Assert.Equal(200, await TryAsync(() => device.PostAsync(device.Path("/commits"), push.Encode())));
            device.Take(push);
            _acknowledged.Add((push, name, blob));
            if (!fired) await CheckAllAsync();
            return fired;
        }

        /// <summary>A flush that failed: the server cannot know what is on the disk.</summary>
        private bool MustStop() => disk.FailedSync && fault is (Fault.IoOnce or Fault.IoStays or Fault.SyncOnce);

        private async Task CheckAllAsync()
        {
            var info = JsonSerializer.Deserialize(await http.GetByteArrayAsync(new Uri(program.Address, "/v1/server")), ProtocolJson.Default.ServerInfo)!;
            var pulled = Pulled.Read((await device.GetAsync(device.Path("/log"))).Body);
            Assert.Equal(device.State.Root, pulled.Replay(device.Account, info.Key, info.Name).Root);
            for (int i = 0; i < _acknowledged.Count; i++)
            {
                var (push, name, bytes) = _acknowledged[i];
                var leaf = pulled.Leaves[(int)_before + i];
                Assert.True(push.Leaf.Span.SequenceEqual(leaf.Leaf) && push.Bundle.Span.SequenceEqual(leaf.Bundle), $"Leaf {leaf.Index} is not what was acknowledged.");
                await IsThereAsync(name, bytes, $"{fault}, at the end");
            }
        }

        private async Task IsThereAsync(Hash32 name, byte[] bytes, string at)
        {
            var answer = await device.GetAsync(device.BlobPath(Kind.Photos, name));
            Assert.True(answer.Status == 200 && answer.Body.AsSpan().SequenceEqual(bytes), $"A blob that was acknowledged answers {answer.Status}. {at}");
        }

        private async Task<long> SizeAsync() => Pulled.Read((await device.GetAsync(device.Path($"/log?from={_before}"))).Body).Leaves.Count + _before;

        /// <summary>The answer's status; 0 where none came.</summary>
        private static async Task<int> TryAsync(Func<Task<Answer>> send)
        {
            try
            {
                return (await send()).Status;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException)
            {
                return 0;
            }
        }

        private byte[] Bytes(int length)
        {
            byte[] bytes = new byte[length];
            _random.NextBytes(bytes);
            return bytes;
        }
    }
}
