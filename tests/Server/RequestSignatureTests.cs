using System.Text;
using Candor.Protocol;

namespace Candor.Tests.Server;

public sealed class RequestSignatureTests
{
    private static readonly Id Holder = Id.From([0x77, 0xac, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x0b, 0xe2]);
    private static readonly string Input = RequestSignature.FormatInput(1795427000, "6f1d0c5e9a7b4e21", Holder);
    private static readonly string Signature = RequestSignature.FormatSignature(Enumerable.Range(0, 64).Select(i => (byte)i).ToArray());

    [Fact]
    public void TheBaseIsThatOfRfc9421()
    {
        string digest = RequestSignature.ContentDigest(Hash32.Of([]));
        Assert.Equal("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:", digest);
        string expected = """
            "@method": GET
            "@authority": candor.example
            "@path": /v1/server
            "@query": ?
            "content-digest": sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:
            "@signature-params": ("@method" "@authority" "@path" "@query" "content-digest");created=1795427000;nonce="6f1d0c5e9a7b4e21";keyid="77ac0102030405060708090a0b0c0be2";alg="ed25519"
            """;
        Assert.Equal(expected, Encoding.UTF8.GetString(RequestSignature.Base("GET", "candor.example", "/v1/server", "?", digest, 1795427000, "6f1d0c5e9a7b4e21", Holder)));
    }

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        Assert.True(RequestSignature.TryParse(Input, Signature, out var parsed));
        Assert.Equal((1795427000, "6f1d0c5e9a7b4e21", Holder), (parsed.Created, parsed.Nonce, parsed.KeyId));
        Assert.Equal(Signature, RequestSignature.FormatSignature(parsed.Signature.Span));
    }

    [Theory]
    [InlineData("c=", "d=")]
    [InlineData("created=1795427000", "created=01795427000")]
    [InlineData("created=1795427000", "created=-1")]
    [InlineData("created=1795427000", "created=99999999999999999999")]
    [InlineData("created=1795427000", "created=")]
    [InlineData("6f1d0c5e9a7b4e21", "6F1D0C5E9A7B4E21")]
    [InlineData("6f1d0c5e9a7b4e21", "6f1d0c5e9a7b4e2")]
    [InlineData("77ac", "77AC")]
    [InlineData("ed25519", "none")]
    [InlineData(" \"@query\"", "")]
    [InlineData("\"ed25519\"", "\"ed25519\" ")]
    [InlineData(";created", "; created")]
    public void NoOtherSpellingIsRead(string from, string to)
    {
        string other = Input.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Input, other);
        Assert.False(RequestSignature.TryParse(other, Signature, out _));
    }

    [Fact]
    public void HeadersThatWereSpoiledAreRefusedAndNeverThrow()
    {
        var random = new Random(9421);
        string digest = RequestSignature.ContentDigest(Hash32.Of("body"u8));
        foreach (string seed in new[] { Input, Signature, digest })
        {
            for (int i = 0; i < 3000; i++)
            {
                var text = new StringBuilder(seed);
                for (int n = random.Next(1, 4); n > 0; n--)
                {
                    int at = random.Next(text.Length);
                    switch (random.Next(4))
                    {
                        case 0: text[at] = (char)random.Next(1, 0x180); break;
                        case 1: text.Remove(at, random.Next(1, text.Length - at + 1)); break;
                        case 2: text.Insert(at, seed[random.Next(seed.Length)..]); break;
                        default: text.Insert(at, (char)random.Next(0x20, 0x7f)); break;
                    }
                    if (text.Length == 0) text.Append(' ');
                }
                string spoiled = text.ToString();
                if (RequestSignature.TryParse(spoiled, Signature, out var a)) Assert.Equal(spoiled, RequestSignature.FormatInput(a.Created, a.Nonce, a.KeyId));
                if (RequestSignature.TryParse(Input, spoiled, out var b)) Assert.Equal(spoiled, RequestSignature.FormatSignature(b.Signature.Span));
                if (RequestSignature.TryParseDigest(spoiled, out var hash)) Assert.Equal(spoiled, RequestSignature.ContentDigest(hash));
            }
        }
    }

    [Fact]
    public void ListsAreReadAsTheyAreWrittenAndNothingElseIs()
    {
        Place[] places = [new(3, 4095), new(0, 0), new(long.MaxValue, 1)];
        Hash32[] names = [Hash32.Of("a"u8), Hash32.Of("b"u8)];
        Assert.True(RequestLists.TryDecodePlaces(RequestLists.EncodePlaces(places), out var samePlaces));
        Assert.Equal(places, samePlaces);
        Assert.True(RequestLists.TryDecodeNames(RequestLists.EncodeNames(names), out var sameNames));
        Assert.Equal(names, sameNames);
        Assert.False(RequestLists.TryDecodePlaces(RequestLists.EncodePlaces(new Place[Limits.ListItems + 1]), out _));
        Assert.False(RequestLists.TryDecodeNames(RequestLists.EncodeNames(new Hash32[Limits.ListItems + 1]), out _));

        var random = new Random(3);
        foreach (byte[] seed in new[] { RequestLists.EncodePlaces(places), RequestLists.EncodeNames(names) })
        {
            for (int i = 0; i < 3000; i++)
            {
                byte[] spoiled = [.. seed.AsSpan(0, random.Next(seed.Length) + 1), .. seed.AsSpan(random.Next(seed.Length))];
                spoiled[random.Next(spoiled.Length)] ^= (byte)random.Next(256);
                if (RequestLists.TryDecodePlaces(spoiled, out var p)) Assert.Equal(spoiled, RequestLists.EncodePlaces(p));
                if (RequestLists.TryDecodeNames(spoiled, out var n)) Assert.Equal(spoiled, RequestLists.EncodeNames(n));
            }
        }
    }
}
