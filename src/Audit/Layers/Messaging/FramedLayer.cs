using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Messaging;

/// <summary>A protocol of frames or lines: each has a head of bounded size, held until it is whole, and a body that is passed on as it comes.</summary>
internal abstract class FramedLayer(Layering layering, Conversation conversation) : IByteSink
{
    private readonly Half _client = new(), _server = new();
    private IByteSink? _inner, _unread;
    private IHttpSink? _messages;

    private sealed class Half
    {
        public byte[] Held = [];
        public int Length;
        public long Left, Next;
        public bool Lost, Ended, Open, Whole;
        public long Exchange;
    }

    protected Layering Layering => layering;

    protected Conversation Conversation => conversation;

    protected IHttpSink Messages => _messages ??= layering.MessagesOf(conversation);

    /// <summary>The longest head.</summary>
    protected abstract int MaxHead { get; }

    /// <summary>Looks at bytes that begin with a head.</summary>
    /// <returns>The head's size; 0: more is needed; -1: this is no head, and where the next one is nobody knows.</returns>
    /// <param name="side">Who sent it.</param>
    /// <param name="bytes">Never empty.</param>
    /// <param name="offset">Of the first.</param>
    /// <param name="origin">The packet that completed what there is.</param>
    /// <param name="body">Bytes behind the head that <see cref="Body"/> takes; <see cref="long.MaxValue"/>: all.</param>
    protected abstract int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body);

    /// <summary>Takes a part of a body. The layer classes it, or gives it to a message's sink.</summary>
    protected virtual void Body(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin) => Messages.Body(Of(side).Exchange, side, bytes, offset, origin);

    /// <summary>The body's last byte was taken.</summary>
    protected virtual void BodyEnd(Side side, Origin origin) => Close(side, true, origin);

    /// <summary>Another protocol takes the connection, from the end of this head on.</summary>
    protected void PassTo(IByteSink inner) => _inner = inner;

    protected void Explain(Side side, int bytes) => conversation.Tally.Add(side, ByteClass.Explained, bytes);

    /// <summary>Begins a message; the one before ends.</summary>
    protected void Open(Side side, HttpHead head, long offset, Origin origin)
    {
        Close(side, true, origin);
        var half = Of(side);
        Messages.Head(half.Exchange, side, head, offset, origin);
        (half.Open, half.Whole) = (true, true);
    }

    protected void Close(Side side, bool whole, Origin origin)
    {
        var half = Of(side);
        if (!half.Open) return;
        Messages.End(half.Exchange++, side, whole && half.Whole, origin);
        half.Open = false;
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = Of(side);
        while (!bytes.IsEmpty)
        {
            if (_inner is not null)
            {
                Flush(half, side, origin);
                _inner.Take(side, offset, bytes, origin);
                return;
            }
            if (half.Lost)
            {
                Unread.Take(side, offset, bytes, origin);
                return;
            }
            int taken = half.Left > 0 ? Part(half, side, offset, bytes, origin) : Begin(half, side, offset, bytes, origin);
            bytes = bytes[taken..];
            offset += taken;
        }
        if (_inner is not null) Flush(half, side, origin);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        var half = Of(side);
        if (_inner is not null)
        {
            Flush(half, side, origin);
            _inner.Gap(side, offset, length, origin);
            return;
        }
        half.Whole = false;
        if (half.Left == long.MaxValue) return;
        if (length < half.Left)
        {
            half.Left -= length;
            return;
        }
        Lose(half, side, origin);
    }

    public void End(Side side, Origin origin)
    {
        var half = Of(side);
        half.Ended = true;
        if (_inner is not null)
        {
            Flush(half, side, origin);
            _inner.End(side, origin);
            return;
        }
        conversation.Tally.Add(side, ByteClass.Damaged, half.Length);
        half.Length = 0;
        Close(side, half.Left is 0 or long.MaxValue, origin);
        _unread?.End(side, origin);
    }

    /// <summary>Takes what nobody can read, and is told where a side ends.</summary>
    protected IByteSink Unread => _unread ??= layering.Unread(conversation);

    private Half Of(Side side) => side == Side.Client ? _client : _server;

    private int Part(Half half, Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        int taken = (int)Math.Min(half.Left, bytes.Length);
        Body(side, bytes[..taken], offset, origin);
        if (half.Left != long.MaxValue && (half.Left -= taken) == 0) BodyEnd(side, origin);
        return taken;
    }

    private int Begin(Half half, Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        int before = half.Length, kept = Math.Min(bytes.Length, MaxHead - before);
        if (before == 0) half.Next = offset;
        var head = bytes;
        if (before > 0)
        {
            Keep(half, bytes[..kept]);
            head = half.Held.AsSpan(0, half.Length);
        }
        int size = Head(side, head, half.Next, origin, out long body);
        var other = side == Side.Client ? Side.Server : Side.Client;
        if (_inner is not null && Of(other).Ended)
        {
            Flush(Of(other), other, origin);
            _inner.End(other, origin);
        }
        if (size > 0)
        {
            half.Length = 0;
            half.Left = body;
            if (size >= before) return size - before;
            // The other side's words gave what was held another meaning.
            Take(side, half.Next + size, half.Held.AsSpan(size, before - size).ToArray(), origin);
            return 0;
        }
        if (size == 0 && head.Length < MaxHead)
        {
            if (before == 0) Keep(half, bytes[..kept]);
            return kept;
        }
        // Not a head after all, or one without an end.
        half.Lost = true;
        Close(side, false, origin);
        if (before > 0) Unread.Take(side, half.Next, half.Held.AsSpan(0, before), origin);
        half.Length = 0;
        return 0;
    }

    private static void Keep(Half half, ReadOnlySpan<byte> bytes)
    {
        if (half.Held.Length < half.Length + bytes.Length) Array.Resize(ref half.Held, Math.Max(2 * half.Held.Length, half.Length + bytes.Length));
        bytes.CopyTo(half.Held.AsSpan(half.Length));
        half.Length += bytes.Length;
    }

    /// <summary>What was held when the other side's words changed the protocol belongs to the new one.</summary>
    private void Flush(Half half, Side side, Origin origin)
    {
        Close(side, true, origin);
        if (half.Length == 0) return;
        int length = half.Length;
        half.Length = 0;
        _inner!.Take(side, half.Next, half.Held.AsSpan(0, length), origin);
    }

    private void Lose(Half half, Side side, Origin origin)
    {
        conversation.Tally.Add(side, ByteClass.Damaged, half.Length);
        (half.Length, half.Left, half.Lost) = (0, 0, true);
        Close(side, false, origin);
    }
}
