using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Operator;
using Candor.Server.Requests;
using Candor.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Blobs;

/// <summary>Sealed bytes by their hash, in and out. Both ways only for a device whose consent for the kind is on.</summary>
public sealed class BlobRoutes(Database database, BlobStore blobs, BlobLocks locks, Law.Residency residency, ServerSettings settings, TimeProvider time)
{
    /// <summary>A list of 4,096 names, each of 34 bytes.</summary>
    private const int NamesBody = 192 << 10;

    /// <param name="account">The group of one account, signed by its holders.</param>
    public void Map(RouteGroupBuilder account)
    {
        var kind = account.MapGroup("/blobs/{kind}");
        kind.MapPut("/{name}", PutAsync).Signed(SignedBy.AccountHolder, Limits.Blob).WithTags("Blobs").WithSummary("Store a blob under its hash");
        kind.MapMethods("/{name}", [HttpMethods.Get, HttpMethods.Head], Get).WithTags("Blobs").WithSummary("A blob or a range of it");
        kind.MapPost("/missing", MissingAsync).Signed(SignedBy.AccountHolder, NamesBody).WithTags("Blobs").WithSummary("Which of these names are not here");
    }

    private async Task<Results<Created, NoContent, Problem>> PutAsync(HttpContext http, string kind, string name)
    {
        var caller = Caller.Of(http);
        if (Check(caller, kind, name, out var key) is { } refused) return refused;
        if (residency.Check(caller.Account, caller.Holder, key.Kind) is { } elsewhere) return elsewhere;
        // The signed digest is the name: a body that is not the blob is refused before it is read.
        if (caller.Digest != key.Name) return Problem.Of(ErrorName.PayloadBad);
        long length = http.Request.ContentLength.GetValueOrDefault();
        if (length < Limits.SmallestSealed) return Problem.Of(ErrorName.PayloadBad);
        // A blob whose file was lost is taken again.
        if (await database.WriteAsync(sql => BlobRows.Touch(sql, key, time.GetUtcNow())).ConfigureAwait(false) && blobs.Contains(key)) return TypedResults.NoContent();
        if (OverQuota(database.Read(sql => AccountRows.Bytes(sql, key.Account)), length) is { } full) return full;

        using var arrived = await blobs.ReceiveAsync(http.Request.Body, length, http.RequestAborted).ConfigureAwait(false);
        if (arrived.Hash != key.Name) return Problem.Of(ErrorName.DigestBad);
        using var alone = await locks.EnterAsync(key).ConfigureAwait(false);
        arrived.Keep(key);
        var problem = await database.WriteAsync(sql => Insert(sql, caller, key, length)).ConfigureAwait(false);
        if (problem is null) return TypedResults.Created();
        if (database.Read(sql => BlobRows.Find(sql, key)) is not { Erased: false }) blobs.Delete(key);
        return problem;
    }

    private Problem? Insert(Statements sql, Caller caller, in BlobKey key, long length)
    {
        // An erasure, or the end of a consent, may have come while the bytes did.
        var now = AccountRows.Size(sql, key.Account) == caller.Account.Size ? caller.Account : AccountRows.Load(sql, key.Account);
        if (now?.Holders.GetValueOrDefault(caller.Holder) is not { } holder || !holder.MayTouch(key.Kind)) return Problem.Of(ErrorName.ConsentRequired);
        if (BlobRows.Find(sql, key) is { Erased: false }) return null; // the same blob came twice at once
        if (OverQuota(AccountRows.Bytes(sql, key.Account), length) is { } full) return full;
        BlobRows.Insert(sql, key, length, time.GetUtcNow());
        AccountRows.AddBytes(sql, key.Account, length);
        return null;
    }

    private Problem? OverQuota(long used, long more) => settings.Quota > 0 && used + more > settings.Quota ? Problem.QuotaExceeded(used, settings.Quota) : null;

    private Results<BlobAnswer, Problem> Get(HttpContext http, string kind, string name)
    {
        if (Check(Caller.Of(http), kind, name, out var key) is { } refused) return refused;
        if (database.Read(sql => BlobRows.Find(sql, key)) is not { } stored) return Problem.Of(ErrorName.NotFound);
        if (stored.Erased) return Problem.Of(ErrorName.Erased);
        if (blobs.OpenRead(key) is not { } bytes) return Problem.Of(ErrorName.NotFound);
        return new BlobAnswer(bytes);
    }

    private async Task<Results<CborAnswer, Problem>> MissingAsync(HttpContext http, string kind)
    {
        var caller = Caller.Of(http);
        if (!Kinds.TryParse(kind, out var known)) return Problem.Of(ErrorName.NotFound);
        if (!caller.MayTouch(known)) return Problem.Of(ErrorName.ConsentRequired);
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (!RequestLists.TryDecodeNames(body.Bytes, out var names)) return Problem.Of(ErrorName.BadRequest);
        var missing = database.Read(sql => names.Where(n => !IsHere(sql, new(caller.Account.Account, known, n))).ToList());
        return new CborAnswer(RequestLists.EncodeNames(missing));
    }

    private bool IsHere(Statements sql, in BlobKey key) => BlobRows.Find(sql, key) is { Erased: false } && blobs.Contains(key);

    private static Problem? Check(Caller caller, string kindWord, string nameHex, out BlobKey key)
    {
        key = default;
        if (!Kinds.TryParse(kindWord, out var kind) || !Hash32.TryParseHex(nameHex, out var name)) return Problem.Of(ErrorName.NotFound);
        if (!caller.MayTouch(kind)) return Problem.Of(ErrorName.ConsentRequired);
        key = new(caller.Account.Account, kind, name);
        return null;
    }
}
