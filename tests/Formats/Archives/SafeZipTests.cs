using System.IO.Compression;
using System.Text;
using Candor.Formats;
using Candor.Formats.Archives;
using Xunit;
using static Candor.Tests.Archives.HostileZip;

namespace Candor.Tests.Archives;

public class SafeZipTests
{
    internal static SafeZip Open(byte[] zip, ZipLimits? limits = null)
    {
        Reading<SafeZip> reading = SafeZip.Open(new MemoryStream(zip), limits);
        return reading.Item ?? throw new InvalidOperationException(reading.Problem?.Reason);
    }

    private static string Refusal(byte[] zip, ZipLimits? limits = null)
    {
        Reading<SafeZip> reading = SafeZip.Open(new MemoryStream(zip), limits);
        Assert.Null(reading.Item);
        return reading.Problem!.Reason;
    }

    internal static (byte[] Bytes, FormatProblem? Problem) Read(SafeZip zip, ZipEntry entry)
    {
        using ZipEntryStream stream = zip.OpenEntry(entry);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes, 5000);
        return (bytes.ToArray(), stream.Problem);
    }

    private static string? Reason(Entry entry)
    {
        Reading<ZipEntry> reading = Assert.Single(Open(new HostileZip().Add(entry).Bytes()).Entries);
        return reading.Problem?.Reason;
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void ReadsWhatOthersWrite(CompressionLevel level)
    {
        var data = new byte[1_000_003];
        new Random(1).NextBytes(data.AsSpan(0, 500_000));
        var output = new MemoryStream();
        using (var writer = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in new[] { "a.bin", "Photos from 2024/ü 😎.jpg", "empty" })
            {
                using Stream entry = writer.CreateEntry(name, level).Open();
                if (name != "empty")
                    entry.Write(data);
            }
            writer.CreateEntry("folder/");
        }
        SafeZip zip = Open(output.ToArray());

        Assert.Equal(["a.bin", "Photos from 2024/ü 😎.jpg", "empty", "folder/"], zip.Entries.Select(e => e.Item!.Name));
        Assert.All(zip.Entries, e => Assert.Null(e.Problem));
        Assert.Equal([data.Length, data.Length, 0, 0], zip.Entries.Select(e => Read(zip, e.Item!).Bytes.Length));
        Assert.Equal(data, Read(zip, zip.Entries[1].Item!).Bytes);
        Assert.All(zip.Entries, e => Assert.Null(Read(zip, e.Item!).Problem));
        Assert.True(zip.Entries[3].Item!.IsDirectory);
    }

    [Fact]
    public void ReadsSeveralEntriesByTurns()
    {
        byte[] a = Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Range(0, 20_000)));
        byte[] b = [.. a.Reverse()];
        SafeZip zip = Open(new HostileZip().Add(Deflated("a", a), Deflated("b", b)).Bytes());
        using ZipEntryStream first = zip.OpenEntry(zip.Entries[0].Item!), second = zip.OpenEntry(zip.Entries[1].Item!);
        var (x, y) = (new byte[a.Length], new byte[b.Length]);
        for (int i = 0; i < a.Length; i += 1000)
        {
            first.ReadExactly(x, i, Math.Min(1000, a.Length - i));
            second.ReadExactly(y, i, Math.Min(1000, b.Length - i));
        }

        Assert.Equal((0, 0), (first.Read(x), second.Read(y)));
        Assert.Equal((null, null), (first.Problem, second.Problem));
        Assert.Equal(a, x);
        Assert.Equal(b, y);
    }

    [Fact]
    public void ReadsZip64AndComments()
    {
        Entry plain = Plain("a");
        var wide = new HostileZip().Add(Plain("x"));
        wide.Add(plain with
        {
            StoredLength = uint.MaxValue,
            Length = uint.MaxValue,
            Extra = [0x99, 0x99, 1, 0, 7, 1, 0, 16, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0],
        });
        SafeZip zip = Open(wide.Zip64Bytes(2));

        Assert.Equal("hello"u8.ToArray(), Read(zip, zip.Entries[1].Item!).Bytes);
        Assert.Null(Read(zip, zip.Entries[1].Item!).Problem);
        Assert.Single(Open(new HostileZip().Add(plain).Bytes(comment: "PK\u0005\u0006 a comment that looks like an end")).Entries);
    }

    [Fact]
    public void I04_EntriesAreCountedBeforeTheyAreRead()
    {
        Assert.Contains("more than 1000000", Refusal(new HostileZip().Add(Plain("a")).Zip64Bytes(1_000_001)), StringComparison.Ordinal);
        Assert.Contains("more than 2", Refusal(new HostileZip().Add(Plain("a"), Plain("b"), Plain("c")).Bytes(), new ZipLimits { MaxEntries = 2 }), StringComparison.Ordinal);
        Assert.Contains("directory is", Refusal(new HostileZip().Add(Plain("a"), Plain("b")).Bytes(), new ZipLimits { MaxDirectoryBytes = 60 }), StringComparison.Ordinal);
    }

    [Fact]
    public void I04_MoreThan65535EntriesAreRead()
    {
        var zip = new HostileZip();
        for (int i = 0; i < 70_000; i++)
            zip.Add(Plain($"{i}", ""));
        SafeZip read = Open(zip.Zip64Bytes(70_000));

        Assert.Equal(70_000, read.Entries.Count);
        Assert.All(read.Entries, e => Assert.Null(e.Problem));
    }

    [Fact]
    public void I04_ABombIsStoppedWhileItInflates()
    {
        var zeros = new byte[40 << 20];
        Entry bomb = Deflated("bomb", zeros);
        SafeZip zip = Open(new HostileZip().Add(bomb, bomb with { Length = 5, RawName = "liar"u8.ToArray() }).Bytes());
        (byte[] bytes, FormatProblem? problem) = Read(zip, zip.Entries[0].Item!);

        Assert.InRange(bytes.Length, 1, 17 << 20);
        Assert.Contains("200 times", problem!.Reason, StringComparison.Ordinal);
        Assert.Contains("200 times", Read(zip, zip.Entries[1].Item!).Problem!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void I04_ABlankPictureIsNoBomb()
    {
        SafeZip zip = Open(new HostileZip().Add(Deflated("blank.bmp", new byte[10 << 20])).Bytes());

        Assert.Null(Read(zip, zip.Entries[0].Item!).Problem);
    }

    [Fact]
    public void I04_TheWholeArchiveHasACapEvenReadTwice()
    {
        SafeZip zip = Open(new HostileZip().Add(Plain("a", new string('x', 700))).Bytes(), new ZipLimits { MaxTotalBytes = 1000 });

        Assert.Null(Read(zip, zip.Entries[0].Item!).Problem);
        Assert.Contains("archive inflates", Read(zip, zip.Entries[0].Item!).Problem!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void I04_OverlappingEntriesAreRefused()
    {
        // Fifield: each entry's packed bytes hold the next entry's header and data, quoted in a stored block.
        Entry kernel = Deflated("kernel", new byte[100_000]);
        var zip = new HostileZip();
        uint outer = zip.Position;
        zip.Raw(new byte[30 + 5]);
        zip.Add(kernel, Plain("honest"));
        zip.Record(new Entry("outer") { StoredLength = (uint)kernel.Stored.Length + 36, Length = 100_036 }, outer);
        zip.Record(kernel with { RawName = "copy"u8.ToArray() }, 35);
        SafeZip read = Open(zip.Bytes());

        Assert.Equal(["kernel", "honest", "outer", "copy"], read.Entries.Select(e => e.Problem?.Item ?? e.Item!.Name));
        Assert.Equal([true, false, true, true], read.Entries.Select(e => e.Item is null));
        Assert.Contains("zip bomb", read.Entries[0].Problem!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void I04_BytesThatReachIntoTheNextEntryAreNotRead()
    {
        var zip = new HostileZip();
        Entry a = Plain("a") with { LocalName = "a" };
        zip.Add(a, Plain("b"));
        byte[] bytes = zip.Bytes();
        bytes[28] = 20;
        SafeZip read = Open(bytes);

        Assert.Contains("next entry", Read(read, read.Entries[0].Item!).Problem!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void I04_LengthsAndChecksumsAreChecked()
    {
        Entry entry = Deflated("a", "hello hello hello"u8.ToArray());
        SafeZip zip = Open(new HostileZip().Add(
            entry with { Length = 4 }, Plain("b") with { Crc = 1 }, entry with { RawName = "c"u8.ToArray(), Stored = entry.Stored[..^3] },
            entry with { RawName = "d"u8.ToArray(), Stored = [0xFF, 0xFF, 0xFF] }, Plain("e") with { LocalName = "f" }, Plain("g")).Bytes());
        string?[] reasons = [.. zip.Entries.Select(e => Read(zip, e.Item!).Problem?.Reason)];

        Assert.Contains("announces 4", reasons[0], StringComparison.Ordinal);
        Assert.Contains("checksum", reasons[1], StringComparison.Ordinal);
        Assert.NotNull(reasons[2]);
        Assert.Contains("damaged", reasons[3], StringComparison.Ordinal);
        Assert.Contains("disagree", reasons[4], StringComparison.Ordinal);
        Assert.Null(reasons[5]);
    }

    [Theory]
    [InlineData("../../etc/passwd", "climbs")]
    [InlineData("a/../b", "climbs")]
    [InlineData("/etc/passwd", "absolute")]
    [InlineData("\\\\server\\share", "absolute")]
    [InlineData("C:/x", "drive")]
    [InlineData("a\\..\\b", "backslash")]
    [InlineData("a//b", "empty folder")]
    [InlineData("./a", "empty folder")]
    [InlineData("con", "device")]
    [InlineData("a/COM1.txt", "device")]
    [InlineData("lpt\u00b9", "device")]
    [InlineData("a.", "dot or space")]
    [InlineData("a/b /c", "dot or space")]
    [InlineData("file:stream", "colon")]
    [InlineData("a\0.jpg", "control")]
    [InlineData("a\nb", "control")]
    [InlineData("", "no name")]
    public void I04_UnsafeNamesAreReportedAndTheirBytesStillReadable(string name, string reason)
    {
        SafeZip zip = Open(new HostileZip().Add(Plain(name)).Bytes());
        Reading<ZipEntry> entry = Assert.Single(zip.Entries);

        Assert.Contains(reason, entry.Problem!.Reason, StringComparison.Ordinal);
        Assert.Equal("hello"u8.ToArray(), Read(zip, entry.Item!).Bytes);
    }

    [Theory]
    [InlineData("Photos from 2024/IMG_1.jpg")]
    [InlineData("...hidden")]
    [InlineData("console.txt")]
    [InlineData("com10")]
    [InlineData("a..b/c")]
    public void PlainNamesAreNoProblem(string name) => Assert.Null(Reason(Plain(name)));

    [Fact]
    public void I04_NamesTakenBeforeAreReported()
    {
        SafeZip zip = Open(new HostileZip().Add(Plain("a.jpg"), Plain("A.JPG", "other"), Plain("b.jpg")).Bytes());

        Assert.Equal([false, true, false], zip.Entries.Select(e => e.Problem is not null));
        Assert.Equal("other"u8.ToArray(), Read(zip, zip.Entries[1].Item!).Bytes);
    }

    [Fact]
    public void I04_WhatCannotBeReadIsNamed()
    {
        Assert.Contains("encrypted", Reason(Plain("a") with { Flags = 1 }), StringComparison.Ordinal);
        Assert.Contains("encrypted", Reason(Plain("a") with { Method = 99 }), StringComparison.Ordinal);
        Assert.Contains("method 14", Reason(Plain("a") with { Method = 14 }), StringComparison.Ordinal);
        Assert.Contains("symbolic link", Reason(Plain("a", "/etc/passwd") with { Attributes = 0xA1FF_0000 }), StringComparison.Ordinal);
        Assert.Contains("device", Reason(Plain("a") with { Attributes = 0x6000_0000 }), StringComparison.Ordinal);
        Assert.Contains("Zip64", Reason(Plain("a") with { StoredLength = uint.MaxValue }), StringComparison.Ordinal);
        Assert.Contains("longer than", Reason(Plain(new string('x', 5000))), StringComparison.Ordinal);
        Assert.Contains("zip bomb", Reason(Plain("a") with { StoredLength = 1000 }), StringComparison.Ordinal);
    }

    [Fact]
    public void NamesWithoutTheUtf8MarkAreReadAsUtf8OrCodePage437()
    {
        SafeZip zip = Open(new HostileZip().Add(Plain("ü"), Plain("x") with { RawName = [0x81] }).Bytes());

        Assert.Equal(["ü", "ü"], zip.Entries.Select(e => e.Item!.Name));
        Assert.NotNull(zip.Entries[1].Problem);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x50, 0x4b, 5, 6 })]
    [InlineData(new byte[] { 1, 2, 3 })]
    public void WhatIsNoZipIsRefused(byte[] file) => Assert.Contains("no zip", Refusal(file), StringComparison.Ordinal);

    [Fact]
    public void ADirectoryThatLiesIsRefusedOrCutShort()
    {
        Assert.Contains("outside", Refusal(new HostileZip().Add(Plain("a")).Bytes(offset: 1_000_000)), StringComparison.Ordinal);
        Assert.Contains("outside", Refusal(new HostileZip().Add(Plain("a")).Bytes(size: 1_000_000)), StringComparison.Ordinal);
        Reading<SafeZip> shorter = SafeZip.Open(new MemoryStream(new HostileZip().Add(Plain("a")).Bytes(count: 500)));

        Assert.Single(shorter.Item!.Entries);
        Assert.Contains("announces 500 entries and ends after 1", shorter.Problem!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AskingWronglyThrows()
    {
        SafeZip one = Open(new HostileZip().Add(Plain("a")).Bytes());
        SafeZip other = Open(new HostileZip().Add(Plain("a")).Bytes());

        Assert.Throws<ArgumentException>(() => one.OpenEntry(other.Entries[0].Item!));
        Assert.Throws<ArgumentException>(() => SafeZip.Open(new DeflateStream(new MemoryStream(), CompressionMode.Decompress)));
    }
}
