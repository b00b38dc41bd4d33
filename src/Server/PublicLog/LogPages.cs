using System.Collections.Concurrent;
using Candor.Log;
using Microsoft.AspNetCore.Http.Features;

namespace Candor.Server.PublicLog;

/// <summary>The files of the log below /log/, the same bytes for everybody: no cookie, no validator, nothing read of the request but its path, nothing written down of who asks.</summary>
internal sealed class LogPages(LogFolder folder)
{
    public const string Prefix = "/log/";

    private const string Text = "text/plain; charset=utf-8", Bytes = "application/octet-stream";
    private const string Fresh = "no-cache", ForEver = "public, max-age=31536000, immutable";

    /// <summary>Tiles in memory: 16 MiB. A tile never changes, so what is here is right for ever.</summary>
    private const int MaxKept = 2048;

    private readonly ConcurrentDictionary<string, byte[]> _kept = new(StringComparer.Ordinal);

    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        // As it came: a spelling that has to be decoded first is another one.
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith(Prefix, StringComparison.Ordinal)) return next(http);
        bool head = HttpMethods.IsHead(http.Request.Method);
        var response = http.Response;
        if (!head && !HttpMethods.IsGet(http.Request.Method)) return Nothing(response, StatusCodes.Status405MethodNotAllowed);
        string path = target[Prefix.Length..];
        byte[]? bytes;
        switch (path)
        {
            case "checkpoint":
                (bytes, response.ContentType, response.Headers.CacheControl) = (LogFolder.ReadIfThere(folder.CheckpointFile), Text, Fresh);
                break;
            case "policy":
                (bytes, response.ContentType, response.Headers.CacheControl) = (LogFolder.ReadIfThere(folder.PolicyFile), Text, Fresh);
                break;
            default:
                bytes = Tile(path);
                (response.ContentType, response.Headers.CacheControl) = (Bytes, ForEver);
                break;
        }
        if (bytes is null) return Nothing(response, StatusCodes.Status404NotFound);
        response.ContentLength = bytes.Length;
        return head ? Task.CompletedTask : response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    private byte[]? Tile(string path)
    {
        if (_kept.TryGetValue(path, out byte[]? kept)) return kept;
        if (!TileName.TryParse(path, out var name) || folder.Read(name.Value) is not { } bytes) return null;
        if (name.Value.Level >= 0)
        {
            if (_kept.Count >= MaxKept) _kept.Clear();
            _kept[path] = bytes;
        }
        return bytes;
    }

    private static Task Nothing(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.ContentType = null;
        response.ContentLength = 0;
        response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }
}
