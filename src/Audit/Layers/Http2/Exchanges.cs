using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http2;

/// <summary>Requests and answers by stream, of HTTP/2 and HTTP/3: keeps to what a sink of messages is promised, whatever comes.</summary>
/// <param name="sink">Takes the messages.</param>
/// <param name="version">"2" or "3".</param>
/// <param name="webSocket">Makes what takes the bytes of a stream that became a WebSocket (RFC 8441, RFC 9220); null: its bytes are a body.</param>
internal sealed class Exchanges(IHttpSink sink, string version, Func<HttpHead, HttpHead, IByteSink?>? webSocket = null)
{
    /// <summary>Streams open at once. Where there are more, the longest open ones are ended as cut off.</summary>
    private const int MaxOpen = 4096;

    /// <summary>Bytes of a gap that may have been anything: longer than any frame of what is within.</summary>
    private const long Unknowable = 1L << 40;

    private readonly Dictionary<long, Exchange> _open = [];
    private readonly Queue<long> _order = new();

    private sealed class Exchange
    {
        // By side: a head that is not ended, the message over, all of it there.
        public readonly bool[] Open = [false, false], Over = [false, false], Whole = [true, true];

        public HttpHead? Connects;

        public IByteSink? Tunnel;
    }

    /// <summary>A block of fields: a head, an interim head, or a trailer.</summary>
    public void Fields(long stream, Side side, FieldList fields, int wireBytes, bool last, long offset, Origin origin, bool promised = false)
    {
        if (Of(stream) is not { } exchange) return;
        int at = (int)side;
        if (exchange.Over[at] && !promised) return;
        if (exchange.Open[at] && !fields.HasPseudo) sink.Trailer(stream, side, fields.Fields, origin);
        else
        {
            if (exchange.Open[at]) sink.End(stream, side, false, origin);
            exchange.Open[at] = true;
            exchange.Whole[at] = !fields.Lacks;
            bool request = side == Side.Client || promised;
            var head = fields.ToHead(version, request, wireBytes);
            sink.Head(stream, side, head, offset, origin);
            if (side == Side.Client && head.Method == "CONNECT" && "websocket".Equals(head[":protocol"], StringComparison.OrdinalIgnoreCase)) exchange.Connects = head;
            else if (side == Side.Server && head.Status is >= 200 and < 300 && exchange is { Connects: { } connects, Tunnel: null }) exchange.Tunnel = webSocket?.Invoke(connects, head);
            if (promised || !request && !fields.IsFinal)
            {
                // The answer itself is still to come from the same side.
                exchange.Open[at] = false;
                sink.End(stream, side, exchange.Whole[at], origin);
                if (promised) exchange.Over[(int)Side.Client] = true;
                return;
            }
        }
        if (last) End(stream, side, true, origin);
    }

    /// <summary>Bytes of a body. Never empty.</summary>
    public void Body(long stream, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, ByteTally tally)
    {
        if (Of(stream) is not { } exchange || exchange.Over[(int)side])
        {
            tally.Add(side, ByteClass.Undetermined, bytes.Length);
            return;
        }
        if (exchange.Tunnel is not null)
        {
            exchange.Tunnel.Take(side, offset, bytes, origin);
            return;
        }
        if (!exchange.Open[(int)side]) Unknown(stream, side, exchange, offset, origin);
        sink.Body(stream, side, bytes, offset, origin);
    }

    /// <summary>Bytes of a side's message are missing.</summary>
    public void Miss(long stream, Side side, long length)
    {
        if (!_open.TryGetValue(stream, out var exchange)) return;
        exchange.Whole[(int)side] = false;
        exchange.Tunnel?.Gap(side, 0, length, default);
    }

    /// <summary>Bytes of a side are missing, nobody knows of which messages.</summary>
    public void MissAll(Side side)
    {
        foreach (var exchange in _open.Values)
        {
            exchange.Whole[(int)side] = false;
            exchange.Tunnel?.Gap(side, 0, Unknowable, default);
        }
    }

    public void End(long stream, Side side, bool whole, Origin origin)
    {
        if (!_open.TryGetValue(stream, out var exchange)) return;
        int at = (int)side;
        if (exchange.Over[at]) return;
        exchange.Tunnel?.End(side, origin);
        if (exchange.Open[at]) sink.End(stream, side, whole && exchange.Whole[at], origin);
        exchange.Open[at] = false;
        exchange.Over[at] = true;
        if (exchange.Over[0] && exchange.Over[1]) _open.Remove(stream);
    }

    /// <summary>A stream was reset: both messages are cut off, as far as they are not over.</summary>
    public void Reset(long stream, Origin origin)
    {
        End(stream, Side.Client, false, origin);
        End(stream, Side.Server, false, origin);
    }

    /// <summary>No more of a side comes.</summary>
    public void EndAll(Side side, Origin origin)
    {
        foreach (long stream in _open.Keys.ToArray()) End(stream, side, false, origin);
    }

    private Exchange? Of(long stream)
    {
        if (_open.TryGetValue(stream, out var exchange)) return exchange;
        while (_open.Count >= MaxOpen && _order.TryDequeue(out long oldest)) Reset(oldest, default);
        // Streams that are over leave their number in the queue.
        if (_order.Count >= 4 * MaxOpen)
        {
            long[] left = [.. _order.Where(_open.ContainsKey)];
            _order.Clear();
            foreach (long each in left) _order.Enqueue(each);
        }
        _order.Enqueue(stream);
        return _open[stream] = new();
    }

    /// <summary>A body whose head the capture does not have.</summary>
    private void Unknown(long stream, Side side, Exchange exchange, long offset, Origin origin)
    {
        exchange.Open[(int)side] = true;
        exchange.Whole[(int)side] = false;
        sink.Head(stream, side, new FieldList().ToHead(version, side == Side.Client, 0), offset, origin);
    }
}
