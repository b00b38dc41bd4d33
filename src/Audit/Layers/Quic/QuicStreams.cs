namespace Candor.Audit.Layers.Quic;

/// <summary>The streams of a connection: puts each side's bytes in order and hands them to a sink of the stream.</summary>
internal sealed class QuicStreams
{
    private const int MaxKnown = 16 * 1024, MaxHeld = 4 << 20;

    private readonly Dictionary<long, QuicStream> _streams = [];
    private readonly long[] _forgotten = [0, 0, 0, 0];
    private int _held;

    /// <summary>Makes what takes a stream's bytes, by its number.</summary>
    public Func<long, IByteSink>? Opens { get; set; }

    private sealed class QuicStream(IByteSink sink)
    {
        public IByteSink Sink { get; } = sink;

        public Ordered[] Sides { get; } = [new(), new()];

        public bool[] Ended { get; } = [false, false];

        public bool Over => Ended[0] && Ended[1];
    }

    /// <summary>A STREAM frame. Returns how many of its bytes are new: those go to the sink, now or later.</summary>
    public int Take(long id, Side side, long offset, ReadOnlySpan<byte> bytes, bool last, Origin origin)
    {
        if (offset > long.MaxValue / 2 || Of(id) is not { } stream || stream.Ended[(int)side]) return 0;
        var order = stream.Sides[(int)side];
        if (last) order.Final ??= offset + bytes.Length;
        if (order.Final is { } final && offset + bytes.Length > final) bytes = bytes[..(int)Math.Clamp(final - offset, 0, bytes.Length)];
        long at = order.Next;
        int before = order.Held;
        var ready = order.Add(offset, bytes, out int fresh);
        if (!ready.IsEmpty) stream.Sink.Take(side, Math.Max(at, offset), ready, origin);
        _held += order.Held - before;
        Drain(stream, side, origin);
        while (_held > MaxHeld && order.Held > 0 || order.Full) SkipHole(stream, side, origin);
        if (order.Done) End(id, stream, side, origin);
        return fresh;
    }

    /// <summary>A stream was given up by who writes it.</summary>
    public void Reset(long id, Side side, long final, Origin origin)
    {
        if (Of(id) is not { } stream || stream.Ended[(int)side]) return;
        stream.Sides[(int)side].Final ??= Math.Max(final, stream.Sides[(int)side].Next);
        Finish(id, stream, side, origin);
    }

    /// <summary>The capture has no more.</summary>
    public void End(Origin origin)
    {
        foreach (var (id, stream) in _streams.OrderBy(s => s.Key).ToArray())
        {
            Finish(id, stream, Side.Client, origin);
            Finish(id, stream, Side.Server, origin);
        }
    }

    private void Finish(long id, QuicStream stream, Side side, Origin origin)
    {
        if (stream.Ended[(int)side]) return;
        var order = stream.Sides[(int)side];
        while (order.Held > 0) SkipHole(stream, side, origin);
        long at = order.Next, rest = order.SkipRest();
        if (rest > 0) stream.Sink.Gap(side, at, rest, origin);
        End(id, stream, side, origin);
    }

    private void SkipHole(QuicStream stream, Side side, Origin origin)
    {
        var order = stream.Sides[(int)side];
        long at = order.Next, hole = order.SkipHole();
        if (hole > 0) stream.Sink.Gap(side, at, hole, origin);
        Drain(stream, side, origin);
    }

    private void Drain(QuicStream stream, Side side, Origin origin)
    {
        var order = stream.Sides[(int)side];
        for (long at = order.Next; order.TryTake(out byte[] bytes); at = order.Next)
        {
            _held -= bytes.Length;
            stream.Sink.Take(side, at, bytes, origin);
        }
    }

    private static void End(long id, QuicStream stream, Side side, Origin origin)
    {
        stream.Ended[(int)side] = true;
        stream.Sink.End(side, origin);
        // A stream of one direction (RFC 9000, 2.1) has no other side to wait for.
        var other = side == Side.Client ? Side.Server : Side.Client;
        if ((id & 2) == 0 || stream.Ended[(int)other]) return;
        stream.Ended[(int)other] = true;
        stream.Sink.End(other, origin);
    }

    private QuicStream? Of(long id)
    {
        if (_streams.TryGetValue(id, out var stream)) return stream;
        if (id < _forgotten[id & 3] || Opens is null) return null;
        if (_streams.Count >= MaxKnown) Forget();
        return _streams[id] = new(Opens(id));
    }

    /// <summary>Lets go of the oldest half: what still comes of those came before.</summary>
    private void Forget()
    {
        foreach (long id in _streams.Keys.Order().Take(MaxKnown / 2).ToArray())
        {
            var stream = _streams[id];
            if (!stream.Over)
            {
                Finish(id, stream, Side.Client, default);
                Finish(id, stream, Side.Server, default);
            }
            _streams.Remove(id);
            _forgotten[id & 3] = Math.Max(_forgotten[id & 3], id + 1);
        }
    }
}
