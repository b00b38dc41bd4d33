using Candor.Protocol;
using Candor.Server.Commits;
using Candor.Server.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Restores;

/// <summary>After the server was put back to a backup: devices send the commits that it lost, and say when they have no more.</summary>
public sealed class RestoreRoutes(CommitIntake intake, Restores restores)
{
    /// <param name="account">The group of one account, signed by its holders.</param>
    public void Map(RouteGroupBuilder account)
    {
        account.MapPost("/restores/{restore}/commits", (Delegate)PutBackAsync).Signed(SignedBy.AccountHolder, Limits.PutBack).WithTags("Restores").WithSummary("Put back a commit that the server lost");
        account.MapPost("/restores/{restore}/done", (Delegate)DoneAsync).Signed(SignedBy.AccountHolder).WithTags("Restores").WithSummary("This device has put back what it had");
    }

    private async Task<Results<CheckpointAnswer, Problem>> PutBackAsync(HttpContext http, string restore)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        var caller = Caller.Of(http);
        if (!Id.TryParse(restore, out var id) || !restores.IsNewest(caller.Account.Account, id)) return Problem.Of(ErrorName.NotFound);
        if (!PutBack.TryDecode(body.Bytes, out var sent)) return Problem.Of(ErrorName.BadRequest);
        var (checkpoint, problem) = await intake.PutBackAsync(caller.Account, caller.Holder, sent).ConfigureAwait(false);
        return checkpoint is null ? problem! : new CheckpointAnswer(checkpoint);
    }

    private async Task<Results<NoContent, Problem>> DoneAsync(HttpContext http, string restore)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        var caller = Caller.Of(http);
        if (!Id.TryParse(restore, out var id) || !restores.IsNewest(caller.Account.Account, id)) return Problem.Of(ErrorName.NotFound);
        await restores.ReportAsync(caller.Account, id, caller.Holder).ConfigureAwait(false);
        return TypedResults.NoContent();
    }
}
