using Candor.Audit.Layers.Http;
using Candor.Audit.Packets;

namespace Candor.Audit.Layers.Http1;

/// <summary>Reads HTTP/1: requests and answers in their order, and hands the connection over where both agree on something else (CONNECT, Upgrade).</summary>
internal sealed class Http1Layer : IByteSink
{
    private readonly Layering _layering;
    private readonly Conversation _conversation;
    private readonly Http1Half _client, _server;
    private readonly Queue<HttpHead> _asked = new();
    private IByteSink? _inner;

    public Http1Layer(Layering layering, Conversation conversation)
    {
        (_layering, _conversation) = (layering, conversation);
        var messages = layering.MessagesOf(conversation);
        _client = new(this, conversation, Side.Client, messages);
        _server = new(this, conversation, Side.Server, messages);
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        if (_inner is not null) _inner.Take(side, offset, bytes, origin);
        else Of(side).Take(bytes, offset, origin);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        if (_inner is null) Of(side).Gap(length, origin);
        _inner?.Gap(side, offset, length, origin);
    }

    public void End(Side side, Origin origin)
    {
        if (_inner is not null)
        {
            _inner.End(side, origin);
            return;
        }
        Of(side).End(origin);
        // The answer to a CONNECT never came: what the client said after it is looked at all the same.
        if (_client.Waits && _client.Ended && _server.Ended) HandOver(Guess(), origin);
    }

    private Http1Half Of(Side side) => side == Side.Client ? _client : _server;

    /// <summary>A request began. True: what follows it may belong to another protocol, which its answer decides.</summary>
    internal bool Asked(HttpHead head)
    {
        const int most = 1024;
        if (_asked.Count == most) _asked.Dequeue();
        _asked.Enqueue(head);
        return head.Method == "CONNECT" || head["Upgrade"] is not null && head["Connection"]?.Contains("upgrade", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>The request that the next answer is to; null if the capture does not have it.</summary>
    internal HttpHead? Next() => _asked.TryPeek(out var head) ? head : null;

    /// <summary>A final answer came. True: the connection speaks something else from its end on.</summary>
    internal bool Answered(HttpHead answer, Origin origin)
    {
        var request = _asked.TryDequeue(out var head) ? head : null;
        bool tunnel = request?.Method == "CONNECT" && answer.Status is >= 200 and < 300;
        if (!tunnel && answer.Status != 101)
        {
            if (_client.Waits && _asked.Count == 0) _client.GoOn(origin);
            return false;
        }
        _inner = tunnel ? _layering.Bytes(Through(request!))
            : (answer["Upgrade"] ?? "").Trim().ToUpperInvariant() switch
            {
                "WEBSOCKET" => WebSocket(request ?? new(), answer),
                "H2C" => _layering.Of(Protocol.Http2, _conversation),
                _ => _layering.Bytes(_conversation),
            };
        _client.PassTo(_inner, origin);
        return true;
    }

    /// <summary>The client goes on without an answer in the capture.</summary>
    internal void HandOver(IByteSink inner, Origin origin)
    {
        _inner = inner;
        _client.PassTo(inner, origin);
        _server.PassTo(inner, origin);
    }

    internal IByteSink Guess() => _layering.Bytes(Next() is { Method: "CONNECT" } connect ? Through(connect) : _conversation);

    internal IByteSink? Inner => _inner;

    /// <summary>A tunnel to what the request names; where that is an address and the Host field has a name, to the name.</summary>
    private Conversation Through(HttpHead connect)
    {
        bool named = Address.TryRead(HostOf(connect.Target)) is not null && connect.Authority.Length > 0 && Address.TryRead(HostOf(connect.Authority)) is null;
        if (named) _conversation.Remark($"the proxy was asked for {connect.Target}, as {connect.Authority}");
        return _conversation.Within(named ? connect.Authority : connect.Target);
    }

    /// <summary>A host without its port.</summary>
    internal static string HostOf(string authority)
    {
        int colon = authority.LastIndexOf(':');
        string host = colon > 0 && authority[^1] != ']' && (authority[0] == '[' || authority.IndexOf(':', StringComparison.Ordinal) == colon) ? authority[..colon] : authority;
        return host.Trim('[', ']');
    }

    private IByteSink WebSocket(HttpHead request, HttpHead answer)
    {
        _conversation.Speaks("websocket");
        return _layering.WebSocket?.Invoke(_conversation, request, answer) ?? _layering.Unread(_conversation);
    }
}
