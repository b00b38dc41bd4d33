using System.Security.Cryptography;
using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Search;
using SkiaSharp;

namespace Candor.Tests.Audit.Search;

public class FindingTests
{
    private static readonly byte[] s_salt = [.. Enumerable.Range(1, Finding.SaltSize).Select(i => (byte)i)];

    private static IReadOnlyList<Finding> Search(string yaml, byte[] body, Dictionary<string, byte[]>? photos = null)
    {
        var owner = OwnerFile.Read(yaml, out var faults);
        Assert.Empty(faults);
        return new BodySearch(NeedleSet.Of(owner!, photos), s_salt, detect: false).Search(BodyDecoder.Decode(body));
    }

    [Fact]
    public void AReportCanBeCheckedAgainFromItsSaltAndTheCaptureAloneAndShowsNoValue()
    {
        byte[] body = "{\"a\":{\"b\":\"490154203237518\"}}"u8.ToArray();
        var finding = Assert.Single(Search("identifiers:\n  imei: ['490154203237518']\n", body));
        Assert.Equal(("imei", "digits", Confidence.Certain, "json $.a.b", 11, 15), (finding.What, finding.Form, finding.Confidence, finding.Chain, finding.Offset, finding.Length));
        Assert.Equal("49•••18", finding.Masked);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. s_salt, .. body.AsSpan(finding.Offset, finding.Length)])), finding.Proof);
        Assert.DoesNotContain("4203237", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OneOccurrenceIsToldOnceHoweverManyFormsSeeIt()
    {
        // In JSON with an escape, in base64 at an alignment that a needle has and in the view that decodes it.
        string card = Convert.ToBase64String(Encoding.UTF8.GetBytes("tel:+4915123456789;x"));
        var found = Search("owner:\n  numbers: ['+4915123456789']\n", Encoding.UTF8.GetBytes($"{{\"v\":\"{card}\",\"w\":\"\\u002b4915123456789\"}}"));
        Assert.Equal(2, found.Count);
        Assert.Equal(["json $.v", "json $.w"], found.Select(f => f.Chain));
        Assert.StartsWith("E.164, base64", found[0].Form, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAPublishedKeyOpensIsCalledObfuscated()
    {
        // printf '{"imei":"490154203237518"}' | openssl enc -aes-128-cbc -K (key 1 in hex) -iv (the same) | xxd -p
        string line = File.ReadLines(Path.Combine(Checkout.Root, "tests", "Audit", "Search", "planted.tsv")).First(l => l.StartsWith("body: published key, AES\timei", StringComparison.Ordinal));
        var finding = Assert.Single(Search("identifiers:\n  imei: ['490154203237518']\n", Convert.FromBase64String(line.Split('\t')[2])));
        Assert.Equal("AES with Baidu's fixed key 1", finding.Obfuscation);
        Assert.StartsWith("AES with Baidu's fixed key 1 > json", finding.Chain, StringComparison.Ordinal);
    }

    [Fact]
    public void APhotoIsFoundWholeInPiecesAndReEncodedAndAnotherIsNot()
    {
        byte[] photo = Picture(1, 640, 480, 92), smaller = Picture(1, 320, 240, 55), png = Picture(1, 400, 300, 100, SKEncodedImageFormat.Png), other = Picture(2, 640, 480, 92);
        var photos = new Dictionary<string, byte[]> { ["a.jpg"] = photo };
        const string owner = "photos: [a.jpg]\n";
        var whole = Search(owner, photo, photos);
        Assert.Contains(whole, f => f.Value?.Label == "photo 1" && f.Confidence == Confidence.Certain);
        byte[] chunk = [.. "PUT part 3\0"u8, .. photo.AsSpan(photo.Length / 3, photo.Length / 3)];
        var pieces = Assert.Single(Search(owner, chunk, photos));
        Assert.StartsWith("pieces of the file", pieces.Form, StringComparison.Ordinal);
        foreach (byte[] copy in (byte[][])[smaller, png])
        {
            var alike = Assert.Single(Search(owner, copy, photos));
            Assert.Equal(Confidence.Likely, alike.Confidence);
            Assert.StartsWith("looks the same", alike.Form, StringComparison.Ordinal);
        }
        Assert.Empty(Search(owner, other, photos));
        byte[] hash = Encoding.ASCII.GetBytes("{\"sum\":\"" + Convert.ToHexString(SHA256.HashData(photo)) + "\"}");
        Assert.Equal("sha256, hex of the file", Assert.Single(Search(owner, hash, photos)).Form);
    }

    /// <summary>A landscape of gradients and discs, the same for the same seed at any size.</summary>
    private static byte[] Picture(int seed, int width, int height, int quality, SKEncodedImageFormat format = SKEncodedImageFormat.Jpeg)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        for (int i = 0; i < 40; i++)
        {
            using var paint = new SKPaint { Color = new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)), IsAntialias = true };
            canvas.DrawCircle((float)(random.NextDouble() * width), (float)(random.NextDouble() * height), (float)(random.NextDouble() * width / 4), paint);
        }
        canvas.Flush();
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }
}
