using System.Buffers.Binary;
using System.IO.Compression;
using Candor.Client.Previews;
using Candor.Tests.Photos;
using SkiaSharp;

namespace Candor.Tests.Client.Previews;

public class HostilePictureTests
{
    private static PreviewResult Make(byte[] file, string type = "image/jpeg") => PreviewMaker.Make(new MemoryStream(file), type);

    private static void NothingIsMade(PreviewOutcome outcome, PreviewResult result)
    {
        Assert.Equal(outcome, result.Outcome);
        Assert.Null(result.Thumb);
        Assert.Null(result.Preview);
        Assert.False(string.IsNullOrWhiteSpace(result.Reason));
    }

    [Fact]
    public void I02_AnEmptyOrForeignFileIsNamed()
    {
        NothingIsMade(PreviewOutcome.Damaged, Make([]));
        NothingIsMade(PreviewOutcome.CannotBeReadHere, Make("no picture at all"u8.ToArray()));
        NothingIsMade(PreviewOutcome.CannotBeReadHere, Make("II*\0\x08\0\0\0"u8.ToArray(), "image/tiff"));
        NothingIsMade(PreviewOutcome.Damaged, Make([0xFF, 0xD8, 0xFF, 0xD9]));
        NothingIsMade(PreviewOutcome.Damaged, Make(SampleFiles.Jpeg()));
        NothingIsMade(PreviewOutcome.Damaged, Make(SampleFiles.Jpeg(width: 0, height: 0)));
    }

    [Theory]
    [InlineData(65535, 65535)]
    [InlineData(20000, 10001)]
    public void I02_AJpegThatClaimsTooManyPixelsIsNeverDecoded(int width, int height)
    {
        var file = Pictures.Quarters(64, 64);
        var frame = file.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), (ushort)width);
        NothingIsMade(PreviewOutcome.TooLarge, Make(file));
    }

    [Fact]
    public void I02_AProgressiveJpegOfManyPixelsIsNeverDecoded()
    {
        var file = Pictures.Quarters(64, 64);
        var frame = file.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        file[frame + 1] = 0xC2;
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 9000);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), 9000);
        NothingIsMade(PreviewOutcome.TooLarge, Make(file));
    }

    [Fact]
    public void I02_TheLargerOfTwoFramesCannotHideBehindTheSmaller()
    {
        var file = Pictures.Quarters(64, 64);
        var frame = file.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        var second = file[frame..(frame + 2 + (file[frame + 2] << 8 | file[frame + 3]))];
        BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(5), 65535);
        BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(7), 65535);
        var result = Make([.. file[..frame], .. second, .. file[frame..]]);
        NothingIsMade(PreviewOutcome.TooLarge, result);
        Assert.True(Make([.. file[..(frame + second.Length)], .. second, .. file[(frame + second.Length)..]]).Outcome is PreviewOutcome.Damaged or PreviewOutcome.TooLarge);
    }

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(100_000, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void I02_APngBombIsNeverUnpacked(int width, int height)
    {
        var bomb = PngOf(width, height);
        var before = GC.GetAllocatedBytesForCurrentThread();
        NothingIsMade(PreviewOutcome.TooLarge, Make(bomb, "image/png"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    /// <summary>A PNG with correct checksums whose data unpacks to a megabyte of zeros.</summary>
    private static byte[] PngOf(int width, int height)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(new byte[1 << 20]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        var file = new List<byte> { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A };
        SampleFiles.Chunk(file, "IHDR", header);
        SampleFiles.Chunk(file, "IDAT", packed.ToArray());
        SampleFiles.Chunk(file, "IEND", []);
        return [.. file];
    }

    [Fact]
    public void I02_ATruncatedPhotoShowsWhatIsThere()
    {
        var whole = Pictures.Quarters(1200, 800);
        var result = Make(whole[..(whole.Length * 3 / 4)]);
        Assert.Equal(PreviewOutcome.Partial, result.Outcome);
        Assert.NotNull(result.Reason);
        Assert.StartsWith("rg", Pictures.Corners(result.Preview!.Bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void I02_NoDamagedFileBreaksTheMaker(SKEncodedImageFormat format)
    {
        var good = Pictures.Quarters(96, 64, format);
        var random = new Random(20240501);
        for (var length = 0; length < good.Length; length += Math.Max(1, good.Length / 150))
            IsTotal(Make(good[..length]));
        for (var round = 0; round < 400; round++)
        {
            var bad = (byte[])good.Clone();
            for (var hits = random.Next(1, 6); hits > 0; hits--)
                bad[random.Next(12, bad.Length)] = (byte)random.Next(256);
            IsTotal(Make(bad));
        }

        static void IsTotal(PreviewResult result)
        {
            var has = result.Outcome is PreviewOutcome.Made or PreviewOutcome.Partial;
            Assert.Equal((has, has), (result.Thumb is not null, result.Preview is not null));
            Assert.Equal(result.Outcome == PreviewOutcome.Made, result.Reason is null);
            Assert.InRange(result.Thumb?.Bytes.Length ?? 1, 1, PreviewMaker.ThumbBytes);
        }
    }

    [Fact]
    public void AFaultOfTheDiskReachesTheCaller()
    {
        var file = Pictures.Noise(1024, 1024);
        Assert.Equal("the disk failed", Assert.Throws<IOException>(() => PreviewMaker.Make(new FailingStream(file, file.Length / 2), "image/jpeg")).Message);
    }

    /// <summary>Reads well up to a place, and then fails as a disk does.</summary>
    private sealed class FailingStream(byte[] file, int failsAt) : MemoryStream(file)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            Position + count > failsAt && Position < Length - 64 ? throw new IOException("the disk failed") : base.Read(buffer, offset, count);
    }
}
