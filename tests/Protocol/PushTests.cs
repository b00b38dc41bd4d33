using System.Formats.Cbor;
using Candor.Protocol;

namespace Candor.Tests.Protocol;

public class PushTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(23, 0)]
    [InlineData(24, 4)]
    [InlineData(255, 2)]
    [InlineData(256, 1)]
    [InlineData(65_535, 0)]
    [InlineData(65_536, 3)]
    [InlineData(2_000_000, 1)]
    public void APushIsWrittenAsTheCborLibraryWritesIt(int length, int vaults)
    {
        byte[] bundle = new byte[length];
        Random.Shared.NextBytes(bundle);
        var push = new Push(new byte[300], bundle, [.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[Limits.SealedKey], vaults)]);
        var w = new CborWriter(CborConformanceMode.Canonical);
        w.WriteStartArray(3);
        w.WriteByteString(push.Leaf.Span);
        w.WriteByteString(push.Bundle.Span);
        w.WriteStartArray(vaults);
        foreach (var vault in push.Vaults) w.WriteByteString(vault.Span);
        w.WriteEndArray();
        w.WriteEndArray();
        Assert.Equal(w.Encode(), push.Encode());
        Assert.True(Push.TryDecode(push.Encode(), out var read));
        Assert.Equal(bundle, read.Bundle.ToArray());
    }
}
