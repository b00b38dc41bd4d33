using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Candor.Server.Web;

/// <summary>The web app: the files of one folder, read at the start, each at its own path. The same bytes for everyone.</summary>
/// <remarks>
/// A file beside one of the same name and ".br" or ".gz" is sent in that form to who asks for it. Names below /assets hold a hash of what is in them, so they may be kept for ever;
/// every other file is asked for anew and answered by 304 where it has not changed. The policy lets the page reach this server and nobody else, and run no script but its own.
/// </remarks>
internal sealed class WebApp
{
    public const string FolderName = "web";

    private const string Assets = "/assets/";

    private const string IndexFile = "index.html";

    /// <summary>A bundle is about a megabyte; whatever is larger by far is not ours.</summary>
    private const long LargestBundle = 64 << 20;

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        + "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types candor";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".woff2"] = "font/woff2",
        [".txt"] = "text/plain; charset=utf-8",
        [".pack"] = "application/octet-stream",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly SortedDictionary<string, WebFile> _files = new(StringComparer.Ordinal);

    private WebApp()
    {
    }

    /// <summary>Paths that it answers to.</summary>
    public IEnumerable<string> Paths => _files.Keys;

    /// <summary>Reads a folder; without one, or without an index, there is no web app and nothing is mapped.</summary>
    public static WebApp Read(string folder)
    {
        var app = new WebApp();
        if (!File.Exists(Path.Combine(folder, IndexFile))) return app;
        long total = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!Types.TryGetValue(Path.GetExtension(file), out string? type)) continue;
            byte[] plain = File.ReadAllBytes(file);
            total += plain.Length;
            if (total > LargestBundle) throw new InvalidOperationException($"{folder} is no web app of ours: it has more than {LargestBundle >> 20} MiB.");
            string path = '/' + Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            var read = new WebFile(type, plain, Beside(file, ".br"), Beside(file, ".gz"), $"\"{Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 16))}\"", path.StartsWith(Assets, StringComparison.Ordinal));
            app._files[path == '/' + IndexFile ? "/" : path] = read;
        }
        return app;
    }

    /// <summary>Its files as the public log has them: what is served to who asks for no other form.</summary>
    public IReadOnlyList<Log.LogFile> Files => [.. _files.Select(f => new Log.LogFile(f.Key == "/" ? IndexFile : f.Key[1..], f.Value.Plain.Length, Protocol.Hash32.Of(f.Value.Plain)))];

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var (path, file) in _files) app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], http => SendAsync(http, file)).ExcludeFromDescription();
    }

    private static byte[]? Beside(string file, string ending) => File.Exists(file + ending) ? File.ReadAllBytes(file + ending) : null;

    private static async Task SendAsync(HttpContext http, WebFile file)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()";
        headers.CacheControl = file.IsHashed ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ETag = file.Tag;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (http.Request.Headers.IfNoneMatch.Count == 1 && http.Request.Headers.IfNoneMatch[0] == file.Tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var (body, encoding) = Pick(file, http.Request.Headers.AcceptEncoding.ToString());
        if (encoding is not null) headers.ContentEncoding = encoding;
        http.Response.ContentType = file.Type;
        http.Response.ContentLength = body.Length;
        if (HttpMethods.IsGet(http.Request.Method)) await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The smallest form that the browser says it takes. "q=0" is no yes.</summary>
    private static (byte[] Body, string? Encoding) Pick(WebFile file, string accepted)
    {
        if (file.Brotli is { } brotli && Takes(accepted, "br")) return (brotli, "br");
        return file.Gzip is { } gzip && Takes(accepted, "gzip") ? (gzip, "gzip") : (file.Plain, null);
    }

    private static bool Takes(string accepted, string coding)
    {
        foreach (var part in accepted.Split(','))
        {
            string[] pieces = part.Split(';', StringSplitOptions.TrimEntries);
            if (pieces[0].Equals(coding, StringComparison.OrdinalIgnoreCase)) return pieces.Length == 1 || pieces[1] is not ("q=0" or "q=0.0" or "q=0.00" or "q=0.000");
        }
        return false;
    }

    private sealed record WebFile(string Type, byte[] Plain, byte[]? Brotli, byte[]? Gzip, string Tag, bool IsHashed);
}
