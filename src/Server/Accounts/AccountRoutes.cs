using Candor.Protocol;
using Candor.Server.Blobs;
using Candor.Server.Commits;
using Candor.Server.Operator;
using Candor.Server.Requests;
using Candor.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Accounts;

/// <summary>Founding an account, finding one's own, and what it uses.</summary>
public sealed class AccountRoutes(Database database, AccountStates accounts, CommitIntake intake, Restores.Restores restores, ServerSettings settings)
{
    /// <param name="api">/v1.</param>
    /// <param name="account">The group of one account, signed by its holders.</param>
    public void Map(RouteGroupBuilder api, RouteGroupBuilder account)
    {
        api.MapPost("/accounts", (Delegate)FoundAsync).Signed(SignedBy.Newcomer, Limits.Push).WithTags("Accounts").WithSummary("Found an account by its first commit");
        api.MapGet("/holders/{holder}", Find).Signed(SignedBy.Newcomer).WithTags("Accounts").WithSummary("The account in which this holder is live");
        account.MapGet("/usage", Usage).WithTags("Accounts").WithSummary("What the account uses");
    }

    private async Task<Results<CheckpointAnswer, Problem>> FoundAsync(HttpContext http)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (!Push.TryDecode(body.Bytes, out var push)) return Problem.Of(ErrorName.BadRequest);
        var (checkpoint, problem) = await intake.FoundAsync(push, http.Request.Headers[RequestSignature.InviteHeader].ToString()).ConfigureAwait(false);
        return checkpoint is null ? problem! : new CheckpointAnswer(checkpoint, StatusCodes.Status201Created);
    }

    private Results<CborAnswer, Problem> Find(HttpContext http, string holder)
    {
        // Only the holder itself may ask.
        var caller = Caller.Of(http);
        if (!Id.TryParse(holder, out var asked) || asked != caller.Holder) return Problem.Of(ErrorName.NotFound);
        // A device that was let in after the backup: others may still put that back.
        if (accounts.FindAccount(asked) is not { } account) return restores.LongestWait() is > 0 and var left ? Problem.Later(ErrorName.Restoring, left) : Problem.Of(ErrorName.NotFound);
        var w = Cbor.Writer();
        w.WriteStartArray(2);
        w.WriteId(account);
        w.WriteInt64(accounts.Find(account)?.Size ?? 0);
        w.WriteEndArray();
        return new CborAnswer(w.Encode());
    }

    private CborAnswer Usage(HttpContext http)
    {
        var account = Caller.Of(http).Account;
        var (bytes, blobs) = database.Read(sql => (AccountRows.Bytes(sql, account.Account), BlobRows.Count(sql, account.Account)));
        var w = Cbor.Writer();
        w.WriteStartMap(4);
        foreach (var (key, value) in new[] { ("blobs", blobs), ("bytes", bytes), ("quota", settings.Quota), ("commits", account.Size) })
        {
            w.WriteTextString(key);
            w.WriteInt64(value);
        }
        w.WriteEndMap();
        return new CborAnswer(w.Encode());
    }
}
