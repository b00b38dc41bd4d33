using System.Security.Cryptography;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Ledgers;

/// <summary>A request as the recording has it.</summary>
public sealed class WireRequest
{
    internal WireRequest(Conversation conversation, Side side, HttpHead head, long offset, Origin origin) =>
        (Conversation, Side, Method, Target, Authority, IsHttp1, Head, Offset, Origin) = (conversation, side, head.Method, head.Target, head.Authority, head.Version.StartsWith("1.", StringComparison.Ordinal), head.WireBytes, offset, origin);

    public Conversation Conversation { get; }

    public Side Side { get; }

    public string Method { get; }

    /// <summary>As sent.</summary>
    public string Target { get; }

    /// <summary>Whom it says it is to: Host, or ":authority".</summary>
    public string Authority { get; }

    /// <summary>Its head travelled as HTTP/1 has it, and so in the size that a ledger counts.</summary>
    public bool IsHttp1 { get; }

    /// <summary>Bytes of the head as they travelled.</summary>
    public long Head { get; }

    /// <summary>Bytes of the body that the recording has.</summary>
    public long Body { get; internal set; }

    /// <summary>Of these, in hex; empty until it is over.</summary>
    public string Sha256 { get; internal set; } = "";

    /// <summary>Nothing of it is missing.</summary>
    public bool Whole { get; internal set; }

    /// <summary>Of the head, in the side's stream.</summary>
    public long Offset { get; }

    /// <summary>The packet that completed the head.</summary>
    public Origin Origin { get; }

    public long Bytes => Head + Body;

    internal IncrementalHash? Hash { get; set; }
}

/// <summary>Writes down every request of a run with the length and hash of its body, whatever else is done with it. Memory: some hundred bytes each, of which <see cref="MaxRequests"/> are kept.</summary>
public sealed class WireRequests
{
    public const int MaxRequests = 200_000;

    private readonly List<WireRequest> _requests = [];
    private readonly HashSet<(Conversation Root, string Name)> _lookedUp = [];

    /// <summary>In the order of their heads.</summary>
    public IReadOnlyList<WireRequest> All => _requests;

    /// <summary>Requests that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Names that a conversation asked DNS for, without a dot at the end.</summary>
    public ILookup<Conversation, string> LookedUp => _lookedUp.ToLookup(l => l.Root, l => l.Name);

    /// <summary>Has the messages of a run pass here too, after those that take them were set.</summary>
    public void Join(Layering layering)
    {
        ArgumentNullException.ThrowIfNull(layering);
        var next = layering.Messages;
        layering.Messages = conversation => new Sink(this, conversation, next?.Invoke(conversation) ?? new UnreadMessages(conversation.Tally));
    }

    private WireRequest? Add(Conversation conversation, Side side, HttpHead head, long offset, Origin origin)
    {
        if (head.Scheme == "dns")
        {
            if (_lookedUp.Count < MaxRequests) _lookedUp.Add((conversation.Root, head.Target.TrimEnd('.')));
            else Dropped++;
            return null;
        }
        if (_requests.Count == MaxRequests)
        {
            Dropped++;
            return null;
        }
        var request = new WireRequest(conversation, side, head, offset, origin);
        _requests.Add(request);
        return request;
    }

    private sealed class Sink(WireRequests book, Conversation conversation, IHttpSink next) : IHttpSink
    {
        private readonly Dictionary<(long, Side), WireRequest> _open = [];

        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
        {
            if (head.IsRequest && book.Add(conversation, side, head, offset, origin) is { } request) _open[(exchange, side)] = request;
            next.Head(exchange, side, head, offset, origin);
        }

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            if (_open.TryGetValue((exchange, side), out var request))
            {
                request.Body += bytes.Length;
                (request.Hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).AppendData(bytes);
            }
            next.Body(exchange, side, bytes, offset, origin);
        }

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) => next.Trailer(exchange, side, fields, origin);

        public void End(long exchange, Side side, bool whole, Origin origin)
        {
            if (_open.Remove((exchange, side), out var request))
            {
                request.Sha256 = Convert.ToHexStringLower(request.Hash?.GetHashAndReset() ?? SHA256.HashData([]));
                request.Hash?.Dispose();
                request.Hash = null;
                request.Whole = whole;
            }
            next.End(exchange, side, whole, origin);
        }
    }
}
