using System.Globalization;
using System.Text;
using Candor.Log;

namespace Candor.Witness;

/// <summary>The two requests of C2SP tlog-witness over HTTP. It writes nothing down of who asks.</summary>
internal sealed class WitnessServer : IAsyncDisposable
{
    private const string Text = "text/plain; charset=utf-8", SizeType = "text/x.tlog.size";

    private readonly WebApplication _app;
    private readonly WitnessBook _book;

    private WitnessServer(WebApplication app, WitnessBook book) => (_app, _book) = (app, book);

    public NoteVerifierKey Key => _book.Key;

    public static WitnessServer Open(string folder, string? name, string urls, TimeProvider time)
    {
        var book = WitnessBook.Open(folder, name, time);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        // No settings from the environment or from files: only what was typed.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls.Split(';'));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AddCheckpoint.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
        });
        var app = builder.Build();
        var server = new WitnessServer(app, book);
        app.Run(server.AnswerAsync);
        return server;
    }

    public Task StartAsync() => _app.StartAsync();

    public Task WaitAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _book.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "";
        if (path == "/add-checkpoint" && HttpMethods.IsPost(http.Request.Method))
        {
            await AddAsync(http).ConfigureAwait(false);
            return;
        }
        if (HttpMethods.IsGet(http.Request.Method) && path.EndsWith("/checkpoint", StringComparison.Ordinal) && _book.TryNewest(path[1..^"/checkpoint".Length], out byte[]? note))
        {
            await WriteAsync(http, StatusCodes.Status200OK, Text, note).ConfigureAwait(false);
            return;
        }
        if (HttpMethods.IsGet(http.Request.Method) && path == "/")
        {
            string page = $"A witness of transparency logs (C2SP tlog-witness).\n{_book.Key}\n{string.Concat(_book.Origins.Select(o => $"{o}\n"))}";
            await WriteAsync(http, StatusCodes.Status200OK, Text, Encoding.UTF8.GetBytes(page)).ConfigureAwait(false);
            return;
        }
        await WriteAsync(http, StatusCodes.Status404NotFound, Text, []).ConfigureAwait(false);
    }

    private async Task AddAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        }
        catch (BadHttpRequestException)
        {
            await WriteAsync(http, StatusCodes.Status400BadRequest, Text, []).ConfigureAwait(false);
            return;
        }
        var answer = _book.Add(body.GetBuffer().AsSpan(0, (int)body.Length));
        byte[] size = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{answer.Size}\n"));
        await (answer.Verdict switch
        {
            WitnessVerdict.Cosign => WriteAsync(http, StatusCodes.Status200OK, Text, Encoding.UTF8.GetBytes(answer.Line)),
            WitnessVerdict.OtherSize => WriteAsync(http, StatusCodes.Status409Conflict, SizeType, size),
            WitnessVerdict.UnknownOrigin => WriteAsync(http, StatusCodes.Status404NotFound, Text, []),
            WitnessVerdict.NotSigned => WriteAsync(http, StatusCodes.Status403Forbidden, Text, []),
            WitnessVerdict.NotConsistent => WriteAsync(http, StatusCodes.Status422UnprocessableEntity, Text, []),
            _ => WriteAsync(http, StatusCodes.Status400BadRequest, Text, []),
        }).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext http, int status, string type, byte[] bytes)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }
}
