using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Tests.Audit.Layers;

/// <summary>Protocols in the clear, fed as their sides speak, whole and byte for byte.</summary>
public class PlainLayerTests
{
    private sealed class Messages(Conversation conversation, List<string> said) : IHttpSink
    {
        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin) =>
            said.Add($"{exchange} {side} {head.Scheme} {(head.IsRequest ? $"{head.Method} {head.Target}" : head.Status.ToString())}{(conversation.Destination is { } there ? $" at {there}" : "")}");

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
            string text = Encoding.Latin1.GetString(bytes), start = $"{exchange} {side} body ";
            if (said.FindLastIndex(s => s.StartsWith($"{exchange} {side} ", StringComparison.Ordinal)) is var last and >= 0 && said[last].StartsWith(start, StringComparison.Ordinal)) said[last] += text;
            else said.Add(start + text);
        }

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) => said.Add($"{exchange} {side} trailer {string.Join(',', fields.Select(f => $"{f.Name}={f.Value}"))}");

        public void End(long exchange, Side side, bool whole, Origin origin) => said.Add($"{exchange} {side} {(whole ? "end" : "cut")}");
    }

    private static string Text(string hex) => Encoding.Latin1.GetString(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>Speaks lines "C words" and "S words"; "C!5" is a gap. In whole, and byte for byte: both must be understood alike.</summary>
    private static (List<string> Said, Conversation Conversation) Hear(int port, params string[] talk)
    {
        var whole = Once(port, int.MaxValue, talk);
        var bytes = Once(port, 1, talk);
        Assert.Equal(whole.Said, bytes.Said);
        Assert.Equal(whole.Conversation.Layers, bytes.Conversation.Layers);
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            foreach (var kind in Enum.GetValues<ByteClass>()) Assert.Equal(whole.Conversation.Tally[side][kind], bytes.Conversation.Tally[side][kind]);
        }
        return whole;
    }

    private static (List<string> Said, Conversation Conversation) Once(int port, int piece, string[] talk)
    {
        List<string> said = [];
        var conversation = new Conversation { Transport = 6, Server = new(default, port) };
        var layering = RealCaptures.WithoutKeys();
        layering.Messages = c => new Messages(c, said);
        var sink = layering.Bytes(conversation);
        long[] at = [0, 0], given = [0, 0];
        foreach (string line in talk)
        {
            var side = line[0] == 'C' ? Side.Client : Side.Server;
            if (line[1] == '!')
            {
                int length = int.Parse(line[2..], System.Globalization.CultureInfo.InvariantCulture);
                sink.Gap(side, at[(int)side], length, default);
                at[(int)side] += length;
                continue;
            }
            byte[] bytes = Encoding.Latin1.GetBytes(line[2..]);
            foreach (byte[] part in bytes.Chunk(Math.Min(piece, bytes.Length)))
            {
                sink.Take(side, at[(int)side], part, default);
                at[(int)side] += part.Length;
                given[(int)side] += part.Length;
            }
        }
        sink.End(Side.Client, default);
        sink.End(Side.Server, default);
        foreach (var side in (Side[])[Side.Client, Side.Server]) Assert.Equal(given[(int)side], conversation.Tally[side].Total);
        return (said, conversation);
    }

    [Fact]
    public void RequestsThatDoNotWaitForTheirAnswersAreToldApart()
    {
        var (said, conversation) = Hear(80, "C POST /a HTTP/1.1\r\nHost: x.org\r\nContent-Length: 3\r\n\r\noneHEAD /b HTTP/1.1\r\nHost: x.org\r\n\r\nGET /c HTTP/1.1\r\nHost: x.org\r\n\r\n",
            "S HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 204 No\r\n\r\n");
        Assert.Equal(["0 Client http POST /a", "0 Client body one", "0 Client end", "1 Client http HEAD /b", "1 Client end", "2 Client http GET /c", "2 Client end",
            "0 Server http 200", "0 Server body ok", "0 Server end", "1 Server http 200", "1 Server end", "2 Server http 204", "2 Server end"], said);
        Assert.Equal(("x.org", 3), (conversation.Name, conversation.Tally[Side.Client][ByteClass.Undetermined]));
    }

    [Fact]
    public void ChunksWithExtensionsAndTrailersAreABody()
    {
        var (said, conversation) = Hear(80, "C POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\nGET /n HTTP/1.1\r\n\r\n");
        Assert.Equal(["0 Client http POST /", "0 Client body hello world", "0 Client trailer X-Sum=1", "0 Client end", "1 Client http GET /n", "1 Client end"], said);
        Assert.Equal(11, conversation.Tally[Side.Client][ByteClass.Undetermined]);
    }

    [Fact]
    public void ABodyGoesOnOverAGapAndToTheEndOfItsSide()
    {
        var (said, _) = Hear(80, "C PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12", "C!5", "C 890GET /n HTTP/1.1\r\n\r\n", "S HTTP/1.0 200 OK\r\n\r\nall of it");
        Assert.Equal(["0 Client http PUT /", "0 Client body 12890", "0 Client cut", "1 Client http GET /n", "1 Client end", "0 Server http 200", "0 Server body all of it", "0 Server end"], said);
    }

    [Fact]
    public void AfterALossTheNextMessageIsFound()
    {
        var (said, conversation) = Once(80, int.MaxValue, ["C GET /a HT", "C!50", "C rest of a head\r\n\r\n", "C GET /b HTTP/1.1\r\n\r\n"]);
        Assert.Equal(["0 Client http GET /b", "0 Client end"], said);
        Assert.Equal(9, conversation.Tally[Side.Client][ByteClass.Damaged]);
        Assert.Equal(18, conversation.Tally[Side.Client][ByteClass.Undetermined]);
    }

    [Fact]
    public void ThroughATunnelTheDestinationIsNotThePeer()
    {
        var (said, conversation) = Hear(8080, "C CONNECT y.org:80 HTTP/1.1\r\nHost: y.org:80\r\n\r\n", "S HTTP/1.1 200 Connected\r\n\r\n", "C GET /in HTTP/1.1\r\nHost: y.org\r\n\r\n", "S HTTP/1.1 204 No\r\n\r\n");
        Assert.Equal(["0 Client http CONNECT y.org:80", "0 Client end", "0 Server http 200", "0 Server end", "0 Client http GET /in at y.org:80", "0 Client end", "0 Server http 204 at y.org:80", "0 Server end"], said);
        Assert.Equal("y.org:80", conversation.Destination);
        // Refused, the client speaks on to the proxy.
        Assert.Null(Hear(8080, "C CONNECT y.org:80 HTTP/1.1\r\n\r\n", "S HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "C GET /out HTTP/1.1\r\n\r\n").Conversation.Destination);
    }

    [Fact]
    public void AnUpgradeHandsTheConnectionOver()
    {
        List<string> frames = [];
        var conversation = new Conversation { Transport = 6, Server = new(default, 80) };
        var layering = new Layering { WebSocket = (_, request, answer) => { frames.Add($"{request.Target} {answer.Status}"); return new Undetermined(conversation.Tally); } };
        var sink = layering.Bytes(conversation);
        sink.Take(Side.Client, 0, "GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"u8, default);
        sink.Take(Side.Server, 0, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nframe"u8, default);
        Assert.Equal(["/ws 101"], frames);
        Assert.Equal(["http/1.1", "websocket"], conversation.Layers);
        Assert.Equal(5, conversation.Tally[Side.Server][ByteClass.Undetermined]);
    }

    [Fact]
    public void SocksTellsWhereItsTunnelGoes()
    {
        string[] five = ["C " + Text("05 01 02"), "S " + Text("05 02"), "C " + Text("01 01 61 01 62"), "S " + Text("01 00"), "C " + Text("05 01 00 03 05") + "z.org" + Text("0050"), "S " + Text("05 00 00 01 01020304 0050"), "C GET / HTTP/1.1\r\n\r\n"];
        string[] four = ["C " + Text("04 01 0050 00000001 6d6500") + "z.org\0", "S " + Text("00 5a 0050 00000000"), "C GET / HTTP/1.1\r\n\r\n"];
        foreach (string[] talk in (string[][])[five, four])
        {
            var (said, conversation) = Hear(1080, talk);
            Assert.Equal(["0 Client http GET / at z.org:80", "0 Client end"], said);
            Assert.Equal(("z.org:80", "socks > http/1.1"), (conversation.Destination, string.Join(" > ", conversation.Layers)));
        }
    }

    [Fact]
    public void MqttTellsWhatIsPublishedAndUnderWhichTopic()
    {
        var (said, conversation) = Hear(1883, "C " + Text("10 0e 0004 4d515454 04 02 003c 0002 6964") + Text("30 07 0003 612f62") + "hi" + Text("32 08 0001 61") + Text("0007") + "yo!" + Text("c000"), "S " + Text("20 02 0000"));
        Assert.Equal(["0 Client mqtt CONNECT ", "0 Client body " + Text("0004 4d515454 04 02 003c 0002 6964"), "0 Client end", "1 Client mqtt PUBLISH a/b", "1 Client body hi", "1 Client end", "2 Client mqtt PUBLISH a", "2 Client body yo!", "2 Client end"], said);
        Assert.Equal(["mqtt"], conversation.Layers);
        Assert.Equal(4, conversation.Tally[Side.Server][ByteClass.Explained]);
    }

    [Fact]
    public void AMailIsAMessageAndStartTlsEndsTheReading()
    {
        var (said, _) = Hear(25, "S 220 m ESMTP\r\n", "C EHLO me\r\n", "S 250 ok\r\n", "C MAIL FROM:<a@b.org>\r\nDATA\r\n", "S 354 go\r\n", "C To: c\r\n\r\nhello\r\n.\r\nQUIT\r\n", "S 221 bye\r\n");
        Assert.Equal(["0 Client smtp EHLO me", "0 Client end", "1 Client smtp MAIL FROM:<a@b.org>", "1 Client end", "2 Client smtp DATA ", "2 Client body To: c\r\n\r\nhello\r\n", "2 Client end", "3 Client smtp QUIT ", "3 Client end"], said);
        var (_, secured) = Hear(587, "S 220 m\r\n", "C EHLO me\r\nSTARTTLS\r\n", "S 250 ok\r\n", "S 220 go\r\n", "C " + Text("1603010001 01"));
        Assert.Contains("smtp", secured.Layers);
    }

    [Fact]
    public void XmppIsReadUntilItsTls()
    {
        var (said, conversation) = Hear(5222, "C <?xml version='1.0'?><stream:stream to='chat.org' xmlns='jabber:client'><message>hi</message><starttls/>", "S <stream:stream><proceed/>", "C " + Text("1703030002 0101"));
        Assert.Equal("0 Client body <?xml version='1.0'?><stream:stream to='chat.org' xmlns='jabber:client'><message>hi</message><starttls/>", said[1]);
        Assert.Equal(("chat.org", "xmpp > tls"), (conversation.Name, string.Join(" > ", conversation.Layers)));
    }

    [Fact]
    public void DnsOverTcpIsReadMessageByMessage()
    {
        string question = Text("0001 0100 0001 0000 0000 0000 01") + "a" + Text("03") + "org" + Text("00 0001 0001");
        var (said, conversation) = Hear(53, "C " + Text("0017") + question + Text("0017") + question);
        Assert.Equal(["0 Client dns QUERY a.org", "0 Client end", "1 Client dns QUERY a.org", "1 Client end"], said);
        Assert.Equal(50, conversation.Tally[Side.Client][ByteClass.Explained]);
    }

    [Fact]
    public void WhatNothingReadsIsUndetermined()
    {
        var (said, conversation) = Hear(9999, "C " + Text("deadbeef00112233"), "S " + Text("cafe"));
        Assert.Empty(said);
        Assert.Equal((8, 2), (conversation.Tally[Side.Client][ByteClass.Undetermined], conversation.Tally[Side.Server][ByteClass.Undetermined]));
    }
}
