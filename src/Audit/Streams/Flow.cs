using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Audit.Streams;

/// <summary>What is kept of a conversation while its packets come.</summary>
internal sealed class Flow
{
    private readonly Layering _layering;
    private readonly TcpSide? _client, _server;
    private uint? _clientAsked, _serverAsked;
    private IByteSink? _bytes;
    private IDatagramSink? _datagrams;
    private Origin _last;

    /// <param name="key">Of the table that holds it.</param>
    /// <param name="conversation">What it is of.</param>
    /// <param name="clientIsLow">Which end of the key is the client.</param>
    /// <param name="layering">Chooses who reads.</param>
    /// <param name="limits">Of the run.</param>
    public Flow(FlowKey key, Conversation conversation, bool clientIsLow, Layering layering, StreamLimits limits)
    {
        (Key, Conversation, ClientIsLow, _layering) = (key, conversation, clientIsLow, layering);
        if (conversation.Transport != Transport.Tcp) return;
        Func<IByteSink> sink = Sink;
        (_client, _server) = (new(conversation, Side.Client, sink, limits), new(conversation, Side.Server, sink, limits));
    }

    public FlowKey Key { get; }

    public Conversation Conversation { get; }

    public bool ClientIsLow { get; }

    /// <summary>Other keys whose packets are this conversation's.</summary>
    public List<FlowKey>? Moved { get; set; }

    // The table's list that it stands in, and its neighbours there.
    public FlowList? List { get; set; }

    public Flow? Older { get; set; }

    public Flow? Newer { get; set; }

    /// <summary>Something was carried.</summary>
    public bool Full { get; private set; }

    /// <summary>Both sides are done, or one broke off.</summary>
    public bool Closed { get; private set; }

    /// <summary>Whether this packet begins another connection between the same ports.</summary>
    public bool IsAnother(in Segment segment, Side side)
    {
        if (_client is null || (segment.Flags & (TcpFlags.Syn | TcpFlags.Rst)) != TcpFlags.Syn) return false;
        var begun = (side == Side.Client ? _client : _server!).First;
        bool same = begun == unchecked(segment.Sequence + 1);
        if ((segment.Flags & TcpFlags.Ack) != 0) return !same && begun is not null && Closed;
        return !same && (begun is not null || Closed || Full);
    }

    public void Take(in Segment segment, Side side)
    {
        var conversation = Conversation;
        ref var sums = ref conversation[side];
        sums.Packets += segment.Packets;
        sums.IpBytes += segment.IpBytes;
        sums.Headers += segment.IpBytes - segment.Payload.Length;
        conversation.Last = Math.Max(conversation.Last, segment.Time);
        var origin = _last = new(segment.Frame, segment.Time);
        Full |= !segment.Payload.IsEmpty;
        if (_client is not null) Tcp(segment, side, origin);
        else if (conversation.Transport == Transport.Udp)
        {
            sums.Cut += segment.Missing;
            (_datagrams ??= _layering.Datagrams(conversation)).Take(side, segment.Payload, segment.Missing, origin);
        }
        else conversation.Tally.Add(side, ClassOf(segment), segment.Payload.Length);
    }

    /// <summary>No more packets of it come.</summary>
    public void End()
    {
        _client?.End(_last);
        _server?.End(_last);
        // A side that sent nothing is over too.
        if (_bytes is not null)
        {
            if (!_client!.Handed) _bytes.End(Side.Client, _last);
            if (!_server!.Handed) _bytes.End(Side.Server, _last);
        }
        _datagrams?.End();
    }

    private void Tcp(in Segment segment, Side side, Origin origin)
    {
        var (ours, theirs) = side == Side.Client ? (_client!, _server!) : (_server!, _client!);
        if ((segment.Flags & TcpFlags.Syn) != 0) ours.Begin(segment.Sequence);
        // An end that gives up may say any number: it acknowledges nothing.
        if ((segment.Flags & (TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Ack)
        {
            if (side == Side.Client) _clientAsked = segment.Acknowledged;
            else _serverAsked = segment.Acknowledged;
            theirs.Acknowledged(segment.Acknowledged, origin);
        }
        ours.Take(segment, side == Side.Client ? _serverAsked : _clientAsked, origin);
        Closed |= (segment.Flags & TcpFlags.Rst) != 0 || ours.Closed && theirs.Closed;
    }

    private IByteSink Sink() => _bytes ??= _layering.Bytes(Conversation);

    /// <summary>Of transports without conversations: messages about the network explain themselves, an echo may carry anything.</summary>
    private static ByteClass ClassOf(in Segment segment) => segment.Protocol switch
    {
        Transport.Icmp when segment.IcmpType is not (0 or 8) => ByteClass.Explained,
        Transport.IcmpV6 when segment.IcmpType is not (128 or 129) => ByteClass.Explained,
        2 => ByteClass.Explained, // IGMP
        _ => ByteClass.Undetermined,
    };
}

/// <summary>Flows by when they last had a packet.</summary>
internal sealed class FlowList(int most)
{
    private Flow? _newest;

    public int Count { get; private set; }

    public bool IsFull => Count >= most;

    public Flow? Oldest { get; private set; }

    public void Add(Flow flow)
    {
        flow.List = this;
        (flow.Older, flow.Newer) = (_newest, null);
        if (_newest is not null) _newest.Newer = flow;
        else Oldest = flow;
        _newest = flow;
        Count++;
    }

    public void Remove(Flow flow)
    {
        if (flow.Older is not null) flow.Older.Newer = flow.Newer;
        else Oldest = flow.Newer;
        if (flow.Newer is not null) flow.Newer.Older = flow.Older;
        else _newest = flow.Older;
        (flow.List, flow.Older, flow.Newer) = (null, null, null);
        Count--;
    }

    /// <summary>It had a packet.</summary>
    public void Touch(Flow flow)
    {
        if (flow == _newest) return;
        Remove(flow);
        Add(flow);
    }
}
