using Candor.Audit.Layers.Dns;
using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Messaging;
using Candor.Audit.Layers.Quic;

namespace Candor.Audit.Layers;

/// <summary>Chooses what reads a conversation, by its first bytes, the ports and what a layer around it agreed on. The one place where layers are joined.</summary>
/// <remarks>
/// Set the properties before the first packet. Where a property is null, or its answer is, the bytes are counted as undetermined. <see cref="Keys.Decryption"/> sets those of encryption, with keys or without.
/// Whatever unwraps bytes (TLS, a tunnel, an upgrade) makes a <see cref="Conversation.Within"/> and asks <see cref="Bytes"/> for what takes them. A layer that passes bytes on as they
/// travelled keeps their offsets, so that evidence names the place in the TCP stream: the first bytes that an inner sink takes need not be at 0.
/// </remarks>
public sealed class Layering
{
    /// <summary>Who looks at messages: of HTTP, and of plain protocols that carry some (<see cref="HttpHead.Scheme"/> is "mqtt", "smtp", "xmpp", "mipush" then). Null: bodies are undetermined.</summary>
    public Func<Conversation, IHttpSink>? Messages { get; set; }

    /// <summary>Reads TLS records, with keys or without.</summary>
    public Func<Conversation, IByteSink?>? Tls { get; set; }

    /// <summary>Reads HTTP/2 from its preface on.</summary>
    public Func<Conversation, IByteSink?>? Http2 { get; set; }

    /// <summary>Reads WebSocket frames; the request and the answer agreed on their form.</summary>
    public Func<Conversation, HttpHead, HttpHead, IByteSink?>? WebSocket { get; set; }

    /// <summary>Reads datagrams whose first one looks like QUIC's.</summary>
    public Func<Conversation, IDatagramSink?>? Quic { get; set; }

    /// <summary>Looks at stream bytes that no layer reads; it classes them too.</summary>
    public Func<Conversation, IByteSink?>? OtherBytes { get; set; }

    /// <summary>Looks at datagrams that no layer reads; it classes them too.</summary>
    public Func<Conversation, IDatagramSink?>? OtherDatagrams { get; set; }

    /// <summary>Has everything that is still being looked at told and classed, before sums are made of it. Null: nothing ever is.</summary>
    public Action? Settle { get; set; }

    /// <summary>Told when conversations are put together that are too many to keep (<see cref="Conversation.Account"/>): who remembers one may let it go. Null: nobody does.</summary>
    public Action? Folded { get; set; }

    /// <summary>Whose conversation a datagram belongs to that comes from an address of its own, and which side sent it: QUIC may move (RFC 9000, 9). Null: nobody follows.</summary>
    public QuicPaths? Paths { get; set; }

    /// <summary>Connections that another one has announced: FTP's data.</summary>
    internal FtpTransfers Transfers { get; } = new();

    /// <summary>What was looked up in the captures so far.</summary>
    public NameBook Names { get; } = new();

    /// <summary>Takes a conversation's bytes and chooses when it has seen enough of them.</summary>
    /// <param name="conversation">The packets' own, or one within.</param>
    /// <param name="agreed">The protocol that TLS agreed on (ALPN); null: none.</param>
    public IByteSink Bytes(Conversation conversation, string? agreed = null)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        if (conversation.Outer is null && Transfers.Take(conversation.Server) is { } transfer) return new FtpData(this, conversation, transfer);
        return agreed switch
        {
            // "http/1.1" is agreed on by whoever does not care, too: what is said counts.
            "h2" => Of(Protocol.Http2, conversation),
            "dot" => Of(Protocol.Dns, conversation),
            _ => new FirstBytes(this, conversation),
        };
    }

    /// <summary>Takes a conversation's datagrams.</summary>
    public IDatagramSink Datagrams(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return new FirstDatagram(this, conversation);
    }

    /// <summary>What takes the messages of a conversation.</summary>
    public IHttpSink MessagesOf(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return Messages?.Invoke(conversation) is { } messages ? new DnsOverHttp(this, conversation, messages) : new UnreadMessages(conversation.Tally);
    }

    /// <summary>What takes stream bytes that nothing reads.</summary>
    public IByteSink Unread(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return OtherBytes?.Invoke(conversation) ?? new Undetermined(conversation.Tally);
    }

    internal IDatagramSink UnreadDatagrams(Conversation conversation) => OtherDatagrams?.Invoke(conversation) ?? new Undetermined(conversation.Tally);

    internal IByteSink Of(Protocol protocol, Conversation conversation) => protocol switch
    {
        Protocol.Tls => Tls?.Invoke(conversation) ?? Named(conversation, "tls"),
        Protocol.Http2 => Http2?.Invoke(conversation) ?? Named(conversation, "http/2"),
        Protocol.Http1 => new Http1.Http1Layer(this, conversation),
        Protocol.Dns => new DnsStream(this, conversation),
        Protocol.MiPush => new MiPushLayer(this, conversation),
        Protocol.Mqtt => new MqttLayer(this, conversation),
        Protocol.Smtp => new MailLayer(this, conversation, "smtp"),
        Protocol.Ftp => new MailLayer(this, conversation, "ftp"),
        Protocol.Socks => new SocksLayer(this, conversation),
        Protocol.Xmpp => new XmppLayer(this, conversation),
        Protocol.Ssh => Named(conversation, "ssh"),
        _ => Unread(conversation),
    };

    private IByteSink Named(Conversation conversation, string layer)
    {
        conversation.Speaks(layer);
        return Unread(conversation);
    }
}
