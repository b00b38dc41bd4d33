using Candor.Log;
using Candor.Protocol;

namespace Candor.Server.Requests;

/// <summary>Whose signature a route asks for.</summary>
public enum SignedBy
{
    /// <summary>A live holder of the account in the path.</summary>
    AccountHolder,

    /// <summary>Whoever holds the keys in Candor-Holder.</summary>
    Newcomer,

    /// <summary>Either: a newcomer where Candor-Holder is sent, else a live holder of the account in Candor-Account.</summary>
    Either,
}

/// <summary>What a route demands of a request before its handler runs; put on the group or the route with <see cref="SignedRoutes.Signed"/>.</summary>
/// <param name="By">Whose signature.</param>
/// <param name="MaxBody">Bytes; 0: no body.</param>
public sealed record RequestRule(SignedBy By, int MaxBody);

/// <summary>Who signed the request, after every check of spec/http-api.md §1 but that of the body's hash.</summary>
public sealed class Caller
{
    public required HolderKeys Keys { get; init; }

    /// <summary>What the signed Content-Digest says of the body.</summary>
    public required Hash32 Digest { get; init; }

    /// <summary>The account's state as the request found it; null for a newcomer. Nobody changes it: extend a clone.</summary>
    public AccountState? State { get; init; }

    public Id Holder => Keys.Id;

    /// <exception cref="InvalidOperationException">The route lets newcomers in.</exception>
    public AccountState Account => State ?? throw new InvalidOperationException("The route asks for no account.");

    public bool MayTouch(Kind kind) => State is not null && State.Holders.TryGetValue(Holder, out var holder) && holder.MayTouch(kind);

    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? throw new InvalidOperationException("The route declares no signature.");
}
