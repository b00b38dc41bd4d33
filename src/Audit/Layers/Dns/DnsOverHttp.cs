using System.Buffers.Text;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Dns;

/// <summary>DNS in messages of HTTP (RFC 8484): names that were looked up there are known and are told on as such, beside the message that carried them.</summary>
/// <remarks>Everything goes to the messages' own sink as it comes; bodies of application/dns-message are held here too, 64 KiB each and 64 at one time at most.</remarks>
internal sealed class DnsOverHttp(Layering layering, Conversation conversation, IHttpSink messages) : IHttpSink
{
    private const int MaxMessage = 65_535, MaxOpen = 64;

    private Dictionary<(long, Side), MemoryStream>? _open;
    private long _question = -2;

    public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
    {
        messages.Head(exchange, side, head, offset, origin);
        if (head.Scheme is not ("https" or "http")) return;
        if ((head["Content-Type"] ?? "").StartsWith("application/dns-message", StringComparison.OrdinalIgnoreCase) && (_open ??= []).Count < MaxOpen) _open[(exchange, side)] = new();
        if (!head.IsRequest || head.Method is not ("GET" or "HEAD")) return;
        int at = head.Target.IndexOf("?dns=", StringComparison.Ordinal);
        if (at < 0) at = head.Target.IndexOf("&dns=", StringComparison.Ordinal);
        if (at < 0) return;
        string value = head.Target[(at + 5)..];
        int end = value.IndexOfAny(['&', '#']);
        value = (end < 0 ? value : value[..end]).TrimEnd('=');
        if (value.Length <= MaxMessage && Base64Url.IsValid(value)) Read(side, Base64Url.DecodeFromChars(value), offset, origin);
    }

    public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        messages.Body(exchange, side, bytes, offset, origin);
        if (_open is not null && _open.TryGetValue((exchange, side), out var held) && held.Length + bytes.Length <= MaxMessage) held.Write(bytes);
    }

    public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) => messages.Trailer(exchange, side, fields, origin);

    public void End(long exchange, Side side, bool whole, Origin origin)
    {
        messages.End(exchange, side, whole, origin);
        if (_open is not null && _open.Remove((exchange, side), out var held)) Read(side, held.ToArray(), 0, origin);
    }

    /// <summary>The bytes are the message's that carried them, and classed there.</summary>
    private void Read(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (DnsMessage.TryRead(bytes) is not { } message) return;
        conversation.Speaks("dns");
        layering.Names.Take(message, conversation, side, origin);
        if (message.Answer) return;
        foreach (var question in message.Questions)
        {
            messages.Head(_question, side, DnsReading.HeadOf(question, 0), offset, origin);
            messages.End(_question--, side, true, origin);
        }
    }
}
