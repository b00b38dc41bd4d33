using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Requests;

/// <summary>Whatever goes wrong beneath becomes a problem with a name; nothing of an exception leaves the server.</summary>
public sealed class Refusals(ILogger<Refusals> log)
{
    // ENOSPC and EDQUOT, as IOException carries them on Unix.
    private static readonly int[] Full = [28, 122];

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        Problem? problem = null;
        try
        {
            await next(http).ConfigureAwait(false);
            if (!http.Response.HasStarted && http.Response.ContentLength is null && http.Response.ContentType is null)
            {
                problem = http.Response.StatusCode switch
                {
                    StatusCodes.Status404NotFound => Problem.Of(ErrorName.NotFound),
                    StatusCodes.Status400BadRequest or StatusCodes.Status405MethodNotAllowed or StatusCodes.Status415UnsupportedMediaType => Problem.Of(ErrorName.BadRequest),
                    _ => null,
                };
            }
        }
        catch (Exception e) when ((e is OperationCanceledException or IOException) && http.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to be told
        }
        catch (BadHttpRequestException e)
        {
            problem = Problem.Of(e.StatusCode == StatusCodes.Status413PayloadTooLarge ? ErrorName.TooLarge : ErrorName.BadRequest);
        }
        catch (EndOfStreamException)
        {
            problem = Problem.Of(ErrorName.BadRequest); // the body was shorter than its length
        }
        catch (StorageException e)
        {
            log.StorageRefused(e.ErrorName);
            problem = Problem.Of(e.ErrorName);
        }
        catch (IOException e) when (Full.Contains(e.HResult))
        {
            log.StorageRefused(ErrorName.DiskFull);
            problem = Problem.Of(ErrorName.DiskFull);
        }
#pragma warning disable CA1031 // The last catch: the log has the cause, the client a name.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The route's pattern, not the path: ids stay out of the log.
            log.RequestFailed((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "no route", e);
            problem = Problem.Of(ErrorName.ServerError);
        }
        if (problem is null) return;
        if (http.Response.HasStarted)
        {
            http.Abort(); // a stream without its last item says that it was cut
            return;
        }
        http.Response.Clear();
        await problem.ExecuteAsync(http).ConfigureAwait(false);
    }
}
