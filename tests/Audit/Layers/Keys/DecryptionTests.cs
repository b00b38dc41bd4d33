using System.Text;
using Candor.Audit;
using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Keys;

namespace Candor.Tests.Audit.Layers.Keys;

/// <summary>Captures that others made, opened with the keys beside or within them. What they hold was read with tshark.</summary>
public class DecryptionTests
{
    /// <summary>All messages of a capture.</summary>
    private sealed class Gathered
    {
        public List<TakenMessages> Sinks { get; } = [];

        public IEnumerable<TakenMessages.Message> All => Sinks.SelectMany(s => s.All);
    }

    private static (AuditResult Result, Gathered Messages) Read(string name, string? keyLog = null)
    {
        var keys = new KeyLog();
        if (keyLog is not null) keys.Add(File.ReadAllBytes(RealCaptures.Of(keyLog)));
        var messages = new Gathered();
        var layering = new Layering
        {
            Messages = conversation =>
            {
                messages.Sinks.Add(new(conversation.Tally));
                return messages.Sinks[^1];
            },
        };
        Decryption.AddTo(layering, keys);
        byte[] bytes = File.ReadAllBytes(RealCaptures.Of(name));
        var run = new AuditRun(layering, [])
        {
            Secrets = secrets =>
            {
                if (secrets.Type == CaptureSecrets.TlsKeyLog) keys.Add(secrets.Bytes.Span);
            },
        };
        Assert.True(run.TryRead(new MemoryStream(bytes), name, TestContext.Current.CancellationToken));
        var result = run.Finish();
        RealCaptures.AddsUp(result);
        Assert.All(messages.Sinks, s => Assert.True(s.AllEnded));
        return (result, messages);
    }

    private static Conversation Tls(AuditResult result) => result.Conversations.First(c => c.Layers.Contains("tls"));

    [Theory]
    [InlineData("tls13-h2-cryptohack.pcapng", "tls13-h2-cryptohack.keylog")]
    [InlineData("tls13-h2-cryptohack-dsb.pcapng", null)]
    public void Http2InTls13IsOpenedWithAFileOfKeysAndWithThoseWithin(string capture, string? keyLog)
    {
        var (result, messages) = Read(capture, keyLog);
        var request = Assert.Single(messages.All, m => m.Side == Side.Client && m.Head.Version == "2");
        Assert.Equal(("GET", "/", "tls3.cryptohack.org"), (request.Head.Method, request.Head.Target, request.Head.Authority));
        var answer = Assert.Single(messages.All, m => m.Side == Side.Server && m.Head.Version == "2");
        Assert.Equal((200, 34), (answer.Head.Status, answer.Body.Length));
        var tls = Tls(result);
        Assert.Equal("tls3.cryptohack.org", tls.Name);
        Assert.Equal(0, tls.Tally[Side.Client][ByteClass.Undetermined]);
        Assert.Equal(0, tls.Tally[Side.Server][ByteClass.Undetermined] + tls.Tally[Side.Server][ByteClass.Damaged]);
    }

    [Fact]
    public void WithoutKeysTheSameIsUndeterminedAndTheNameIsKnown()
    {
        var (result, _) = Read("tls13-h2-cryptohack.pcapng");
        var tls = Tls(result);
        Assert.Equal("tls3.cryptohack.org", tls.Name);
        Assert.Equal(927, tls.Tally[Side.Client].Total);
        Assert.True(tls.Tally[Side.Client][ByteClass.Undetermined] > 300);
        Assert.Equal(0, tls.Tally[Side.Client][ByteClass.Damaged]);
    }

    [Fact]
    public void SixteenRequestsInTls12AreRead()
    {
        var (result, messages) = Read("zeek-tls12-heise.pcap", "zeek-tls12-heise.keylog");
        var requests = messages.All.Where(m => m.Side == Side.Client && m.Head.Method == "GET").ToList();
        Assert.Equal(16, requests.Count);
        Assert.Equal(16, messages.All.Count(m => m.Side == Side.Server));
        Assert.Equal(7, requests.Count(r => r.Head["Cookie"]?.Contains("consentUUID", StringComparison.Ordinal) == true));
        var tls = Tls(result);
        Assert.Equal("www.heise.de", tls.Name);
        Assert.Equal(10853, tls.Tally[Side.Client].Total);
        Assert.Equal(0, tls.Tally[Side.Client][ByteClass.Undetermined]);
    }

    [Fact]
    public void QuicOfADraftIsOpened()
    {
        var (result, _) = Read("quic-33.pcapng");
        var quic = Assert.Single(result.Conversations, c => c.Layers.Contains("quic"));
        Assert.Contains("http/3", quic.Layers);
        Assert.Equal(0, quic.Tally[Side.Client][ByteClass.Undetermined]);
        Assert.Equal(0, quic.Tally[Side.Server][ByteClass.Damaged]);
    }

    [Fact]
    public void DnsOverQuicIsReadOnce()
    {
        var (result, messages) = Read("doq.pcapng");
        var quic = result.Conversations.First(c => c.Layers.Contains("quic"));
        Assert.Contains("dns", quic.Layers);
        Assert.Equal("example.com", Assert.Single(messages.All).Head.Target);
        // The answer is sent six times; the copies are no more than that.
        Assert.Equal(0, quic.Tally[Side.Server][ByteClass.Undetermined]);
    }

    [Fact]
    public void AnEncryptedHelloIsSaidToHideTheName()
    {
        var (result, _) = Read("tls_ech.pcapng");
        var tls = result.Conversations.First(c => c.NameHidden);
        Assert.Equal("performance.radar.cloudflare.com", tls.Name);
    }

    [Fact]
    public void APhoneThatIsIdleSaysElevenNamesAndTheRestIsUndetermined()
    {
        var (result, _) = Read("android.pcap");
        var tls = result.Conversations.Where(c => c.Layers.Contains("tls") && c.Client.Address.ToString() == "192.168.2.16").ToList();
        Assert.Equal(11, tls.Select(c => c.Name).Where(n => n is not null).Distinct().Count());
        Assert.All(tls, c => Assert.True(c.Tally[Side.Client][ByteClass.Damaged] == 0, $"{c.Number}"));
    }
}
