using Candor.Log;
using Candor.Protocol;
using Candor.Server.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.PublicLog;

/// <summary>What an account's holders need to find themselves in the public log: the openings that concern them, and their head of the hour.</summary>
internal sealed class ReceiptRoutes(PublicLog publicLog, HourlyHeads heads)
{
    /// <param name="account">The group of one account, signed by its holders.</param>
    public void Map(RouteGroupBuilder account)
    {
        account.MapGet("/receipts", (Delegate)ReceiptsAsync).WithTags("Public log").WithSummary("Openings of commitments that concern the account, with their proofs");
        account.MapGet("/head-proof", (Delegate)HeadAsync).WithTags("Public log").WithSummary("The account's head in the newest hourly root");
    }

    private async Task<CborAnswer> ReceiptsAsync(HttpContext http)
    {
        var openings = publicLog.Folder.OpeningsOf(Caller.Of(http).Account.Account.ToString()).TakeLast(LogReceipts.MaxReceipts).ToList();
        var receipts = new List<LogReceipt>();
        foreach (var opening in openings)
        {
            var proof = publicLog.Folder.PlaceOf(opening.Value) is { } index ? await publicLog.ProveAsync(index).ConfigureAwait(false) : null;
            receipts.Add(new(opening.ToBytes(), proof?.ToBytes() ?? []));
        }
        return new(LogReceipts.Encode(receipts));
    }

    private async Task<Results<CborAnswer, Problem>> HeadAsync(HttpContext http)
    {
        if (heads.Prove(Caller.Of(http).Account.Account) is not { } found) return Problem.Of(ErrorName.NotFound);
        var proof = await publicLog.ProveAsync(found.Place).ConfigureAwait(false);
        return new CborAnswer(new HeadReceipt(found.Proof, found.Entry.ToBytes(), proof.ToBytes()).Encode());
    }
}
