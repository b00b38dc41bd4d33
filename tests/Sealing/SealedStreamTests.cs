using Candor.Hpke;
using Candor.Sealing;
using Candor.Tests.Hostile;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class SealedStreamTests
{
    private static readonly byte[] Context = "candor/v1 test"u8.ToArray();

    [Fact]
    public void AnyReadIsTheSliceOfThePlaintext()
    {
        using Secret32 key = Secret32.Generate();
        Gen.Select(CobblestoneTests.Plaintexts, Gen.Select(Gen.Int[0, 70_000], Gen.Int[0, 70_000]).Array[1, 12]).Sample(
            (plain, reads) =>
            {
                using SealedReader reader = Open(key, CobblestoneTests.Seal(key, Context, plain));
                foreach ((int offset, int length) in reads)
                {
                    byte[] part = new byte[length];
                    if (reader.Read(offset, part, out int written) != OpenResult.Opened) return false;
                    int start = Math.Min(offset, plain.Length);
                    if (!plain.AsSpan(start, Math.Min(length, plain.Length - start)).SequenceEqual(part.AsSpan(0, written))) return false;
                }

                return true;
            },
            iter: 150);
    }

    [Fact]
    public async Task HoweverItIsWrittenItOpens()
    {
        using Secret32 key = Secret32.Generate();
        byte[] plain = new byte[400_000];
        Random.Shared.NextBytes(plain);
        foreach (int step in new[] { 1_000, 16_383, 16_384, 16_385, 32_768, 300_000, 400_000 })
        {
            using MemoryStream output = new();
            await using (SealedWriter writer = new(key, Context, output))
            {
                for (int at = 0; at < plain.Length; at += step)
                {
                    int length = Math.Min(step, plain.Length - at);
                    if (at % 2 == 0) await writer.WriteAsync(plain.AsMemory(at, length));
                    else writer.Write(plain, at, length);
                    if (at % 5 == 0) await writer.FlushAsync();
                }

                await writer.CompleteAsync();
                Assert.False(writer.CanWrite);
                Assert.Throws<InvalidOperationException>(() => writer.Write([1]));
                Assert.Throws<InvalidOperationException>(writer.Complete);
            }

            byte[] opened = new byte[plain.Length];
            Assert.Equal(OpenResult.Opened, Cobblestone.Open(key, Context, output.ToArray(), opened, out _));
            Assert.Equal(plain, opened);
        }
    }

    /// <summary>The fatal mistake would be a writer that seals a last chunk because something failed and it was disposed.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(16_384)]
    [InlineData(40_000)]
    [InlineData(600_000)]
    public void AMessageThatWasNotCompletedOpensNowhere(int length)
    {
        using Secret32 key = Secret32.Generate();
        using MemoryStream output = new();
        using (SealedWriter writer = new(key, Context, output))
        {
            writer.Write(new byte[length]);
            writer.Flush();
        }

        OpenResult result = Cobblestone.Open(key, Context, output.ToArray(), new byte[length], out _);
        Assert.Equal(length < Cobblestone.ChunkSize ? OpenResult.TooShort : OpenResult.BadLength, result);
    }

    [Fact]
    public void ReadsNoMoreOfTheSourceThanItNeeds()
    {
        using Secret32 key = Secret32.Generate();
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, new byte[10 * Cobblestone.ChunkSize]);
        List<(long Offset, int Length)> asked = [];
        int Source(long offset, Span<byte> destination)
        {
            asked.Add((offset, destination.Length));
            sealedBytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return destination.Length;
        }

        Assert.Equal(OpenResult.Opened, SealedReader.Open(key, Context, sealedBytes.Length, Source, out SealedReader? reader));
        using (reader)
        {
            Assert.Equal(OpenResult.Opened, reader!.Read((7 * Cobblestone.ChunkSize) + 5, new byte[10], out _));
            Assert.Equal(OpenResult.Opened, reader.Read((7 * Cobblestone.ChunkSize) + 900, new byte[2000], out _));
            Assert.Equal(OpenResult.Opened, reader.Read(0, new byte[3 * Cobblestone.ChunkSize], out _));
        }

        Assert.Equal([(0L, 56), (56 + (7 * 16_400), 16_400), (56, 3 * 16_400)], asked);
    }

    [Fact]
    public void AnUntouchedChunkOfADamagedMessageStillReads()
    {
        using Secret32 key = Secret32.Generate();
        byte[] plain = new byte[3 * Cobblestone.ChunkSize];
        Random.Shared.NextBytes(plain);
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, plain);
        sealedBytes[56 + 16_400 + 9] ^= 1;
        using SealedReader reader = Open(key, sealedBytes);

        byte[] part = new byte[Cobblestone.ChunkSize];
        Assert.Equal(OpenResult.Opened, reader.Read(2 * Cobblestone.ChunkSize, part, out _));
        Assert.Equal(plain[(2 * Cobblestone.ChunkSize)..], part);
        Assert.Equal(OpenResult.Damaged, reader.Read(Cobblestone.ChunkSize - 1, part, out int written));
        Assert.Equal(0, written);
        Assert.All(part, b => Assert.Equal(0, b));
        Assert.Equal(OpenResult.Opened, reader.AuthenticateLength());
        Assert.Equal(OpenResult.Damaged, reader.CopyTo(Stream.Null));
    }

    /// <summary>
    /// The reader keeps a chunk for the next small read. One that fails must not leave zeros that pass for the one before.
    /// </summary>
    [Fact]
    public void AFailedReadLeavesNothingThatALaterOneCouldTakeForPlaintext()
    {
        using Secret32 key = Secret32.Generate();
        byte[] plain = new byte[3 * Cobblestone.ChunkSize];
        Random.Shared.NextBytes(plain);
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, plain);
        sealedBytes[56 + 16_400 + 9] ^= 1;
        using SealedReader reader = Open(key, sealedBytes);

        byte[] part = new byte[10];
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(OpenResult.Opened, reader.Read(500, part, out _));
            Assert.Equal(plain[500..510], part);
            Assert.Equal(OpenResult.Damaged, reader.Read(Cobblestone.ChunkSize + 500, part, out _));
        }
    }

    /// <summary>
    /// A source that was cut to a length that a message could have is found out by whatever reaches its end, and only by that.
    /// </summary>
    [Attack("C02")]
    [Theory]
    [InlineData(56 + 16_400 + 5_000)]
    [InlineData(56 + 16_400 + 16)]
    [InlineData(56 + 16)]
    public void AShortenedMessageHasNoEnd(int length)
    {
        using Secret32 key = Secret32.Generate();
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, new byte[3 * Cobblestone.ChunkSize]);
        using SealedReader reader = Open(key, sealedBytes[..length]);
        Assert.False(reader.LengthIsAuthentic);
        Assert.Equal(OpenResult.Damaged, reader.AuthenticateLength());
        Assert.Equal(OpenResult.Damaged, reader.Read(reader.Length, new byte[1], out _));
        Assert.Equal(OpenResult.Damaged, reader.Read(long.MaxValue, new byte[1], out _));
        Assert.Equal(OpenResult.Damaged, reader.Read(0, new byte[reader.Length + 1], out _));
        Assert.False(reader.LengthIsAuthentic);
        if (length > 56 + 16_400) Assert.Equal(OpenResult.Opened, reader.Read(0, new byte[100], out _));
    }

    [Fact]
    public void ASourceThatEndsBeforeTheLengthItGaveIsNamed()
    {
        using Secret32 key = Secret32.Generate();
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, new byte[2 * Cobblestone.ChunkSize]);
        foreach (int end in new[] { 0, 20, 56, 5_000, 16_456, 20_000, sealedBytes.Length - 1 })
        {
            int Source(long offset, Span<byte> destination)
            {
                int there = (int)Math.Clamp(end - offset, 0, destination.Length);
                sealedBytes.AsSpan((int)Math.Min(offset, end), there).CopyTo(destination);
                return there;
            }

            OpenResult result = SealedReader.Open(key, Context, sealedBytes.Length, Source, out SealedReader? reader);
            if (result == OpenResult.Opened) result = reader!.CopyTo(Stream.Null);
            Assert.Equal(OpenResult.BadLength, result);
            reader?.Dispose();
        }
    }

    [Fact]
    public void AnErrorOfTheSourceIsItsOwn()
    {
        using Secret32 key = Secret32.Generate();
        byte[] sealedBytes = CobblestoneTests.Seal(key, Context, new byte[100]);
        bool broken = false;
        int Source(long offset, Span<byte> destination)
        {
            if (broken) throw new IOException("gone");
            sealedBytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return destination.Length;
        }

        SealedReader.Open(key, Context, sealedBytes.Length, Source, out SealedReader? reader);
        broken = true;
        Assert.Throws<IOException>(() => reader!.Read(0, new byte[10], out _));
        broken = false;
        Assert.Equal(OpenResult.Opened, reader!.Read(0, new byte[10], out _));
        reader.Dispose();
    }

    private static SealedReader Open(Secret32 key, byte[] sealedBytes)
    {
        Assert.Equal(OpenResult.Opened, SealedReader.Open(key, Context, new MemoryStream(sealedBytes), out SealedReader? reader));
        return reader!;
    }
}
