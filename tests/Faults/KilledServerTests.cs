using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.Server;
using Candor.Tests.Hostile;

namespace Candor.Tests.Faults;

/// <summary>kill -9 while devices write: what was acknowledged is there, what was not is there whole or not at all.</summary>
/// <remarks>A kill proves the order of the writes, not the flushes: the system's cache outlives the process. Set CANDOR_SEED to repeat a run's choices.</remarks>
public sealed class KilledServerTests
{
    private const int KillsPerLane = 50, Uploaders = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    [Attack("R01", "R11")]
    [Fact]
    public Task WhatWasAcknowledgedOutlivesAHundredKillsByteForByte() => KillLanes.RunAsync(RunLaneAsync);

    private static async Task<int> RunLaneAsync(int seed)
    {
        string folder = Directory.CreateTempSubdirectory("candor-kill-").FullName;
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromMinutes(1) };
            using var program = new ServerProgram(folder);
            program.Start();
            await program.ReadyAsync(http);
            using var device = await new TestDevice(program.Address, http, TimeProvider.System).ReadyAsync(Kind.Messages, Kind.Photos);
            var written = new Written(device.State.Size);
            int kills = await KillWhileWritingAsync(program, http, device, written, seed);

            program.Start();
            await program.ReadyAsync(http);
            await CheckAsync(program, http, device, written);
            program.Kill();
            using var output = new StringWriter();
            int scrub = await Commands.RunAsync(["scrub", "--data", folder], output, output);
            Assert.Equal((0, "all is well"), (scrub, output.ToString().Trim()));
            return kills;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> KillWhileWritingAsync(ServerProgram program, HttpClient http, TestDevice device, Written written, int seed)
    {
        using var end = new CancellationTokenSource();
        List<Task> writers =
        [
            Task.Run(() => CommitAsync(device, written, new Random(seed + 1000), end.Token)),
            .. Enumerable.Range(0, Uploaders).Select(u => Task.Run(() => UploadAsync(device, written, new Random(seed + 2000 + u), end.Token))),
        ];
        var random = new Random(seed);
        int kills = 0;
        for (; kills < KillsPerLane; kills++)
        {
            if (kills > 0) program.Start();
            // One kill in five may come before the server has begun to answer: while it takes up what the last kill left.
            if (random.Next(5) > 0)
            {
                await program.ReadyAsync(http);
                await written.MoreAsync(random.Next(5));
            }
            await Task.Delay(random.Next(50));
            program.Kill();
            if (writers.Find(w => w.IsFaulted) is { } failed) await failed;
        }
        await end.CancelAsync();
        await Task.WhenAll(writers);
        return kills;
    }

    /// <summary>One commit after another. A push whose answer was lost is sent again, and then is the newest leaf, once.</summary>
    private static async Task CommitAsync(TestDevice device, Written written, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            Hash32[] blobs = [.. written.Blobs.Keys.Where(_ => random.Next(8) == 0).Take(3).Order()];
            byte[][] payloads = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Bytes(random, random.Next(Limits.SmallestSealed, 4000)))];
            var push = device.Puts(Kind.Photos, payloads, blobs: blobs);
            byte[] body = push.Encode();
            while (await TryAsync(() => device.PostAsync(device.Path("/commits"), body), end) is { } answer)
            {
                if (answer.Status == 0) continue;
                Assert.True(answer.Status == 200, answer.Text);
                device.Take(push);
                written.Pushes.Add(push);
                break;
            }
        }
    }

    private static async Task UploadAsync(TestDevice device, Written written, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            byte[] blob = Bytes(random, random.Next(8) == 0 ? random.Next(1 << 20, 3 << 20) : random.Next(Limits.SmallestSealed, 60_000));
            var name = Hash32.Of(blob);
            bool again = true;
            while (again && await TryAsync(() => device.PutAsync(device.BlobPath(Kind.Photos, name), blob), end) is { } answer)
            {
                Assert.True(answer.Status is 0 or 201 or 204, answer.Text);
                if (answer.Status != 0) written.Blobs[name] = blob.Length;
                else written.Unsure[name] = blob.Length;
                // Half of those whose answer was lost are never sent again.
                again = answer.Status == 0 && random.Next(2) == 0;
            }
        }
    }

    /// <summary>Null at the end; status 0 where no answer came.</summary>
    private static async Task<Answer?> TryAsync(Func<Task<Answer>> send, CancellationToken end)
    {
        if (end.IsCancellationRequested) return null;
        try
        {
            var answer = await send();
            // It was signed before this server started, which takes no such request (what it had answered it knows no more): sent again it is signed anew.
            return answer.Error == ErrorName.ClockSkew ? answer with { Status = 0 } : answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            await Task.Delay(50, CancellationToken.None);
            return new(0, [], null!);
        }
    }

    private static async Task CheckAsync(ServerProgram program, HttpClient http, TestDevice device, Written written)
    {
        var info = JsonSerializer.Deserialize(await http.GetByteArrayAsync(new Uri(program.Address, "/v1/server")), ProtocolJson.Default.ServerInfo)!;
        var pulled = Pulled.Read((await device.GetAsync(device.Path("/log"))).Body);
        var state = pulled.Replay(device.Account, info.Key, info.Name); // every leaf from 0 by the rules, and the checkpoint over their root
        Assert.True(written.Pushes.Count > KillsPerLane / 5, $"Only {written.Pushes.Count} commits were acknowledged: the test tests little.");
        Assert.True(written.Blobs.Count > KillsPerLane / 2, $"Only {written.Blobs.Count} blobs were acknowledged: the test tests little.");
        // The last push may have been taken without its answer having come through.
        long acknowledged = written.Before + written.Pushes.Count;
        Assert.InRange(state.Size, acknowledged, acknowledged + 1);
        for (int i = 0; i < written.Pushes.Count; i++)
        {
            var (leaf, push) = (pulled.Leaves[(int)written.Before + i], written.Pushes[i]);
            Assert.True(push.Leaf.Span.SequenceEqual(leaf.Leaf) && push.Bundle.Span.SequenceEqual(leaf.Bundle), $"Leaf {leaf.Index} is not what was acknowledged.");
        }

        foreach (var (name, length) in written.Blobs.Concat(written.Unsure))
        {
            var answer = await device.GetAsync(device.BlobPath(Kind.Photos, name));
            if (answer.Status == 404 && !written.Blobs.ContainsKey(name)) continue;
            Assert.Equal((200, length, name), (answer.Status, answer.Body.Length, Hash32.Of(answer.Body)));
        }
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>What the devices were told is safe, and what they were told nothing about.</summary>
    private sealed record Written(long Before)
    {
        private int Count => Pushes.Count + Blobs.Count;

        /// <summary>Waits for this many more to be acknowledged, but not for ever: a writer may have failed.</summary>
        public async Task MoreAsync(int more)
        {
            int enough = Count + more;
            for (var watch = Stopwatch.StartNew(); Count < enough && watch.Elapsed < s_patience; await Task.Delay(5))
            {
            }
        }

        public List<Push> Pushes { get; } = [];

        public ConcurrentDictionary<Hash32, int> Blobs { get; } = new();

        public ConcurrentDictionary<Hash32, int> Unsure { get; } = new();
    }
}
