using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Dns;

/// <summary>Reads messages of DNS out of whatever carried them, and tells the names on as messages: a name can carry what was not to leave.</summary>
internal sealed class DnsReading(Layering layering, Conversation conversation)
{
    private IHttpSink? _messages;
    private long _exchange;

    /// <summary>Classes the bytes of one message; those of <paramref name="around"/> (its length field) with it.</summary>
    public void Take(Side side, ReadOnlySpan<byte> bytes, int around, bool whole, long offset, Origin origin)
    {
        var message = DnsMessage.TryRead(bytes);
        if (message is null)
        {
            conversation.Tally.Add(side, whole ? ByteClass.Undetermined : ByteClass.Damaged, bytes.Length + around);
            return;
        }
        conversation.Speaks("dns");
        layering.Names.Take(message, conversation, side, origin);
        conversation.Tally.Add(side, ByteClass.Explained, message.Read + around);
        // What follows the last record is no part of the message: nothing that DNS knows travels there.
        if (message.Read < bytes.Length) conversation.Tally.Add(side, whole ? ByteClass.Undetermined : ByteClass.Damaged, bytes.Length - message.Read);
        if (layering.Messages is null || message.Answer) return;
        _messages ??= layering.MessagesOf(conversation);
        foreach (var question in message.Questions)
        {
            _messages.Head(_exchange, side, HeadOf(question, Math.Min(message.Read, question.Name.Length + 6)), offset, origin);
            _messages.End(_exchange++, side, whole, origin);
        }
    }

    /// <summary>A question as a request. What was cut into labels because it is longer than one stands in a field of its own, put together again but for the domain.</summary>
    public static HttpHead HeadOf(DnsQuestion question, int wireBytes)
    {
        const int longLabel = 20;
        string[] labels = question.Name.Split('.');
        bool cut = labels.Any(l => l.Length >= longLabel) && labels.Count(l => l.Length >= 4) > 2;
        return new() { Scheme = "dns", Method = "QUERY", Target = question.Name, Fields = cut ? [new("labels", string.Concat(labels.SkipLast(2)))] : [], WireBytes = wireBytes };
    }
}

/// <summary>DNS over UDP: a message a datagram.</summary>
internal sealed class DnsDatagrams(Layering layering, Conversation conversation) : IDatagramSink
{
    private readonly DnsReading _reading = new(layering, conversation);
    private long _clientSent, _serverSent;

    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
    {
        _reading.Take(side, payload, 0, missing == 0, side == Side.Client ? _clientSent : _serverSent, origin);
        if (side == Side.Client) _clientSent += payload.Length;
        else _serverSent += payload.Length;
    }

    public void End() { }
}

/// <summary>DNS over TCP or TLS: each message after its length in two bytes (RFC 1035, 4.2.2).</summary>
internal sealed class DnsStream(Layering layering, Conversation conversation) : IByteSink
{
    private readonly DnsReading _reading = new(layering, conversation);
    private readonly Half _client = new(), _server = new();

    private sealed class Half
    {
        public byte[] Held = [];
        public int Length;
        public bool Lost;
        public long Start;
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = side == Side.Client ? _client : _server;
        if (half.Lost)
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
            return;
        }
        if (half.Length == 0) half.Start = offset;
        if (half.Held.Length < half.Length + bytes.Length) Array.Resize(ref half.Held, half.Length + bytes.Length);
        bytes.CopyTo(half.Held.AsSpan(half.Length));
        half.Length += bytes.Length;
        int at = 0;
        while (half.Length - at >= 2)
        {
            int length = half.Held[at] << 8 | half.Held[at + 1];
            if (half.Length - at - 2 < length) break;
            _reading.Take(side, half.Held.AsSpan(at + 2, length), 2, true, half.Start + at + 2, origin);
            at += 2 + length;
        }
        half.Length -= at;
        half.Start += at;
        half.Held.AsSpan(at, half.Length).CopyTo(half.Held);
        if (half.Length == 0) half.Held = [];
    }

    /// <summary>Where the next message begins is not known after a loss.</summary>
    public void Gap(Side side, long offset, long length, Origin origin)
    {
        Drop(side);
        (side == Side.Client ? _client : _server).Lost = true;
    }

    public void End(Side side, Origin origin) => Drop(side);

    private void Drop(Side side)
    {
        var half = side == Side.Client ? _client : _server;
        conversation.Tally.Add(side, ByteClass.Damaged, half.Length);
        (half.Length, half.Held) = (0, []);
    }
}
