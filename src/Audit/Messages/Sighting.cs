using System.Globalization;
using Candor.Audit.Claims;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Search;

namespace Candor.Audit.Messages;

/// <summary>A finding at its place in a capture.</summary>
/// <param name="Conversation">Where it was said.</param>
/// <param name="Side">Who said it. Only what the phone said was sent by it: see <see cref="IsSent"/>.</param>
/// <param name="Exchange">Number of the message within the conversation; -1 in a stream or datagram that no protocol was read of.</param>
/// <param name="Part">"target", "field Cookie", "body", "stream", "datagram": what of the message <see cref="Search.Finding.Offset"/> counts in.</param>
/// <param name="Offset">In the side's byte stream, as far as the layers keep track of it.</param>
/// <param name="Origin">The packet that completed it.</param>
/// <param name="Finding">What it is.</param>
public sealed record Sighting(Conversation Conversation, Side Side, long Exchange, string Part, long Offset, Origin Origin, Finding Finding)
{
    /// <summary>The request it stands in: "POST https://host/path", without the query. Empty where there is none.</summary>
    public string Request { get; init; } = "";

    /// <summary>Whether the phone sent it: what a server sent, or anybody else, is no upload. Known once all is read.</summary>
    public bool IsSent => Conversation.Root.Phone == Side;

    /// <summary>Whether it is enough to be counted: the owner's, or of a kind that is surely somebody's; not a placeholder that a program sends in its stead.</summary>
    public bool Counts => !Finding.What.EndsWith("-withheld", StringComparison.Ordinal) && (Finding.Value is not null || Finding.Confidence > Confidence.Possible);

    /// <summary>Whether nobody had to open anything to read it.</summary>
    public bool IsOpen => !Conversation.Secure;
}

/// <summary>A request, or a message of another protocol, that somebody sent.</summary>
/// <param name="Conversation">Where: that of the packets.</param>
/// <param name="Side">Who sent it.</param>
/// <param name="Exchange">Its number in the conversation.</param>
/// <param name="Method">As in its head.</param>
/// <param name="Url">Scheme, host and path; the query is not kept.</param>
/// <param name="Host">Whom it is to, in lower case, without port.</param>
/// <param name="Origin">The packet that completed its head.</param>
public sealed record SentRequest(Conversation Conversation, Side Side, long Exchange, string Method, string Url, string Host, Origin Origin)
{
    /// <summary>Where it is counted: the one that its packets are of, or that stands for several of which it was one.</summary>
    public Conversation Conversation { get; internal set; } = Conversation;

    /// <summary>Names of what in it tells one client from another: "Cookie", "Authorization", "If-None-Match", "query", "body".</summary>
    public IReadOnlyList<string> Telling { get; init; } = [];

    /// <summary>Bytes of the body that the capture has.</summary>
    public long Body { get; internal set; }

    public bool IsSent => Conversation.Phone == Side;
}

/// <summary>All that was seen in captures, as it comes. Bounded: what finds no room is counted.</summary>
public sealed class SightingBook
{
    private const int MaxSightings = 50_000, MaxRequests = 200_000, MaxEach = 2_000, MaxMarks = 1000, MostUrlText = 8 << 20, ShortUrl = 80;

    private readonly List<Sighting> _sightings = [];
    private readonly List<SentRequest> _requests = [];
    private readonly List<SentRequest> _marks = [];
    private readonly Dictionary<(OwnerValue?, string, string?, Address), int> _each = [];
    private int _urlText;

    /// <summary>In the order they were found. Of one value to one server no more than some thousand: the rest is counted in <see cref="Repeated"/>.</summary>
    public IReadOnlyList<Sighting> Sightings => _sightings;

    public IReadOnlyList<SentRequest> Requests => _requests;

    /// <summary>Requests that mark a consent, also those that found no room among the others; the first thousand.</summary>
    public IReadOnlyList<SentRequest> Marks => _marks;

    /// <summary>Findings that are not listed, for the same value was found so often.</summary>
    public long Repeated { get; private set; }

    /// <summary>Findings and requests that found no room at all.</summary>
    public long Dropped { get; private set; }

    /// <summary>Bodies whose decoding a limit ended, or that were longer than is kept: there may be more in them than was found.</summary>
    public long Exhausted { get; internal set; }

    /// <summary>Bodies that are not what their head declares: "declared gzip, is not".</summary>
    public long MisDeclared { get; internal set; }

    internal void Add(Sighting sighting)
    {
        // To each server by itself: what went to one a thousand times may go to another once.
        var key = (sighting.Finding.Value, sighting.Finding.What, sighting.Conversation.Name, sighting.Conversation.Server.Address);
        int count = _each.GetValueOrDefault(key);
        if (_sightings.Count >= MaxSightings) Dropped++;
        else if (count >= MaxEach) Repeated++;
        else
        {
            _each[key] = count + 1;
            _sightings.Add(sighting);
        }
    }

    internal SentRequest AddRequest(SentRequest request)
    {
        if (_marks.Count < MaxMarks && RecordingMarks.TryReadName(request.Url, out _, out _)) _marks.Add(request);
        if (_requests.Count == MaxRequests)
        {
            Dropped++;
            return request;
        }
        // Long addresses are evidence; a recording of nothing else would fill the memory with them.
        _urlText = Math.Min(MostUrlText, _urlText + request.Url.Length);
        if (_urlText == MostUrlText && request.Url.Length > ShortUrl) request = request with { Url = request.Url[..ShortUrl] + "…" };
        _requests.Add(request);
        return request;
    }

    /// <summary>Lets conversations go that another one stands for.</summary>
    internal void Fold()
    {
        foreach (var request in _requests)
        {
            // One that stands for all clients has nobody's address: whether the phone sent it would be lost.
            if (request.Conversation.Account is { Client.Address.IsNone: false } account) request.Conversation = account;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_sightings.Count} sightings, {_requests.Count} requests");
}
