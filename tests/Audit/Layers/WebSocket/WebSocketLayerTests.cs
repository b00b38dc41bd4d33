using System.Net.WebSockets;
using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.WebSocket;

namespace Candor.Tests.Audit.Layers.WebSocket;

/// <summary>Frames of .NET's WebSocket, read again.</summary>
public class WebSocketLayerTests
{
    private static readonly HttpHead s_request = new() { Method = "GET", Target = "/live", Authority = "phone.example" };

    private static (TakenMessages Messages, ByteTally Tally) Read(Talk talk, string extensions, int most = int.MaxValue, (Side Side, int From, int To)? gap = null)
    {
        var tally = new ByteTally();
        TakenMessages? messages = null;
        talk.GiveTo(new WebSocketLayer(tally, inner => messages = new(inner), s_request, new() { Status = 101, Fields = [new("Sec-WebSocket-Extensions", extensions)] }), most, gap);
        Assert.True(messages!.AllEnded);
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            long given = talk.All(side).Length - (gap is { } lost && lost.Side == side ? lost.To - lost.From : 0);
            Assert.Equal(given, tally[side].Total);
        }
        return (messages, tally);
    }

    private static async Task<Talk> DotNetAsync(bool deflate, bool context, params string[] texts)
    {
        var talk = new Talk();
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            var written = new MemoryStream();
            var options = deflate ? new WebSocketDeflateOptions { ClientContextTakeover = context, ServerContextTakeover = context } : null;
            using var socket = System.Net.WebSockets.WebSocket.CreateFromStream(written, new WebSocketCreationOptions { IsServer = side == Side.Server, DangerousDeflateOptions = options });
            foreach (string text in texts)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                int half = bytes.Length / 2;
                await socket.SendAsync(bytes.AsMemory(0, half), WebSocketMessageType.Text, false, default);
                await socket.SendAsync(bytes.AsMemory(half), WebSocketMessageType.Text, true, default);
            }
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
            talk.Add(side, written.ToArray());
        }
        return talk;
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task WhatDotNetSaysIsReadPlainAndDeflatedWithAndWithoutContext(bool deflate, bool context)
    {
        string[] texts = ["the teapot stands behind the lighthouse", "the teapot stands behind the lighthouse again", new string('x', 100_000), "", "last"];
        var talk = await DotNetAsync(deflate, context, texts);
        string extensions = !deflate ? "" : context ? "permessage-deflate" : "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
        foreach (int most in (int[])[int.MaxValue, 100, 1])
        {
            var (messages, tally) = Read(talk, extensions, most);
            Assert.Equal(texts, messages.Requests.Select(m => m.Text));
            Assert.Equal(texts, messages.Answers.Select(m => m.Text));
            Assert.All(messages.All, m => Assert.True(m.Whole));
            Assert.All(messages.All, m => Assert.Equal(("websocket", "TEXT", "/live"), (m.Head.Scheme, m.Head.Method, m.Head.Target)));
            Assert.Equal((0, 0), (tally[Side.Client][ByteClass.Damaged], tally[Side.Server][ByteClass.Undetermined]));
        }
    }

    [Fact]
    public async Task AGapWithinAMessageLeavesTheNextOnesWhole()
    {
        var talk = await DotNetAsync(false, false, new string('x', 5000), "after");
        var (messages, _) = Read(talk, "", 700, (Side.Server, 1000, 1500));
        Assert.Equal([false, true], messages.Answers.Select(m => m.Whole!.Value));
        Assert.Equal("after", messages.Answers.Last().Text);
    }

    [Fact]
    public async Task ADeflatedMessageIsCountedInBytesThatTravelled()
    {
        var talk = await DotNetAsync(true, true, new string('x', 100_000));
        var tally = new ByteTally();
        talk.GiveTo(new WebSocketLayer(tally, inner => new Finding(inner), s_request, new() { Status = 101, Fields = [new("Sec-WebSocket-Extensions", "permessage-deflate")] }));
        Assert.Equal(talk.All(Side.Client).Length, tally[Side.Client].Total);
        Assert.InRange(tally[Side.Client][ByteClass.Identified], 1, 3);
    }

    [Fact]
    public void WhatIsNoFrameIsUndeterminedToTheEnd()
    {
        var talk = new Talk().Add(Side.Client, [0x81, 2, (byte)'o', (byte)'k']).Add(Side.Client, [0x83, 0x05, 1, 2, 3, 4, 5]);
        var (messages, tally) = Read(talk, "");
        Assert.Equal("ok", Assert.Single(messages.All).Text);
        Assert.Equal(7, tally[Side.Client][ByteClass.Undetermined] + tally[Side.Client][ByteClass.Damaged]);
    }

    /// <summary>Finds something in ten bytes of each message.</summary>
    private sealed class Finding(ByteTally tally) : IHttpSink
    {
        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin) { }

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin) => tally.Add(side, ByteClass.Explained, bytes.Length);

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) { }

        public void End(long exchange, Side side, bool whole, Origin origin)
        {
            tally.Add(side, ByteClass.Explained, -10);
            tally.Add(side, ByteClass.Identified, 10);
        }
    }
}
