using System.IO.Compression;
using System.Text;
using Candor.Audit.Bodies;

namespace Candor.Tests.Audit.Bodies;

public class BodyDecoderTests
{
    private static byte[] Gzip(byte[] bytes)
    {
        using var made = new MemoryStream();
        using (var gzip = new GZipStream(made, CompressionLevel.Optimal)) gzip.Write(bytes);
        return made.ToArray();
    }

    private static BodyView? View(BodyTree tree, string text) => tree.All.FirstOrDefault(v => v.Map != ViewMap.Slice && v.Bytes.Span.SequenceEqual(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void AChainNamesEveryStepWithItsPathAndLeadsBackToTheBody()
    {
        string secret = "the value inside, with blanks";
        byte[] json = Encoding.UTF8.GetBytes($"{{\"list\":[0,{{\"a\":{{\"b\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))}\"}}}}]}}");
        var tree = BodyDecoder.Decode(Gzip(json));
        var view = View(tree, secret);
        Assert.NotNull(view);
        Assert.Equal("gzip > json $.list[1].a.b > base64", view.Chain);
        Assert.Equal((0, tree.Root.Bytes.Length), view.InBody(4, 5));
        // Without compression the way back is exact to the group of four.
        var plain = View(BodyDecoder.Decode(json), secret)!;
        int at = json.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))));
        Assert.Equal((at + 4, 8), plain.InBody(3, 5));
    }

    [Fact]
    public void ABodyThatIsNotWhatItsHeaderSaysIsReadAsItIsAndFlagged()
    {
        var tree = BodyDecoder.Decode("{\"plain\":true}"u8.ToArray(), new(["gzip"]));
        Assert.Equal(["declared gzip, is not"], tree.Flags);
        Assert.Equal("json", tree.Root.Form);
        tree = BodyDecoder.Decode("{\"plain\":true}"u8.ToArray(), new(["rc4", "gzip"]));
        Assert.Equal(["declared gzip, is not"], tree.Flags);
    }

    [Fact]
    public void DeclaredEncodingsAreTakenOffInTheOrderOfTheHeader()
    {
        using var made = new MemoryStream();
        using (var brotli = new BrotliStream(made, CompressionLevel.Optimal, leaveOpen: true)) brotli.Write(Gzip("once upon a time"u8.ToArray()));
        var tree = BodyDecoder.Decode(made.ToArray(), new(["gzip", "br"]));
        Assert.Equal("brotli > gzip", View(tree, "once upon a time")!.Chain.Replace("br >", "brotli >", StringComparison.Ordinal));
        Assert.Empty(tree.Flags);
    }

    [Fact]
    public void ACutStreamKeepsWhatCameBeforeAndIsFlagged()
    {
        byte[] words = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 5000).Select(i => $"word{i * 7919 % 10_007} ")));
        byte[] whole = Gzip(words);
        var tree = BodyDecoder.Decode(whole.AsMemory(0, whole.Length / 2));
        var view = Assert.Single(tree.All, v => v.Step == "gzip");
        Assert.True(view.Bytes.Length > 1000 && words.AsSpan().StartsWith(view.Bytes.Span));
    }

    [Fact]
    public void ABombEndsAtItsLimitAndTheTreeSaysSo()
    {
        byte[] bomb = Gzip(Gzip(Gzip(new byte[100_000_000])));
        var tree = BodyDecoder.Decode(bomb, limits: new(Expanded: 1 << 20));
        Assert.True(tree.Exhausted || tree.All.Any(v => v.Flag is not null));
        Assert.True(tree.All.Sum(v => (long)(v.Map == ViewMap.Slice ? 0 : v.Bytes.Length)) <= 1 << 20);
        // A body that is nothing but layers ends too.
        string nested = "deep down";
        for (int i = 0; i < 40; i++) nested = Convert.ToBase64String(Encoding.ASCII.GetBytes(nested + "!!!!"));
        Assert.True(BodyDecoder.Decode(Encoding.ASCII.GetBytes(nested[..Math.Min(nested.Length, 200_000)])).All.Count < 100);
    }

    [Theory]
    [InlineData("json", "{\"a\":[1,2,{\"b\":\"c\"}]}")]
    [InlineData("json", "{\"a\":1}\n{\"a\":2}\n")]
    [InlineData("form", "a=1&b=%20two&c=3")]
    [InlineData("xml", "<?xml version='1.0'?><a b='c'/>")]
    [InlineData("text", "just some words in a row")]
    public void AFormIsRecognisedByItsBytes(string form, string text) => Assert.Equal(form, BodyDecoder.Decode(Encoding.UTF8.GetBytes(text)).Root.Form);

    [Fact]
    public void RandomBytesHaveNoForm()
    {
        var random = new Random(3);
        int known = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] noise = new byte[200];
            random.NextBytes(noise);
            known += BodyDecoder.Decode(noise).Root.Form is null ? 0 : 1;
        }
        Assert.True(known <= 6, $"{known} of 300 random bodies were taken for something."); // A few parse by chance.
    }

    [Fact]
    public void ABodyBehindAFixedKeyOfTheCallersIsOpenedAndSaysByWhich()
    {
        // RFC 6229 has the keystream for key 0102030405: b2 39 63 05 f0 3d c0 27 cc c3 52 4a 0a 11 18 a8.
        byte[] stream = Convert.FromHexString("b2396305f03dc027ccc3524a0a1118a8");
        byte[] plain = "phone is A B C D"u8.ToArray();
        byte[] body = [.. plain.Zip(stream, (a, b) => (byte)(a ^ b))];
        var key = new FixedKey("RC4 with a key of ours", FixedCipher.Rc4, [1, 2, 3, 4, 5], [], "RFC 6229");
        var view = View(BodyDecoder.Decode(body, keys: [key]), "phone is A B C D");
        Assert.Equal(("RC4 with a key of ours", key), (view?.Chain, view?.Key));
        Assert.Single(BodyDecoder.Decode(body, keys: []).All);
        Assert.All(FixedKey.Published, k => Assert.NotEmpty(k.Source));
    }

    [Theory]
    [InlineData("0001 0000002A")]
    [InlineData("00 0000002A")]
    [InlineData("2A000000")]
    [InlineData("0708 002A")]
    public void FramesOfAProtocolThatNobodyKnowsAreTakenApart(string head)
    {
        // Brotli has no first bytes of its own: only where a frame begins can it be read.
        using var made = new MemoryStream();
        using (var brotli = new BrotliStream(made, CompressionLevel.Optimal, leaveOpen: true)) brotli.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"imei\":\"490154203237518\"}", 4))));
        string length = made.Length.ToString("X2", System.Globalization.CultureInfo.InvariantCulture);
        byte[] frame = [.. Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal).Replace("2A", length, StringComparison.Ordinal)), .. made.ToArray()];
        Assert.Contains(BodyDecoder.Decode((byte[])[.. frame, .. frame]).All, v => v.Step == "brotli" && v.Chain.Contains("frame", StringComparison.Ordinal));
    }

    [Fact]
    public void OneByteOverAllIsTakenOffAndCalledObfuscation()
    {
        byte[] plain = "{\"imei\":\"490154203237518\",\"event\":\"start of the app\",\"count\":17,\"name\":\"first run\"}"u8.ToArray();
        // A key under 80 may leave it printable, and then nothing says that it is not what it seems.
        foreach (byte key in (byte[])[0x80, 0x9C, 0xFF])
        {
            var view = View(BodyDecoder.Decode(plain.Select(b => (byte)(b ^ key)).ToArray()), Encoding.UTF8.GetString(plain));
            Assert.Equal([key], view!.Key!.Key);
        }
        byte[] noise = new byte[100];
        new Random(17).NextBytes(noise);
        Assert.Null(FixedKey.OneByte(noise));
    }

    [Theory]
    [InlineData("x = \\u0034\\u0039 end", "x = 49 end")]
    [InlineData("a=b+c+d", "a=b c d")]
    [InlineData("/v1/a/0123456789abcdef68656c6c6f20/info", "\u0001#Eg\u0089")]
    public void EscapesBlanksAndPathsAreReadInAnyText(string body, string made) =>
        Assert.Contains(BodyDecoder.Decode(Encoding.ASCII.GetBytes(body)).All, v => Encoding.Latin1.GetString(v.Bytes.Span).StartsWith(made, StringComparison.Ordinal));

    [Fact]
    public void EscapesOfThreeLevelsComeOffOneByOne()
    {
        string inner = "{\"v\":\"\\u660e\\u5929\"}", one = System.Text.Json.JsonSerializer.Serialize(inner), two = System.Text.Json.JsonSerializer.Serialize(one);
        Assert.Contains(BodyDecoder.Decode(Encoding.UTF8.GetBytes("log line: " + two)).All, v => Encoding.UTF8.GetString(v.Bytes.Span).Contains("明天", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatStandsBehindAFewBytesThatNobodyKnowsIsRead()
    {
        byte[] deflated;
        using (var made = new MemoryStream())
        {
            using (var deflate = new DeflateStream(made, CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("the teapot stands here. ", 5))));
            deflated = made.ToArray();
        }
        Assert.Contains(BodyDecoder.Decode((byte[])[0xF1, 0x00, 0x97, .. deflated]).All, v => v.Step == "deflate");
        byte[] entities = [0, 1, 2, 3, 4, 5, .. "&#x34;&#x39;&#x30;&#x31;"u8, 0, 0, 0xFE];
        Assert.NotNull(View(BodyDecoder.Decode(entities), "4901"));
        byte[] random = new byte[4000];
        new Random(8).NextBytes(random);
        Assert.Single(BodyDecoder.Decode(random).All, v => v.Form is not null || v.Parent is null);
    }
}
