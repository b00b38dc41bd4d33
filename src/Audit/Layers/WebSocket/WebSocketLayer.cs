using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.WebSocket;

/// <summary>Reads WebSocket frames (RFC 6455), also compressed ones (permessage-deflate, RFC 7692), to messages.</summary>
/// <remarks>
/// A message is handed on as HTTP's are, with <see cref="HttpHead.Scheme"/> "websocket", method "TEXT" or "BINARY" and the target of the request; each has a number of its own, and is a
/// request by form whoever sent it. Heads of frames, pings, pongs and closes are explained.
/// A compressed message is more bytes than travelled. So the sink classes into a tally of its own, and what it says of a message is scaled to the bytes that did travel.
/// </remarks>
public sealed class WebSocketLayer : IByteSink
{
    private readonly ByteTally _tally, _messages = new();
    private readonly IHttpSink _sink;
    private readonly WebSocketHalf _client, _server;
    private readonly HttpHead _request;
    private readonly bool _deflate;
    private readonly Action? _settle;
    private long _next;

    /// <param name="tally">Of the conversation.</param>
    /// <param name="messages">Makes what takes the messages; it classes into the tally that it is given.</param>
    /// <param name="request">What asked for the upgrade.</param>
    /// <param name="answer">What agreed to it, and to extensions.</param>
    /// <param name="settle">Has the sink class what it is still looking at: asked for before its sums are scaled. Null: it classes at once.</param>
    public WebSocketLayer(ByteTally tally, Func<ByteTally, IHttpSink> messages, HttpHead request, HttpHead answer, Action? settle = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(answer);
        (_tally, _request, _settle) = (tally, request, settle);
        _sink = messages(_messages);
        string agreed = answer["Sec-WebSocket-Extensions"] ?? "";
        _deflate = agreed.Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase);
        _client = new(Side.Client, _deflate && !agreed.Contains("client_no_context_takeover", StringComparison.OrdinalIgnoreCase));
        _server = new(Side.Server, _deflate && !agreed.Contains("server_no_context_takeover", StringComparison.OrdinalIgnoreCase));
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        while (!bytes.IsEmpty)
        {
            if (half.Lost)
            {
                _tally.Add(side, ByteClass.Undetermined, bytes.Length);
                return;
            }
            int before = bytes.Length;
            if (half.Left > 0)
            {
                int count = (int)Math.Min(half.Left, bytes.Length);
                Payload(half, bytes[..count], offset, origin);
                bytes = bytes[count..];
                if (half.Left == 0) FrameEnded(half, origin);
            }
            else if (half.TryHead(ref bytes)) Begin(half, offset + before - bytes.Length, origin);
            offset += before - bytes.Length;
        }
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        half.Break();
        if (!half.Lost && half.Left >= length && half.HeadLength == 0)
        {
            half.Skip(length);
            if (half.Left == 0) FrameEnded(half, origin);
            return;
        }
        _tally.Add(side, ByteClass.Damaged, half.HeadLength);
        half.Lose();
    }

    public void End(Side side, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        _tally.Add(side, ByteClass.Damaged, half.HeadLength);
        half.Lose();
        EndMessage(half, false, origin);
        half.Close();
    }

    private void Begin(WebSocketHalf half, long end, Origin origin)
    {
        _tally.Add(half.Side, ByteClass.Explained, half.HeadSize);
        if (half.IsControl)
        {
            if (half.Left == 0) FrameEnded(half, origin);
            return;
        }
        if (half.Opcode != WebSocketHalf.Continuation)
        {
            EndMessage(half, false, origin);
            half.Message = _next++;
            half.Compressed = _deflate && half.Reserved1;
            half.Wire = 0;
            if (half is { Compressed: true, Stuck: true }) half.Break();
            _sink.Head(half.Message, half.Side, new HttpHead
            {
                Method = half.Opcode == WebSocketHalf.Text ? "TEXT" : "BINARY",
                Target = _request.Target,
                Authority = _request.Authority,
                Scheme = "websocket",
            }, end - half.HeadSize, origin);
        }
        if (half.Left == 0) FrameEnded(half, origin);
    }

    private void Payload(WebSocketHalf half, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        Span<byte> clear = stackalloc byte[2048];
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, clear.Length);
            half.Unmask(bytes[..count], clear);
            if (half.IsControl) _tally.Add(half.Side, ByteClass.Explained, count);
            else if (half.Message < 0) _tally.Add(half.Side, ByteClass.Undetermined, count);
            else
            {
                half.Wire += count;
                if (!half.Compressed) _sink.Body(half.Message, half.Side, clear[..count], offset, origin);
                else Inflate(half, clear[..count], offset, origin);
            }
            bytes = bytes[count..];
            offset += count;
        }
    }

    private void Inflate(WebSocketHalf half, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        Span<byte> plain = stackalloc byte[4096];
        if (half.Broken) return;
        half.Inflater.Feed(bytes);
        for (int count; (count = half.Inflater.Read(plain)) != 0;)
        {
            if (count < 0)
            {
                half.Break();
                return;
            }
            _sink.Body(half.Message, half.Side, plain[..count], offset, origin);
        }
    }

    private void FrameEnded(WebSocketHalf half, Origin origin)
    {
        if (half.IsControl || half.Message < 0 || !half.Final) return;
        // The sender cut off the four bytes that end a block (RFC 7692, 7.2.2).
        if (half.Compressed)
        {
            Inflate(half, [0, 0, 0xFF, 0xFF], 0, origin);
            if (!half.Inflater.IsEmpty) half.Break();
        }
        EndMessage(half, true, origin);
    }

    private void EndMessage(WebSocketHalf half, bool whole, Origin origin)
    {
        if (half.Message < 0) return;
        _sink.End(half.Message, half.Side, whole && !half.Broken, origin);
        half.Message = -1;
        Settle(half);
        half.EndedMessage();
    }

    /// <summary>What the sink said of the last message, in bytes that travelled.</summary>
    private void Settle(WebSocketHalf half)
    {
        _settle?.Invoke();
        var said = _messages[half.Side];
        long total = said.Total - half.Settled.Total, left = half.Wire;
        foreach (var kind in (ReadOnlySpan<ByteClass>)[ByteClass.Identified, ByteClass.Damaged, ByteClass.Undetermined])
        {
            long bytes = Math.Max(0, said[kind] - half.Settled[kind]);
            long share = total <= 0 ? 0 : total == half.Wire ? bytes : Math.Min(left, (long)Math.Ceiling((double)bytes * half.Wire / total));
            share = Math.Min(share, left);
            _tally.Add(half.Side, kind, share);
            left -= share;
        }
        // A message of which nothing could be unpacked is damaged.
        _tally.Add(half.Side, total > 0 || !half.Broken ? ByteClass.Explained : ByteClass.Damaged, left);
        half.Settled = said;
        half.Wire = 0;
    }
}
