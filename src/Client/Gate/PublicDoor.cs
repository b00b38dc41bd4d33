using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Candor.Client.Api;
using Candor.Oblivious;

namespace Candor.Client.Gate;

/// <summary>How something public is fetched from a server: by asking it, or through a relay, so that the server does not learn the address that asks and the relay not what is asked for (docs/oblivious.md). Nothing of a device or account is in it.</summary>
/// <remarks>Both ways pass the gate; the ledger's line names the host that is really spoken to. Safe for several threads.</remarks>
public sealed class PublicDoor
{
    /// <summary>Longest answer that comes through a relay, sealed: 5 MiB of content, made longer by the gateway's rule.</summary>
    private const int LongestAnswer = 6 << 20;

    /// <summary>What one answer through a relay holds at most; longer files are fetched in pieces of it.</summary>
    public const int Piece = 4 << 20;

    private readonly Gate _gate;
    private readonly Uri? _relay;
    private readonly KeyConfig? _key;
    private readonly TimeProvider? _clock;

    /// <summary>Asks the server itself.</summary>
    public PublicDoor(Gate gate, Uri server)
    {
        _gate = gate;
        Server = server;
    }

    private PublicDoor(Gate gate, Uri server, Uri relay, KeyConfig key, byte[] configuration, TimeProvider clock) : this(gate, server)
    {
        _clock = clock;
        _relay = relay;
        _key = key;
        Configuration = configuration;
    }

    /// <summary>Whose pages.</summary>
    public Uri Server { get; }

    /// <summary>Through a relay: the key configuration as it came, which nobody has vouched for yet. Null: asked directly.</summary>
    public ReadOnlyMemory<byte>? Configuration { get; }

    /// <summary>Fetches the gateway's key configuration through the relay.</summary>
    /// <exception cref="ServerRefusedException">The relay does not answer, or not with a key that can be used.</exception>
    public static async Task<PublicDoor> ThroughAsync(Gate gate, Uri server, Uri relay, Purpose purpose, TimeProvider clock, CancellationToken cancel)
    {
        using var request = Gate.Request(HttpMethod.Get, new Uri(relay, "/keys"), purpose);
        byte[] bytes = await AskRelayAsync(gate, relay, request, KeyConfig.MediaType, KeyConfig.MaxBytes, cancel);
        if (!KeyConfig.TryParse(bytes, out var configs) || configs.Count == 0) throw new ServerRefusedException(ServerRefusedException.Garbled, $"{relay.Authority} gives no key of a gateway that this program can use. Is it a relay for {server.Authority}?");
        return new(gate, server, relay, configs[0], bytes, clock);
    }

    /// <summary>Fetches a page.</summary>
    /// <param name="path">From the server's root.</param>
    /// <param name="purpose">For the ledger.</param>
    /// <param name="agent">The User-Agent, where the server is asked itself; null: none. A gateway gets none.</param>
    /// <param name="range">First byte that is wanted, and the last or null; null: all.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="HttpRequestException">The server does not answer.</exception>
    /// <exception cref="ServerRefusedException">The relay or the gateway does not.</exception>
    public async Task<HttpResponseMessage> GetAsync(string path, Purpose purpose, string? agent, RangeItemHeaderValue? range, CancellationToken cancel)
    {
        if (_relay is not null) return await GetSealedAsync(path, purpose, range, cancel);
        using var request = Gate.Request(HttpMethod.Get, new Uri(Server, path), purpose);
        if (agent is not null) request.Headers.TryAddWithoutValidation("User-Agent", agent);
        if (range is not null) request.Headers.Range = Of(range);
        return await _gate.SendAsync(request, cancel);
    }

    /// <summary>Under the seal stands the time, without which a gateway that was started again could be made to answer a second time. Only the minute, so that no clock is known by its seconds.</summary>
    private async Task<HttpResponseMessage> GetSealedAsync(string path, Purpose purpose, RangeItemHeaderValue? range, CancellationToken cancel)
    {
        var now = _clock!.GetUtcNow();
        var response = await AskSealedAsync(path, purpose, range, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)), cancel);
        // RFC 9458 §6.5.2: made again with the gateway's time, once, and that time is for nothing else: to keep it would make this machine known by it.
        if (response.StatusCode != HttpStatusCode.BadRequest || response.Content.Headers.ContentType?.MediaType != "application/problem+json" || response.Headers.Date is not { } theirs) return response;
        response.Dispose();
        return await AskSealedAsync(path, purpose, range, theirs, cancel);
    }

    private async Task<HttpResponseMessage> AskSealedAsync(string path, Purpose purpose, RangeItemHeaderValue? range, DateTimeOffset date, CancellationToken cancel)
    {
        BinaryField time = new("date", date.ToString("R", CultureInfo.InvariantCulture));
        var asked = new BinaryRequest("GET", Server.Scheme, Server.Authority, path, range is null ? [time] : [time, new("range", Of(range).ToString())], default);
        using var exchange = SealedRequest.Seal(_key!, asked.ToBytes(MessageLength.Request)) ?? throw new ServerRefusedException(ServerRefusedException.Garbled, $"The gateway's key that {_relay!.Authority} gives is none.");
        using var request = Gate.Request(HttpMethod.Post, new Uri(_relay!, "/"), purpose, body: new GateBody(exchange.Bytes, SealedRequest.MediaType));
        byte[] bytes = await AskRelayAsync(_gate, _relay!, request, OpenedRequest.MediaType, LongestAnswer, cancel);
        if (exchange.Open(bytes) is not { } message || !BinaryResponse.TryParse(message, out var answer))
            throw new ServerRefusedException(ServerRefusedException.Garbled, $"What {_relay!.Authority} brought back is not the answer of the gateway whose key it gave.");
        var response = new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new ReadOnlyMemoryContent(answer.Content) };
        foreach (var field in answer.Fields)
        {
            if (!response.Headers.TryAddWithoutValidation(field.Name, field.Value)) response.Content.Headers.TryAddWithoutValidation(field.Name, field.Value);
        }
        return response;
    }

    private static RangeHeaderValue Of(RangeItemHeaderValue range) => new(range.From, range.To);

    /// <summary>A whole answer of the relay, of one kind.</summary>
    private static async Task<byte[]> AskRelayAsync(Gate gate, Uri relay, HttpRequestMessage request, string type, int longest, CancellationToken cancel)
    {
        try
        {
            using var response = await gate.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != type)
                throw new ServerRefusedException(ServerRefusedException.Garbled, $"{relay.Authority} answers {(int)response.StatusCode}, and not as a relay does when it has reached its gateway. Try again; if it stays so, ask who runs it.") { Status = (int)response.StatusCode };
            return await WholeAnswer.ReadAsync(response, longest, cancel) ?? throw new ServerRefusedException(ServerRefusedException.Garbled, $"{relay.Authority} sends more than such an answer can have.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ServerRefusedException(ServerRefusedException.Unreachable, $"The relay {relay.Authority} does not answer. Nothing went to the server itself; try again later, or without --relay.", e);
        }
    }
}
