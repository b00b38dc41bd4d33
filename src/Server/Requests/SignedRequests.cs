using Candor.Log;
using Candor.Protocol;
using Candor.Server.Accounts;
using Microsoft.AspNetCore.Http.Features;

namespace Candor.Server.Requests;

/// <summary>Checks every request of a route that declares a <see cref="RequestRule"/> by spec/http-api.md §1, before its handler runs.</summary>
/// <remarks>
/// 1. Form: headers, length. 2. Time. 3. Keys: those of the account's holder, or those that a newcomer shows. 4. Signature. 5. Nonce, remembered only under a good
/// signature, so that nobody fills the memory for others. 6. Rate. 7. Membership: an account that is not the caller's looks like none. The body comes last,
/// when it is known who sends it.
/// </remarks>
public sealed class SignedRequests(AccountStates accounts, NonceMemory nonces, RequestLimits limits, Commits.PeopleBrake people, TimeProvider time)
{
    private static readonly Hash32 EmptyDigest = Hash32.Of([]);

    // A replay of what was signed before this start could not be told: the nonces of then are forgotten.
    private long _started = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>As if it were made now.</summary>
    internal void Begin() => _started = time.GetUtcNow().ToUnixTimeSeconds();

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RequestRule>() is not { } rule)
        {
            await next(http).ConfigureAwait(false);
            return;
        }
        var (caller, problem) = Check(http, rule);
        if (caller is null)
        {
            await problem!.ExecuteAsync(http).ConfigureAwait(false);
            return;
        }
        http.Features.Set(caller);
        await next(http).ConfigureAwait(false);
    }

    private (Caller?, Problem?) Check(HttpContext http, RequestRule rule)
    {
        // 1.
        var request = http.Request;
        if (!RequestSignature.TryParse(One(request, RequestSignature.InputHeader), One(request, RequestSignature.SignatureHeader), out var signature))
            return Stranger(http, ErrorName.SignatureBad);
        string? digestText = One(request, RequestSignature.DigestHeader);
        if (!RequestSignature.TryParseDigest(digestText, out var digest)) return Stranger(http, ErrorName.DigestBad);
        if (CheckLength(request, rule, digest) is { } unfit) return (null, Problem.Of(unfit));

        // 2.
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        if (signature.Created < Math.Max(now - RequestSignature.MaxSkew, _started) || signature.Created > now + RequestSignature.MaxSkew)
            return Stranger(http, ErrorName.ClockSkew);

        // 3.
        bool newcomer = rule.By == SignedBy.Newcomer || (rule.By == SignedBy.Either && request.Headers.ContainsKey(RequestSignature.HolderHeader));
        if (newcomer && limits.CheckStranger(http) is { } tooMany) return (null, tooMany);
        var state = newcomer ? null : StateFor(http, rule, signature.KeyId);
        var keys = newcomer ? KeysShown(request, signature.KeyId)
            : state?.Holders.GetValueOrDefault(signature.KeyId)?.Keys ?? accounts.FindKeys(signature.KeyId);
        if (keys is null) return Stranger(http, ErrorName.SignatureBad);

        // 4.
        var (path, query) = Target(http);
        byte[] signed = RequestSignature.Base(request.Method, Authority(request), path, query, digestText, signature.Created, signature.Nonce, signature.KeyId);
        if (!HolderSignature.Verify(keys, signed, signature.Signature.Span)) return Stranger(http, ErrorName.SignatureBad);

        // 5. and 6.
        if (nonces.Use(signature.KeyId, signature.Nonce) is { } used) return (null, Problem.Of(used));
        if (!newcomer && limits.CheckHolder(signature.KeyId) is { } tooOften) return (null, tooOften);

        // 7.
        if (!newcomer)
        {
            if (state?.Holders.GetValueOrDefault(signature.KeyId) is not { } holder) return (null, Problem.Of(ErrorName.NotFound));
            if (!holder.IsLive) return (null, Problem.Of(ErrorName.HolderRemoved));
            if (holder.Keys.Type == HolderType.People && http.GetEndpoint()?.Metadata.GetMetadata<OpenToPeople>() is null && people.CheckReading(state, holder.Id) is { } soon) return (null, soon);
        }
        return (new() { Keys = keys, Digest = digest, State = state }, null);
    }

    private static string? CheckLength(HttpRequest request, RequestRule rule, in Hash32 digest)
    {
        if (HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method))
        {
            if (request.ContentLength is not { } length) return ErrorName.LengthRequired;
            return length > rule.MaxBody ? ErrorName.TooLarge : null;
        }
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0) return ErrorName.BadRequest;
        return digest == EmptyDigest ? null : ErrorName.DigestBad;
    }

    private AccountState? StateFor(HttpContext http, RequestRule rule, Id holder)
    {
        string? text = rule.By == SignedBy.AccountHolder
            ? http.GetRouteValue("account") as string
            : One(http.Request, RequestSignature.AccountHeader) ?? accounts.FindAccount(holder)?.ToString();
        return Id.TryParse(text, out var account) ? accounts.FindFor(account, holder) : null;
    }

    private static HolderKeys? KeysShown(HttpRequest request, Id keyId) =>
        HolderKeys.TryParseHeader(One(request, RequestSignature.HolderHeader), out var keys) && keys.Id == keyId ? keys : null;

    /// <summary>The refusal, or that there were too many from there: guessing at signatures is limited by address.</summary>
    private (Caller?, Problem?) Stranger(HttpContext http, string error) => (null, limits.CheckStranger(http) ?? Problem.Of(error));

    /// <summary>The path and the query as they came, before anything was decoded.</summary>
    private static (string Path, string Query) Target(HttpContext http)
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        int mark = target.IndexOf('?');
        return mark < 0 ? (target, "?") : (target[..mark], target[mark..]);
    }

    private static string Authority(HttpRequest request)
    {
        string host = request.Host.Value?.ToLowerInvariant() ?? "";
        string standard = request.IsHttps ? ":443" : ":80";
        return host.EndsWith(standard, StringComparison.Ordinal) ? host[..^standard.Length] : host;
    }

    private static string? One(HttpRequest request, string header) => request.Headers[header] is [var value] ? value : null;
}

/// <summary>On a route: people with shares may ask it before their time is over, because it tells nothing of what the account holds.</summary>
public sealed class OpenToPeople;

public static class SignedRoutes
{
    /// <summary>People with shares may ask this before their time is over.</summary>
    public static TBuilder OpenToPeople<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new OpenToPeople());

    /// <summary>Requests have to be signed, and a body has at most this many bytes. The last declaration on a route or its groups counts.</summary>
    public static TBuilder Signed<TBuilder>(this TBuilder routes, SignedBy by, int maxBody = 0) where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequestRule(by, maxBody));
}
