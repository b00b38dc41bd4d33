using Candor.Formats.Photos;
using Candor.Tests.Notes;
using Xunit;

namespace Candor.Tests.Photos;

/// <summary>Attack I02: photos made to hurt whoever reads their metadata.</summary>
public class HostilePhotoTests
{
    private static readonly byte[] SmallExif = new Ifd().Ascii(0x10F, "Make").Short(0x112, 3)
        .Sub(0x8769, new Ifd().Ascii(0x9003, "2024:05:01 10:11:12").Opaque(0x927C, new Ifd().Ascii(0x11, "ID-1").ToAppleNote()))
        .Sub(0x8825, SampleFiles.Gps(1.5, 2.5)).ToTiff();

    private static readonly byte[][] Seeds =
    [
        SampleFiles.Jpeg(SmallExif, pictureLength: 8),
        SampleFiles.Png(SmallExif),
        SampleFiles.Heic(SmallExif),
        SampleFiles.Heic(SmallExif, SampleFiles.MotionXmp(500), exifIn: "idat", after: SampleFiles.Box("mpvd", SampleFiles.Mp4())),
        SampleFiles.WebP(SmallExif),
        SampleFiles.Mp4(),
        SampleFiles.LiveMovie(),
        SampleFiles.Jpeg(null, SampleFiles.MotionXmp(SampleFiles.Mp4().Length), pictureLength: 8, tail: SampleFiles.Mp4()),
        SampleFiles.Jpeg(null, pictureLength: 8, tail: SampleFiles.SamsungTail(SampleFiles.Mp4())),
        new Ifd { Next = new Ifd().Ascii(0x110, "Page") }.Long(0x100, 10).Long(0x101, 10).Sub(0x14A, new Ifd().Long(0x100, 20)).ToTiff(false),
        SampleFiles.Gif(),
    ];

    private static PhotoView Check(byte[] bytes)
    {
        var view = PhotoMetadata.Read(new MemoryStream(bytes), "x.jpg");
        Assert.InRange(view.Orientation, 1, 8);
        Assert.True(view.Width >= 0 && view.Height >= 0 && (view.Duration is null || view.Duration >= TimeSpan.Zero));
        if (view.MotionVideo is { } video)
            Assert.True("ftyp"u8.SequenceEqual(bytes.AsSpan((int)video.Offset, (int)video.Length)[4..8]));
        if (view.Location is { } place)
            Assert.True(Math.Abs(place.Latitude) <= 90 && Math.Abs(place.Longitude) <= 180 && place.Altitude is not double.NaN);
        if (view.Taken is { Offset: { } offset } taken)
            Assert.Equal(taken.Utc, new DateTimeOffset(taken.Local, offset));
        Assert.StartsWith("photos/", PhotoPath.For(view, "x.jpg"), StringComparison.Ordinal);
        return view;
    }

    [Fact]
    public void I02_FilesCutAtAnyByteAreReadAsFarAsTheyGo()
    {
        foreach (var seed in Seeds)
        {
            for (var length = 0; length < seed.Length; length++)
                Check(seed[..length]);
        }
    }

    [Fact]
    public void I02_FilesWithAnyByteChangedAreRead()
    {
        foreach (var seed in Seeds)
        {
            var bytes = seed.ToArray();
            for (var at = 0; at < bytes.Length; at++)
            {
                foreach (var value in (ReadOnlySpan<byte>)[0xFF, unchecked((byte)(seed[at] + 1))])
                {
                    bytes[at] = value;
                    Check(bytes);
                }
                bytes[at] = seed[at];
            }
        }
    }

    [Fact]
    public void I02_DamagedFilesNeverThrow()
    {
        var found = 0;
        foreach (var bytes in Mutations.Of(Seeds, 12_000, 5))
            found += Check(bytes).Make is null ? 0 : 1;
        // The damage leaves enough alive that the readers were really exercised.
        Assert.InRange(found, 1000, 11_000);
    }

    [Fact]
    public void I02_DirectoriesThatPointAtThemselvesEnd()
    {
        // IFD0 whose next directory, Exif directory and sub-directory are all IFD0.
        byte[] loop =
        [
            .. "MM\0*\0\0\0\x08"u8, 0, 2, 0x01, 0x4A, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8,
        ];
        Check(SampleFiles.Jpeg(loop));
        Check(loop);
    }

    [Fact]
    public void I02_DirectoriesNestedThousandsDeepDoNotOverflowTheStack()
    {
        // Each directory holds one sub-directory pointer to the next, 18 bytes on.
        var bytes = new List<byte>("MM\0*\0\0\0\x08"u8.ToArray());
        for (var i = 0; i < 200_000; i++)
            bytes.AddRange([0, 1, 0x01, 0x4A, 0, 4, 0, 0, 0, 1, .. SampleFiles.Big(bytes.Count + 18), 0, 0, 0, 0]);
        var thread = new Thread(() => Check([.. bytes]), 256 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromMinutes(2)));
        // The same by "next directory" links, and one pointer tag with a million directories.
        var chain = new List<byte>("MM\0*\0\0\0\x08"u8.ToArray());
        for (var i = 0; i < 200_000; i++)
            chain.AddRange([0, 0, .. SampleFiles.Big(chain.Count + 6)]);
        Check([.. chain]);
        Check([.. "MM\0*\0\0\0\x08\0\x01\x01\x4A\0\x04\0\x0F\x00\x00\0\0\0\x1A\0\0\0\0"u8, .. new byte[4_000_000]]);
    }

    [Fact]
    public void I02_TagsThatShareOneLargeValueAreNotCopied()
    {
        // 5,000 tags of 60,000 bytes each, all at the same place: 300 MB if anybody believed it.
        var bytes = new List<byte>("MM\0*\0\0\0\x08"u8.ToArray());
        bytes.AddRange([5000 >> 8, unchecked((byte)5000)]);
        for (var tag = 0x100; tag < 0x100 + 5000; tag++)
            bytes.AddRange([(byte)(tag >> 8), (byte)tag, 0, 7, 0, 0, 0xEA, 0x60, 0, 0, 0, 8]);
        bytes.AddRange(new byte[4]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Check([.. bytes]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void I02_LengthFieldsOfFourGigabytesAllocateNothing()
    {
        byte[][] files =
        [
            [.. SampleFiles.Png(null)[..33], 0xFF, 0xFF, 0xFF, 0xFF, .. "eXIf"u8, .. SmallExif],
            [.. "RIFF"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "WEBPEXIF"u8, 0xFF, 0xFF, 0xFF, 0x7F, .. SmallExif],
            [.. SampleFiles.Box("ftyp", [.. "heic\0\0\0\0"u8]), 0xFF, 0xFF, 0xFF, 0xFF, .. "meta"u8, 0, 0, 0, 0],
            [.. SampleFiles.Box("ftyp", [.. "mp42\0\0\0\0"u8]), 0, 0, 0, 1, .. "moov"u8, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [.. "II*\0\x08\0\0\0\x01\0\x0F\x01\x02\0\xFF\xFF\xFF\xFF\x08\0\0\0\0\0\0\0"u8],
        ];
        foreach (var file in files)
        {
            var stream = new SparseStream(file, 5L << 30);
            var before = GC.GetAllocatedBytesForCurrentThread();
            PhotoMetadata.Read(stream, "x");
            Assert.InRange(stream.BytesRead, 0, MaxBytes);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        }
    }

    private const int MaxBytes = 4 * 1024 * 1024;

    [Fact]
    public void I02_EndlessStructuresStopAtTheBudget()
    {
        var clock = ThreadTime.Start();
        byte[] segment = [0xFF, 0xE5, 0, 4, 0, 0];
        byte[] chunk = [0, 0, 0, 0, .. "IDAT"u8, 0, 0, 0, 0];
        byte[] box = [0, 0, 0, 8, .. "free"u8];
        byte[] unit = [1];
        foreach (var (head, repeated) in new[] { (SampleFiles.Jpeg()[..20], segment), (SampleFiles.Png(null)[..33], chunk), (SampleFiles.Mp4()[..20], box), ("MM\0*\0\0\0\x08\xFF\xFF"u8.ToArray(), unit) })
        {
            var stream = new SparseStream(head, 1L << 32, repeated);
            PhotoMetadata.Read(stream, "x");
            Assert.InRange(stream.BytesRead, 1, MaxBytes);
        }
        Assert.True(clock.Elapsed.TotalSeconds < 60, $"took {clock.Elapsed}");
    }

    /// <summary>A file of many gigabytes that is one pattern after its head.</summary>
    private sealed class SparseStream(byte[] head, long length, byte[]? pattern = null) : Stream
    {
        public long BytesRead { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, length - Position);
            for (var i = 0; i < count; i++, Position++)
                buffer[offset + i] = Position < head.Length ? head[Position] : pattern?[(Position - head.Length) % pattern.Length] ?? 0;
            BytesRead += count;
            return count;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
