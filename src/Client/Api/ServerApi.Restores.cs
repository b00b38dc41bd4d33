using Candor.Client.Gate;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>After the server was put back to a backup.</summary>
public sealed partial class ServerApi
{
    /// <summary>Sends a commit that the server lost; returns the checkpoint of what it has now. Sending it again is no harm.</summary>
    /// <param name="account">The account.</param>
    /// <param name="restore">Which restore.</param>
    /// <param name="commit">The commit, and what this device has of its payloads.</param>
    /// <param name="kind">Of the commit where payloads are in it, else none.</param>
    /// <param name="consent">Index of the consent that allows it; -1 for none.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> PutBackAsync(Id account, Id restore, PutBack commit, Kind kind, long consent, CancellationToken cancel)
    {
        var body = new GateBody(commit.Encode(), GateBody.Cbor);
        using var response = await SendAsync(HttpMethod.Post, $"/v1/accounts/{account}/restores/{restore}/commits", Purpose.Sync, kind, consent, body, cancel: cancel);
        return await ReadAsync(response, LongestAnswer, cancel);
    }

    /// <summary>Says that this device has put back what it had.</summary>
    public async Task RestoreDoneAsync(Id account, Id restore, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Post, $"/v1/accounts/{account}/restores/{restore}/done", Purpose.Sync, body: new GateBody(Array.Empty<byte>(), GateBody.Cbor), cancel: cancel);
        await ReadAsync(response, LongestAnswer, cancel);
    }
}
