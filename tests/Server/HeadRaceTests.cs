using Candor.Protocol;

namespace Candor.Tests.Server;

/// <summary>The head of an account is a register with compare-and-set: whatever pushes come at once, the log is one order of those that were acknowledged (R08).</summary>
public sealed class HeadRaceTests : IAsyncLifetime
{
    private const int Writers = 8, Rounds = 40;

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    /// <summary>
    /// Every round offers the server different pushes onto one head at the same moment, some of them twice. A history of compare-and-sets is linearizable if, for each head, exactly one value was taken,
    /// everyone else was told that the head moved, whoever sent the taken one again was told the same as the first time, and reads never go back.
    /// </summary>
    [Fact]
    public async Task R08_OfPushesOntoOneHeadExactlyOneIsTakenAndEveryReadSeesOneOrder()
    {
        using var device = await new TestDevice(_server.BaseAddress, _server.Http, _server.Time).ReadyAsync(Kind.Notes);
        var random = new Random(8);
        var taken = new List<byte[]>();
        long start = device.State.Size;
        using var end = new CancellationTokenSource();
        var reading = Task.Run(() => ReadAsync(device, end.Token));
        for (int round = 0; round < Rounds; round++)
        {
            var pushes = Enumerable.Range(0, Writers).Select(_ =>
            {
                byte[] payload = new byte[200];
                random.NextBytes(payload);
                return device.Puts(Kind.Notes, [payload]);
            }).ToList();
            // The first one twice.
            pushes.Add(pushes[0]);
            var answers = await Task.WhenAll(pushes.Select(p => Task.Run(() => device.PostAsync(device.Path("/commits"), p.Encode()))));
            var won = pushes.Zip(answers).Where(a => a.Second.Status == 200).ToList();
            Assert.All(answers, a => Assert.True(a.Status is 200 or 409, a.Text));
            Assert.NotEmpty(won);
            var leaf = won[0].First.Leaf.ToArray();
            Assert.All(won, w => Assert.Equal(leaf, w.First.Leaf.ToArray()));
            Assert.All(won, w => Assert.Equal(won[0].Second.Body, w.Second.Body));
            taken.Add(leaf);
            device.Take(won[0].First);
        }
        await end.CancelAsync();
        Assert.True(await reading > 0);
        var pulled = Pulled.Read((await device.GetAsync(device.Path("/log"))).Body);
        Assert.Equal(start + Rounds, pulled.Leaves.Count);
        for (int i = 0; i < Rounds; i++) Assert.Equal(taken[i], pulled.Leaves[(int)start + i].Leaf);
    }

    /// <summary>Reads beside the writes: a size is never below one that was seen before. How many there were.</summary>
    private static async Task<int> ReadAsync(TestDevice device, CancellationToken end)
    {
        int reads = 0;
        int before = 0;
        while (!end.IsCancellationRequested)
        {
            var pulled = Pulled.Read((await device.GetAsync(device.Path("/log"))).Body);
            Assert.True(pulled.Leaves.Count >= before, "A read went back.");
            before = pulled.Leaves.Count;
            reads++;
        }
        return reads;
    }
}
