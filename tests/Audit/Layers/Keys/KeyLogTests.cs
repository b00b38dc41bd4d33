using System.Text;
using Candor.Audit.Layers.Keys;

namespace Candor.Tests.Audit.Layers.Keys;

public class KeyLogTests
{
    private static readonly string s_random = new('a', 64), s_other = new('B', 64), s_secret = new('1', 64), s_long = new('2', 96);

    private static KeyLog Of(string text)
    {
        var log = new KeyLog();
        log.Add(Encoding.Latin1.GetBytes(text));
        return log;
    }

    private static byte[] Random(string hex) => Convert.FromHexString(hex);

    [Fact]
    public void ASecretIsFoundByRandomAndLabel()
    {
        var log = Of($"# a comment\r\nCLIENT_RANDOM {s_random} {s_long}\r\nSERVER_TRAFFIC_SECRET_0 {s_other.ToUpperInvariant()} {s_secret}\nQUIC_CLIENT_HANDSHAKE_TRAFFIC_SECRET {s_other} {s_long}");
        Assert.Equal((2, 3, 0), (log.Connections, log.Taken, log.Skipped));
        Assert.True(log.TryFind(Random(s_random), SecretLabel.Master, out byte[] master));
        Assert.Equal(Random(s_long), master);
        Assert.True(log.TryFind(Random(s_other), SecretLabel.ServerTraffic, out byte[] traffic));
        Assert.Equal(Random(s_secret), traffic);
        Assert.True(log.TryFind(Random(s_other), SecretLabel.ClientHandshake, out _));
        Assert.False(log.TryFind(Random(s_random), SecretLabel.ServerTraffic, out _));
        Assert.False(log.TryFind([1, 2], SecretLabel.Master, out _));
    }

    [Fact]
    public void BothEndsMayWriteTheSameLineAndTheFirstOfTwoDifferentOnesStands()
    {
        string other = new('3', 96);
        var log = Of($"CLIENT_RANDOM {s_random} {s_long}\nCLIENT_RANDOM {s_random} {s_long}\nCLIENT_RANDOM {s_random} {other}\n");
        Assert.Equal((1, 1, 1), (log.Taken, log.Repeated, log.Contradicted));
        log.TryFind(Random(s_random), SecretLabel.Master, out byte[] master);
        Assert.Equal(Random(s_long), master);
    }

    [Theory]
    [InlineData("EXPORTER_SECRET {0} {1}")]
    [InlineData("CLIENT_RANDOM {0} {1}")]
    [InlineData("CLIENT_RANDOM {0}")]
    [InlineData("CLIENT_RANDOM")]
    [InlineData("CLIENT_TRAFFIC_SECRET_0 {0} {1}0")]
    [InlineData("CLIENT_TRAFFIC_SECRET_0 {0} zz{1}")]
    [InlineData("CLIENT_TRAFFIC_SECRET_0 xy {1}")]
    [InlineData("client_traffic_secret_0 {0} {1}")]
    [InlineData("RSA 0123456789abcdef {1}")]
    public void ALineOfAnotherFormIsCountedAndSkipped(string form)
    {
        var log = Of(string.Format(System.Globalization.CultureInfo.InvariantCulture, form, s_random, s_secret));
        Assert.Equal((0, 1), (log.Taken, log.Skipped));
    }

    [Fact]
    public void AStreamGivesWhatMemoryGivesThoughALineIsLongerThanTheBuffer()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 2000; i++) text.Append($"CLIENT_TRAFFIC_SECRET_0 {i:x64} {s_secret}\n");
        text.Insert(0, new string('x', 200_000) + "\n");
        var log = new KeyLog();
        log.Add(new MemoryStream(Encoding.ASCII.GetBytes(text.ToString().TrimEnd())));
        Assert.Equal((2000, 1), (log.Taken, log.Skipped));
    }

    [Fact]
    public void TheLimitOfConnectionsHolds()
    {
        var log = new KeyLog();
        for (int i = 0; i < KeyLog.MaxConnections + 5; i++) log.Add(Encoding.ASCII.GetBytes($"CLIENT_TRAFFIC_SECRET_0 {i:x64} {s_secret}\n"));
        Assert.Equal((KeyLog.MaxConnections, 5), (log.Connections, log.Skipped));
    }
}
