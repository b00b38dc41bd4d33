using System.Security.Cryptography;
using Candor.Bench.Loads;
using Candor.Formats.Contacts;
using Candor.Formats.Photos;

namespace Candor.Tests.Bench;

public sealed class LoadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("candor-loads-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string In(string name) => Path.Join(_folder.FullName, name);

    private static Dictionary<string, byte[]> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);

    private static List<string> HashesOf(string folder) =>
        [.. Files(folder).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Key} {Convert.ToHexString(SHA256.HashData(file.Value))}")];

    [Fact]
    public void ACameraRollIsTheSameForTheSameSeedAndItsHeadersAreTrue()
    {
        foreach (var name in new[] { "a", "b" })
            CameraRoll.Write(In(name), seed: 7, TextWriter.Null, photos: 20, videos: 1);
        Assert.Equal(HashesOf(In("a")), HashesOf(In("b")));

        var files = Files(In("a"));
        Assert.Equal(20 + 2 + 1, files.Count);
        foreach (var (name, bytes) in files)
        {
            var view = PhotoMetadata.Read(new MemoryStream(bytes), Path.GetFileName(name));
            Assert.Empty(view.Problems);
            Assert.Equal(view.IsVideo ? (1280, 720) : (4000, 3000), (view.Width, view.Height));
        }
    }

    [Fact]
    public void AnEditedCopyHasTheSamePictureBehindOtherExif()
    {
        CameraRoll.Write(In("a"), seed: 7, TextWriter.Null, photos: 1, videos: 0);
        var files = Files(In("a"));
        var edited = files.Single(file => file.Key.EndsWith(".edited.jpg", StringComparison.Ordinal)).Value;
        var original = files.Single(file => !file.Key.EndsWith(".edited.jpg", StringComparison.Ordinal)).Value;
        Assert.Equal(ScanOf(original), ScanOf(edited));
        Assert.NotEqual(original.Length, edited.Length);

        static byte[] ScanOf(byte[] jpeg) => jpeg[jpeg.AsSpan().IndexOf<byte>([0xFF, 0xDB])..];
    }

    [Fact]
    public void ContactsAreOneCardAFileAndNoTwoAreOne()
    {
        ManySmall.Contacts(In("cards"), 3_000, seed: 1, TextWriter.Null);
        var readings = Files(In("cards")).Values.SelectMany(VCardReader.Read).ToList();
        Assert.Equal(3_000, readings.Count);
        Assert.All(readings, reading => Assert.Null(reading.Problem));
        Assert.Equal(3_000, readings.Select(reading => ContactView.Of(reading.Item!).Uid).Distinct().Count());
    }

    [Fact]
    public void SmallNotesAreOneKibibyteAndAThousandAFolder()
    {
        ManySmall.Notes(In("notes"), 1_001, seed: 1, TextWriter.Null);
        var files = Files(In("notes"));
        Assert.All(files.Values, note => Assert.Equal(ManySmall.NoteBytes, note.Length));
        Assert.Equal([1, 1_000], files.GroupBy(file => Path.GetDirectoryName(file.Key)).Select(shelf => shelf.Count()).Order());
        Assert.Equal(files.Count, files.Values.Select(note => Convert.ToHexString(SHA256.HashData(note))).Distinct().Count());
    }
}
