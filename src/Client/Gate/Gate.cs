using System.Net;
using System.Security.Authentication;
using System.Text;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>The only door out of a client. Before a byte of a request leaves, the ledger has its line; what is not allowed does not leave.</summary>
/// <remarks>
/// HTTP/1.1, no cookies, no redirects, no compression, no proxy, no trace headers: a request carries what the caller put on it and nothing else, so the
/// length of its head is known beforehand. Safe for several threads.
/// </remarks>
public sealed class Gate : HttpMessageInvoker
{
    /// <summary>Connections to one server: enough to keep both ends busy on a fast line, few enough to be polite.</summary>
    private const int Connections = 6;

    /// <summary>How long a server may take to begin an answer, and then between two pieces of it. It says something every 25 seconds on the one stream that waits (spec/http-api.md).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The slowest line on which a body still counts as on its way, in bytes a second.</summary>
    private const int SlowestLine = 8 << 10;

    public Gate(Ledger ledger) : this(ledger, Patience)
    {
    }

    /// <summary>With less patience, for tests.</summary>
    internal Gate(Ledger ledger, TimeSpan patience) : base(new Door(ledger, Network(), patience), disposeHandler: true)
    {
    }

    /// <summary>With another wire under it, for tests.</summary>
    internal Gate(Ledger ledger, HttpMessageHandler wire) : base(new Door(ledger, wire, Patience), disposeHandler: true)
    {
    }

    /// <summary>A request that may pass: what it is for, and under which consent if its body holds a kind's bytes.</summary>
    public static HttpRequestMessage Request(HttpMethod method, Uri uri, Purpose purpose, Kind kind = Kind.None, long consent = -1, GateBody? body = null)
    {
        var request = new HttpRequestMessage(method, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = body };
        request.Options.Set(Door.PassKey, new Pass(purpose, kind, consent));
        return request;
    }

#pragma warning disable RS0030 // This is the gate: the one place where the network is reached.
    private static SocketsHttpHandler Network() => new()
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        SslOptions = new() { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        MaxConnectionsPerServer = Connections,
        PlaintextStreamFilter = static (connection, _) => ValueTask.FromResult<Stream>(new AskedStream(connection.PlaintextStream)),
    };
#pragma warning restore RS0030

    internal sealed record Pass(Purpose Purpose, Kind Kind, long Consent);

    private sealed class Door(Ledger ledger, HttpMessageHandler wire, TimeSpan patience) : DelegatingHandler(wire)
    {
        public static readonly HttpRequestOptionsKey<Pass> PassKey = new("candor-pass");

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.Options.TryGetValue(PassKey, out var pass)) throw new InvalidOperationException("A request passes the gate only with a purpose.");
            if (request.Content is not (null or GateBody)) throw new InvalidOperationException("The gate takes bodies that it can count and hash before they leave.");
            if (pass.Kind != Kind.None && pass.Consent < 0) throw new InvalidOperationException($"No consent for {pass.Kind.Word()}: nothing of it leaves this device.");

            var body = request.Content as GateBody;
            var uri = request.RequestUri!;
            long id = Depart(new(
                uri.Authority, pass.Purpose, pass.Kind, pass.Consent, request.Method.Method, uri.PathAndQuery, HeadLength(request),
                body?.Length ?? 0, body?.Hash ?? Hash32.Of([])));
            try
            {
                using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                late.CancelAfter(patience + TimeSpan.FromSeconds((body?.Length ?? 0) / SlowestLine));
                var response = await base.SendAsync(request, late.Token);
                var content = new StreamContent(new ArrivingStream(await response.Content.ReadAsStreamAsync(cancellationToken), ledger, id, (int)response.StatusCode, patience));
                foreach (var header in response.Content.Headers) content.Headers.TryAddWithoutValidation(header.Key, header.Value);
                response.Content = content;
                return response;
            }
            catch (Exception e)
            {
                ledger.Arrive(id, 0, 0, whole: false);
                if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested) throw new HttpRequestException("No answer came in time.", e);
                // HttpClient lets this one out as it is where the other end goes between its accepting and the first question for its address.
                if (e is System.Net.Sockets.SocketException) throw new HttpRequestException("The connection broke.", e);
                throw;
            }
        }

        private long Depart(Departure departure)
        {
            try
            {
                return ledger.Depart(departure);
            }
            catch (IOException e)
            {
                throw new DeviceException($"The ledger cannot be written, and without its line nothing leaves: {e.Message} Make room on the disk and run again: what was acknowledged is safe.", e);
            }
        }

        /// <summary>Request line and headers as HTTP/1.1 writes them, with the blank line.</summary>
        private static int HeadLength(HttpRequestMessage request)
        {
            // "METHOD target HTTP/1.1\r\n", "Host: authority\r\n", the blank line.
            int length = request.Method.Method.Length + 1 + request.RequestUri!.PathAndQuery.Length + 11 + 6 + request.RequestUri.Authority.Length + 2 + 2;
            foreach (var header in request.Headers.NonValidated) length += Line(header.Key, header.Value);
            if (request.Content is not null)
            {
                foreach (var header in request.Content.Headers.NonValidated) length += Line(header.Key, header.Value);
            }
            return length;
        }

        /// <summary>"name: value, value\r\n".</summary>
        private static int Line(string name, System.Net.Http.Headers.HeaderStringValues values)
        {
            int length = name.Length + 2 + 2 + (2 * (values.Count - 1));
            foreach (string value in values) length += Encoding.Latin1.GetByteCount(value);
            return length;
        }
    }
}
