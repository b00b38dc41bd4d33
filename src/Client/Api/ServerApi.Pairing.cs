using System.Text.Json;
using Candor.Client.Gate;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>The letter box that two devices pair by (spec/pairing.md §2). Where an account is named its device speaks; else a newcomer that shows its keys.</summary>
public sealed partial class ServerApi
{
    /// <summary>Opens a letter box with a new device's commitment. This signer's last one is gone.</summary>
    public async Task<PairingTicket> PostPairingAsync(Hash32 commitment, CancellationToken cancel)
    {
        var w = Cbor.Writer();
        w.WriteHash(commitment);
        var body = new GateBody(w.Encode(), GateBody.Cbor);
        using var response = await SendAsync(HttpMethod.Post, "/v1/pairings", Purpose.Account, body: body, unknownHolder: true, cancel: cancel);
        byte[] answer = await ReadAsync(response, LongestAnswer, cancel);
        try
        {
            var ticket = JsonSerializer.Deserialize(answer, ProtocolJson.Default.PairingTicket);
            return ticket is { Code: not null } && PairingRules.IsCode(ticket.Code) ? ticket : throw Garbled("POST /v1/pairings");
        }
        catch (JsonException e)
        {
            throw Garbled("POST /v1/pairings", e);
        }
    }

    /// <summary>The messages so far.</summary>
    /// <param name="code">Nine digits.</param>
    /// <param name="account">Of the approving device; null for the new one.</param>
    /// <param name="have">Answer when there are more than this many of the four, or after <paramref name="wait"/>.</param>
    /// <param name="wait">Whole seconds, 25 at most.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<PairingMessages> GetPairingAsync(string code, Id? account, int have, TimeSpan wait, CancellationToken cancel)
    {
        string path = $"/v1/pairings/{code}?wait={(int)wait.TotalSeconds}&have={have}";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Account, unknownHolder: account is null, account: account, cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        return PairingMessages.TryDecode(body, out var messages) ? messages : throw Garbled($"GET {path}");
    }

    /// <summary>Puts a message into the letter box. The same again is no error.</summary>
    /// <param name="code">Nine digits.</param>
    /// <param name="account">Of the approving device; null for the new one.</param>
    /// <param name="what">offer, reveal or welcome.</param>
    /// <param name="message">At most <see cref="PairingRules.LongestMessage"/> bytes.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task PutPairingAsync(string code, Id? account, string what, byte[] message, CancellationToken cancel)
    {
        var body = new GateBody(message, GateBody.Cbor);
        using var response = await SendAsync(
            HttpMethod.Put, $"/v1/pairings/{code}/{what}", Purpose.Account, body: body, unknownHolder: account is null, account: account, cancel: cancel);
        await ReadAsync(response, LongestAnswer, cancel);
    }

    /// <summary>Gives the pairing up, for both.</summary>
    public async Task DeletePairingAsync(string code, Id? account, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Delete, $"/v1/pairings/{code}", Purpose.Account, unknownHolder: account is null, account: account, cancel: cancel);
        await ReadAsync(response, LongestAnswer, cancel);
    }
}
