using Candor.Client.Blobs;

namespace Candor.Tests.Client;

public sealed class DirectFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Memory that begins at a block, or that many bytes after one.</summary>
    private static Memory<byte> Noise(int length, int after)
    {
        var memory = DirectFile.AtBlock(length + after)[after..];
        new Random(length).NextBytes(memory.Span);
        return memory;
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(4096, 0)]
    [InlineData(1_000_001, 0)]
    [InlineData(1_000_001, 1)]
    [InlineData(8 << 20, 0)]
    public void AFileHoldsWhatWasWrittenWhereverThatLayInMemory(int length, int after)
    {
        string path = Path.Combine(_folder, "file");
        var bytes = Noise(length, after);
        using (var file = DirectFile.Create(path, 1 << 20)) file.Write(bytes.Span);
        Assert.True(bytes.Span.SequenceEqual(File.ReadAllBytes(path)));
    }

    [Fact]
    public async Task PiecesOfAnyLengthFollowEachOther()
    {
        string path = Path.Combine(_folder, "file");
        int[] lengths = [8192, 4096, 100, 8192, 3996, 4096, 1, 70_000];
        var pieces = lengths.Select(l => Noise(l, 0)).ToList();
        await using (var file = DirectFile.Create(path, 1 << 20))
        {
            foreach (var piece in pieces) await file.WriteAsync(piece);
        }
        Assert.Equal(pieces.SelectMany(p => p.ToArray()), File.ReadAllBytes(path));
    }

    [Fact]
    public void AFileThatWasThereIsEmptiedFirst()
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, new byte[10_000]);
        using (var file = DirectFile.Create(path, 1 << 20)) file.Write(Noise(5000, 0).Span);
        Assert.Equal(5000, new FileInfo(path).Length);
    }

    [Fact]
    public void ASystemInMemoryTakesTheFileToo()
    {
        if (!Directory.Exists("/dev/shm")) return;
        string path = Path.Combine("/dev/shm", $"candor-test-{Guid.NewGuid():N}");
        try
        {
            var bytes = Noise(300_001, 0);
            using (var file = DirectFile.Create(path, 300_001)) file.Write(bytes.Span);
            Assert.True(bytes.Span.SequenceEqual(File.ReadAllBytes(path)));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
