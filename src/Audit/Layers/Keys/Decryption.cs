using Candor.Audit.Layers.Dns;
using Candor.Audit.Layers.Http2;
using Candor.Audit.Layers.Http3;
using Candor.Audit.Layers.Quic;
using Candor.Audit.Layers.Tls;
using Candor.Audit.Layers.WebSocket;

namespace Candor.Audit.Layers.Keys;

/// <summary>Joins the layers that need keys, and those found within them, to the choice of layers.</summary>
public static class Decryption
{
    /// <summary>TLS, QUIC, HTTP/2, HTTP/3, DNS over QUIC and WebSocket are read from here on.</summary>
    /// <param name="layering">Before the first packet.</param>
    /// <param name="keys">May be filled later, but before the conversations that it opens.</param>
    public static void AddTo(Layering layering, KeyLog keys)
    {
        ArgumentNullException.ThrowIfNull(layering);
        var paths = layering.Paths ??= new();
        layering.Tls = conversation =>
        {
            conversation.Speaks("tls");
            var layer = new TlsLayer(keys, conversation.Tally, session => layering.Bytes(conversation.Within(secure: true), session.Agreed), session => Say(conversation, session));
            conversation.Encrypts(layer.Session);
            return layer;
        };
        layering.Quic = conversation =>
        {
            conversation.Speaks("quic");
            return new QuicLayer(keys, conversation.Tally, session => Streams(layering, conversation.Within(secure: true), session.Agreed ?? (session.Offered.Count > 0 ? session.Offered[0] : "")),
                session => Say(conversation, session), session => Datagrams(layering, conversation.Within(secure: true), session.Agreed ?? (session.Offered.Count > 0 ? session.Offered[0] : "")), (side, id) => paths.Add(id, conversation, side));
        };
        layering.Http2 = conversation =>
        {
            conversation.Speaks("http/2");
            return new Http2Layer(conversation.Tally, layering.MessagesOf(conversation), (request, answer) => WebSocket(layering, conversation, request, answer));
        };
        layering.WebSocket = (conversation, request, answer) => new WebSocketLayer(conversation.Tally, tally => layering.MessagesOf(conversation.Within(tally: tally)), request, answer, layering.Settle);
    }

    private static Func<long, IByteSink> Streams(Layering layering, Conversation conversation, string protocol)
    {
        // Before the third draft a stream held a message without its length.
        if (protocol is "doq-i00" or "doq-i01" or "doq-i02") return _ => new MessageStream(conversation.Tally, new DnsDatagrams(layering, conversation));
        if (protocol.StartsWith("doq", StringComparison.Ordinal)) return _ => layering.Bytes(conversation, "dot");
        if (!protocol.StartsWith("h3", StringComparison.Ordinal)) return _ => layering.Unread(conversation);
        conversation.Speaks("http/3");
        return new Http3Layer(conversation.Tally, layering.MessagesOf(conversation), (request, answer) => WebSocket(layering, conversation, request, answer)).Open;
    }

    private static IDatagramSink Datagrams(Layering layering, Conversation conversation, string protocol)
    {
        conversation.Speaks("quic datagrams");
        var unread = layering.UnreadDatagrams(conversation);
        return protocol.StartsWith("h3", StringComparison.Ordinal) ? new Http3Datagrams(conversation.Tally, unread) : unread;
    }

    private static IByteSink? WebSocket(Layering layering, Conversation conversation, Http.HttpHead request, Http.HttpHead answer)
    {
        conversation.Speaks("websocket");
        return layering.WebSocket?.Invoke(conversation, request, answer);
    }

    private static void Say(Conversation conversation, TlsSession session)
    {
        if (session.ServerName is { } name) conversation.Calls(name);
        else conversation.Remark("the hello names no server");
        if (!session.EncryptedHello) return;
        conversation.NameHidden = true;
        conversation.Remark("the hello has an encrypted part (ECH): the name may stand for another one");
    }
}
