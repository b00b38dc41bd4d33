using System.Net;
using System.Net.Http.Headers;

namespace Candor.Relay;

/// <summary>The relay of Oblivious HTTP (RFC 9458 §6): POST / carries a sealed request to one gateway and the sealed answer back; GET /keys fetches that gateway's key configuration.</summary>
/// <remarks>
/// What goes on is the body alone, under a head that is the same for every client: no field, no cookie, no address of the client, no Via, no Forwarded. What comes back is status, kind and body. It writes nothing down, asks nobody but the gateway of its
/// command line, follows no redirect, and keeps nothing when an answer has gone. Requests of all clients share its few connections.
/// </remarks>
internal sealed class RelayServer : IAsyncDisposable
{
    internal const string RequestType = "message/ohttp-req", AnswerType = "message/ohttp-res", KeysType = "application/ohttp-keys", ProblemType = "application/problem+json";

    /// <summary>Longest sealed request and answer, in bytes: a gateway's 5 MiB of content, made longer by at most 12 %.</summary>
    internal const int MaxRequest = 16 << 10, MaxAnswer = 6 << 20;

    /// <summary>Requests under way; more are asked to come later.</summary>
    private const int MaxAtOnce = 16;

    /// <summary>How long the gateway has for an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly Uri _gateway, _keys;
    private readonly HttpMessageInvoker _wire;
    private readonly SemaphoreSlim _room = new(MaxAtOnce);

    private RelayServer(WebApplication app, Uri gateway)
    {
        _app = app;
        _gateway = gateway;
        _keys = new(gateway.AbsoluteUri.TrimEnd('/') + "/keys");
#pragma warning disable RS0030 // The relay's one way on, to one address.
        _wire = new(new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxConnectionsPerServer = 8,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        });
#pragma warning restore RS0030
    }

    public static RelayServer Open(Uri gateway, string urls)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        // No settings from the environment or from files: only what was typed. No log: a line of it could name a client.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls.Split(';'));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequest;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinRequestBodyDataRate = new Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
        var app = builder.Build();
        var server = new RelayServer(app, gateway);
        app.Run(server.AnswerAsync);
        return server;
    }

    public Task StartAsync() => _app.StartAsync();

    public Task WaitAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _wire.Dispose();
        _room.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        bool asks = http.Request.Path == "/" && HttpMethods.IsPost(http.Request.Method), keys = http.Request.Path == "/keys" && HttpMethods.IsGet(http.Request.Method);
        if (!asks && !keys)
        {
            http.Response.StatusCode = http.Request.Path == "/" || http.Request.Path == "/keys" ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound;
            return;
        }
        if (asks && http.Request.ContentType != RequestType)
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        if (!await _room.WaitAsync(TimeSpan.FromSeconds(5), http.RequestAborted).ConfigureAwait(false))
        {
            http.Response.Headers.RetryAfter = "5";
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        try
        {
            byte[]? body = asks ? await ReadAsync(http).ConfigureAwait(false) : null;
            await CarryAsync(http, body).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            http.Response.StatusCode = e.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested) http.Abort();
            else http.Response.StatusCode = e is OperationCanceledException ? StatusCodes.Status504GatewayTimeout : StatusCodes.Status502BadGateway;
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Whole, before anything goes on: how a client sends it, piece by piece or slowly, is not to be seen behind the relay.</summary>
    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        byte[] bytes = new byte[MaxRequest + 1];
        int length = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted).ConfigureAwait(false);
        return bytes[..length];
    }

    private async Task CarryAsync(HttpContext http, byte[]? body)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        late.CancelAfter(Patience);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, body is null ? _keys : _gateway) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(RequestType);
        }
        using var answer = await _wire.SendAsync(request, late.Token).ConfigureAwait(false);
        string type = answer.Content.Headers.ContentType?.MediaType ?? "";
        bool carried = type is ProblemType || type == (body is null ? KeysType : AnswerType);
        byte[]? bytes = carried ? await ReadAsync(answer, late.Token).ConfigureAwait(false) : [];
        if (bytes is null || (answer.StatusCode == HttpStatusCode.OK && !carried))
        {
            // Too long, or not what a gateway says: it is not the relay's to hand on.
            http.Response.StatusCode = StatusCodes.Status502BadGateway;
            return;
        }
        http.Response.StatusCode = (int)answer.StatusCode;
        if (carried) http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, late.Token).ConfigureAwait(false);
    }

    /// <summary>Null: longer than it may be; the rest is not read.</summary>
    private static async Task<byte[]?> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (answer.Content.Headers.ContentLength > MaxAnswer) return null;
        var stream = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var bytes = new MemoryStream();
            byte[] buffer = new byte[64 << 10];
            for (int read; (read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
            {
                if (bytes.Length + read > MaxAnswer) return null;
                bytes.Write(buffer, 0, read);
            }
            return bytes.ToArray();
        }
    }
}
