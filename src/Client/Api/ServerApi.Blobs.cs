using Candor.Client.Gate;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>Sealed pieces, and what the account uses.</summary>
public sealed partial class ServerApi
{
    /// <summary>Stores a sealed piece under its hash.</summary>
    public async Task PutBlobAsync(Id account, Kind kind, Hash32 name, ReadOnlyMemory<byte> blob, long consent, CancellationToken cancel)
    {
        var body = new GateBody(blob, name, GateBody.Bytes);
        using var response = await SendAsync(HttpMethod.Put, $"/v1/accounts/{account}/blobs/{kind.Word()}/{name}", Purpose.Blob, kind, consent, body, cancel: cancel);
        await ReadAsync(response, LongestAnswer, cancel);
    }

    public async Task<byte[]> GetBlobAsync(Id account, Kind kind, Hash32 name, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/v1/accounts/{account}/blobs/{kind.Word()}/{name}", Purpose.Blob, cancel: cancel);
        return await ReadAsync(response, Limits.SealedRecord, cancel);
    }

    /// <summary>Which of these names the server does not have: what is left to upload.</summary>
    /// <param name="account">The account.</param>
    /// <param name="kind">A kind that is on.</param>
    /// <param name="names">At most <see cref="Limits.ListItems"/>.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IReadOnlyList<Hash32>> GetMissingBlobsAsync(Id account, Kind kind, IReadOnlyCollection<Hash32> names, CancellationToken cancel)
    {
        if (names.Count > Limits.ListItems) throw new ArgumentException($"At most {Limits.ListItems} names at once.", nameof(names));
        string path = $"/v1/accounts/{account}/blobs/{kind.Word()}/missing";
        using var response = await SendAsync(HttpMethod.Post, path, Purpose.Blob, body: new GateBody(RequestLists.EncodeNames(names), GateBody.Cbor), cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        return RequestLists.TryDecodeNames(body, out var missing) ? missing : throw Garbled($"POST {path}");
    }

    /// <summary>What the account takes on the server.</summary>
    public async Task<Usage> GetUsageAsync(Id account, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/usage";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Account, cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        return Usage.TryDecode(body, out var usage) ? usage : throw Garbled($"GET {path}");
    }
}
