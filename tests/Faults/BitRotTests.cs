using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Faults;

/// <summary>Bits of the server's disk turn over: scrub names exactly the blobs that are not what came, and a device that has the photos sends them again.</summary>
public sealed class BitRotTests
{
    private const int Photos = 300;

    [Fact]
    public async Task R05_ScrubNamesTheDamagedBlobsAndADeviceThatHasThePhotosHealsThem()
    {
        await using var phones = await Phones.StartAsync();
        var phone = await phones.JoinAsync("one", Kind.Photos, Kind.Notes);
        var random = new Random(1);
        for (int i = 0; i < Photos; i++)
        {
            byte[] bytes = new byte[random.Next(100, 20_000)];
            random.NextBytes(bytes);
            phone.Write($"photos/{i}.bin", bytes);
        }
        phone.Write("notes/picture.png", new byte[5000]);
        phone.Write("notes/a.md", "see ![it](picture.png)\n");
        await phone.SyncAsync(new() { Previews = false });
        string[] blobs = [.. Directory.GetFiles(Path.Combine(phones.Server.DataFolder, "blobs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.Equal(Photos + 1, blobs.Length);
        string[] rotten = [.. blobs.Where((b, i) => i % 100 == 7 || b.Contains("/notes/", StringComparison.Ordinal))];
        foreach (string path in rotten)
        {
            byte[] bytes = File.ReadAllBytes(path);
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bytes);
        }

        var (code, named) = await ScrubAsync(phones);
        Assert.Equal((1, rotten.Length), (code, named.Count));
        Assert.Equal(rotten.Select(Path.GetFileName).Order(StringComparer.Ordinal), named);
        Assert.Equal(named, (await ScrubAsync(phones, "--repair")).Named);

        // The photos are where they were, and nobody touched them: it is the server that lost something.
        var report = await phone.SyncAsync(new() { AskForLost = true, Previews = false });
        Assert.Equal(rotten.Length, report.Kinds.Sum(k => k.Sent));
        Assert.All(report.Kinds, k => Assert.Equal((k.Seen, 0L), (k.Safe, k.Removed)));
        Assert.Equal(0, (await phone.SyncAsync(new() { AskForLost = true, Previews = false })).Kinds.Sum(k => k.Sent));

        // A device that never had them gets every one, and no alarm.
        var fresh = await phones.JoinAsync("two", Kind.Photos, Kind.Notes);
        await fresh.SyncAsync();
        string[] files = [.. phone.Files("photos"), .. phone.Files("notes")];
        Assert.Equal<string>(files, [.. fresh.Files("photos"), .. fresh.Files("notes")]);
        foreach (string path in files) Assert.Equal(File.ReadAllBytes(Path.Combine(phone.Folder, path)), File.ReadAllBytes(Path.Combine(fresh.Folder, path)));
    }

    private static async Task<(int Code, List<string> Named)> ScrubAsync(Phones phones, params string[] more)
    {
        using var output = new StringWriter();
        int code = await Commands.RunAsync(["scrub", "--data", phones.Server.DataFolder, .. more], output, output);
        return (code, [.. output.ToString().Split('\n').Where(l => l.Contains(": blob ", StringComparison.Ordinal)).Select(l => l[(l.LastIndexOf('/') + 1)..].Split(' ')[0]).Order(StringComparer.Ordinal)]);
    }
}
