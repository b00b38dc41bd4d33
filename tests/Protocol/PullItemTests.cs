using Candor.Protocol;
using CsCheck;

namespace Candor.Tests.Protocol;

public class PullItemTests
{
    private static readonly Gen<PullItem> Items = Gen.OneOf(
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Byte.Array[0, 400], Gen.Byte.Array[0, 400], Gen.Bool, Gen.Int[0, 4095].HashSet[0, 5])
            .Select(t => (PullItem)new PulledLeaf(t.Item1, t.Item2, t.Item4 ? (ReadOnlyMemory<byte>)t.Item3 : null, [.. t.Item5.Order()])),
        Gen.String[Gen.Char[' ', '~'], 0, 200].Select(s => (PullItem)new PulledCheckpoint(s)));

    [Fact]
    public void AStreamFallsIntoItsItemsHoweverItIsCut() => Gen.Select(Items.Array[1, 6], Gen.Int[0, 64]).Sample((items, step) =>
    {
        byte[] stream = [.. items.SelectMany(i => i.Encode())];
        int at = 0;
        foreach (var item in items)
        {
            byte[] expected = item.Encode();
            for (int given = 0; given < expected.Length; given += step + 1)
            {
                Assert.Equal(0, CborSequence.Measure(stream.AsSpan(at, given), PullItem.Longest));
            }
            int length = CborSequence.Measure(stream.AsSpan(at), PullItem.Longest);
            Assert.Equal(expected.Length, length);
            Assert.True(PullItem.TryDecode(stream.AsMemory(at, length), out var read));
            Assert.Equal(expected, read.Encode());
            at += length;
        }
    }, iter: 500);

    [Fact]
    public void LengthsThatPromiseMoreThanAnItemMayHoldAreRefusedAtOnce()
    {
        foreach (string hex in new[] { "5b7fffffffffffffff", "5bffffffffffffffff", "9b7fffffffffffffff", "bb7fffffffffffffff", "9a7fffffff9a7fffffff", "5f", "c0", "fa00000000", "1c" })
        {
            Assert.Equal(-1, CborSequence.Measure(Convert.FromHexString(hex), PullItem.Longest));
        }
    }

    [Fact]
    public void AnyBytesAreMeasuredWithoutHarm() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        int length = CborSequence.Measure(bytes, 1000);
        Assert.InRange(length, -1, bytes.Length);
        PullItem.TryDecode(bytes, out _);
    }, iter: 20_000);
}
