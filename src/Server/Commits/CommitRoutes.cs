using System.Globalization;
using System.Text;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Commits;

/// <summary>The log of an account: its head, pulls, pushes, payloads, vault keys, and the notice that something changed.</summary>
public sealed class CommitRoutes(
    Database database, CommitIntake intake, Checkpoints checkpoints, PullStream pulls, PayloadStream payloads, ChangeNotices notices, PeopleBrake people, TimeProvider time, CancellationToken stopping)
{
    /// <summary>A list of 4,096 places, each of at most 14 bytes.</summary>
    private const int PlacesBody = 64 << 10;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(25);

    /// <param name="account">The group of one account, signed by its holders.</param>
    public void Map(RouteGroupBuilder account)
    {
        account.MapGet("/checkpoint", Head).OpenToPeople().WithTags("Commits").WithSummary("The signed head of the account's log");
        account.MapGet("/log", Pull).WithTags("Commits").WithSummary("Leaves and payloads from an index on, and the head");
        account.MapPost("/commits", (Delegate)PushAsync).Signed(SignedBy.AccountHolder, Limits.Push).OpenToPeople().WithTags("Commits").WithSummary("Extend the log by one commit");
        account.MapPost("/payloads", (Delegate)PayloadsAsync).Signed(SignedBy.AccountHolder, PlacesBody).WithTags("Commits").WithSummary("Payloads by their places");
        account.MapGet("/vaults/{kind}", Vaults).WithTags("Commits").WithSummary("Sealed vault keys of a kind");
        account.MapGet("/recovery", Recovery).OpenToPeople().WithTags("Commits").WithSummary("What people have announced, and how long it waits");
        account.MapGet("/events", Events).WithTags("Commits").WithSummary("Says when the log has grown");
    }

    private CborAnswer Recovery(HttpContext http)
    {
        var caller = Caller.Of(http);
        var state = caller.Account;
        var announced = state.Announced;
        return new(new RecoveryAnswer(
            state.Holders[caller.Holder].LastSeq, state.LatestTime, announced?.Device.Id,
            announced is null ? 0 : (long)Math.Ceiling((people.Left(state, announced.By) ?? TimeSpan.Zero).TotalSeconds)).Encode());
    }

    private CheckpointAnswer Head(HttpContext http) => new(checkpoints.Sign(Caller.Of(http).Account));

    private Results<StreamAnswer, Problem> Pull(HttpContext http)
    {
        var caller = Caller.Of(http);
        var query = http.Request.Query;
        long from = 0;
        if (query["from"] is [var fromText] && !long.TryParse(fromText, NumberStyles.None, CultureInfo.InvariantCulture, out from)) return Problem.Of(ErrorName.BadRequest);
        if (!TryKinds(query["payloads"].ToString(), query["kinds"].ToString(), out long kinds)) return Problem.Of(ErrorName.BadRequest);
        foreach (var kind in Kinds.All)
        {
            if (!caller.MayTouch(kind)) kinds &= ~(1L << (int)kind);
        }
        return new StreamAnswer(PullStream.MediaType, h => pulls.WriteAsync(h.Response.BodyWriter, caller.Account, from, kinds, h.RequestAborted));
    }

    /// <summary>The kinds that are asked for, as a mask. No parameters: all of them.</summary>
    private static bool TryKinds(string payloads, string kinds, out long mask)
    {
        mask = 0;
        if (payloads is not ("" or "live" or "none")) return false;
        if (kinds.Length == 0)
        {
            foreach (var kind in Kinds.All) mask |= 1L << (int)kind;
        }
        else
        {
            foreach (var part in kinds.AsSpan().Split(','))
            {
                if (!long.TryParse(kinds.AsSpan(part), NumberStyles.None, CultureInfo.InvariantCulture, out long number) || !Kinds.TryParse(number, out var kind)) return false;
                mask |= 1L << (int)kind;
            }
        }
        if (payloads == "none") mask = 0;
        return true;
    }

    private async Task<Results<CheckpointAnswer, Problem>> PushAsync(HttpContext http)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (!Push.TryDecode(body.Bytes, out var push)) return Problem.Of(ErrorName.BadRequest);
        var (checkpoint, problem) = await intake.AppendAsync(Caller.Of(http).Account, push).ConfigureAwait(false);
        return checkpoint is null ? problem! : new CheckpointAnswer(checkpoint);
    }

    private async Task<Results<StreamAnswer, Problem>> PayloadsAsync(HttpContext http)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (!RequestLists.TryDecodePlaces(body.Bytes, out var places)) return Problem.Of(ErrorName.BadRequest);
        return new StreamAnswer(PullStream.MediaType, h => payloads.WriteAsync(h.Response.BodyWriter, Caller.Of(h), places, h.RequestAborted));
    }

    private Results<CborAnswer, Problem> Vaults(HttpContext http, string kind)
    {
        var caller = Caller.Of(http);
        if (!Kinds.TryParse(kind, out var known)) return Problem.Of(ErrorName.NotFound);
        if (!caller.MayTouch(known)) return Problem.Of(ErrorName.ConsentRequired);
        var vaults = database.Read(sql => CommitRows.Vaults(sql, caller.Account.Account, known));
        var w = Cbor.Writer();
        w.WriteStartArray(vaults.Count);
        foreach (var (epoch, sealedKey) in vaults)
        {
            w.WriteStartArray(2);
            w.WriteUInt32(epoch);
            w.WriteByteString(sealedKey);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        return new CborAnswer(w.Encode());
    }

    private Results<StreamAnswer, Problem> Events(HttpContext http)
    {
        var caller = Caller.Of(http);
        if (notices.Listen(caller.Account.Account) is not { } subscription) return Problem.Of(ErrorName.Busy);
        return new StreamAnswer("text/event-stream", async h =>
        {
            using (subscription)
            using (var end = CancellationTokenSource.CreateLinkedTokenSource(h.RequestAborted, stopping))
            {
                await TellAsync(h, caller, subscription, end.Token).ConfigureAwait(false);
            }
        });
    }

    /// <summary>The size now, then each that follows, until the client leaves, the holder is removed, or the server stops.</summary>
    private async Task TellAsync(HttpContext http, Caller caller, ChangeNotices.Subscription subscription, CancellationToken end)
    {
        string next = Changed(caller.Account.Size);
        try
        {
            while (true)
            {
                await http.Response.WriteAsync(next, Encoding.ASCII, end).ConfigureAwait(false);
                await http.Response.Body.FlushAsync(end).ConfigureAwait(false);
                try
                {
                    var state = await subscription.States.Reader.ReadAsync(end).AsTask().WaitAsync(KeepAlive, time, end).ConfigureAwait(false);
                    if (!state.Holders[caller.Holder].IsLive) return;
                    next = Changed(state.Size);
                }
                catch (TimeoutException)
                {
                    next = ":\n\n";
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The client left or the server stops: either way the stream ends here.
        }
    }

    private static string Changed(long size) => string.Create(CultureInfo.InvariantCulture, $"event: changed\ndata: {size}\n\n");
}
