using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http2;
using Candor.Audit.Layers.WebSocket;

namespace Candor.Tests.Audit.Layers.Http2;

/// <summary>A stream of HTTP/2 that becomes a WebSocket (RFC 8441).</summary>
public class WebSocketStreamTests
{
    private static byte[] Frame(byte type, byte flags, int stream, params byte[] payload) => [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];

    /// <summary>A head of literals that enter no table (RFC 7541, 6.2.2).</summary>
    private static byte[] Head(params (string Name, string Value)[] fields) => [.. fields.SelectMany(f => (byte[])[0, (byte)f.Name.Length, .. Encoding.ASCII.GetBytes(f.Name), (byte)f.Value.Length, .. Encoding.ASCII.GetBytes(f.Value)])];

    private static byte[] Text(string text, bool masked)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        return masked ? [0x81, (byte)(0x80 | bytes.Length), 9, 8, 7, 6, .. bytes.Select((b, i) => (byte)(b ^ 9 - i % 4))] : [0x81, (byte)bytes.Length, .. bytes];
    }

    private static (TakenMessages Web, TakenMessages Sockets, ByteTally Tally) Read(Talk talk, int most)
    {
        var tally = new ByteTally();
        TakenMessages web = new(tally), sockets = null!;
        talk.GiveTo(new Http2Layer(tally, web, (request, answer) => new WebSocketLayer(tally, inner => sockets = new(inner), request, answer)), most);
        Assert.True(web.AllEnded && sockets?.AllEnded != false);
        foreach (var side in (Side[])[Side.Client, Side.Server]) Assert.Equal(talk.All(side).Length, tally[side].Total);
        return (web, sockets!, tally);
    }

    private static Talk Conversation(string status)
    {
        byte[] first = Text("the number is +4915123456789", masked: true), second = Text("and the second", masked: true);
        return new Talk().Add(Side.Client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8).Add(Side.Client, Frame(4, 0, 0)).Add(Side.Server, Frame(4, 0, 0, 0, 8, 0, 0, 0, 1))
            .Add(Side.Client, Frame(1, 4, 1, Head((":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/live?x=1"), (":authority", "push.example"))))
            .Add(Side.Server, Frame(1, 4, 1, Head((":status", status))))
            // A frame of the WebSocket across two frames of HTTP/2, and two in one.
            .Add(Side.Client, Frame(0, 0, 1, first[..11])).Add(Side.Client, Frame(0, 0, 3, [1])).Add(Side.Client, Frame(0, 0, 1, [.. first[11..], .. second]))
            .Add(Side.Server, Frame(0, 0, 1, Text("yes", masked: false))).Add(Side.Client, Frame(0, 1, 1)).Add(Side.Server, Frame(0, 1, 1));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(3)]
    public void WhatAStreamCarriesThatWasTakenForAWebSocketIsReadAsItsMessages(int most)
    {
        var (web, sockets, tally) = Read(Conversation("200"), most);
        Assert.Equal(["the number is +4915123456789", "and the second", "yes"], sockets.All.Select(m => m.Text));
        Assert.All(sockets.All, m => Assert.Equal(("TEXT", "/live?x=1", "push.example", "websocket", true), (m.Head.Method, m.Head.Target, m.Head.Authority, m.Head.Scheme, m.Whole == true)));
        Assert.Equal("CONNECT", web.Requests.First().Head.Method);
        Assert.Equal(0, tally[Side.Client][ByteClass.Undetermined] + tally[Side.Client][ByteClass.Damaged]);
    }

    [Fact]
    public void WhereTheServerRefusesItsBytesAreABody()
    {
        var (web, sockets, _) = Read(Conversation("403"), 50);
        Assert.Null(sockets);
        Assert.Contains(web.Requests, r => r.Head.Method == "CONNECT" && r.Body.Length > 30);
    }
}
