using System.Formats.Tar;
using System.Text;
using Candor.Formats.Archives;

namespace Candor.Tests.Archives;

/// <summary>What the framework writes is read; damage is named; nothing throws.</summary>
public sealed class SafeTarTests
{
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("a folder with a name", 20)) + "/ü.md";

    private static byte[] Written(TarEntryFormat format, params (string Name, string Text)[] files)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                System.Formats.Tar.TarEntry entry = format switch
                {
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new PaxTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                writer.WriteEntry(entry);
            }
        }
        return bytes.ToArray();
    }

    private static (string Name, string Text)[] Read(byte[] tar)
    {
        using var stream = new MemoryStream(tar);
        return [.. SafeTar.Read(stream).Select(r => r.Item).OfType<Candor.Formats.Archives.TarEntry>().Select(e =>
        {
            using var data = new StreamReader(SafeTar.Open(stream, e));
            return (e.Name, data.ReadToEnd());
        })];
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void LongNamesOfEitherStyleAreRead(TarEntryFormat format) =>
        Assert.Equal([("a.md", "one"), (LongName, "two"), ("b.md", "")], Read(Written(format, ("a.md", "one"), (LongName, "two"), ("b.md", ""))));

    [Fact]
    public void UstarIsRead() => Assert.Equal([("x/a.md", "one"), ("b.md", new string('z', 5000))], Read(Written(TarEntryFormat.Ustar, ("x/a.md", "one"), ("b.md", new string('z', 5000)))));

    [Theory]
    [InlineData("../a.md")]
    [InlineData("/etc/passwd")]
    public void NamesThatClimbAreHandedOutWithAWarning(string name)
    {
        using var stream = new MemoryStream(Written(TarEntryFormat.Ustar, (name, "x")));
        var (entry, problem) = Assert.Single(SafeTar.Read(stream));
        Assert.Equal((name, name), (entry!.Name, problem!.Item));
    }

    [Fact]
    public void EveryCutIsNamed()
    {
        byte[] whole = Written(TarEntryFormat.Pax, ("a.md", "one"), (LongName, "two"));
        for (int length = 0; length < whole.Length - 1024; length += 64)
        {
            using var stream = new MemoryStream(whole[..length]);
            Assert.NotNull(SafeTar.Read(stream)[^1].Problem);
        }
    }

    [Fact]
    public void DamagedArchivesNeverThrowAndNoEntryReachesBeyondTheFile()
    {
        byte[][] seeds = [Written(TarEntryFormat.Pax, ("a.md", "one"), (LongName, "two")), Written(TarEntryFormat.Gnu, (LongName, "two"), ("b", "x")), Written(TarEntryFormat.Ustar, ("a", "b"))];
        foreach (byte[] bytes in Mutations.Of(seeds, 20_000, 3))
        {
            using var stream = new MemoryStream(bytes);
            foreach (var entry in SafeTar.Read(stream).Select(r => r.Item).OfType<Candor.Formats.Archives.TarEntry>()) Assert.InRange(entry.Offset + entry.Length, 0, bytes.Length);
        }
    }
}
