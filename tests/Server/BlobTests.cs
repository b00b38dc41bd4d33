using System.Net.Http.Headers;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Server;

public sealed class BlobTests
{
    [Fact]
    public async Task ABlobComesBackWholeAndInParts()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] blob = TestDevice.Sealed(Limits.Blob);
        var name = await device.UploadAsync(Kind.Photos, blob);
        string path = device.BlobPath(Kind.Photos, name);
        Assert.Equal(204, (await device.PutAsync(path, blob)).Status);
        Assert.Equal(blob, (await device.GetAsync(path)).Body);
        using var part = await server.Http.SendAsync(device.Request(HttpMethod.Get, path, change: r => r.Headers.Range = new RangeHeaderValue(1000, 1999)));
        Assert.Equal(206, (int)part.StatusCode);
        Assert.Equal(blob[1000..2000], await part.Content.ReadAsByteArrayAsync());
        using var head = await server.Http.SendAsync(device.Request(HttpMethod.Head, path));
        Assert.Equal(blob.Length, head.Content.Headers.ContentLength);
        Assert.True(File.Exists(Path.Combine(server.DataFolder, "blobs", device.Account.ToString(), "photos", name.ToString()[..2], name.ToString())));
    }

    [Fact]
    public async Task ABodyThatIsNotTheBlobIsRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] blob = TestDevice.Sealed(1000), other = TestDevice.Sealed(1000);
        string path = device.BlobPath(Kind.Photos, Hash32.Of(blob));
        Assert.Equal((422, ErrorName.PayloadBad), await device.PutAsync(path, other) is var a ? (a.Status, a.Error) : default);
        var lying = await device.SendAsync(device.Request(HttpMethod.Put, path, blob, change: r => r.Content = new ByteArrayContent(other)));
        Assert.Equal((401, ErrorName.DigestBad), (lying.Status, lying.Error));
        Assert.Equal(ErrorName.NotFound, (await device.GetAsync(path)).Error);
        Assert.Equal(ErrorName.NotFound, (await device.PutAsync(device.Path("/blobs/photos/" + Hash32.Of(blob).ToString().ToUpperInvariant()), blob)).Error);
    }

    [Fact]
    public async Task ConsentIsAskedForInEitherDirectionWhoeverAsks()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] blob = TestDevice.Sealed(1000);
        var name = await device.UploadAsync(Kind.Photos, blob);
        using var other = await device.AddAsync();
        using var phrase = await device.AddAsync(HolderType.Phrase);
        foreach (var asking in new[] { other, phrase })
        {
            var answers = new[]
            {
                await asking.GetAsync(asking.BlobPath(Kind.Photos, name)),
                await asking.PutAsync(asking.BlobPath(Kind.Photos, name), blob),
                await asking.PostAsync(asking.Path("/blobs/photos/missing"), RequestLists.EncodeNames([name])),
            };
            Assert.All(answers, a => Assert.Equal((403, ErrorName.ConsentRequired), (a.Status, a.Error)));
        }
        await device.TurnOffAsync(Kind.Photos);
        Assert.Equal(ErrorName.ConsentRequired, (await device.GetAsync(device.BlobPath(Kind.Photos, name))).Error);
        Assert.Equal(ErrorName.ConsentRequired, (await device.PutAsync(device.BlobPath(Kind.Photos, name), blob)).Error);
    }

    [Fact]
    public async Task ACommitNamesOnlyBlobsThatAreHere()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos, Kind.Notes);
        byte[] blob = TestDevice.Sealed(Limits.Payload + 1);
        var (name, absent) = (Hash32.Of(blob), Hash32.Of("absent"u8));
        Assert.Equal([absent], await MissingAsync(device, absent));
        await device.UploadAsync(Kind.Notes, blob); // of another kind: it does not count
        var record = new Put(Id.Random(), Id.Random(), 1, [], name, blob.Length, [name]);
        var refused = await device.PushAsync(device.Push(Kind.Photos, [record]));
        Assert.Equal((422, ErrorName.BlobMissing, name.ToString()), (refused.Status, refused.Error, Assert.Single(refused.Problem.Missing!)));
        await device.UploadAsync(Kind.Photos, blob);
        Assert.Empty(await MissingAsync(device, name));
        Assert.Equal(ErrorName.PayloadBad, (await device.PushAsync(device.Push(Kind.Photos, [record with { Length = blob.Length + 1 }]))).Error);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.Photos, [record]))).Status);
    }

    [Fact]
    public async Task AnUnnamedBlobGoesAfterADayAndANamedOneStays()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] again = TestDevice.Sealed(1000);
        var named = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(1000));
        var unnamed = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(1000));
        var touched = await device.UploadAsync(Kind.Photos, again);
        await device.PushAsync(device.Puts(Kind.Photos, [TestDevice.Sealed()], blobs: [named]));
        // The hourly run may have come first: what counts is what is left.
        time.Advance(TimeSpan.FromHours(23));
        await server.Cleaner.RunAsync(default);
        Assert.Equal(204, (await device.PutAsync(device.BlobPath(Kind.Photos, touched), again)).Status);
        time.Advance(TimeSpan.FromHours(2));
        await server.Cleaner.RunAsync(default);
        Assert.Equal([unnamed], await MissingAsync(device, named, unnamed, touched));
        Assert.Equal(200, (await device.GetAsync(device.BlobPath(Kind.Photos, named))).Status);
        Assert.Equal(ErrorName.NotFound, (await device.GetAsync(device.BlobPath(Kind.Photos, unnamed))).Error);
        Assert.Equal(2, Files(server).Count());
    }

    [Fact]
    public async Task SupersededPayloadsGoAfterThirtyDaysWithTheBlobsOnlyTheyNamed()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[][] payloads = [TestDevice.Sealed(100), TestDevice.Sealed(200), TestDevice.Sealed(300)];
        var only = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(1000));
        var shared = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(1000));
        await device.PushAsync(device.Puts(Kind.Photos, payloads, blobs: [.. new[] { only, shared }.Order()]));
        long index = device.State.Size - 1;
        byte[] next = TestDevice.Sealed();
        await device.PushAsync(device.Puts(Kind.Photos, [next], parents: [new(index, 0)], blobs: [shared]));
        await device.PushAsync(device.Push(Kind.Photos, [.. new[] { 1, 2 }.Select(op => new Remove(device.Records[new(index, op)], [new(index, op)]))]));
        long before = (await AccountTests.UsageAsync(device))["bytes"];

        time.Advance(TimeSpan.FromDays(29));
        await server.Cleaner.RunAsync(default);
        Assert.Equal(payloads, await CommitTests.PayloadsAsync(device, new(index, 0), new(index, 1), new(index, 2)));
        time.Advance(TimeSpan.FromDays(2));
        await server.Cleaner.RunAsync(default);
        Assert.Equal(before - 1600, (await AccountTests.UsageAsync(device))["bytes"]);
        Assert.Equal([null, null, null, next], await CommitTests.PayloadsAsync(device, new(index, 0), new(index, 1), new(index, 2), new(index + 1, 0)));
        Assert.Equal([only], await MissingAsync(device, only, shared));
        var leaf = Pulled.Read((await device.GetAsync(device.Path($"/log?from={index}"))).Body).Leaves[0];
        Assert.Equal([0, 1, 2], leaf.Gone);
        Assert.Equal([], leaf.Bundle!);
        Assert.Equal((0, 0), await server.Cleaner.RunAsync(default));
        Assert.Empty(Scrub(server));
    }

    [Fact]
    public async Task OnlyWhatIsDueIsTakenOutOfABundle()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var server = await TestServer.StartAsync(time: time);
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        byte[][] payloads = [TestDevice.Sealed(100), TestDevice.Sealed(200), TestDevice.Sealed(300)];
        await device.PushAsync(device.Puts(Kind.Notes, payloads));
        long index = device.State.Size - 1;
        await device.PushAsync(device.Push(Kind.Notes, [new Remove(device.Records[new(index, 0)], [new(index, 0)])]));
        time.Advance(TimeSpan.FromDays(20));
        await device.PushAsync(device.Push(Kind.Notes, [new Remove(device.Records[new(index, 1)], [new(index, 1)])]));
        time.Advance(TimeSpan.FromDays(11));
        await server.Cleaner.RunAsync(default);
        Assert.Equal([null, payloads[1], payloads[2]], await CommitTests.PayloadsAsync(device, new(index, 0), new(index, 1), new(index, 2)));
        var leaf = Pulled.Read((await device.GetAsync(device.Path($"/log?from={index}"))).Body).Leaves[0];
        Assert.Equal([0, 1], leaf.Gone);
        Assert.Equal(payloads[2], leaf.Bundle);
        Assert.Empty(Scrub(server));
    }

    [Attack("R05")]
    [Fact]
    public async Task ScrubFindsAFlippedByteWhereverItIs()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        var name = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(10_000));
        byte[] payload = TestDevice.Sealed(3000);
        await device.PushAsync(device.Puts(Kind.Photos, [payload], blobs: [name]));
        await server.StopAsync();
        Assert.Empty(Scrub(server));

        string blob = Files(server).Single();
        Flip(blob, 5000);
        Assert.Contains($"blob photos/{name} is damaged", Assert.Single(Scrub(server)), StringComparison.Ordinal);
        Flip(blob, 5000);
        File.Move(blob, blob + ".away");
        Assert.Contains("is missing", Assert.Single(Scrub(server)), StringComparison.Ordinal);
        File.Move(blob + ".away", blob);

        string database = DataFolder.DatabaseFileIn(server.DataFolder);
        int at = File.ReadAllBytes(database).AsSpan().IndexOf(payload.AsSpan(0, 64));
        Flip(database, at + 10);
        Assert.Contains($"payload {device.State.Size - 1}.0 is damaged", Assert.Single(Scrub(server)), StringComparison.Ordinal);
        Flip(database, at + 10);

        byte[] leaf = Pulled.Read(await ReadLogAsync(server, device)).Leaves[^1].Leaf;
        await server.StopAsync();
        at = File.ReadAllBytes(database).AsSpan().IndexOf(leaf);
        Flip(database, at + leaf.Length - 1);
        var found = Scrub(server);
        Assert.Contains(found, l => l.Contains($"leaf {device.State.Size - 1} is damaged", StringComparison.Ordinal));
        Assert.Contains(found, l => l.Contains("do not give the root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ABlobWhoseFileWasLostIsMissingAndTakenAgain()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        byte[] blob = TestDevice.Sealed(1000);
        var name = await device.UploadAsync(Kind.Photos, blob);
        long bytes = (await AccountTests.UsageAsync(device))["bytes"];
        File.Delete(Files(server).Single());
        Assert.Equal([name], await MissingAsync(device, name));
        Assert.Equal(201, (await device.PutAsync(device.BlobPath(Kind.Photos, name), blob)).Status);
        Assert.Equal(blob, (await device.GetAsync(device.BlobPath(Kind.Photos, name))).Body);
        Assert.Equal(bytes, (await AccountTests.UsageAsync(device))["bytes"]);
        Assert.Empty(Scrub(server));
    }

    private static async Task<byte[]> ReadLogAsync(TestServer server, TestDevice device)
    {
        await server.RestartAsync();
        return (await device.GetAsync(device.Path("/log"))).Body;
    }

    private static List<string> Scrub(TestServer server)
    {
        using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(server.DataFolder));
        return [.. new Scrubber(database, new DiskBlobStore(server.DataFolder)).Run()];
    }

    private static IEnumerable<string> Files(TestServer server) => Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*", SearchOption.AllDirectories);

    private static void Flip(string file, long at)
    {
        using var stream = File.Open(file, FileMode.Open);
        stream.Position = at;
        int old = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(old ^ 0x40));
    }

    private static async Task<Hash32[]> MissingAsync(TestDevice device, params Hash32[] names)
    {
        var answer = await device.PostAsync(device.Path("/blobs/photos/missing"), RequestLists.EncodeNames(names));
        Assert.True(RequestLists.TryDecodeNames(answer.Body, out var missing));
        return missing;
    }
}
