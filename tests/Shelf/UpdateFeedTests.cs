using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Shelf.Updates;

namespace Candor.Tests.Shelf;

/// <summary>A package is read as Android's tools wrote it, and two readers written from the updaters' contracts read the feeds.</summary>
public sealed class UpdateFeedTests
{
    [Fact]
    public void BothUpdatersReadTheFeedOfAPackage()
    {
        byte[] zip = Zip();
        Assert.True(OtaPackage.TryRead(new MemoryStream(zip), out var package, out string wrong), wrong);
        Assert.Equal(("panther", "eng.1", 1763856000L, zip.LongLength), (package.Device, package.Incremental, package.Built, package.Size));
        var item = new FeedItem(package, "nightly", "22.1", "lineage-22.1-panther.zip", new("https://ota.example/shelf/targets/updates/x.zip"));
        var read = LineageStyle(UpdateFeed.Lineage([item]), "nightly", 1763855999, "22.1");
        Assert.Equal([(package.Hash, zip.LongLength, "https://ota.example/shelf/targets/updates/x.zip")], read);
        Assert.Empty(LineageStyle(UpdateFeed.Lineage([item]), "nightly", 1763856000, "22.1"));
        Assert.Empty(LineageStyle(UpdateFeed.Lineage([]), "nightly", 0, "22.1"));
        Assert.Equal(("eng.1", 1763856000L, "panther", "nightly"), GrapheneStyle(UpdateFeed.Graphene(item)));
    }

    [Theory]
    [InlineData("ota-type=AB", "ota-type=BLOCK", "A/B")]
    [InlineData("ota-type=AB", "ota-type=AB\nserialno=1", "serialno")]
    [InlineData("pre-device=panther", "pre-device=../x", "which device")]
    [InlineData("post-timestamp=1763856000", "post-timestamp=-1", "when")]
    [InlineData("ota-type=AB", "ota-type=AB\nota-type=AB", "metadata")]
    public void AnotherKindOfPackageIsRefusedWithTheReason(string line, string instead, string says)
    {
        Assert.False(OtaPackage.TryRead(new MemoryStream(Zip(m => m.Replace(line, instead, StringComparison.Ordinal))), out _, out string wrong));
        Assert.Contains(says, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void APayloadThatIsNotTheOneOfItsPropertiesOrIsCompressedIsRefused()
    {
        Assert.False(OtaPackage.TryRead(new MemoryStream(Zip(payload: [.. "CrAU"u8, 9], hashOf: [.. "CrAU"u8, 8])), out _, out _));
        Assert.False(OtaPackage.TryRead(new MemoryStream(Zip(payload: new byte[10_000])), out _, out _));
        Assert.False(OtaPackage.TryRead(new MemoryStream(Zip(level: CompressionLevel.Optimal)), out _, out _));
        Assert.False(OtaPackage.TryRead(new MemoryStream(Zip()[..200]), out _, out _));
    }

    private static byte[] Zip(Func<string, string>? change = null, byte[]? payload = null, byte[]? hashOf = null, CompressionLevel level = CompressionLevel.NoCompression)
    {
        payload ??= [.. "CrAU"u8, .. new byte[5000]];
        string metadata = "ota-type=AB\npre-device=panther\npost-build-incremental=eng.1\npost-timestamp=1763856000\n";
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put("META-INF/com/android/metadata", Encoding.UTF8.GetBytes(change?.Invoke(metadata) ?? metadata), CompressionLevel.Optimal);
            Put("payload.bin", payload, level);
            Put("payload_properties.txt", Encoding.UTF8.GetBytes($"FILE_HASH={Convert.ToBase64String(SHA256.HashData(hashOf ?? payload))}\nFILE_SIZE={payload.Length}\n"), CompressionLevel.NoCompression);

            void Put(string name, byte[] content, CompressionLevel how)
            {
                using var entry = zip.CreateEntry(name, how).Open();
                entry.Write(content);
            }
        }
        return bytes.ToArray();
    }

    /// <summary>As LineageOS's updater takes an answer: every element needs all seven members; newer than the build, of its type, not of a lower version as text.</summary>
    private static List<(string Id, long Size, string Url)> LineageStyle(byte[] feed, string type, long build, string version)
    {
        var found = new List<(string, long, string)>();
        using var json = JsonDocument.Parse(feed);
        foreach (var element in json.RootElement.GetProperty("response").EnumerateArray())
        {
            string[] names = ["datetime", "filename", "id", "romtype", "size", "url", "version"];
            if (!names.All(n => element.TryGetProperty(n, out _))) continue;
            if (string.CompareOrdinal(element.GetProperty("version").GetString(), version) < 0 || element.GetProperty("datetime").GetInt64() <= build) continue;
            if (!string.Equals(element.GetProperty("romtype").GetString(), type, StringComparison.OrdinalIgnoreCase)) continue;
            found.Add((element.GetProperty("id").GetString()!, element.GetProperty("size").GetInt64(), element.GetProperty("url").GetString()!));
        }
        return found;
    }

    /// <summary>As GrapheneOS's updater takes the line: four words.</summary>
    private static (string Incremental, long Date, string Device, string Channel) GrapheneStyle(byte[] line)
    {
        string[] words = Encoding.UTF8.GetString(line).TrimEnd('\n').Split(' ');
        Assert.Equal(4, words.Length);
        return (words[0], long.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), words[2], words[3]);
    }
}
