using System.Security.Cryptography;
using System.Text;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

public sealed class Hash32Tests
{
    private const string AbcHex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string AbcBase64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    private static readonly Hash32 Abc = Hash32.Of("abc"u8);

    [Fact]
    public void IsTheSha256OfFips180()
    {
        Assert.Equal(AbcHex, Abc.ToString());
        Assert.Equal(AbcBase64, Abc.ToBase64());
        Assert.Equal(SHA256.HashData("abc"u8), Abc.ToArray());
    }

    [Fact]
    public void ComesBackFromBytesHexAndBase64()
    {
        Assert.True(Hash32.TryParse(Abc.AsSpan(), out Hash32 raw));
        Assert.True(Hash32.TryParseHex(AbcHex, out Hash32 hex));
        Assert.True(Hash32.TryParseBase64(AbcBase64, out Hash32 base64));
        Assert.True(Hash32.TryParseBase64(Encoding.ASCII.GetBytes(AbcBase64), out Hash32 ascii));
        Assert.Equal([Abc, Abc, Abc, Abc], [raw, hex, base64, ascii]);
    }

    [Fact]
    public void TakesExactly32Bytes()
    {
        for (int length = 0; length <= 70; length++)
        {
            var bytes = new byte[length];
            Assert.Equal(length == Hash32.Size, Hash32.TryParse(bytes, out _));
            if (length != Hash32.Size) Assert.Throws<ArgumentException>(() => new Hash32(bytes));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    [InlineData("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    [InlineData(" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("٠a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void RefusesAnyOtherHex(string text) => Assert.False(Hash32.TryParseHex(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0")]
    [InlineData("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=")]
    [InlineData("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=")]
    [InlineData("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0A")]
    [InlineData("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFQ==")]
    [InlineData(" ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")]
    [InlineData("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIA    ")]
    [InlineData("ungWv48B\n+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")]
    [InlineData("ųngWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")]
    public void RefusesAnyOtherBase64(string text)
    {
        Assert.False(Hash32.TryParseBase64(text, out _));
        Assert.False(Hash32.TryParseBase64(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void EqualityAndOrderLookAtEveryByte()
    {
        for (int i = 0; i < Hash32.Size; i++)
        {
            byte[] bytes = Abc.ToArray();
            bytes[i] ^= 0x80;
            var other = new Hash32(bytes);
            Assert.False(other.Equals(Abc));
            Assert.True(other != Abc);
            Assert.NotEqual(other.GetHashCode(), Abc.GetHashCode());
            Assert.Equal(string.CompareOrdinal(other.ToString(), AbcHex) < 0, other < Abc);
            Assert.Equal(other < Abc, Abc > other);
        }

        Assert.True(Abc.Equals((object)Hash32.Of("abc"u8)));
        Assert.True(Abc <= Hash32.Of("abc"u8) && Abc >= Hash32.Of("abc"u8) && Abc == Hash32.Of("abc"u8));
        Assert.Equal(Abc.GetHashCode(), Hash32.Of("abc"u8).GetHashCode());
    }

    [Fact]
    public void HashingAndLookingAtTheBytesAllocateNothing()
    {
        Hash32 hash = Abc;
        Assert.Equal(0xba, hash.AsSpan()[0]);
        Assert.Equal(0xad, hash.AsSpan()[31]);
        bool all = Use(hash); // what is set up once is set up here
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) all &= Use(hash);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((true, 0L), (all, allocated));
    }

    private static bool Use(Hash32 hash) => Hash32.Of(hash.AsSpan()) != hash & Hash32.TryParse(hash.AsSpan(), out Hash32 same) & same == hash;
}
