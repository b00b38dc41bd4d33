using Candor.Hpke;
using Candor.Oblivious;

namespace Candor.Tests.Oblivious;

/// <summary>Sealed requests and answers: the example of RFC 9458, appendix A, byte for byte, both ciphers, and what does not open.</summary>
public class EncapsulationTests
{
    private const string PrivateKey = "3c168975674b2fa8e465970b79c8dcf09f1c741626480bd4c6162fc5b6a98e1a";
    private const string Ephemeral = "bc51d5e930bda26589890ac7032f70ad12e4ecb37abb1b65b1256c9c48999c73";
    private const string Configuration = "01002031e1f05a740102115220e9af918f738674aec95f54db6e04eb705aae8e79815500080001000100010003";
    private const string Request = "00034745540568747470730b6578616d706c652e636f6d012f";
    private const string SealedRequestBytes = "010020000100014b28f881333e7c164ffc499ad9796f877f4e1051ee6d31bad19dec96c208b4726374e469135906992e1268c594d2a10c695d858c40a026e7965e7d86b83dd440b2c0185204b4d63525";
    private const string Nonce = "c789e7151fcba46158ca84b04464910d";
    private const string Answer = "0140c8";
    private const string SealedAnswer = "c789e7151fcba46158ca84b04464910d86f9013e404feea014e7be4a441f234f857fbd";

    [Fact]
    public void TheExampleOfTheRfcIsMadeAndOpenedByteForByte()
    {
        using var gateway = Gateway();
        Assert.Equal(Hex(Configuration), gateway.Config.ToOneBytes());
        Assert.True(BinaryRequest.TryParse(Hex(Request), out var asked));
        Assert.Equal(("example.com", "/"), (asked.Authority, asked.Path));
        Assert.Equal(Hex(Request), asked.ToBytes());

        using var ephemeral = new Secret32(Hex(Ephemeral));
        using var exchange = SealedRequest.Seal(gateway.Config, HpkeAead.Aes128Gcm, ephemeral, Hex(Request))!;
        Assert.Equal(Hex(SealedRequestBytes), exchange.Bytes.ToArray());

        Assert.Equal(GatewayResult.Done, gateway.Open(Hex(SealedRequestBytes), out var opened));
        using (opened)
        {
            Assert.Equal(Hex(Request), opened!.Message.ToArray());
            Assert.Equal(Hex(SealedAnswer), opened.Seal(Hex(Answer), Hex(Nonce)));
        }
        Assert.Equal(Hex(Answer), exchange.Open(Hex(SealedAnswer)));
    }

    [Theory]
    [InlineData(HpkeAead.Aes128Gcm)]
    [InlineData(HpkeAead.ChaCha20Poly1305)]
    public void WithEitherCipherAnAnswerOpensForItsOwnRequestOnly(HpkeAead aead)
    {
        using var gateway = Gateway();
        using Secret32 one = Secret32.Generate(), two = Secret32.Generate();
        using var exchange = SealedRequest.Seal(gateway.Config, aead, one, Hex(Request))!;
        using var other = SealedRequest.Seal(gateway.Config, aead, two, Hex(Request))!;
        Assert.Equal(GatewayResult.Done, gateway.Open(exchange.Bytes.Span, out var opened));
        using (opened)
        {
            byte[] answer = opened!.Seal(Hex(Answer)), again = opened.Seal(Hex(Answer));
            Assert.NotEqual(answer, again);
            Assert.Equal(Hex(Answer), exchange.Open(answer));
            Assert.Equal(Hex(Answer), exchange.Open(again));
            Assert.Null(other.Open(answer));
            for (int i = 0; i < answer.Length; i++)
            {
                byte[] changed = [.. answer];
                changed[i] ^= 1;
                Assert.Null(exchange.Open(changed));
                Assert.Null(exchange.Open(answer.AsSpan(0, i)));
            }
        }
    }

    [Fact]
    public void ARequestThatIsCutOrChangedAnywhereDoesNotOpen()
    {
        using var gateway = Gateway();
        byte[] request = Hex(SealedRequestBytes);
        for (int i = 0; i < request.Length; i++)
        {
            Assert.NotEqual(GatewayResult.Done, gateway.Open(request.AsSpan(0, i), out var none));
            Assert.Null(none);
            byte[] changed = [.. request];
            changed[i] ^= 1;
            // The first seven bytes name key and cipher; the second highest bit of a point's last byte is one that X25519 reads.
            Assert.Equal(i < 7 ? GatewayResult.UnknownKey : GatewayResult.Damaged, gateway.Open(changed, out _));
        }
        Assert.Equal(GatewayResult.TooShort, gateway.Open([], out _));
        // A point of small order is none.
        byte[] small = [.. request];
        small.AsSpan(7, 32).Clear();
        Assert.Equal(GatewayResult.Damaged, gateway.Open(small, out _));
        Assert.Null(SealedRequest.Seal(new(1, new byte[32], [HpkeAead.Aes128Gcm]), []));
    }

    [Fact]
    public void CollectionsOfKeysAreReadAndOneBadKeySpoilsAll()
    {
        byte[] ours = Hex("002d" + Configuration), ofAnotherKem = Hex("0007" + "02001101020304"), ofOtherCiphers = Hex("0029" + "03002031e1f05a740102115220e9af918f738674aec95f54db6e04eb705aae8e798155" + "000400020002");
        Assert.True(KeyConfig.TryParse(ours, out var one));
        Assert.Equal(ours, Assert.Single(one).ToBytes());
        Assert.True(KeyConfig.TryParse([.. ofAnotherKem, .. ofOtherCiphers, .. ours], out var three));
        Assert.Equal((1, 2), (Assert.Single(three).Id, three[0].Aeads.Count));
        Assert.True(KeyConfig.TryParse(ofAnotherKem, out var none));
        Assert.Empty(none);
        Assert.False(KeyConfig.TryParse([], out _));
        for (int i = 1; i < ours.Length; i++) Assert.False(KeyConfig.TryParse([.. ours, .. ours.AsSpan(0, i)], out _), $"{i}");
        // Ciphers whose length is not that of pairs.
        Assert.False(KeyConfig.TryParse(Hex("002b" + Configuration.Replace("00080001000100010003", "0006000100010001", StringComparison.Ordinal)), out _));
        Assert.False(KeyConfig.TryParse(Hex("0025" + Configuration.Replace("00080001000100010003", "0000", StringComparison.Ordinal)), out _));
    }

    private static GatewayKey Gateway() => new(1, new Secret32(Hex(PrivateKey)));

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
