using System.IO.Compression;
using Candor.Audit.Bodies;
using Xunit;

namespace Candor.Tests.Audit.Bodies;

/// <summary>What no decoder need be asked about.</summary>
public class DeflateStartTests
{
    public static TheoryData<CompressionLevel> Levels => [CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.SmallestSize];

    [Theory]
    [MemberData(nameof(Levels))]
    public void WhatIsDeflateIsNeverTurnedAway(CompressionLevel level)
    {
        var random = new Random(7);
        foreach (int length in (int[])[1, 5, 40, 300, 5000, 70_000])
        {
            foreach (int alphabet in (int[])[1, 2, 26, 256])
            {
                byte[] body = [.. Enumerable.Range(0, length).Select(_ => (byte)(alphabet == 256 ? random.Next(256) : 'a' + random.Next(alphabet)))];
                byte[] packed = Deflate(body, level);
                Assert.True(DeflateStart.MayBe(packed), $"{length} bytes of {alphabet} letters");
                for (int cut = 5; cut < Math.Min(packed.Length, 60); cut++) Assert.True(packed[0] >> 1 == 0 || DeflateStart.MayBe(packed.AsSpan(0, cut)), $"{length} bytes of {alphabet} letters, cut to {cut}");
            }
        }
    }

    [Fact]
    public void WhatIsTurnedAwayTheDecoderRefuses()
    {
        var random = new Random(11);
        int away = 0;
        byte[] bytes = new byte[200];
        for (int n = 0; n < 20_000; n++)
        {
            random.NextBytes(bytes);
            if (DeflateStart.MayBe(bytes)) continue;
            away++;
            if (n % 20 == 0) Assert.Throws<InvalidDataException>(() => ReadAll(bytes));
        }
        Assert.InRange(away, 19_000, 20_000);
    }

    private static void ReadAll(byte[] bytes)
    {
        using var stream = new DeflateStream(new MemoryStream(bytes), CompressionMode.Decompress);
        stream.CopyTo(Stream.Null);
    }

    private static byte[] Deflate(byte[] body, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, level, leaveOpen: true)) stream.Write(body);
        return packed.ToArray();
    }
}
