using System.Text.RegularExpressions;

namespace Candor.Server.Shelf;

/// <summary>Serves the shelf's metadata and targets to anybody, as files with ranges, and says nothing that could be sent back: no tag, no date of a change, no cookie (spec/shelf.md §4).</summary>
/// <remarks>Nothing is written down about who asks. A query is refused: it could tell people apart.</remarks>
internal sealed partial class ShelfRoutes(string folder)
{
    private const string Moment = "timestamp.json";

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/shelf/metadata/{name}", (HttpContext http, string name) => Send(http, Path.Combine("metadata", name), name)).ExcludeFromDescription();
        app.MapGet("/shelf/targets/{**path}", (HttpContext http, string path) => Send(http, Path.Combine("targets", path), path)).ExcludeFromDescription();
        // What the updaters of LineageOS and GrapheneOS ask for: UpdateFeeds writes it.
        app.MapGet("/shelf/lineage/{device}/{channel}", (HttpContext http, string device, string channel) => Send(http, Path.Combine(UpdateFeeds.Folder, "lineage", device, channel), $"{device}/{channel}", "application/json")).ExcludeFromDescription();
        app.MapGet("/shelf/graphene/{name}", (HttpContext http, string name) => Send(http, Path.Combine(UpdateFeeds.Folder, "graphene", name), name, name.EndsWith(".zip", StringComparison.Ordinal) ? null : "text/plain")).ExcludeFromDescription();
    }

    /// <param name="http">The request.</param>
    /// <param name="file">Below the shelf's folder.</param>
    /// <param name="name">What of it came with the request.</param>
    /// <param name="changing">The type of a file that changes under its name; null for one that never does.</param>
    private IResult Send(HttpContext http, string file, string name, string? changing = null)
    {
        if (http.Request.QueryString.HasValue) return TypedResults.BadRequest();
        if (!name.Split('/').All(p => Part().IsMatch(p))) return TypedResults.NotFound();
        string path = Path.Combine(folder, file);
        if (!File.Exists(path)) return TypedResults.NotFound();
        // A root that comes next year has a name that is asked for today: only what exists may be kept.
        http.Response.Headers.CacheControl = name == Moment || changing is not null ? "no-cache" : "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        // A stream, because a file's own result would say when the file was changed.
        return TypedResults.Stream(File.OpenRead(path), changing ?? (name.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream"), enableRangeProcessing: true);
    }

    /// <summary>One part of a path: no dots alone, nothing that a file system or a URL reads in another way; "%" stands in the escaped name of a role.</summary>
    [GeneratedRegex(@"^(?!\.{1,2}$)(?!.*\.new$)[A-Za-z0-9._~%-]{1,255}$")]
    private static partial Regex Part();
}
