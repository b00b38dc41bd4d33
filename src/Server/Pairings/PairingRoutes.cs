using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Candor.Server.Pairings;

/// <summary>Carries four messages between a new device and one that approves it. What they say is between the two.</summary>
public sealed class PairingRoutes(Database database, RequestLimits limits, TimeProvider time, CancellationToken stopping)
{
    private const int MaxMessage = 4096;
    private const int CodeDigits = 9;
    private const int MaxWaitSeconds = 25;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Who waits for a pairing to change. One signal serves all of them, and the next one is new.</summary>
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new();

    public void Map(RouteGroupBuilder api)
    {
        var pairings = api.MapGroup("/pairings").Signed(SignedBy.Either);
        pairings.MapPost("", (Delegate)PostAsync).Signed(SignedBy.Newcomer, MaxMessage).WithTags("Pairings").WithSummary("A new device asks to be let in");
        pairings.MapGet("/{code}", GetAsync).WithTags("Pairings").WithSummary("The messages so far");
        pairings.MapPut("/{code}/offer", OfferAsync).Signed(SignedBy.Either, MaxMessage).WithTags("Pairings").WithSummary("The approving device shows its keys");
        pairings.MapPut("/{code}/reveal", RevealAsync).Signed(SignedBy.Newcomer, MaxMessage).WithTags("Pairings").WithSummary("The new device opens its commitment");
        pairings.MapPut("/{code}/welcome", WelcomeAsync).Signed(SignedBy.Either, MaxMessage).WithTags("Pairings").WithSummary("The approving device hands over the head");
        pairings.MapDelete("/{code}", DeleteAsync).WithTags("Pairings").WithSummary("Either side gives up");
    }

    private async Task<Results<ContentHttpResult, Problem>> PostAsync(HttpContext http)
    {
        if (limits.CheckNewPairing(http) is { } tooMany) return tooMany;
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (!Cbor.TryDecode(body.Bytes, r => r.ReadBytes(Hash32.Size, Hash32.Size), out var commitment)) return Problem.Of(ErrorName.BadRequest);
        var poster = Caller.Of(http).Holder;
        var now = time.GetUtcNow();
        var expires = now + Lifetime;
        string code = await database.WriteAsync(sql =>
        {
            string tried;
            do
            {
                tried = RandomNumberGenerator.GetString("0123456789", CodeDigits);
            }
            while (!PairingRows.Insert(sql, tried, poster, commitment, expires, now));
            return tried;
        }).ConfigureAwait(false);
        return TypedResults.Text(
            string.Create(CultureInfo.InvariantCulture, $$"""{"code":"{{code}}","expires":{{expires.ToUnixTimeSeconds()}}}"""),
            "application/json", statusCode: StatusCodes.Status201Created);
    }

    private async Task<Results<CborAnswer, Problem>> GetAsync(HttpContext http, string code)
    {
        if (!TryWait(http.Request.Query, out int wait, out int? have)) return Problem.Of(ErrorName.BadRequest);
        var (pairing, refused) = Find(http, code);
        if (pairing is null) return refused!;
        var until = time.GetUtcNow() + TimeSpan.FromSeconds(wait);
        int seen = have ?? pairing.Messages;
        while (pairing.Messages <= seen && time.GetUtcNow() < until)
        {
            var changed = _waiting.GetOrAdd(code, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            // Again, because it may have changed before we began to wait.
            (pairing, refused) = Find(http, code);
            if (pairing is null) return refused!;
            if (pairing.Messages > seen) break;
            await WaitAsync(changed, until - time.GetUtcNow(), http.RequestAborted).ConfigureAwait(false);
            (pairing, refused) = Find(http, code);
            if (pairing is null) return refused!;
            if (stopping.IsCancellationRequested) break;
        }
        if (pairing.Welcome is not null && pairing.Poster == Caller.Of(http).Holder)
        {
            await database.WriteAsync(sql =>
            {
                PairingRows.Delete(sql, code);
                return 0;
            }).ConfigureAwait(false);
            Signal(code);
        }
        return new CborAnswer(Encode(pairing));
    }

    private async Task WaitAsync(Task changed, TimeSpan atMost, CancellationToken gone)
    {
        if (atMost <= TimeSpan.Zero) return;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(gone, stopping);
        try
        {
            await changed.WaitAsync(atMost, time, end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            gone.ThrowIfCancellationRequested();
        }
    }

    private Task<Results<NoContent, Problem>> OfferAsync(HttpContext http, string code) => SendAsync(http, code, (sql, pairing, message) =>
    {
        var caller = Caller.Of(http);
        if (caller.State is not { } account) return Problem.Of(ErrorName.NotFound);
        if (pairing.Offer is { } there) return pairing.Offerer == caller.Holder && there.AsSpan().SequenceEqual(message.Span) ? null : Problem.Of(ErrorName.AccountExists);
        PairingRows.Offer(sql, code, account.Account, caller.Holder, message);
        return null;
    }, ErrorName.AccountExists);

    private Task<Results<NoContent, Problem>> RevealAsync(HttpContext http, string code) => SendAsync(http, code, (sql, pairing, message) =>
    {
        if (pairing.Poster != Caller.Of(http).Holder || pairing.Offer is null) return Problem.Of(ErrorName.NotFound);
        if (pairing.Reveal is { } there) return there.AsSpan().SequenceEqual(message.Span) ? null : Problem.Of(ErrorName.AccountExists);
        PairingRows.Reveal(sql, code, message);
        return null;
    });

    private Task<Results<NoContent, Problem>> WelcomeAsync(HttpContext http, string code) => SendAsync(http, code, (sql, pairing, message) =>
    {
        var caller = Caller.Of(http);
        if (pairing.Offerer != caller.Holder || pairing.Account != caller.State?.Account || pairing.Reveal is null) return Problem.Of(ErrorName.NotFound);
        if (pairing.Welcome is { } there) return there.AsSpan().SequenceEqual(message.Span) ? null : Problem.Of(ErrorName.AccountExists);
        PairingRows.Welcome(sql, code, message);
        return null;
    });

    private async Task<Results<NoContent, Problem>> SendAsync(HttpContext http, string code, Func<Statements, Pairing, ReadOnlyMemory<byte>, Problem?> send, string taken = ErrorName.NotFound)
    {
        using var body = await RequestBody.ReadAsync(http).ConfigureAwait(false);
        if (body.Problem is { } unread) return unread;
        if (body.Bytes.IsEmpty) return Problem.Of(ErrorName.BadRequest);
        if (Find(http, code, taken) is { Pairing: null, Problem: var refused }) return refused!;
        var message = body.Bytes;
        var problem = await database.WriteAsync(sql =>
            PairingRows.Find(sql, code, time.GetUtcNow()) is { } pairing ? send(sql, pairing, message) : Problem.Of(ErrorName.NotFound)).ConfigureAwait(false);
        if (problem is not null) return problem;
        Signal(code);
        return TypedResults.NoContent();
    }

    private async Task<Results<NoContent, Problem>> DeleteAsync(HttpContext http, string code)
    {
        var (pairing, refused) = Find(http, code);
        if (pairing is null) return refused!;
        var caller = Caller.Of(http).Holder;
        if (pairing.Poster != caller && pairing.Offerer != caller) return Problem.Of(ErrorName.NotFound);
        await database.WriteAsync(sql =>
        {
            PairingRows.Delete(sql, code);
            return 0;
        }).ConfigureAwait(false);
        Signal(code);
        return TypedResults.NoContent();
    }

    /// <summary>A pairing that the caller may see: the poster its own; a device of an account one that nobody else has answered. All else looks unknown, and counts as a guess.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">Nine digits.</param>
    /// <param name="taken">What a device is told whose code was a real one, but another device has answered.</param>
    private (Pairing? Pairing, Problem? Problem) Find(HttpContext http, string code, string taken = ErrorName.NotFound)
    {
        if (code.Length != CodeDigits || code.AsSpan().ContainsAnyExceptInRange('0', '9')) return (null, Problem.Of(ErrorName.NotFound));
        var caller = Caller.Of(http);
        if (limits.CheckGuesses(caller.Holder) is { } blocked) return (null, blocked);
        var found = database.Read(sql => PairingRows.Find(sql, code, time.GetUtcNow()));
        bool mine = found is not null && (caller.State is null ? found.Poster == caller.Holder : found.Offerer is null || found.Offerer == caller.Holder);
        if (mine) return (found, null);
        if (found is null) Signal(code); // over: nobody has to wait for it
        limits.CountGuess(caller.Holder);
        return (null, Problem.Of(found is not null && caller.State is not null ? taken : ErrorName.NotFound));
    }

    private void Signal(string code)
    {
        if (_waiting.TryRemove(code, out var waiting)) waiting.TrySetResult();
    }

    private static bool TryWait(IQueryCollection query, out int wait, out int? have)
    {
        (wait, have) = (0, null);
        if (query["wait"] is [var text] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out wait) || wait > MaxWaitSeconds)) return false;
        if (query["have"] is not [var count]) return true;
        have = int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 4 ? number : null;
        return have is not null;
    }

    /// <summary>[commitment, offer, reveal, welcome]: byte strings, the messages as sent, or null.</summary>
    private static byte[] Encode(Pairing pairing)
    {
        var w = Cbor.Writer();
        w.WriteStartArray(4);
        foreach (byte[]? message in new[] { pairing.Commitment, pairing.Offer, pairing.Reveal, pairing.Welcome })
        {
            if (message is null) w.WriteNull();
            else w.WriteByteString(message);
        }
        w.WriteEndArray();
        return w.Encode();
    }
}
