using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Candor.Protocol;
using Microsoft.AspNetCore.Http.Metadata;

namespace Candor.Server.Requests;

/// <summary>A refusal by its name: the status and the words are in the table of spec/http-api.md §2 and here, nowhere else.</summary>
public sealed class Problem : IResult, IEndpointMetadataProvider
{
    private const string MediaType = "application/problem+json";

    private static readonly FrozenDictionary<string, (int Status, string Title, string Detail)> Table = new Dictionary<string, (int, string, string)>
    {
        [ErrorName.BadRequest] = (400, "Not a request of this API", "Update the client: it does not speak this server's version."),

        [ErrorName.CommitMalformed] = Rule("The commit is not of the form of the account log"),
        [ErrorName.VersionUnknown] = Rule("The commit is of a version that this server does not know"),
        [ErrorName.WrongAccount] = Rule("The commit is of another account"),
        [ErrorName.HolderUnknown] = Rule("The commit's author is no holder of the account"),
        [ErrorName.SeqBad] = Rule("The commit is not the author's next"),
        [ErrorName.TimeOrder] = Rule("The commit is not later than the author's last"),
        [ErrorName.KindMixed] = Rule("An operation stands in a commit of the wrong kind"),
        [ErrorName.EpochStale] = Rule("A revision is sealed under a vault key that is not the newest"),
        [ErrorName.ParentBad] = Rule("A parent is not an earlier revision"),
        [ErrorName.HolderBad] = Rule("A holder cannot be added or removed like this"),
        [ErrorName.KeyringBad] = Rule("The keyring is not for exactly the holders that remain"),
        [ErrorName.VaultBad] = Rule("A vault key is not of this epoch"),
        [ErrorName.GrantBad] = Rule("A new holder is without the root key, or an old one got it again"),
        [ErrorName.EraseBad] = Rule("The erasure does not fit what there is to erase"),
        [ErrorName.PeopleBad] = Rule("People with shares cannot do this, or what they announced does not stand"),
        [ErrorName.GenesisBad] = Rule("The first commit does not found the account"),

        [ErrorName.PayloadBad] = (422, "Sealed bytes do not fit their hash or length", "Send the same commit again with the bytes that it names."),
        [ErrorName.BlobMissing] = (422, "Blobs that the commit names are not here", "Upload them and send the commit again."),
        [ErrorName.ClockSkew] = (401, "The request's time is too far from the server's", "Set the device's clock, or shift the request's time by the difference to this answer's Date."),
        [ErrorName.Replayed] = (401, "This request was here before", "Sign it again with a new nonce."),
        [ErrorName.DigestBad] = (401, "The body is not what was signed", "Send the request again."),
        [ErrorName.SignatureBad] = (401, "The signature does not verify", "Check that this device belongs to an account on this server."),
        [ErrorName.ConsentRequired] = (403, "This device has not consented to this kind", "Turn the kind on for this device first."),
        [ErrorName.WrongRegion] = (403, "The account's bytes may not be kept where this server keeps them", "Compare the region that GET /v1/server says with the one that the account was signed for, and with what its law asks."),
        [ErrorName.TooSoon] = (403, "What was announced has to stand for its time first", "Send the same again when Retry-After is over."),
        [ErrorName.RegistrationClosed] = (403, "No account can be founded here", "Ask the operator of the server."),
        [ErrorName.InviteBad] = (403, "The invite is unknown, used up or over", "Ask the operator of the server for a new one."),
        [ErrorName.HolderRemoved] = (403, "This holder was removed from the account", "Pair the device again from one that belongs to the account."),
        [ErrorName.NotFound] = (404, "No such thing, or not yours", "Check the address and the account."),
        [ErrorName.HeadMoved] = (409, "Another device was faster", "Pull, and make the commit again on the new head."),
        [ErrorName.AccountExists] = (409, "There is one already", "Found the account with another nonce."),
        [ErrorName.Erased] = (410, "Destroyed at its owner's word", "It cannot be had back; the erasure stands in the account's log."),
        [ErrorName.LengthRequired] = (411, "The length of the body is not said", "Send Content-Length."),
        [ErrorName.TooLarge] = (413, "Over a limit of this server", "Send less at once: the limits are in GET /v1/server."),
        [ErrorName.RateLimited] = (429, "Too many requests", "Wait as long as Retry-After says."),
        [ErrorName.ServerError] = (500, "The server failed", "Try again later; the operator finds the cause in the server's log."),
        [ErrorName.QuotaExceeded] = (507, "The account's quota is used up", "Ask the operator for more, or erase a kind."),
        [ErrorName.DiskFull] = (507, "The server's disk is full", "Ask the operator of the server."),
        [ErrorName.Restoring] = (503, "The server was put back to a backup", "It waits until every device of the account has put back what the server lost. Let your other devices sync; what is not needed any more: candor devices revoke, later."),
        [ErrorName.Busy] = (503, "The server is busy", "Wait as long as Retry-After says."),
    }.ToFrozenDictionary();

    private readonly string _name;

    private Problem(string name) => _name = name;

    public string Name => _name;

    public int Status => Table[_name].Status;

    /// <summary>Leaves in the log, with head-moved.</summary>
    public long? Size { get; private init; }

    public IReadOnlyList<Hash32>? Missing { get; private init; }

    public (long Used, long Quota)? Storage { get; private init; }

    public int? RetryAfterSeconds { get; private init; }

    public static Problem Of(string name) => new(Table.ContainsKey(name) ? name : throw new ArgumentException($"{name} is not in the table.", nameof(name)));

    public static Problem HeadMoved(long size) => new(ErrorName.HeadMoved) { Size = size };

    public static Problem BlobMissing(IReadOnlyList<Hash32> names) => new(ErrorName.BlobMissing) { Missing = names };

    public static Problem QuotaExceeded(long used, long quota) => new(ErrorName.QuotaExceeded) { Storage = (used, quota) };

    public static Problem Later(string name, int seconds) => new(name) { RetryAfterSeconds = seconds };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (status, title, detail) = Table[_name];
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if ((RetryAfterSeconds ?? (_name == ErrorName.Busy ? 1 : null)) is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var document = new ProblemDocument(
            ErrorName.Urn + _name, title, status, detail, Size, Missing?.Select(h => h.ToString()).ToList(), Storage?.Used, Storage?.Quota);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, ProtocolJson.Default.ProblemDocument);
        response.ContentLength = json.Length;
        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(json, httpContext.RequestAborted).AsTask();
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(400, typeof(ProblemDocument), [MediaType]));

    private static (int, string, string) Rule(string title) => (422, title, "Pull, and make the commit again once; if it is refused again, update the client.");
}
