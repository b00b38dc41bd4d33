using System.Security.Cryptography;
using System.Text.Json;
using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class SecretSharesTests
{
    private const string FileName = "shares.json";

    public static TheoryData<string> Splits => Vectors.Names(FileName, "split");
    public static TheoryData<string> Joins => Vectors.Names(FileName, "join");
    public static TheoryData<string> NotJoined => Vectors.Names(FileName, "join", valid: false);
    public static TheoryData<string> Forms => Vectors.Names(FileName, "read");
    public static TheoryData<string> Misread => Vectors.Names(FileName, "read", valid: false);

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["split", "join", "read"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void SharesAreThoseThatAnotherProgramMakes(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 secret = new(c.Bytes("secret"));
        using var holder = HolderSecret.FromPeople(secret);
        Assert.Equal(c.Text("holder"), holder.Id.ToString());
        Assert.Equal(HolderType.People, holder.Keys.Type);
        Assert.Equal(c.Text("ed25519"), Convert.ToHexStringLower(holder.Keys.Signing.Span));
        Assert.Equal(c.Text("x25519"), Convert.ToHexStringLower(holder.Keys.Agreement.Span));
        var coefficients = new Queue<byte[]>(c.GetProperty("coefficients").EnumerateArray().Select(Vectors.Bytes));
        string[] expected = Texts(c);
        var shares = SecretShares.Split(secret, holder.Id, (int)c.Number("needed"), expected.Length, bytes => coefficients.Dequeue().CopyTo(bytes, 0));
        Assert.Equal(expected, shares.Select(s => s.ToText()));
        foreach (var share in shares) share.Dispose();
    }

    [Theory]
    [MemberData(nameof(Joins))]
    public void EnoughSharesAreTheHolder(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(SharesResult.Joined, SecretShares.TryJoin(Read(Texts(c)), out var holder));
        using (holder) Assert.Equal(c.Text("holder"), holder!.Id.ToString());
    }

    [Theory]
    [MemberData(nameof(NotJoined))]
    public void TooFewMixedAndAlteredSharesAreNamed(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        var result = SecretShares.TryJoin(Read(Texts(c)), out var holder);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.Null(holder);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void ForgivesForm(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        Assert.Equal(ShareResult.Read, SecretShare.TryRead(c.Text("typed_text"), out var share, out int unknown));
        Assert.Equal((-1, (int)c.Number("needed"), (int)c.Number("number"), c.Text("shown_text")), (unknown, share!.Needed, share.Number, share.ToText()));
        Assert.Equal("[secret]", share.ToString());
        share.Dispose();
    }

    [Theory]
    [MemberData(nameof(Misread))]
    public void NamesWhatIsWrong(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        var result = SecretShare.TryRead(c.Text("typed_text"), out var share, out int unknown);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.Null(share);
        Assert.Equal(c.TryGetProperty("letter", out JsonElement letter) ? letter.GetInt32() : -1, unknown);
    }

    /// <summary>Against the field's own definition: long division of the product of polynomials.</summary>
    [Fact]
    public void MultiplicationIsThatOfTheFieldAndEveryElementHasItsInverse()
    {
        for (int a = 0; a < 256; a++)
        {
            for (int b = 0; b < 256; b++)
            {
                int product = 0;
                for (int bit = 0; bit < 8; bit++) product ^= (b >> bit & 1) == 1 ? a << bit : 0;
                for (int bit = 14; bit >= 8; bit--) product ^= (product >> bit & 1) == 1 ? 0x11B << (bit - 8) : 0;
                Assert.Equal(product, SecretShares.Multiply((byte)a, (byte)b));
            }
            Assert.Equal(a == 0 ? 0 : 1, SecretShares.Multiply((byte)a, SecretShares.Invert((byte)a)));
        }
    }

    [Fact]
    public void AnyEnoughOfAnySetJoinAndOneLessDoesNot() =>
        Gen.Select(Gen.Int[2, 16], Gen.Int[2, 16], Gen.Int).Sample((a, b, seed) =>
        {
            int needed = Math.Min(a, b), count = Math.Max(a, b);
            var shares = SecretShares.Split(needed, count, out var holder);
            var some = shares.OrderBy(s => HashCode.Combine(s.Number, seed)).Take(needed).ToList();
            using (holder)
            {
                Assert.Equal(SharesResult.Joined, SecretShares.TryJoin(some, out var joined));
                using (joined) Assert.Equal(holder.Id, joined!.Id);
                Assert.Equal(SharesResult.TooFew, SecretShares.TryJoin(some[1..], out _));
            }
        }, iter: 40);

    [Fact]
    public void AnyFlippedBitOfAShareIsNoticedWhenItIsReadOrJoined()
    {
        var shares = SecretShares.Split(2, 2, out var holder);
        holder.Dispose();
        byte[] bytes = new byte[SecretShare.Size];
        Assert.True(HandText.TryRead(shares[0].ToText(), bytes, out _));
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(ShareResult.Read, SecretShare.TryRead(HandText.Write(flipped), out _, out _));
            // With a checksum made to fit.
            byte[] check = SHA256.HashData([.. "candor/v1 share\0"u8, .. flipped[..^2]]);
            check[..2].CopyTo(flipped, flipped.Length - 2);
            if (SecretShare.TryRead(HandText.Write(flipped), out var forged, out _) == ShareResult.Read && bit < 8 * (bytes.Length - 2))
                Assert.NotEqual(SharesResult.Joined, SecretShares.TryJoin([forged!, shares[1]], out _));
        }
    }

    private static string[] Texts(JsonElement c) => [.. c.GetProperty("share_texts").EnumerateArray().Select(t => t.GetString()!)];

    private static List<SecretShare> Read(string[] texts) => [.. texts.Select(t =>
    {
        Assert.Equal(ShareResult.Read, SecretShare.TryRead(t, out var share, out _));
        return share!;
    })];
}
