using System.Text;
using Candor.Client.Records;
using Candor.Formats.Messages;

namespace Candor.Tests.Client.Records;

public sealed class PartBuffersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly Message AnyMessage = new(1, 0, MessageFormat.SyncTech, default, [], new MessageView { Kind = MessageKind.Mms });

    private static MessagePartInfo Part(int index) => new(1, index, null, null);

    private static void Write(Stream stream, byte[] data, int step)
    {
        using (stream)
            for (int at = 0; at < data.Length; at += step) stream.Write(data.AsSpan(at, Math.Min(step, data.Length - at)));
    }

    private static byte[] Read(Stream stream)
    {
        using (stream)
        {
            var bytes = new MemoryStream();
            stream.CopyTo(bytes, 777);
            return bytes.ToArray();
        }
    }

    private static byte[] Text(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("the secret message ", (length / 19) + 1)))[..length];

    private byte[] OnDisk() => [.. Directory.GetFiles(_folder).SelectMany(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(file);
    })];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PartBuffers.LargestInMemory)]
    [InlineData(PartBuffers.LargestInMemory + 1)]
    [InlineData(3_000_000)]
    public void APartReadsBackAsOftenAsOneLikes(int length)
    {
        using var buffers = new PartBuffers(_folder);
        Write(buffers.Open(Part(0)), Text(length), 48 * 1024);
        Write(buffers.Open(Part(3)), Text(length / 2), 1000);
        using var parts = buffers.Take(AnyMessage);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Text(length), Read(parts.OpenPart(0)));
            Assert.Equal(Text(length / 2), Read(parts.OpenPart(3)));
        }
        Assert.Throws<ArgumentException>(() => parts.OpenPart(1));
    }

    [Fact]
    public void NothingReadableIsInATemporaryFileAndNoneStays()
    {
        using var buffers = new PartBuffers(_folder);
        Write(buffers.Open(Part(0)), Text(2_000_000), 30_000);
        var parts = buffers.Take(AnyMessage);
        byte[] disk = OnDisk();
        Assert.True(disk.Length >= 2_000_000);
        Assert.Equal(-1, disk.AsSpan().IndexOf("secret"u8));
        parts.Dispose();
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Throws<ObjectDisposedException>(() => parts.OpenPart(0));
    }

    [Fact]
    public void BeyondTheBudgetSmallPartsGoToTheFileToo()
    {
        using var buffers = new PartBuffers(_folder, budget: 100_000);
        for (int i = 0; i < 40; i++) Write(buffers.Open(Part(i)), Text(10_000 + i), 4096);
        using var parts = buffers.Take(AnyMessage);
        Assert.Single(Directory.GetFiles(_folder));
        for (int i = 0; i < 40; i++) Assert.Equal(Text(10_000 + i), Read(parts.OpenPart(i)));
    }

    [Fact]
    public void WhatIsDisposedMakesRoomAgain()
    {
        using var buffers = new PartBuffers(_folder, budget: 100_000);
        for (int i = 0; i < 50; i++)
        {
            Write(buffers.Open(Part(0)), Text(60_000), 60_000);
            using var parts = buffers.Take(AnyMessage);
            Assert.Empty(Directory.GetFiles(_folder));
        }
    }

    [Fact]
    public void PartsOfAFailedMessageAreNotThoseOfTheNext()
    {
        using var buffers = new PartBuffers(_folder);
        Write(buffers.Open(Part(0)), Text(2_000_000), 100_000);
        buffers.Take(null);
        Assert.Empty(Directory.GetFiles(_folder));
        Write(buffers.Open(Part(1)), Text(10), 10);
        using var parts = buffers.Take(AnyMessage);
        Assert.Throws<ArgumentException>(() => parts.OpenPart(0));
        Assert.Equal(Text(10), Read(parts.OpenPart(1)));
    }

    [Fact]
    public void AFileThatWasChangedIsRefused()
    {
        using var buffers = new PartBuffers(_folder);
        Write(buffers.Open(Part(0)), Text(2_000_000), 100_000);
        using var parts = buffers.Take(AnyMessage);
        string path = Assert.Single(Directory.GetFiles(_folder));
        if (!OperatingSystem.IsWindows())
        {
            // Locks are advisory here: another program can write, and must not be believed.
            System.Diagnostics.Process.Start("/bin/sh", ["-c", $"printf X | dd of='{path}' bs=1 seek=500000 conv=notrunc 2>/dev/null"]).WaitForExit();
            Assert.Throws<IOException>(() => Read(parts.OpenPart(0)));
        }
    }
}
