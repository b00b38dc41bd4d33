using System.Numerics;
using System.Text.Json;
using Candor.Sealing;
using Candor.Tests.Hostile;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class PaddingTests
{
    private const string FileName = "padding.json";

    public static TheoryData<string> Records => Vectors.Names(FileName, "record-length");
    public static TheoryData<string> Blobs => Vectors.Names(FileName, "blob-length");
    public static TheoryData<string> Padded => Vectors.Names(FileName, "unpad");
    public static TheoryData<string> NotPadded => Vectors.Names(FileName, "unpad", valid: false);

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["record-length", "blob-length", "unpad"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void ARecordHasTheLengthOfItsBucket(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(c.Number("padded"), Padding.PaddedRecordLength((int)c.Number("plain")));
    }

    [Attack("C12", "M02")]
    [Theory]
    [MemberData(nameof(Blobs))]
    public void ABlobHasThePadmeLength(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(c.Number("padded"), Padding.PaddedBlobLength((int)c.Number("plain")));
    }

    [Theory]
    [MemberData(nameof(Padded))]
    public void PadsAndUnpads(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        byte[] plain = c.Bytes("plain");
        byte[] padded = c.Bytes("padded");

        Assert.True(Padding.TryUnpad(padded, out int length));
        Assert.Equal(plain, padded[..length]);

        byte[] ours = new byte[padded.Length];
        ours.AsSpan().Fill(0xAA);
        plain.CopyTo(ours, 0);
        Padding.Pad(ours, plain.Length);
        Assert.Equal(padded, ours);
    }

    [Theory]
    [MemberData(nameof(NotPadded))]
    public void RefusesWhatIsNotPadding(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.False(Padding.TryUnpad(c.Bytes("padded"), out int plain));
        Assert.Equal(0, plain);
    }

    [Fact]
    public void WhateverIsPaddedComesBack()
    {
        Gen.Select(Gen.Byte.Array[0, 40_000], Gen.Bool).Sample(
            (plain, blob) =>
            {
                byte[] padded = new byte[blob ? Padding.PaddedBlobLength(plain.Length) : Padding.PaddedRecordLength(plain.Length)];
                plain.CopyTo(padded, 0);
                Padding.Pad(padded, plain.Length);
                return Padding.TryUnpad(padded, out int length) && padded.AsSpan(0, length).SequenceEqual(plain);
            },
            iter: 500);
    }

    [Attack("M02")]
    [Fact]
    public void PaddingCostsATenthAtMost_AndLeavesFewLengths()
    {
        HashSet<int> lengths = [];
        int previous = 0;
        for (int plain = 0; plain < 1 << 21; plain++)
        {
            int padded = Padding.PaddedBlobLength(plain);
            Assert.True(padded > plain && padded >= previous);
            Assert.True((padded - (plain + 1)) * 100L <= 12L * (plain + 1));
            Assert.Equal(padded, Padding.PaddedBlobLength(padded - 1)); // A length that is reached is kept.
            lengths.Add(padded);
            previous = padded;
        }

        // At most 2^S lengths between two powers of two.
        Assert.InRange(lengths.Count, 1, 21 * 32);
    }

    /// <summary>Padmé as its authors give it, in floating point words: as many mantissa bits as the exponent has.</summary>
    [Attack("M02")]
    [Fact]
    public void KeepsAsManyBitsAsTheExponentHas()
    {
        Gen.Int[1, Padding.LongestPlain].Sample(plain =>
        {
            int padded = Padding.PaddedBlobLength(plain);
            int significant = 32 - BitOperations.LeadingZeroCount((uint)padded) - BitOperations.TrailingZeroCount(padded);
            int exponent = BitOperations.Log2((uint)padded);
            return significant <= 1 + BitOperations.Log2((uint)exponent) + 1;
        });
    }

    [Attack("C12")]
    [Fact]
    public void AFullPieceOfAFilePadsToEightMebibytes() =>
        Assert.Equal(8 << 20, Padding.PaddedBlobLength(ContentHasher.PartSize));

    [Fact]
    public void MisuseThrows()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Padding.PaddedRecordLength(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Padding.PaddedBlobLength(1 << 30));
        Assert.Throws<ArgumentException>(() => Padding.Pad(new byte[4], 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Padding.Pad(new byte[4], -1));
    }
}
