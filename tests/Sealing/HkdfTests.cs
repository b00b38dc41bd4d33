using System.Security.Cryptography;
using Candor.Hpke;
using Candor.Sealing;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class HkdfTests
{
    /// <summary>
    /// HMAC pads a short key with zeros, so the BCL, which refuses 32 bytes, must agree when it is given the padding too.
    /// </summary>
    [Fact]
    public void AgreesWithTheBclWhenTheKeyIsPadded()
    {
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[0, 700], Gen.Byte.Array[0, 40], Gen.Int[1, 400]).Sample(
            (key, label, context, length) =>
            {
                using Secret32 secret = new(key);
                byte[] ours = new byte[length];
                Hkdf.ExpandSha512(secret, label, context, ours);
                byte[] theirs = HKDF.Expand(HashAlgorithmName.SHA512, [.. key, .. new byte[32]], length, [.. label, .. context]);
                return ours.AsSpan().SequenceEqual(theirs);
            },
            iter: 500);
    }

    [Fact]
    public void FillsUpTo255BlocksAndNoMore()
    {
        using Secret32 key = Secret32.Generate();
        byte[] longest = new byte[255 * 64];
        Hkdf.ExpandSha512(key, [], [], longest);
        Assert.Equal(HKDF.Expand(HashAlgorithmName.SHA512, [.. key.Bytes, .. new byte[32]], longest.Length), longest);
        Assert.Throws<ArgumentOutOfRangeException>(() => Hkdf.ExpandSha512(key, [], [], new byte[longest.Length + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Hkdf.ExpandSha512(key, [], [], []));
    }

    [Fact]
    public void ADerivedKeyIsTheFirst32BytesOfTheExpansion()
    {
        using Secret32 key = Secret32.Generate();
        byte[] expanded = new byte[64];
        Hkdf.ExpandSha512(key, "candor/v1 test"u8, [], expanded);
        using Secret32 derived = Hkdf.Derive(key, "candor/v1 test"u8);
        Assert.Equal(expanded.AsSpan(0, 32), derived.Bytes);
        using Secret32 other = Hkdf.Derive(key, "candor/v1 tesu"u8);
        Assert.False(derived.FixedTimeEquals(other));
    }

    /// <summary>RFC 5869, test cases 1 and 3: the half that HPKE takes from the BCL.</summary>
    [Theory]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")]
    [InlineData(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "",
        "",
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")]
    public void Rfc5869(string ikm, string salt, string info, string prk, string okm)
    {
        byte[] extracted = HKDF.Extract(HashAlgorithmName.SHA256, Convert.FromHexString(ikm), Convert.FromHexString(salt));
        Assert.Equal(prk, Convert.ToHexStringLower(extracted));
        byte[] expanded = HKDF.Expand(HashAlgorithmName.SHA256, extracted, okm.Length / 2, Convert.FromHexString(info));
        Assert.Equal(okm, Convert.ToHexStringLower(expanded));
    }
}
