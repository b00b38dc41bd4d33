using Candor.Hpke;
using Candor.Sealing;
using Candor.Tests.Hostile;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class CobblestoneTests
{
    private static readonly byte[] Context = "candor/v1 test"u8.ToArray();

    /// <summary>Around the edges of chunks more often than not.</summary>
    internal static readonly Gen<byte[]> Plaintexts = Gen.OneOf(
        Gen.Byte.Array[0, 600],
        Gen.Select(Gen.Int[0, 4], Gen.Int[-20, 20], Gen.Int, (chunks, off, seed) =>
        {
            byte[] bytes = new byte[Math.Max(0, (chunks * Cobblestone.ChunkSize) + off)];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }));

    [Fact]
    public void InPlaceIsTheSameMessage()
    {
        Gen.Select(Plaintexts, Gen.Byte.Array[0, 700]).Sample(
            (plain, context) =>
            {
                using Secret32 key = Secret32.Generate();
                byte[] buffer = new byte[Cobblestone.SealedLength(plain.Length)];
                plain.CopyTo(buffer, 0);
                Cobblestone.SealInPlace(key, context, buffer, plain.Length);
                byte[] opened = new byte[plain.Length];
                if (Cobblestone.Open(key, context, buffer, opened, out _) != OpenResult.Opened || !opened.AsSpan().SequenceEqual(plain)) return false;
                byte[] other = Seal(key, context, plain);
                return Cobblestone.OpenInPlace(key, context, other, out int written) == OpenResult.Opened
                    && other.AsSpan(0, written).SequenceEqual(plain) && other.AsSpan(written).IndexOfAnyExcept((byte)0) < 0;
            },
            iter: 300);
    }

    [Fact]
    public void WhatDoesNotOpenInPlaceLeavesNothing()
    {
        Gen.Select(Plaintexts, Gen.Int[0, int.MaxValue], Gen.Int[-40, 40]).Sample(
            (plain, at, cut) =>
            {
                using Secret32 key = Secret32.Generate();
                byte[] bytes = Seal(key, Context, plain);
                if (cut < 0) Array.Resize(ref bytes, Math.Max(0, bytes.Length + cut));
                else bytes[at % bytes.Length] ^= 1;
                OpenResult expected = Cobblestone.Open(key, Context, bytes, new byte[bytes.Length], out _);
                return expected != OpenResult.Opened && Cobblestone.OpenInPlace(key, Context, bytes, out int written) == expected
                    && written == 0 && bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0;
            },
            iter: 300);
    }

    [Fact]
    public void WhatWasSealedOpens()
    {
        Gen.Select(Plaintexts, Gen.Byte.Array[0, 700]).Sample(
            (plain, context) =>
            {
                using Secret32 key = Secret32.Generate();
                byte[] sealedBytes = Seal(key, context, plain);
                byte[] opened = new byte[plain.Length + 7];
                return Cobblestone.Open(key, context, sealedBytes, opened, out int written) == OpenResult.Opened
                    && written == plain.Length
                    && opened.AsSpan(0, written).SequenceEqual(plain);
            },
            iter: 300);
    }

    [Attack("C01")]
    [Fact]
    public void NoByteCanBeChanged()
    {
        using Secret32 key = Secret32.Generate();
        Gen.Select(Plaintexts, Gen.Int[0, int.MaxValue], Gen.Int[0, 7]).Sample(
            (plain, at, bit) =>
            {
                byte[] sealedBytes = Seal(key, Context, plain);
                at %= sealedBytes.Length;
                sealedBytes[at] ^= (byte)(1 << bit);
                byte[] destination = new byte[plain.Length];
                destination.AsSpan().Fill(0xAA);
                OpenResult expected = at < Cobblestone.HeaderSize ? OpenResult.WrongKey : OpenResult.Damaged;
                return Cobblestone.Open(key, Context, sealedBytes, destination, out int written) == expected
                    && written == 0
                    && destination.AsSpan().IndexOfAnyExcept((byte)0) < 0;
            },
            iter: 300);
    }

    [Attack("C02")]
    [Fact]
    public void NoPrefixOpens()
    {
        using Secret32 key = Secret32.Generate();
        byte[] sealedBytes = Seal(key, Context, new byte[200]);
        byte[] destination = new byte[sealedBytes.Length];
        for (int length = 0; length < sealedBytes.Length; length++)
        {
            OpenResult expected = length < 72 ? OpenResult.TooShort : OpenResult.Damaged;
            Assert.Equal(expected, Cobblestone.Open(key, Context, sealedBytes.AsSpan(0, length), destination, out _));
        }
    }

    [Attack("K18", "M03")]
    [Fact]
    public void TheSamePlaintextNeverSealsToTheSameBytes()
    {
        using Secret32 key = Secret32.Generate();
        HashSet<string> salts = [];
        for (int i = 0; i < 1000; i++) salts.Add(Convert.ToHexString(Seal(key, Context, [])));
        Assert.Equal(1000, salts.Count);
    }

    [Fact]
    public void OneKeyServesManyThreads()
    {
        using Secret32 key = Secret32.Generate();
        Parallel.For(0, 2000, i =>
        {
            byte[] plain = new byte[i];
            byte[] opened = new byte[i];
            byte[] sealedBytes = Seal(key, BitConverter.GetBytes(i), plain);
            Assert.Equal(OpenResult.Opened, Cobblestone.Open(key, BitConverter.GetBytes(i), sealedBytes, opened, out _));
            Assert.Equal(OpenResult.WrongKey, Cobblestone.Open(key, BitConverter.GetBytes(i + 1), sealedBytes, opened, out _));
        });
    }

    /// <summary>200,000 records are sealed in a row: what one call leaves to the collector counts.</summary>
    [Fact]
    public void SealingARecordAllocatesNextToNothing()
    {
        using Secret32 key = Secret32.Generate();
        byte[] plain = new byte[1024];
        byte[] sealedBytes = new byte[Cobblestone.SealedLength(plain.Length)];
        for (int i = 0; i < 100; i++) Cobblestone.Seal(key, Context, plain, sealedBytes);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Cobblestone.Seal(key, Context, plain, sealedBytes);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.InRange(each, 1, 256);
    }

    [Fact]
    public void MisuseThrows()
    {
        using Secret32 key = Secret32.Generate();
        byte[] buffer = new byte[200];
        byte[] sealedBytes = Seal(key, Context, new byte[10]);
        Assert.Throws<ArgumentException>(() => Cobblestone.Seal(key, Context, new byte[10], new byte[81]));
        Assert.Throws<ArgumentException>(() => Cobblestone.Seal(key, Context, buffer.AsSpan(0, 10), buffer.AsSpan(5, 82)));
        Assert.Throws<ArgumentException>(() => Cobblestone.Open(key, Context, sealedBytes, new byte[9], out _));
        Assert.Throws<ArgumentException>(() => Cobblestone.Open(key, Context, sealedBytes, sealedBytes, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cobblestone.SealedLength(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cobblestone.SealedLength(Cobblestone.LongestPlain + 1));
        Assert.Null(Cobblestone.PlainLength(-1));
        Assert.Null(Cobblestone.PlainLength(long.MinValue));
        Assert.Null(Cobblestone.PlainLength(long.MaxValue));
    }

    [Fact]
    public void ADisposedKeySealsNothing()
    {
        Secret32 key = Secret32.Generate();
        byte[] sealedBytes = Seal(key, Context, new byte[10]);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Seal(key, Context, new byte[10]));
        Assert.Throws<ObjectDisposedException>(() => Cobblestone.Open(key, Context, sealedBytes, new byte[10], out _));
    }

    internal static byte[] Seal(Secret32 key, byte[] context, byte[] plain)
    {
        byte[] sealedBytes = new byte[Cobblestone.SealedLength(plain.Length)];
        Cobblestone.Seal(key, context, plain, sealedBytes);
        return sealedBytes;
    }
}
