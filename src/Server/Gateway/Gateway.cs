using System.Globalization;
using System.Text;
using Candor.Oblivious;
using Candor.Server.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Candor.Server.Gateway;

/// <summary>The Oblivious HTTP gateway (RFC 9458): opens a sealed request that a relay brought, asks this server's own public pages as if the client had, and seals the answer. It answers for what is the same for everybody and for nothing else.</summary>
/// <remarks>
/// 1. Form and length. 2. The key: an unknown one is answered so that the client fetches the configuration anew. 3. A request that was here before is refused: who sends one again, to learn from the new answer's length, is not its maker. One without a time
/// that tells is answered with ours, so that its maker makes it again. 4. Inside: a GET of a public page of this server, without anything that says who asks. 5. The pages are asked, in this process; no other host ever is. 6. The answer, made longer by the rule of lengths, is sealed.
/// Refusals of what does not open and of what was here before are plain, all others sealed. Nothing is written down.
/// </remarks>
internal sealed class Gateway(GatewayKeys keys, string[] authorities, IReadOnlySet<string> pages, Refusals refusals, TimeProvider time) : IDisposable
{
    public const string Door = "/ohttp", KeysPage = "/ohttp/keys";

    /// <summary>Longest request and longest content of an answer, in bytes. What is longer is asked for in ranges.</summary>
    internal const int MaxRequest = 16 << 10, MaxContent = 5 << 20;

    /// <summary>Answers that are in memory at once.</summary>
    private const int MaxAtOnce = 8;

    private const string ProblemType = "application/problem+json";

    /// <summary>RFC 9458 §7.</summary>
    private const string KeyProblem = "https://iana.org/assignments/http-problem-types#ohttp-key", DateProblem = "https://iana.org/assignments/http-problem-types#date";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Fields that say who asks: no honest client of something public sends one.</summary>
    private static readonly string[] Telling = ["authorization", "cookie", "signature", "signature-input", "proxy-authorization", "if-none-match", "if-modified-since"];

    /// <summary>Of the connection, not of the answer.</summary>
    private static readonly string[] Left = ["connection", "content-length", "date", "keep-alive", "server", "set-cookie", "transfer-encoding", "upgrade"];

    private readonly SemaphoreSlim _room = new(MaxAtOnce);
    private readonly AnsweredRequests _answered = new(time);

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target == KeysPage) return KeysAsync(http);
        return target == Door ? AnswerAsync(http, next) : next(http);
    }

    public void Dispose() => _room.Dispose();

    private Task KeysAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) return RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "about:blank", "A key configuration is fetched with GET.");
        return WriteAsync(http, KeyConfig.MediaType, keys.Published());
    }

    private async Task AnswerAsync(HttpContext http, RequestDelegate next)
    {
        // 1.
        if (!HttpMethods.IsPost(http.Request.Method) || http.Request.ContentType != SealedRequest.MediaType)
        {
            await RefuseAsync(http, HttpMethods.IsPost(http.Request.Method) ? StatusCodes.Status415UnsupportedMediaType : StatusCodes.Status405MethodNotAllowed, "about:blank", $"A sealed request comes by POST, as {SealedRequest.MediaType}.").ConfigureAwait(false);
            return;
        }
        if (await ReadAsync(http).ConfigureAwait(false) is not { } request)
        {
            await RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, "about:blank", "A sealed request has at most 16384 bytes.").ConfigureAwait(false);
            return;
        }
        if (!await _room.WaitAsync(Patience, http.RequestAborted).ConfigureAwait(false))
        {
            http.Response.Headers.RetryAfter = "5";
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, "about:blank", "Too many requests at once.").ConfigureAwait(false);
            return;
        }
        try
        {
            // 2.
            var result = keys.Open(request, out var opened);
            using (opened)
            {
                if (opened is null)
                {
                    await (result == GatewayResult.UnknownKey
                        ? RefuseAsync(http, StatusCodes.Status400BadRequest, KeyProblem, "The key is not one of this gateway's. Fetch the configuration anew.")
                        : RefuseAsync(http, StatusCodes.Status400BadRequest, "about:blank", "That is no sealed request.")).ConfigureAwait(false);
                    return;
                }
                // 3.
                bool read = BinaryRequest.TryParse(opened.Message.Span, out var asked);
                var replay = _answered.Add(opened.Encapsulation.Span, asked?["date"]);
                if (replay == ReplayResult.Before)
                {
                    await RefuseAsync(http, StatusCodes.Status400BadRequest, "about:blank", "This request was here before. Make it again.").ConfigureAwait(false);
                    return;
                }
                var answer = !read ? Says(StatusCodes.Status400BadRequest, "That is no request in binary HTTP.")
                    : replay == ReplayResult.OtherTime ? await OtherTimeAsync(http.RequestAborted).ConfigureAwait(false)
                    : replay == ReplayResult.Full ? Says(StatusCodes.Status503ServiceUnavailable, "Too many requests in these minutes.")
                    : await AskAsync(http, asked!, next).ConfigureAwait(false);
                // 6.
                await WriteAsync(http, OpenedRequest.MediaType, opened.Seal(answer.ToBytes(MessageLength.Answer))).ConfigureAwait(false);
            }
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>RFC 9458 §6.5.2: with our time, by which the request can be made again, once.</summary>
    private async Task<BinaryResponse> OtherTimeAsync(CancellationToken cancel)
    {
        await _answered.ReadyAsync(cancel).ConfigureAwait(false);
        return new(StatusCodes.Status400BadRequest, [new("content-type", ProblemType), new("date", time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture))],
            Encoding.UTF8.GetBytes($$"""{"type":"{{DateProblem}}","title":"The request says no time, or one that is not of these minutes."}"""));
    }

    private async Task<BinaryResponse> AskAsync(HttpContext http, BinaryRequest request, RequestDelegate next)
    {
        // 4.
        if (request.Method != HttpMethods.Get) return Says(StatusCodes.Status405MethodNotAllowed, "Only GET.");
        if (request["expect"] is not null) return Says(StatusCodes.Status417ExpectationFailed, "There is nothing to wait for.");
        if (request.Content.Length > 0 || Telling.Any(name => request[name] is not null)) return Says(StatusCodes.Status400BadRequest, "The request says who asks, or has a body: nothing public needs that.");
        string authority = request.Authority.Length > 0 ? request.Authority : request["host"] ?? "";
        if (request.Scheme is not ("https" or "http") || !IsOurs(http, authority)) return Says(StatusCodes.Status421MisdirectedRequest, "This gateway answers for its own server only.");
        if (!TryPublicPath(request.Path, out var path)) return Says(StatusCodes.Status403Forbidden, "This gateway shows what is public and the same for everybody.");

        // 5.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var content = new Content(end);
        await using (content.ConfigureAwait(false))
        {
            var inner = Inner(http, request, path, authority, content, end.Token);
            await refusals.InvokeAsync(inner, next).ConfigureAwait(false);
            if (content.IsTooLong) return Says(StatusCodes.Status413PayloadTooLarge, "That is longer than one answer can be: ask for it in ranges.");
            await inner.Features.GetRequiredFeature<IHttpResponseBodyFeature>().CompleteAsync().ConfigureAwait(false);
            var fields = inner.Response.Headers.Select(h => new BinaryField(h.Key.ToLowerInvariant(), h.Value.ToString())).Where(f => !Left.Contains(f.Name));
            return new(inner.Response.StatusCode, [.. fields.OrderBy(f => f.Name, StringComparer.Ordinal)], content.ToArray());
        }
    }

    private static DefaultHttpContext Inner(HttpContext http, BinaryRequest request, PathString path, string authority, Content content, CancellationToken end)
    {
        IHeaderDictionary headers = new HeaderDictionary { [HeaderNames.Host] = authority };
        if (request["range"] is { } range) headers.Range = range;
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = HttpMethods.Get, Scheme = request.Scheme, Path = path, RawTarget = request.Path, Protocol = HttpProtocol.Http11, Headers = headers });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(content));
        return new(features) { RequestServices = http.RequestServices, RequestAborted = end };
    }

    /// <summary>The server by a name that it goes by, or by the one under which the relay reached it.</summary>
    private bool IsOurs(HttpContext http, string authority) => authority.Length > 0 && authorities.Append(http.Request.Host.Value).Contains(authority, StringComparer.OrdinalIgnoreCase);

    /// <summary>The path, if it is of a page that is the same for everybody; spelled in one way, without a query.</summary>
    private bool TryPublicPath(string target, out PathString path)
    {
        path = default;
        if (!target.StartsWith('/') || !target.All(c => char.IsAsciiLetterOrDigit(c) || "/._~-%".Contains(c, StringComparison.Ordinal))) return false;
        path = PathString.FromUriComponent(target);
        string text = path.Value!;
        if (text.Split('/').Any(p => p is "." or "..") || text.Contains('\\', StringComparison.Ordinal) || text.Contains('\0', StringComparison.Ordinal)) return false;
        return text.StartsWith("/log/", StringComparison.Ordinal) || text.StartsWith("/shelf/", StringComparison.Ordinal) || text is "/v1/server" or "/" || pages.Contains(text);
    }

    private static BinaryResponse Says(int status, string sentence) => new(status, [new("content-type", "text/plain")], Encoding.ASCII.GetBytes(sentence + "\n"));

    /// <summary>Null: longer than a request may be.</summary>
    private static async Task<byte[]?> ReadAsync(HttpContext http)
    {
        if (http.Request.ContentLength > MaxRequest) return null;
        byte[] bytes = new byte[MaxRequest + 1];
        int length = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted).ConfigureAwait(false);
        return length > MaxRequest ? null : bytes[..length];
    }

    private static Task RefuseAsync(HttpContext http, int status, string type, string title)
    {
        http.Response.StatusCode = status;
        return WriteAsync(http, ProblemType, Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","title":"{{title}}"}"""));
    }

    private static Task WriteAsync(HttpContext http, string type, byte[] bytes)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        http.Response.Headers.CacheControl = type == KeyConfig.MediaType ? "no-cache" : "no-store";
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    /// <summary>The content of an answer as it is written; what is longer than it may be ends its writer.</summary>
    private sealed class Content(CancellationTokenSource end) : MemoryStream
    {
        public bool IsTooLong { get; private set; }

        // The others of MemoryStream come down to these two.
        public override void Write(byte[] buffer, int offset, int count)
        {
            Check(count);
            base.Write(buffer, offset, count);
        }

        public override void WriteByte(byte value)
        {
            Check(1);
            base.WriteByte(value);
        }

        private void Check(int count)
        {
            if (Length + count <= MaxContent) return;
            IsTooLong = true;
            end.Cancel();
            throw new IOException("Too long.");
        }
    }
}
