using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.Hostile;

namespace Candor.Tests.Server;

public sealed class ResidencyTests
{
    [Fact]
    public async Task G04_UnderALawThatKeepsBytesInsideNothingIsKeptElsewhere()
    {
        foreach (string law in new[] { "ru", "cn", "id" })
        {
            await using var server = await TestServer.StartAsync(s => s with { Region = "de Berlin", Law = "de" });
            using var device = await new TestDevice(server).ReadyAsync(Kind.Notes);
            Assert.Equal((403, ErrorName.WrongRegion), await device.TurnOnAsync(Kind.Photos, law) is var consent ? (consent.Status, consent.Error) : default);
            Assert.Equal(ErrorName.WrongRegion, (await device.PushAsync(device.Push(Kind.None, [new Region("de Berlin", law)]))).Error);
            Assert.Equal(ErrorName.WrongRegion, (await device.PushAsync(device.Push(Kind.None, [new Region(law, law)]))).Error);
            Assert.Equal(ErrorName.ConsentRequired, (await device.PutAsync(device.BlobPath(Kind.Photos, Hash32.Of([1])), TestDevice.Sealed())).Error);

            // In its own country it is taken.
            await server.RestartAsync(s => s with { Region = $"{law} Capital", Law = law });
            Assert.Equal(200, (await device.TurnOnAsync(Kind.Photos, law)).Status);
            Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Photos, [TestDevice.Sealed()]))).Status);

            // Consents of that law hold also where nobody signed a region: the bytes moved, and no more are taken.
            await server.RestartAsync(s => s with { Region = "de Berlin", Law = "de" });
            Assert.Equal(ErrorName.WrongRegion, (await device.PushAsync(device.Puts(Kind.Photos, [TestDevice.Sealed()]))).Error);
            byte[] blob = TestDevice.Sealed();
            Assert.Equal(ErrorName.WrongRegion, (await device.PutAsync(device.BlobPath(Kind.Photos, Hash32.Of(blob)), blob)).Error);
            Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Notes, [TestDevice.Sealed()]))).Status);
        }
    }

    [Fact]
    public async Task G04_AServerThatMovesTakesNothingMoreUntilTheOwnerHasSignedAndHandsEverythingOut()
    {
        await using var server = await TestServer.StartAsync(s => s with { Region = "de Berlin", Law = "de" });
        using var device = await new TestDevice(server).ReadyAsync(Kind.Photos);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.None, [new Region("de Berlin", "de")]))).Status);
        byte[] blob = TestDevice.Sealed(5000);
        var name = await device.UploadAsync(Kind.Photos, blob);
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Photos, [TestDevice.Sealed()], blobs: [name]))).Status);

        await server.RestartAsync(s => s with { Region = "us Virginia" });
        var late = device.Puts(Kind.Photos, [TestDevice.Sealed()]);
        Assert.Equal((403, ErrorName.WrongRegion), await device.PushAsync(late) is var push ? (push.Status, push.Error) : default);
        byte[] more = TestDevice.Sealed(6000);
        Assert.Equal(ErrorName.WrongRegion, (await device.PutAsync(device.BlobPath(Kind.Photos, Hash32.Of(more)), more)).Error);
        Assert.Equal(blob, (await device.GetAsync(device.BlobPath(Kind.Photos, name))).Body);
        Assert.Equal(200, (await device.GetAsync(device.Path("/log"))).Status);
        Assert.Equal(200, (await device.TurnOffAsync(Kind.Photos)).Status);
        Assert.Equal(200, (await device.TurnOnAsync(Kind.Photos)).Status);

        Assert.Equal(ErrorName.WrongRegion, (await device.PushAsync(device.Push(Kind.None, [new Region("us Oregon", "de")]))).Error);
        Assert.Equal(200, (await device.PushAsync(device.Push(Kind.None, [new Region("us Virginia", "de")]))).Status);
        Assert.Equal(200, (await device.PushAsync(device.Puts(Kind.Photos, [TestDevice.Sealed()]))).Status);
    }

    [Fact]
    public void AnOperatorWhoseLawAndRegionContradictEachOtherIsToldBeforeTheServerStarts()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var refused = Assert.Throws<FormatException>(() => ServerSettings.Read(["--data", folder, "--law", "ru", "--region", "de Berlin"]));
        Assert.Contains("--region \"ru City\"", refused.Message, StringComparison.Ordinal);
        Assert.Equal("ru", ServerSettings.Read(["--data", folder, "--law", "ru", "--region", "ru Moscow"]).Law);
    }
}
