using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Candor.Simulation;

/// <summary>An HTTP request or answer as it lies on the simulated wire: whole, in memory.</summary>
internal sealed record WireRequest(string Method, string Host, string Target, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body);

/// <inheritdoc cref="WireRequest"/>
/// <param name="Status">Of the answer.</param>
/// <param name="Headers">As the server wrote them.</param>
/// <param name="Body">What came of the body.</param>
/// <param name="Whole">False where the server gave up in the middle.</param>
internal sealed record WireAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, bool Whole);

/// <summary>Takes the place of Kestrel: hands a request to the real server's pipeline and collects the answer. No socket, no thread of its own.</summary>
internal sealed class MemoryWire : IServer
{
    private Func<IFeatureCollection, Task>? _serve;

    public MemoryWire() => Features.Set<IServerAddressesFeature>(new ServerAddressesFeature());

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
    {
        _serve = async features =>
        {
            var context = application.CreateContext(features);
            try
            {
                await application.ProcessRequestAsync(context);
                application.DisposeContext(context, null);
            }
            catch (Exception e)
            {
                application.DisposeContext(context, e);
                throw;
            }
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _serve = null;
        return Task.CompletedTask;
    }

    public async Task<WireAnswer> SendAsync(WireRequest asked)
    {
        var serve = _serve ?? throw new InvalidOperationException("The server was not started.");
        var features = new FeatureCollection();
        int mark = asked.Target.IndexOf('?', StringComparison.Ordinal);
        var request = new HttpRequestFeature
        {
            Method = asked.Method,
            Scheme = "http",
            Protocol = "HTTP/1.1",
            RawTarget = asked.Target,
            Path = Uri.UnescapeDataString(mark < 0 ? asked.Target : asked.Target[..mark]),
            QueryString = mark < 0 ? "" : asked.Target[mark..],
            Body = new MemoryStream(asked.Body, writable: false),
        };
        request.Headers.Host = asked.Host;
        foreach (var (name, value) in asked.Headers) request.Headers.Append(name, value);
        var body = new MemoryStream();
        var response = new HttpResponseFeature();
        var writer = new StreamResponseBodyFeature(body);
        var life = new Life();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(writer);
        features.Set<IHttpRequestLifetimeFeature>(life);
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Loopback });
        bool whole = true;
        try
        {
            await serve(features);
            await writer.CompleteAsync();
        }
#pragma warning disable CA1031 // What falls out of the pipeline is what a cut connection is to a client.
        catch (Exception)
#pragma warning restore CA1031
        {
            whole = false;
        }
        var headers = response.Headers.SelectMany(h => h.Value.Select(v => KeyValuePair.Create(h.Key, v ?? ""))).ToList();
        return new(response.StatusCode, headers, body.ToArray(), whole && !life.Aborted);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Life : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool Aborted { get; private set; }

        public void Abort() => Aborted = true;
    }
}
