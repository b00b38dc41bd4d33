using System.Formats.Cbor;
using System.Text.Json;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.Hostile;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Server;

public sealed class CommitTests
{
    [Fact]
    public async Task WhatIsPushedComesBackByteForByteAndVerifies()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Contacts, Kind.Notes);
        byte[] a = TestDevice.Sealed(), b = TestDevice.Sealed(70), c = TestDevice.Sealed(Limits.Payload);
        Assert.Equal(ErrorName.PayloadBad, (await device.PushAsync(device.Puts(Kind.Notes, [a]) with { Bundle = b })).Error);
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Contacts, [a, c]))).Status);
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Notes, [c]))).Status);
        var info = JsonSerializer.Deserialize(await server.Http.GetByteArrayAsync("/v1/server"), ProtocolJson.Default.ServerInfo)!;

        var all = Pulled.Read((await device.GetAsync(device.Path("/log"))).Body);
        Assert.Equal(device.State.Root, all.Replay(device.Account, info.Key, info.Name).Root);
        Assert.Equal([.. a, .. c], all.Leaves[^2].Bundle!);
        Assert.Equal(c, all.Leaves[^1].Bundle);
        Assert.All(all.Leaves.Take(3), l => Assert.Null(l.Bundle));

        var tail = Pulled.Read((await device.GetAsync(device.Path("/log?from=4&kinds=1,3"))).Body);
        Assert.Equal((4, null), (Assert.Single(tail.Leaves).Index, tail.Leaves[0].Bundle));
        Assert.Equal(all.Checkpoint, tail.Checkpoint);
        Assert.All(Pulled.Read((await device.GetAsync(device.Path("/log?payloads=none"))).Body).Leaves, l => Assert.Null(l.Bundle));
        Assert.Empty(Pulled.Read((await device.GetAsync(device.Path("/log?from=99"))).Body).Leaves);
        foreach (string bad in new[] { "from=-1", "from=x", "payloads=all", "kinds=5", "kinds=1,,2", "from=99999999999999999999" })
            Assert.Equal((400, ErrorName.BadRequest), await device.GetAsync(device.Path("/log?" + bad)) is var r ? (r.Status, r.Error) : default);
    }

    [Fact]
    public async Task EverythingIsThereAfterARestart()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        await device.PushAsync(device.Puts(Kind.Notes, [TestDevice.Sealed()]));
        byte[] before = (await device.GetAsync(device.Path("/log"))).Body;
        await server.RestartAsync();
        Assert.Equal(before, (await device.GetAsync(device.Path("/log"))).Body);
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Notes, [TestDevice.Sealed()]))).Status);
    }

    [Attack("S14")]
    [Fact]
    public async Task OfTwoCommitsOnOneHeadTheSecondIsToldTheSize()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        using var other = await device.AddAsync();
        var late = other.Push(Kind.None, []);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.None, []))).Status);
        var answer = await other.PushAsync(late);
        Assert.Equal((409, ErrorName.HeadMoved, device.State.Size), (answer.Status, answer.Error, answer.Problem.Size!.Value));
    }

    [Attack("R08")]
    [Fact]
    public async Task OfManyAtOnceExactlyOneExtendsAHead()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        var pushes = Enumerable.Range(0, 16).Select(_ => device.Puts(Kind.Notes, [TestDevice.Sealed()])).ToList();
        var answers = await Task.WhenAll(pushes.Select(p => device.PostAsync(device.Path("/commits"), p.Encode())));
        Assert.Equal(1, answers.Count(a => a.Status == 200));
        Assert.Equal(15, answers.Count(a => a.Error == ErrorName.HeadMoved));
        Assert.Equal(device.State.Size + 1, Pulled.Read((await device.GetAsync(device.Path("/log"))).Body).Leaves.Count);
    }

    [Attack("N03", "S08")]
    [Fact]
    public async Task TheNewestLeafSentAgainGetsTheSameAnswer()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        var push = device.Puts(Kind.Notes, [TestDevice.Sealed()]);
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => device.PostAsync(device.Path("/commits"), push.Encode())));
        Assert.All(atOnce, a => Assert.Equal(200, a.Status));
        Assert.All(atOnce, a => Assert.Equal(atOnce[0].Body, a.Body));
        device.Take(push);
        await device.PushAsync(device.Push(Kind.None, []));
        Assert.Equal(ErrorName.HeadMoved, (await device.PostAsync(device.Path("/commits"), push.Encode())).Error);
    }

    [Fact]
    public async Task EveryRuleThatFailsIsNamed()
    {
        await using var server = await TestServer.StartAsync();
        using var d = await new TestDevice(server).ReadyAsync(Kind.Notes);
        using var stranger = new TestDevice(server);
        var put = new Put(Id.Random(), Id.Random(), 1, [], Hash32.Of(new byte[80]), 80, []);
        byte[] payload = new byte[80];
        var cases = new (string Error, int Status, Push Push)[]
        {
            (ErrorName.WrongAccount, 422, d.Push(Kind.None, [], change: c => c with { Account = Id.Random() })),
            (ErrorName.HeadMoved, 409, d.Push(Kind.None, [], change: c => c with { PrevSize = 1 })),
            (ErrorName.HeadMoved, 409, d.Push(Kind.None, [], change: c => c with { PrevRoot = default })),
            (ErrorName.HolderUnknown, 422, d.Push(Kind.None, [], change: c => c with { Author = stranger.Id })),
            (ErrorName.SeqBad, 422, d.Push(Kind.None, [], change: c => c with { Seq = c.Seq + 1 })),
            (ErrorName.TimeOrder, 422, d.Push(Kind.None, [], change: c => c with { Time = new(1, 0) })),
            (ErrorName.KindMixed, 422, d.Push(Kind.None, [put], payload)),
            (ErrorName.KindMixed, 422, d.Push(Kind.Notes, [])),
            (ErrorName.ConsentRequired, 403, d.Push(Kind.Photos, [put], payload)),
            (ErrorName.EpochStale, 422, d.Push(Kind.Notes, [put with { Epoch = 2 }], payload)),
            (ErrorName.ParentBad, 422, d.Push(Kind.Notes, [put with { Parents = [new(d.State.Size, 0)] }], payload)),
            (ErrorName.HolderBad, 422, d.Push(Kind.None, [new HolderRemove(stranger.Id)])),
            (ErrorName.KeyringBad, 422, d.Push(Kind.None, [new Keyring(3, [new(d.Id, 1, new byte[80])], new byte[104])])),
            (ErrorName.VaultBad, 422, d.Push(Kind.None, [new Vault(Kind.Notes, 1, default, 104)])),
            (ErrorName.GrantBad, 422, d.Push(Kind.None, [new HolderAdd(stranger.Keys, default)])),
            (ErrorName.EraseBad, 422, d.Push(Kind.None, [new Erase(Kind.Photos, [1], 0, Hash32.Of([]))])),
            (ErrorName.GenesisBad, 422, d.Push(Kind.None, [new Found(Id.Random())])),
            (ErrorName.CommitMalformed, 422, new Push(new byte[200], default, [])),
            (ErrorName.PayloadBad, 422, d.Push(Kind.Notes, [put], new byte[79])),
            (ErrorName.PayloadBad, 422, d.Push(Kind.Notes, [put], new byte[81])),
            (ErrorName.PayloadBad, 422, d.Push(Kind.Notes, [put], [1, .. new byte[79]])),
            (ErrorName.PayloadBad, 422, d.Push(Kind.None, [], vaults: [new byte[104]])),
            (ErrorName.PayloadBad, 422, d.Push(Kind.Notes, [put with { Length = Limits.Payload + 1 }])),
        };
        foreach (var (error, status, push) in cases)
        {
            var answer = await d.PostAsync(d.Path("/commits"), push.Encode());
            Assert.Equal((status, error), (answer.Status, answer.Error));
            Assert.Equal(status, answer.Problem.Status);
        }
        var (body, forged) = (new Commit(d.Account, d.State.Size, d.State.Root, d.Id, d.Seq + 1, new(long.MaxValue / 2, 0), Kind.None, []).Encode(), new byte[64]);
        Assert.Equal(ErrorName.SignatureBad, (await d.PostAsync(d.Path("/commits"), new Push(new Leaf(body, forged).Encode(), default, []).Encode())).Error);
        Assert.Equal((400, ErrorName.BadRequest), await d.PostAsync(d.Path("/commits"), [1, 2, 3]) is var r ? (r.Status, r.Error) : default);
        // None of them left a trace.
        Assert.Equal(200, (await d.PushAsync(d.Push(Kind.None, []))).Status);
    }

    [Fact]
    public async Task R13_ACommitThatReplacesAnotherRecordsRevisionIsRefused()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes, Kind.Photos);
        byte[] payload = TestDevice.Sealed();
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Notes, [payload]))).Status);
        var place = new Place(device.State.Size - 1, 0);
        Put Next(Id record, params Place[] parents) => new(record, Id.Random(), 1, parents, Hash32.Of(payload), payload.Length, []);
        var record = device.Records[place];
        Operation[][] strange =
        [
            [Next(Id.Random(), place)], [new Remove(Id.Random(), [place])], [Next(record, new Place(place.Index, 5))], [Next(record, new Place(0, 0))],
            [Next(record, place), Next(Id.Random(), new Place(device.State.Size, 0))],
        ];
        foreach (var operations in strange)
        {
            var answer = await device.PushAsync(device.Push(Kind.Notes, operations, [.. operations.OfType<Put>().SelectMany(_ => payload)]));
            Assert.Equal((422, ErrorName.ParentBad), (answer.Status, answer.Error));
        }
        Assert.Equal(ErrorName.ParentBad, (await device.PushAsync(device.Push(Kind.Photos, [Next(record, place)], payload))).Error);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.Notes, [Next(record, place), Next(record, new Place(device.State.Size, 0))], [.. payload, .. payload]))).Status);
    }

    [Fact]
    public async Task WithoutConsentNothingOfTheKindComesOut()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        byte[] payload = TestDevice.Sealed();
        await device.PushAsync(device.Puts(Kind.Notes, [payload]));
        var place = new Place(device.State.Size - 1, 0);
        using var other = await device.AddAsync();
        Assert.All(Pulled.Read((await other.GetAsync(other.Path("/log"))).Body).Leaves, l => Assert.Null(l.Bundle));
        Assert.Equal((403, ErrorName.ConsentRequired), await other.GetAsync(other.Path("/vaults/notes")) is var v ? (v.Status, v.Error) : default);
        Assert.Null(Assert.Single(await PayloadsAsync(other, place)));
        Assert.Equal(payload, Assert.Single(await PayloadsAsync(device, place)));
        Assert.Equal(200, (await other.TurnOnAsync(Kind.Notes)).Status);
        Assert.Equal(payload, Assert.Single(await PayloadsAsync(other, place)));
        Assert.Equal(200, (await other.GetAsync(other.Path("/vaults/notes"))).Status);
        Assert.Equal(200, (await other.TurnOffAsync(Kind.Notes)).Status);
        Assert.Null(Assert.Single(await PayloadsAsync(other, place)));
    }

    [Fact]
    public async Task APullLeavesOutWhatIsSupersededAndPayloadsStillHasIt()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes, Kind.Contacts);
        byte[][] old = [TestDevice.Sealed(), TestDevice.Sealed(200), TestDevice.Sealed(400)];
        await device.PushAsync(device.Puts(Kind.Notes, old));
        long index = device.State.Size - 1;
        byte[] next = TestDevice.Sealed(), foreign = TestDevice.Sealed();
        await device.PushAsync(device.Puts(Kind.Notes, [next], parents: [new(index, 0)]));
        await device.PushAsync(device.Push(Kind.Notes, [new Remove(device.Records[new(index, 2)], [new(index, 2)])]));
        // A commit of another kind has no say over notes.
        await device.PushAsync(device.Puts(Kind.Contacts, [foreign], parents: [new(index, 1)]));

        var leaves = Pulled.Read((await device.GetAsync(device.Path($"/log?from={index}&payloads=live"))).Body).Leaves;
        Assert.Equal(old[1], leaves[0].Bundle);
        Assert.Equal([0, 2], leaves[0].Gone);
        Assert.Equal(next, leaves[1].Bundle);
        Assert.Empty(leaves[1].Gone);
        Assert.Equal([old[2], old[0], null, null, old[1]], await PayloadsAsync(device, new(index, 2), new(index, 0), new(index, 3), new(99, 0), new(index, 1)));
    }

    [Attack("G02")]
    [Fact]
    public async Task ErasedIsGoneFromTheDiskAndAnswers410()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos, Kind.Notes);
        byte[] payload = TestDevice.Sealed(2000), note = TestDevice.Sealed();
        var blob = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(100_000));
        var unnamed = await device.UploadAsync(Kind.Photos, TestDevice.Sealed(100_000));
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Photos, [payload], blobs: [blob]))).Status);
        var place = new Place(device.State.Size - 1, 0);
        await device.PushAsync(device.Puts(Kind.Notes, [note]));
        long before = (await AccountTests.UsageAsync(device))["bytes"];

        Assert.Equal(200, (await device.PushAsync(device.Erasing(Kind.Photos, [blob]))).Status);
        Assert.True((await AccountTests.UsageAsync(device))["bytes"] < before - 200_000);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*", SearchOption.AllDirectories));
        Assert.Equal(ErrorName.ConsentRequired, (await device.GetAsync(device.BlobPath(Kind.Photos, blob))).Error);

        Assert.Equal(200, (await device.TurnOnAsync(Kind.Photos)).Status);
        foreach (var name in new[] { blob, unnamed })
            Assert.Equal((410, ErrorName.Erased), await device.GetAsync(device.BlobPath(Kind.Photos, name)) is var r ? (r.Status, r.Error) : default);
        Assert.Null(Assert.Single(await PayloadsAsync(device, place)));
        Assert.Null(Pulled.Read((await device.GetAsync(device.Path($"/log?from={place.Index}"))).Body).Leaves[0].Bundle);
        Assert.Equal(note, Pulled.Read((await device.GetAsync(device.Path($"/log?from={place.Index + 1}"))).Body).Leaves[0].Bundle);

        // Not in the database file, nor in its journal.
        await server.StopAsync();
        foreach (string file in Directory.EnumerateFiles(server.DataFolder, "candor.db*"))
            Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(payload.AsSpan(0, 32)));
    }

    [Fact]
    public async Task AStreamOfEventsTellsEachNewSize()
    {
        await using var server = await TestServer.StartAsync();
        using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
        using var response = await server.Http.SendAsync(device.Request(HttpMethod.Get, device.Path("/events")), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(["event: changed", "data: 2", ""], [await lines.ReadLineAsync(), await lines.ReadLineAsync(), await lines.ReadLineAsync()]);
        await device.PushAsync(device.Push(Kind.None, []));
        Assert.Equal(["event: changed", "data: 3", ""], [await lines.ReadLineAsync(), await lines.ReadLineAsync(), await lines.ReadLineAsync()]);
        await server.StopAsync();
        Assert.Null(await lines.ReadLineAsync());
    }

    internal static async Task<List<byte[]?>> PayloadsAsync(TestDevice device, params Place[] places)
    {
        var answer = await device.PostAsync(device.Path("/payloads"), RequestLists.EncodePlaces(places));
        Assert.Equal(200, answer.Status);
        var reader = new CborReader(answer.Body, CborConformanceMode.Canonical, allowMultipleRootLevelValues: true);
        var payloads = new List<byte[]?>();
        while (reader.BytesRemaining > 0)
        {
            if (reader.PeekState() == CborReaderState.Null)
            {
                reader.ReadNull();
                payloads.Add(null);
            }
            else
            {
                payloads.Add(reader.ReadByteString());
            }
        }
        return payloads;
    }
}
