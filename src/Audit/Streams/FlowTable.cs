using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Audit.Streams;

/// <summary>Brings each segment to its conversation. A fixed number of conversations is alive at a time: of those that are over, empty or idle the oldest makes room.</summary>
internal sealed class FlowTable(Layering layering, string file, Action<Conversation> done, Func<int, string?> app)
{
    private const int MaxEmpty = 4096, MaxOpen = 8192, MaxClosed = 512, MaxDatagrams = 8192, MaxBroken = 1024, MaxMoved = 8192;
    private const long DatagramsIdle = 600_000_000_000;

    private readonly Dictionary<FlowKey, Flow> _flows = new(MaxEmpty + MaxOpen + MaxClosed + MaxDatagrams);
    private readonly FlowList _empty = new(MaxEmpty), _open = new(MaxOpen), _closed = new(MaxClosed), _datagrams = new(MaxDatagrams);
    private readonly StreamLimits _limits = new();
    private readonly Dictionary<FlowKey, Conversation> _broken = [];
    private readonly Dictionary<FlowKey, (Flow Flow, bool ClientIsLow)> _moved = [];
    private readonly Dictionary<Conversation, Flow> _datagramFlows = [];
    private Flow? _recent;

    /// <summary>Conversations so far.</summary>
    public int Count { get; private set; }

    /// <summary>Open ones that had to make room.</summary>
    public long PutOut { get; private set; }

    /// <summary>Whose side the capture itself says sent: packets by their sender's address, of those that it calls outgoing.</summary>
    public Dictionary<Address, long> Outgoing { get; } = [];

    /// <summary>Conversations that go on.</summary>
    public IEnumerable<Conversation> Alive => _flows.Values.Select(f => f.Conversation);

    public void Take(in Segment segment)
    {
        var key = new FlowKey(segment, out bool sourceIsLow);
        if (_recent is not { } flow || !flow.Key.Equals(key))
        {
            if (!_flows.TryGetValue(key, out flow))
            {
                if (segment.Protocol == Transport.Udp && TryMoved(key, segment, sourceIsLow)) return;
                flow = Open(key, segment, sourceIsLow);
            }
        }
        var side = sourceIsLow == flow.ClientIsLow ? Side.Client : Side.Server;
        if (flow.IsAnother(segment, side) || flow.List == _datagrams && segment.Time - flow.Conversation.Last > DatagramsIdle)
        {
            Close(flow);
            flow = Open(key, segment, sourceIsLow);
            side = sourceIsLow == flow.ClientIsLow ? Side.Client : Side.Server;
        }
        _recent = flow;
        if (segment.Uid >= 0) flow.Conversation.App ??= app(segment.Uid);
        if (segment.Direction == Direction.Out && (Outgoing.Count < 64 || Outgoing.ContainsKey(segment.Source))) Outgoing[segment.Source] = Outgoing.GetValueOrDefault(segment.Source) + 1;
        flow.Take(segment, side);
        var list = ListOf(flow);
        if (list == flow.List) list.Touch(flow);
        else Move(flow, list);
    }

    /// <summary>A datagram from an address of its own that goes on with a conversation: it counts there.</summary>
    private bool TryMoved(FlowKey key, in Segment segment, bool sourceIsLow)
    {
        if (!_moved.TryGetValue(key, out var moved))
        {
            if (layering.Paths is not { Count: > 0 } paths || _moved.Count == MaxMoved || paths.Find(segment.Payload) is not { } found || !_datagramFlows.TryGetValue(found.Conversation, out var known)) return false;
            moved = (known, sourceIsLow == (found.Sender == Side.Client));
            _moved[key] = moved;
            (known.Moved ??= []).Add(key);
            known.Conversation.Remark("it went on from another address (QUIC, connection migration): counted here");
        }
        moved.Flow.Take(segment, sourceIsLow == moved.ClientIsLow ? Side.Client : Side.Server);
        moved.Flow.List?.Touch(moved.Flow);
        return true;
    }

    /// <summary>Fragments that never came together: whose they are is known, not what they are.</summary>
    public void Take(Fragments.Datagram lost)
    {
        var segment = new Segment { Source = lost.Source, Target = lost.Target, Protocol = lost.Protocol, Frame = lost.Frame, Time = lost.Time };
        // Once there are too many, one stands for all of the rest.
        var key = _broken.Count < MaxBroken ? new FlowKey(segment, out _) : default;
        if (!_broken.TryGetValue(key, out var broken))
        {
            broken = NewConversation(segment, Judge(segment, out bool guessed), guessed);
            broken.Remark("fragments never came together: counted as damaged");
            _broken[key] = broken;
        }
        var side = broken.Client.Address == lost.Source ? Side.Client : Side.Server;
        broken[side].Packets += lost.Packets;
        broken[side].IpBytes += lost.IpBytes;
        broken.Tally.Add(side, ByteClass.Damaged, lost.IpBytes);
        broken.Last = Math.Max(broken.Last, lost.Time);
    }

    /// <summary>The capture is over.</summary>
    public void End()
    {
        foreach (var conversation in _broken.Values) done(conversation);
        foreach (var list in (FlowList[])[_closed, _empty, _open, _datagrams])
        {
            while (list.Oldest is { } flow) Close(flow);
        }
    }

    private FlowList ListOf(Flow flow) => flow.Conversation.Transport != Transport.Tcp ? _datagrams : flow.Closed ? _closed : flow.Full ? _open : _empty;

    private void Move(Flow flow, FlowList list)
    {
        flow.List?.Remove(flow);
        if (list.IsFull)
        {
            if (list == _open) PutOut++;
            Close(list.Oldest!);
        }
        list.Add(flow);
    }

    private void Close(Flow flow)
    {
        if (_recent == flow) _recent = null;
        flow.List?.Remove(flow);
        _flows.Remove(flow.Key);
        foreach (var key in flow.Moved ?? []) _moved.Remove(key);
        if (_datagramFlows.Remove(flow.Conversation)) layering.Paths?.Forget(flow.Conversation);
        flow.End();
        done(flow.Conversation);
    }

    private Flow Open(FlowKey key, in Segment segment, bool sourceIsLow)
    {
        bool sourceIsClient = Judge(segment, out bool guessed);
        var flow = new Flow(key, NewConversation(segment, sourceIsClient, guessed), sourceIsClient == sourceIsLow, layering, _limits);
        _flows[key] = flow;
        if (segment.Protocol == Transport.Udp) _datagramFlows[flow.Conversation] = flow;
        return flow;
    }

    private Conversation NewConversation(in Segment segment, bool sourceIsClient, bool guessed)
    {
        var source = new Endpoint(segment.Source, segment.SourcePort);
        var target = new Endpoint(segment.Target, segment.TargetPort);
        var server = sourceIsClient ? target : source;
        return new()
        {
            Number = ++Count,
            File = file,
            Client = sourceIsClient ? source : target,
            Server = server,
            Transport = segment.Protocol,
            Guessed = guessed,
            First = segment.Time,
            Last = segment.Time,
            Frame = segment.Frame,
            LookedUp = layering.Names.Of(server.Address),
        };
    }

    /// <summary>Who opened it: the SYN says; else the port that servers have, else the address that a phone has, else who spoke first.</summary>
    private static bool Judge(in Segment segment, out bool guessed)
    {
        guessed = false;
        if (segment.Protocol == Transport.Tcp && (segment.Flags & TcpFlags.Syn) != 0) return (segment.Flags & TcpFlags.Ack) == 0;
        guessed = segment.Protocol == Transport.Tcp;
        if (segment.Target.Scope == Scope.Many) return true;
        bool source = IsService(segment.SourcePort), target = IsService(segment.TargetPort);
        if (source != target) return target;
        var (from, to) = (segment.Source.Scope, segment.Target.Scope);
        if (from != to && from is Scope.Lan or Scope.Internet && to is Scope.Lan or Scope.Internet) return from == Scope.Lan;
        bool high = segment.SourcePort >= 32768, other = segment.TargetPort >= 32768;
        return high == other || high;
    }

    private static bool IsService(int port) => port is > 0 and < 1024 or 1883 or 1900 or 3128 or 3478 or 5222 or 5223 or 5228 or 5353 or 8000 or 8080 or 8081 or 8443 or 8883 or 8888;
}
