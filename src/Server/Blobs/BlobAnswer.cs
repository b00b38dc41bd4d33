using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Candor.Server.Blobs;

/// <summary>A blob, or the range of it that was asked for.</summary>
/// <param name="bytes">Where they are read; closed when they are written.</param>
public sealed class BlobAnswer(Stream bytes) : IResult, IEndpointMetadataProvider
{
    private const string MediaType = "application/octet-stream";

    /// <summary>Written at once: fewer turns for a large blob, and no more memory than one reader has.</summary>
    private const int AtOnce = 256 << 10;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(httpContext.Request.Method) || httpContext.Request.Headers.Range.Count > 0)
        {
            await TypedResults.Stream(bytes, MediaType, enableRangeProcessing: true).ExecuteAsync(httpContext).ConfigureAwait(false);
            return;
        }
        await using var whole = bytes.ConfigureAwait(false);
        response.ContentType = MediaType;
        response.ContentLength = bytes.Length;
        response.Headers.AcceptRanges = "bytes";
        await bytes.CopyToAsync(response.Body, AtOnce, httpContext.RequestAborted).ConfigureAwait(false);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(200, typeof(void), [MediaType]));
}
