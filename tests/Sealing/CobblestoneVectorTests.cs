using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Candor.Hpke;
using Candor.Sealing;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Sealing;

/// <summary>
/// spec/vectors/sealing.json and the vectors that Wycheproof publishes, through every way in: whole, streamed, at a position.
/// </summary>
public class CobblestoneVectorTests
{
    private const string FileName = "sealing.json";
    private const string WycheproofFile = "wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";

    public static TheoryData<string> Expansions => Vectors.Names(FileName, "expand");
    public static TheoryData<string> Sealed => Vectors.Names(FileName, "seal");
    public static TheoryData<string> Refused => Vectors.Names(FileName, "open", valid: false);
    public static TheoryData<string> Lengths => Vectors.Names(FileName, "length");
    public static TheoryData<string> ImpossibleLengths => Vectors.Names(FileName, "length", valid: false);
    public static TheoryData<int> Wycheproof => [.. WycheproofCases().Select(c => (int)c.Number("tcId"))];

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["expand", "seal", "open", "length", "content-id"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
        Assert.Equal(35, WycheproofCases().Length);
    }

    [Theory]
    [MemberData(nameof(Expansions))]
    public void Expands(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 key = new(c.Bytes("key"));
        byte[] expected = c.Bytes("output");
        byte[] info = c.Bytes("info");
        byte[] output = new byte[expected.Length];

        for (int split = 0; split <= info.Length; split += Math.Max(1, info.Length / 3))
        {
            Hkdf.ExpandSha512(key, info.AsSpan(0, split), info.AsSpan(split), output);
            Assert.Equal(expected, output);
        }
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void SealsToTheSameBytesWholeAndStreamed(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 key = new(c.Bytes("key"));
        byte[] plain = c.Bytes("plaintext");

        byte[] whole = Seal(c, key, plain);
        Assert.Equal(c.Text("sealed_sha256"), Convert.ToHexStringLower(SHA256.HashData(whole)));
        if (c.TryGetProperty("sealed", out JsonElement bytes)) Assert.Equal(Vectors.Bytes(bytes), whole);

        using MemoryStream streamed = new();
        using (SealedWriter writer = new(key, c.Bytes("context"), c.Bytes("salt"), streamed))
        {
            for (int at = 0, step = 1; at < plain.Length; at += step, step = (step * 3) % 50_021)
                writer.Write(plain, at, Math.Min(step, plain.Length - at));
            writer.Complete();
        }

        Assert.Equal(whole, streamed.ToArray());
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void OpensWholeAndStreamedAndAtAnyPosition(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 key = new(c.Bytes("key"));
        byte[] context = c.Bytes("context");
        byte[] plain = c.Bytes("plaintext");
        byte[] sealedBytes = Seal(c, key, plain);

        byte[] opened = new byte[plain.Length];
        Assert.Equal(OpenResult.Opened, Cobblestone.Open(key, context, sealedBytes, opened, out int written));
        Assert.Equal(plain.Length, written);
        Assert.Equal(plain, opened);

        using MemoryStream streamed = new();
        Assert.Equal(OpenResult.Opened, SealedReader.Open(key, context, new MemoryStream(sealedBytes), out SealedReader? reader));
        using (reader)
        {
            Assert.Equal(plain.Length, reader!.Length);
            Assert.Equal(OpenResult.Opened, reader.CopyTo(streamed));
            Assert.True(reader.LengthIsAuthentic);
        }

        Assert.Equal(plain, streamed.ToArray());
        if (!c.TryGetProperty("reads", out JsonElement reads)) return;
        foreach (JsonElement read in reads.EnumerateArray())
        {
            Assert.Equal(OpenResult.Opened, SealedReader.Open(key, context, new MemoryStream(sealedBytes), out reader));
            byte[] part = new byte[read.Number("length")];
            Assert.Equal(OpenResult.Opened, reader!.Read(read.Number("offset"), part, out written));
            Assert.Equal(read.Number("returned"), written);
            if (read.TryGetProperty("bytes", out JsonElement bytes)) Assert.Equal(Vectors.Bytes(bytes), part[..written]);
            else Assert.Equal(read.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(part.AsSpan(0, written))));
            reader.Dispose();
        }
    }

    [Attack("C02", "C09", "K04")]
    [Theory]
    [MemberData(nameof(Refused))]
    public void RefusesByNameAndReleasesNothing(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        JsonElement of = Vectors.Case(FileName, c.Text("of"));
        using Secret32 sealingKey = new(of.Bytes("key"));
        byte[] sealedBytes = Vectors.Edited(Seal(of, sealingKey, of.Bytes("plaintext")), c.GetProperty("edits"));
        using Secret32 key = new((c.TryGetProperty("key", out _) ? c : of).Bytes("key"));
        byte[] context = (c.TryGetProperty("context", out _) ? c : of).Bytes("context");

        Assert.Equal(c.Text("error"), Vectors.ErrorName(OpenWhole(key, context, sealedBytes)));
        Assert.Equal(c.Text("error"), Vectors.ErrorName(ReadWhole(key, context, sealedBytes)));
        Assert.Equal(c.Text("error"), Vectors.ErrorName(Copy(key, context, sealedBytes, out _)));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void LengthsFollowFromEachOther(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(c.Number("sealed"), Cobblestone.SealedLength(c.Number("plain")));
        Assert.Equal(c.Number("plain"), Cobblestone.PlainLength(c.Number("sealed")));
    }

    [Theory]
    [MemberData(nameof(ImpossibleLengths))]
    public void KnowsTheLengthsThatNothingSealedHas(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 key = new(new byte[32]);
        Assert.Null(Cobblestone.PlainLength(c.Number("sealed")));
        ReadSealedRange never = (_, _) => throw new InvalidOperationException();
        OpenResult result = SealedReader.Open(key, [], c.Number("sealed"), never, out SealedReader? reader);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.Null(reader);
    }

    /// <summary>Project Wycheproof's cases, by the rules of its doc/c2sp_chunked_encryption.md.</summary>
    [Attack("K19")]
    [Theory]
    [MemberData(nameof(Wycheproof))]
    public void AgreesWithWycheproof(int id)
    {
        JsonElement c = WycheproofCases().Single(t => t.Number("tcId") == id);
        string[] flags = [.. c.GetProperty("flags").EnumerateArray().Select(f => f.GetString()!)];
        if (flags.Contains("InvalidKeySize"))
        {
            Assert.Throws<ArgumentException>(() => new Secret32(c.Bytes("key")));
            return;
        }

        using Secret32 key = new(c.Bytes("key"));
        byte[] context = c.Bytes("ctx");
        byte[] sealedBytes = Inflate(c.Bytes("ct"));
        bool valid = c.Text("result") == "valid";

        Assert.Equal(valid, OpenWhole(key, context, sealedBytes) == OpenResult.Opened);
        Assert.Equal(valid, ReadWhole(key, context, sealedBytes) == OpenResult.Opened);
        Assert.Equal(valid, Copy(key, context, sealedBytes, out byte[] copied) == OpenResult.Opened);

        long prefix = c.TryGetProperty("msgLength", out JsonElement length) ? length.GetInt64() : 0;
        if (valid) Assert.Equal(prefix, copied.Length);
        Assert.True(copied.Length <= prefix);
        if (copied.Length == prefix && prefix > 0) Assert.Equal(c.Text("msgSha512"), Convert.ToHexStringLower(SHA512.HashData(copied)));

        OpenResult end = SealedReader.Open(key, context, new MemoryStream(sealedBytes), out SealedReader? reader);
        if (end == OpenResult.Opened) end = reader!.AuthenticateLength();
        Assert.Equal(valid || flags.Contains("ValidFinalChunk"), end == OpenResult.Opened);
    }

    private static JsonElement[] WycheproofCases()
    {
        using JsonDocument document = Vectors.Open(WycheproofFile);
        JsonElement.ArrayEnumerator groups = document.RootElement.GetProperty("testGroups").EnumerateArray();
        return [.. groups.SelectMany(g => g.GetProperty("tests").EnumerateArray()).Select(t => t.Clone())];
    }

    private static byte[] Seal(JsonElement c, Secret32 key, byte[] plain)
    {
        byte[] sealedBytes = new byte[c.Number("sealed_length")];
        Cobblestone.SealWithSalt(key, c.Bytes("context"), c.Bytes("salt"), plain, sealedBytes);
        return sealedBytes;
    }

    private static OpenResult OpenWhole(Secret32 key, byte[] context, byte[] sealedBytes)
    {
        byte[] destination = new byte[sealedBytes.Length];
        destination.AsSpan().Fill(0xAA);
        OpenResult result = Cobblestone.Open(key, context, sealedBytes, destination, out int written);
        if (result != OpenResult.Opened) AssertNothingReleased(destination, written);
        return result;
    }

    private static OpenResult ReadWhole(Secret32 key, byte[] context, byte[] sealedBytes)
    {
        OpenResult result = SealedReader.Open(key, context, new MemoryStream(sealedBytes), out SealedReader? reader);
        if (result != OpenResult.Opened) return result;
        byte[] destination = new byte[reader!.Length + 1];
        destination.AsSpan().Fill(0xAA);
        result = reader.Read(0, destination, out int written);
        if (result != OpenResult.Opened) AssertNothingReleased(destination, written);
        reader.Dispose();
        return result;
    }

    private static OpenResult Copy(Secret32 key, byte[] context, byte[] sealedBytes, out byte[] copied)
    {
        using MemoryStream destination = new();
        OpenResult result = SealedReader.Open(key, context, new MemoryStream(sealedBytes), out SealedReader? reader);
        if (result == OpenResult.Opened) result = reader!.CopyTo(destination);
        reader?.Dispose();
        copied = destination.ToArray();
        return result;
    }

    private static void AssertNothingReleased(byte[] destination, int written)
    {
        Assert.Equal(0, written);
        Assert.True(destination.AsSpan().IndexOfAnyExcept((byte)0) < 0);
    }

    private static byte[] Inflate(byte[] compressed)
    {
        using ZLibStream stream = new(new MemoryStream(compressed), CompressionMode.Decompress);
        using MemoryStream inflated = new();
        stream.CopyTo(inflated);
        return inflated.ToArray();
    }
}
