using Candor.Protocol;
using Candor.Server.Commits;
using Candor.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Operator;

/// <summary>What anybody may know of the server, and whether it is well.</summary>
public sealed class ServerPages(Database database, BlobStore blobs, Checkpoints checkpoints, ServerSettings settings)
{
    /// <summary>With less room than this the server is not ready: it could not take a push.</summary>
    private const long MinFreeBytes = 64 << 20;

    private static readonly string Version = typeof(ServerPages).Assembly.GetName().Version!.ToString(3);

    /// <summary>The key of the public log; null: there is none.</summary>
    internal string? Log { get; init; }

    internal PublicLog.ServerBuild? Build { get; init; }

    public void Map(IEndpointRouteBuilder root, RouteGroupBuilder api)
    {
        api.MapGet("/server", Describe).WithTags("Server").WithSummary("The server's name, key, rules and limits");
        root.MapGet("/health/live", () => TypedResults.Text("live\n")).ExcludeFromDescription();
        root.MapGet("/health/ready", Ready).ExcludeFromDescription();
    }

    private JsonHttpResult<ServerInfo> Describe() => TypedResults.Json(
        new ServerInfo(
            checkpoints.ServerName, Version, checkpoints.VerifierKey, settings.Registration switch
            {
                Registration.Open => "open",
                Registration.Invite => "invite",
                _ => "closed",
            },
            settings.Region, settings.Law,
            new(Limits.Commit, Limits.Operations, Limits.Bundle, Limits.Payload, Limits.Blob, settings.RequestsPerMinute, settings.Quota), Log, Build?.Hash),
        ProtocolJson.Default.ServerInfo);

    private ContentHttpResult Ready()
    {
        bool ready = blobs.FreeBytes() >= MinFreeBytes && database.Read(sql => sql.Number("SELECT 1")) == 1;
        return ready ? TypedResults.Text("ready\n") : TypedResults.Text("not ready: the disk is full\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
