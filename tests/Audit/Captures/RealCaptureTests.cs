using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit.Captures;

/// <summary>What others' captures hold, as tshark and a separate decoder saw it.</summary>
public class RealCaptureTests
{
    public static TheoryData<string> Names() => Directory.Exists(RealCaptures.Folder) ? [.. Directory.GetFiles(RealCaptures.Folder, "*.pcap*").Select(f => Path.GetFileName(f)).Order()] : ["android.pcap"];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryByteOfEveryCaptureHasAPlace(string name)
    {
        var result = RealCaptures.Read(name);
        Assert.Null(result.Files[0].Fault);
        Assert.True(result.Conversations.Count > 0);
        Assert.NotEmpty(result.Owners);
    }

    [Fact]
    public void AnIdlePhoneIsCountedToTheByte()
    {
        var heads = new List<(HttpHead Head, byte[] Body)>();
        var result = RealCaptures.Read("android.pcap", new() { Messages = c => new Collected(c, heads) });
        Assert.Equal((500, "192.168.2.16", OwnerSource.Inferred), (result.Files[0].Frames, Assert.Single(result.Owners, o => o.IsV4).ToString(), result.OwnersFrom));
        Assert.Equal(29_202, result.Up.Ip);
        var tcp = result.Conversations.Where(c => c.Transport == 6 && c.Phone == Side.Client).ToList();
        Assert.Equal((16_882, 0, 0), (tcp.Sum(c => c[Side.Client].Payload), tcp.Sum(c => c[Side.Client].Repeated), tcp.Sum(c => c[Side.Client].Gaps)));
        Assert.Equal(14_039, result.Conversations.Where(c => c.Phone == Side.Client && c.Server.Address == Address.TryRead("216.239.38.120")).Sum(c => c[Side.Client].IpBytes));
        Assert.Equal(15, result.Names.Asked.Count(a => a.Client.Address == result.Owners[0] && a.First.Frame > 0 && !a.Name.EndsWith(".local", StringComparison.Ordinal)));
        Assert.Equal(11, tcp.Where(c => c.Layers.Contains("tls") && c.Name is not null).Select(c => c.Name).Distinct().Count());
        Assert.Equal(4, heads.Count(h => h.Head.Method == "GET"));
    }

    [Fact]
    public void ATlsFlowWithoutKeysIsUndetermined()
    {
        var result = RealCaptures.Read("tls13-h2-cryptohack.pcapng");
        var tls = Assert.Single(result.Conversations, c => c.Transport == 6);
        Assert.Equal(("tls3.cryptohack.org", 927, "178.62.74.206:443"), (tls.Name, tls[Side.Client].Payload, tls.Server.ToString()));
        Assert.True(tls.Tally[Side.Client][ByteClass.Undetermined] > 300);
        Assert.Equal("tls3.cryptohack.org", Assert.Single(result.Names.Asked).Name);
        Assert.Equal("tls3.cryptohack.org", tls.LookedUp[0]);
    }

    [Fact]
    public void ARetransmittedEndIsCountedAndCarriesNothing()
    {
        var flow = Assert.Single(RealCaptures.Read("zeek-tls12-heise.pcap").Conversations);
        Assert.Equal((15_961, 10_853, 0, 1, 0), (flow[Side.Client].IpBytes, flow[Side.Client].Payload, flow[Side.Client].Repeated, flow[Side.Client].RepeatedPackets, flow[Side.Client].Gaps));
        Assert.Equal(("www.heise.de", "193.99.144.85"), (flow.Name, flow.Server.Address.ToString()));
    }

    [Fact]
    public void PushOfFiveHandsetsIsReadAsFarAsItIsClear()
    {
        var heads = new List<(HttpHead Head, byte[] Body)>();
        var result = RealCaptures.Read("xiaomi.pcap", new() { Messages = c => new Collected(c, heads) });
        var push = heads.Where(h => h.Head.Scheme == "mipush" && h.Head.Method == "CONN").Select(h => System.Text.Encoding.Latin1.GetString(h.Body)).ToList();
        foreach (string model in (string[])["Redmi Note 9S", "M2010J19SG", "M2101K7BG", "Redmi Note 9 Pro", "Redmi Note 8T"]) Assert.Contains(push, p => p.Contains(model, StringComparison.Ordinal));
        foreach (string id in (string[])["a-D7A5D8A9", "a-C5DF7C8E", "a-AC941D2A", "a-1456E7A6", "a-50583459"]) Assert.Contains(push, p => p.Contains(id, StringComparison.Ordinal));
        var names = Assert.Single(heads, h => h.Head.Scheme == "http");
        Assert.Contains("host=appmarket.micloud.xiaomi.net", names.Head.Target, StringComparison.Ordinal);
        Assert.Equal("203.107.1.65:80", result.Conversations[^1].Server.ToString());
        Assert.Equal(6, result.Conversations.Count(c => c.Layers.Contains("mipush")));
    }

    [Fact]
    public void AnUploadIsTheClientsBodyNotTheAnswer()
    {
        var heads = new List<(HttpHead Head, byte[] Body)>();
        var flow = Assert.Single(RealCaptures.Read("suricata-http-multipart-post.pcap", new() { Messages = c => new Collected(c, heads) }).Conversations);
        var (head, body) = Assert.Single(heads, h => h.Head.IsRequest);
        Assert.Equal(("POST", "home.regit.org", 399), (head.Method, head.Authority, body.Length));
        Assert.Equal(399, flow.Tally[Side.Client][ByteClass.Undetermined]);
        Assert.Contains("toto.txt", System.Text.Encoding.Latin1.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public void AHiddenHelloAndAProxyAreCalledSo()
    {
        var hidden = RealCaptures.Read("tls_ech.pcapng").Conversations[0];
        Assert.Equal(("performance.radar.cloudflare.com", true), (hidden.Name, hidden.NameHidden));
        var proxy = RealCaptures.Read("http_proxy.pcap").Conversations[0];
        Assert.Equal(("weberblog.net:443", "http/1.1 > tls"), (proxy.Destination, string.Join(" > ", proxy.Layers)));
        Assert.Contains(proxy.Remarks, r => r.Contains("15.35.226.136:443", StringComparison.Ordinal));
    }

    [Fact]
    public void AFileThatLeavesInNamesIsSeenInTheNames()
    {
        var result = RealCaptures.Read("dns-exf.pcap");
        Assert.Equal("H4sICN03*2QAA3Rlc3QudHh0AAvJyCxWAKJEheLU5KLUEoW0zJxULgAge-.4S2FgAAAA==-.test.txt", Assert.Single(result.Names.Asked).Name);
    }

    /// <summary>Every request with its body.</summary>
    private sealed class Collected(Conversation conversation, List<(HttpHead Head, byte[] Body)> heads) : IHttpSink
    {
        private readonly Dictionary<(long, Side), int> _at = [];

        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
        {
            _at[(exchange, side)] = heads.Count;
            heads.Add((head, []));
        }

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
            int at = _at[(exchange, side)];
            heads[at] = (heads[at].Head, [.. heads[at].Body, .. bytes]);
        }

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) { }

        public void End(long exchange, Side side, bool whole, Origin origin) { }
    }
}
