using System.Text;
using Candor.Audit.Layers;

namespace Candor.Tests.Audit.Layers.Tls;

/// <summary>The five traces of RFC 8448, "Example Handshake Traces for TLS 1.3", opened with the secrets that it prints.</summary>
public class Rfc8448Tests
{
    private static readonly string s_text = Path.Combine(Checkout.Root, "tests", "Audit", "Layers", "Tls", "rfc8448.txt");

    /// <summary>What both sides send in sections 3 and 4 once they have shaken hands: 00 01 … 31.</summary>
    private static readonly byte[] s_data = [.. Enumerable.Range(0, 50).Select(i => (byte)i)];

    [Theory]
    [InlineData("3. Simple 1-RTT Handshake", "", true)]
    [InlineData("4. Resumed 0-RTT Handshake", "ABCDEF", true)]
    [InlineData("5. HelloRetryRequest", "", false)]
    [InlineData("6. Client Authentication", "", false)]
    [InlineData("7. Compatibility Mode", "", false)]
    public void ATraceOfTheRfcIsOpenedToItsLastByte(string title, string early, bool data)
    {
        var (keys, talk) = Trace(title);
        foreach (int most in (int[])[int.MaxValue, 1, 37])
        {
            var reading = TlsLayerTests.Reading.Of(talk, keys, most);
            Assert.Equal(("TLS 1.3", "TLS_AES_128_GCM_SHA256", "server"), (reading.Session.VersionName, reading.Session.SuiteName, reading.Session.ServerName));
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                Assert.Equal((0, 0), (reading.Tally[side][ByteClass.Undetermined], reading.Tally[side][ByteClass.Damaged]));
                byte[] expected = [.. side == Side.Client ? Encoding.ASCII.GetBytes(early) : [], .. data ? s_data : []];
                Assert.Equal(expected, reading.Inner.SelectMany(i => i[side]));
            }
        }
    }

    [Theory]
    [InlineData("3. Simple 1-RTT Handshake")]
    [InlineData("4. Resumed 0-RTT Handshake")]
    public void WithTheSecretsOfAnotherTraceNothingOpens(string title)
    {
        var (_, talk) = Trace(title);
        byte[] others = [.. Trace("7. Compatibility Mode").Keys, .. Encoding.ASCII.GetBytes("CLIENT_TRAFFIC_SECRET_0 " + new string('0', 64) + " " + new string('1', 64) + "\n")];
        var reading = TlsLayerTests.Reading.Of(talk, others);
        Assert.Empty(reading.Inner.SelectMany(i => i[Side.Client]));
        Assert.True(reading.Tally[Side.Client][ByteClass.Undetermined] >= 67);
    }

    private static (byte[] Keys, Talk Talk) Trace(string title)
    {
        var talk = new Talk();
        var keys = new StringBuilder();
        foreach (string line in File.ReadLines(s_text).SkipWhile(l => l != "# " + title).Skip(1).TakeWhile(l => l[0] != '#'))
        {
            if (line.StartsWith("client ", StringComparison.Ordinal)) talk.Add(Side.Client, Convert.FromHexString(line[7..]));
            else if (line.StartsWith("server ", StringComparison.Ordinal)) talk.Add(Side.Server, Convert.FromHexString(line[7..]));
            else keys.Append(line).Append('\n');
        }
        Assert.NotEmpty(talk.Pieces);
        return (Encoding.ASCII.GetBytes(keys.ToString()), talk);
    }
}
