using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Candor.Server.Requests;

/// <summary>A whole answer of CBOR.</summary>
public sealed class CborAnswer(ReadOnlyMemory<byte> bytes) : IResult, IEndpointMetadataProvider
{
    public const string MediaType = "application/cbor";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = MediaType;
        httpContext.Response.ContentLength = bytes.Length;
        httpContext.Response.Headers.CacheControl = "no-store";
        return httpContext.Response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(200, typeof(void), [MediaType]));
}

/// <summary>A signed checkpoint.</summary>
public sealed class CheckpointAnswer(byte[] note, int status = StatusCodes.Status200OK) : IResult, IEndpointMetadataProvider
{
    public const string MediaType = "text/plain; charset=utf-8";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = MediaType;
        httpContext.Response.ContentLength = note.Length;
        httpContext.Response.Headers.CacheControl = "no-store";
        return httpContext.Response.Body.WriteAsync(note, httpContext.RequestAborted).AsTask();
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(200, typeof(void), [MediaType]));
}

/// <summary>An answer that is written as it is read: nothing of it is kept whole in memory.</summary>
public sealed class StreamAnswer(string mediaType, Func<HttpContext, Task> write) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = mediaType;
        httpContext.Response.Headers.CacheControl = "no-store";
        return write(httpContext);
    }
}
