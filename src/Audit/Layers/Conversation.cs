using Candor.Audit.Packets;

namespace Candor.Audit.Layers;

/// <summary>What one side of a conversation sent, as packets of the capture.</summary>
public struct SideSums
{
    /// <summary>Packets with bytes of this conversation; fragments count each.</summary>
    public long Packets { get; set; }

    /// <summary>Captured bytes from the IP header on, without padding of the link.</summary>
    public long IpBytes { get; set; }

    /// <summary>Of <see cref="IpBytes"/>: IP and transport headers.</summary>
    public long Headers { get; set; }

    /// <summary>Of <see cref="IpBytes"/>: what the transport carried. All of it is in the tally, but for <see cref="Repeated"/>.</summary>
    public readonly long Payload => IpBytes - Headers;

    /// <summary>Payload that was there already: sent again, or twice in the capture.</summary>
    public long Repeated { get; set; }

    /// <summary>Payload that was there already and had another content: the first copy was believed.</summary>
    public long Contradicted { get; set; }

    /// <summary>Packets of TCP that were all or in part sent again.</summary>
    public long RepeatedPackets { get; set; }

    /// <summary>Bytes that the stream had and the capture has not.</summary>
    public long Gaps { get; set; }

    /// <summary>Bytes of packets that the capture cut off.</summary>
    public long Cut { get; set; }

    public void Add(in SideSums more)
    {
        Packets += more.Packets;
        IpBytes += more.IpBytes;
        Headers += more.Headers;
        Repeated += more.Repeated;
        Contradicted += more.Contradicted;
        RepeatedPackets += more.RepeatedPackets;
        Gaps += more.Gaps;
        Cut += more.Cut;
    }
}

/// <summary>Two ends that talked, from the first packet to the last. A layer may open conversations within one: through a tunnel, or what encryption held.</summary>
/// <remarks>Layers write what they learn into it; the report reads it at the end. All within one share its tally.</remarks>
public sealed class Conversation
{
    private const int MaxLayers = 8, MaxName = 255;

    private List<string>? _layers, _remarks;
    private List<Tls.TlsSession>? _sessions;
    private SideSums _client, _server;
    private Side? _phone;
    private IReadOnlySet<Address>? _phones;
    private Conversation? _among;

    /// <summary>Number in the capture, from 1 in the order of first packets.</summary>
    public int Number { get; init; }

    /// <summary>The capture that it is in, as the caller named it.</summary>
    public string File { get; init; } = "";

    public Endpoint Client { get; init; }

    /// <summary>The peer of the packets: with a proxy between them, the proxy.</summary>
    public Endpoint Server { get; init; }

    /// <summary>Number of the transport by IANA: 6 TCP, 17 UDP, 1 or 58 ICMP. 0: a file without packets.</summary>
    public byte Transport { get; init; }

    /// <summary>Who sent the first packet was not seen to open the conversation: which end is the client was judged by ports and addresses.</summary>
    public bool Guessed { get; set; }

    /// <summary>Which side is the phone; null: neither, or not known. Set when all is read; of one that is not kept by itself its own ends count all the same.</summary>
    public Side? Phone
    {
        get => _among is null ? _phone : SideOf(_among._phones);
        set => _phone = value;
    }

    /// <summary>Stands for conversations with different servers, and so is with none of them.</summary>
    public bool IsMixed { get; init; }

    /// <summary>Nanoseconds since 1970-01-01 UTC of the first and last packet.</summary>
    public long First { get; set; }

    public long Last { get; set; }

    /// <summary>The first packet's number in its file.</summary>
    public long Frame { get; set; }

    /// <summary>The app that it belongs to, where the recorder says.</summary>
    public string? App { get; set; }

    /// <summary>The server's name as the conversation says it: SNI, Host, CONNECT. Null: it does not.</summary>
    public string? Name { get; private set; }

    /// <summary>Names that were looked up for the server's address before; the latest first.</summary>
    public IReadOnlyList<string> LookedUp { get; set; } = [];

    /// <summary>Of a conversation within a tunnel: where it goes, as the client told the proxy. The peer is not the destination then.</summary>
    public string? Destination { get; private set; }

    /// <summary>Whether the true name may be hidden from a reader (encrypted ClientHello).</summary>
    public bool NameHidden { get; set; }

    /// <summary>Whether encryption was opened around it.</summary>
    public bool Secure { get; private init; }

    /// <summary>The one that this one is within.</summary>
    public Conversation? Outer { get; private init; }

    /// <summary>The one that the packets are of.</summary>
    public Conversation Root => Outer?.Root ?? this;

    /// <summary>The one in whose sums it is: its root, or where there are too many to keep each, the one that stands for several.</summary>
    public Conversation Account => Root._among ?? Root;

    public ByteTally Tally { get; private init; } = new();

    /// <summary>What was spoken, outermost first: "tls", "http/1.1". Of the root: with all that is within.</summary>
    public IReadOnlyList<string> Layers => _layers ?? (IReadOnlyList<string>)[];

    /// <summary>Words on what could not be read and why, for the report; few.</summary>
    public IReadOnlyList<string> Remarks => _remarks ?? (IReadOnlyList<string>)[];

    /// <summary>The sums of one side's packets, to read and to add to.</summary>
    public ref SideSums this[Side side] => ref side == Side.Client ? ref _client : ref _server;

    /// <summary>The TLS connections over its streams: one as a rule, a second within a tunnel; of the root all that are within.</summary>
    public IReadOnlyList<Tls.TlsSession> Sessions => _sessions ?? (IReadOnlyList<Tls.TlsSession>)[];

    /// <summary>A TLS connection begins in it.</summary>
    internal void Encrypts(Tls.TlsSession session)
    {
        var root = Root;
        root._sessions ??= [];
        if (root._sessions.Count < MaxLayers) root._sessions.Add(session);
    }

    /// <summary>A layer says its name, once it is sure.</summary>
    public void Speaks(string layer)
    {
        _layers ??= [];
        if (_layers.Count < MaxLayers && !_layers.Contains(layer)) _layers.Add(layer);
        Outer?.Speaks(layer);
    }

    /// <summary>The first name stands: an answer cannot rename what a request called. What is said within names those around it too, where they have no name.</summary>
    public void Calls(string name)
    {
        if (Name is not null || name is not { Length: > 0 and <= MaxName }) return;
        Name = name;
        Outer?.Calls(name);
    }

    /// <summary>All is read, and these are the phone's addresses in its file.</summary>
    internal void IsOf(IReadOnlySet<Address> phones) => (_phones, _phone) = (phones, SideOf(phones));

    private Side? SideOf(IReadOnlySet<Address>? phones) => phones is null ? null : phones.Contains(Client.Address) ? Side.Client : phones.Contains(Server.Address) ? Side.Server : null;

    /// <summary>Adds another one's sums, once nothing more is told of it; this one stands for both from then on.</summary>
    internal void StandFor(Conversation other)
    {
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            this[side].Add(other[side]);
            foreach (var kind in Enum.GetValues<ByteClass>()) Tally.Add(side, kind, other.Tally[side][kind]);
        }
        (First, Last) = (Math.Min(First, other.First), Math.Max(Last, other.Last));
        (Guessed, NameHidden) = (Guessed || other.Guessed, NameHidden || other.NameHidden);
        foreach (string layer in other.Layers) Speaks(layer);
        foreach (string remark in other.Remarks) Remark(remark);
        other._among = this;
    }

    public void Remark(string words)
    {
        var root = Root;
        root._remarks ??= [];
        if (root._remarks.Count < MaxLayers && !root._remarks.Contains(words)) root._remarks.Add(words);
    }

    /// <summary>A conversation within this one.</summary>
    /// <param name="destination">Host and port of a tunnel's far end; null: the same server.</param>
    /// <param name="secure">It was encrypted here.</param>
    /// <param name="tally">Where its bytes are more than travelled (they were unpacked): what a layer scales to those that did. Null: this one's.</param>
    public Conversation Within(string? destination = null, bool secure = false, ByteTally? tally = null)
    {
        var inner = new Conversation
        {
            Number = Number,
            File = File,
            Client = Client,
            Server = Server,
            Transport = Transport,
            Guessed = Guessed,
            First = First,
            Frame = Frame,
            App = App,
            Secure = secure || Secure,
            Outer = this,
            Tally = tally ?? Tally,
        };
        inner.Destination = destination is { Length: > 0 and <= MaxName } ? destination : Destination;
        for (var outer = this; destination is not null && outer is not null; outer = outer.Outer) outer.Destination ??= inner.Destination;
        return inner;
    }
}
