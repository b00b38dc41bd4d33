using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Candor.Shelf.Updates;

namespace Candor.Tests.Shelf;

/// <summary>A package is taken for what Android's tools wrote, or refused with the reason.</summary>
public sealed class OtaPackageTests
{
    [Fact]
    public void APackageSaysForWhatItIsAndWhereItsPayloadLies()
    {
        byte[] zip = OtaZip.Make();
        Assert.True(OtaPackage.TryRead(new MemoryStream(zip), out var package, out string wrong), wrong);
        Assert.Equal(("panther", "eng.1", null, 1763856000L, "2026-11-05", zip.LongLength), (Assert.Single(package.Devices), package.Incremental, package.From, package.Built, package.Patch, package.Size));
        Assert.Equal(OtaZip.Payload(5000), zip[(int)package.Payload.Offset..(int)(package.Payload.Offset + package.Payload.Size)]);
        Func<string, string> where = m => m + $"ota-streaming-property-files=payload_properties.txt:1:2,payload.bin:{{0}}:5000,metadata:3:4\n";
        // The offset moves with the metadata's own compressed length, so it is looked for.
        byte[] told = [];
        for (long offset = package.Payload.Offset; offset < package.Payload.Offset + 200 && told.Length == 0; offset++)
        {
            byte[] made = OtaZip.Make(m => string.Format(System.Globalization.CultureInfo.InvariantCulture, where(m), offset));
            if (OtaPackage.TryRead(new MemoryStream(made), out var streaming, out _) && streaming.Payload.Offset == offset) told = made;
        }
        Assert.NotEmpty(told);
    }

    [Theory]
    [InlineData("ota-type=AB", "ota-type=BLOCK", "A/B")]
    [InlineData("ota-type=AB", "ota-type=AB\nserialno=1", "serialno")]
    [InlineData("ota-type=AB", "ota-type=AB\nota-downgrade=yes", "older build")]
    [InlineData("ota-type=AB", "ota-type=AB\nota-wipe=yes", "wipes")]
    [InlineData("pre-device=panther", "pre-device=../x", "which device")]
    [InlineData("pre-device=panther", "x=y", "which device")]
    [InlineData("incremental=eng.1", "incremental=a b", "which build")]
    [InlineData("release-keys", "\u001b[2J", "which build")]
    [InlineData("post-timestamp=1763856000", "post-timestamp=-1", "when")]
    [InlineData("post-timestamp=1763856000", "post-timestamp=9999999999999", "when")]
    [InlineData("2026-11-05", "soon", "patch level")]
    [InlineData("ota-type=AB", "ota-type=AB\nota-type=AB", "metadata")]
    [InlineData("ota-type=AB", "ota-type=AB\nota-streaming-property-files=payload.bin:7:5000", "does not")]
    public void AnotherKindOfPackageIsRefusedWithTheReason(string line, string instead, string says) => Refuses(OtaZip.Make(m => m.Replace(line, instead, StringComparison.Ordinal)), says);

    [Theory]
    [InlineData("FILE_SIZE=5000", "FILE_SIZE=4999", "size")]
    [InlineData("METADATA_SIZE=34", "METADATA_SIZE=33", "manifest")]
    [InlineData("METADATA_SIZE=34", "METADATA_SIZE=6000", "size")]
    [InlineData("FILE_HASH=", "FILE_HASH=A", "hash")]
    [InlineData("METADATA_HASH=", "METADATA_HASH=A", "hash")]
    public void APayloadThatIsNotTheOneOfItsPropertiesIsRefused(string line, string instead, string says) => Refuses(OtaZip.Make(properties: p => p.Replace(line, instead, StringComparison.Ordinal)), says);

    [Fact]
    public void HostileZipsAreRefused()
    {
        Refuses(OtaZip.Make(payload: new byte[5000]), "engines");
        Refuses(OtaZip.Make(level: CompressionLevel.Optimal), "compressed");
        Refuses(OtaZip.Make(extra: "payload.bin"), "twice");
        Refuses(OtaZip.Make(extra: "../evil"), "elsewhere");
        Refuses(OtaZip.Make(extra: "/evil"), "elsewhere");
        Refuses(OtaZip.Make(change: m => new string('x', 300 << 10) + m), "metadata");
        byte[] good = OtaZip.Make();
        Refuses(good[..200], "end is missing");
        Refuses([.. good, 0], "end is missing");
        Refuses([], "end is missing");
        int end = good.Length - "signed".Length - 22;
        Refuses(Changed(good, end + 10, 2000), "larger directory");
        Refuses(Changed(good, end + 10, 5), "ends before");
        Refuses(Changed(good, end + 10, 1), "more in its directory");
        Refuses(Changed(good, end + 16, 0xFFF0), "directory");
        // The directory says one place, the file's own header says another name.
        int header = good.AsSpan().IndexOf("payload.bin"u8);
        byte[] renamed = [.. good];
        renamed[header] = (byte)'q';
        Refuses(renamed, "place in the zip");
        // Half of the directory is a promise that the end record does not keep.
        Refuses(Changed(good, end + 12, 60), "ends before");

        static byte[] Changed(byte[] zip, int at, ushort value)
        {
            byte[] changed = [.. zip];
            BinaryPrimitives.WriteUInt16LittleEndian(changed.AsSpan(at), value);
            return changed;
        }
    }

    [Fact]
    public void TheKeepersWordsAreReadAsTheyWereWrittenAndOthersAreNot()
    {
        Assert.True(OtaPackage.TryRead(new MemoryStream(OtaZip.Make()), out var package, out _));
        Assert.True(UpdateEntry.TryMake(package, "panther", "nightly", "a.zip", "22.1", "One\n- two", out var entry, out string wrong), wrong);
        Assert.True(UpdateEntry.TryRead(entry.Path, entry.Write(), out var read));
        Assert.Equal(entry, read);
        Assert.True(read.Describes(package));
        Assert.False((read with { Payload = read.Payload with { Offset = 1 } }).Describes(package));
        Assert.False(UpdateEntry.TryRead("updates/panther/stable/a.zip", entry.Write(), out _));
        foreach (string path in (string[])["updates/panther/nightly/../a.zip", "updates/panther/nightly/.a.zip", "packs/panther/nightly/a.zip", "updates/panther/nightly/a.apk"]) Assert.False(UpdateEntry.TryRead(path, entry.Write(), out _));
        foreach (string notes in (string[])["\u001b[2J", "a\u202eb", "\ud800", new string('x', 4001)]) Assert.False(UpdateEntry.TryMake(package, "panther", "nightly", "a.zip", "22.1", notes, out _, out _));
        Assert.False(UpdateEntry.TryMake(package, "cheetah", "nightly", "a.zip", "22.1", "", out _, out wrong));
        Assert.Contains("for panther", wrong, StringComparison.Ordinal);
        string text = Encoding.UTF8.GetString(entry.Write());
        Assert.False(UpdateEntry.TryRead(entry.Path, Encoding.UTF8.GetBytes(text.Replace("candor-update/1", "candor-update/2", StringComparison.Ordinal)), out _));
    }

    private static void Refuses(byte[] zip, string says)
    {
        Assert.False(OtaPackage.TryRead(new MemoryStream(zip), out _, out string wrong));
        Assert.Contains(says, wrong, StringComparison.Ordinal);
        Assert.EndsWith(".", wrong, StringComparison.Ordinal);
    }
}
