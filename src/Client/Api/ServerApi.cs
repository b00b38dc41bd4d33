using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Candor.Client.Gate;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Api;

/// <summary>The endpoints of spec/http-api.md as one holder calls them. Every request is signed and passes the gate. Safe for several threads.</summary>
/// <remarks>Answers are checked for form only; what they claim is checked by those who ask.</remarks>
public sealed partial class ServerApi(Gate.Gate gate, Uri server, HolderSecret signer, TimeProvider clock)
{
    internal TimeProvider Clock => clock;

    /// <summary>Longest answer that is read into memory, but for pulls and blobs.</summary>
    private const int LongestAnswer = 1 << 20;

    /// <summary>Seconds that the server's clock is ahead. It shifts <c>created</c> of signatures and nothing else.</summary>
    private long _skew;

    public Uri Server { get; } = server;

    public Id Holder => signer.Id;

    public async Task<ServerInfo> GetServerInfoAsync(CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Get, "/v1/server", Purpose.Server, cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        try
        {
            return JsonSerializer.Deserialize(body, ProtocolJson.Default.ServerInfo) ?? throw Garbled("GET /v1/server");
        }
        catch (JsonException e)
        {
            throw Garbled("GET /v1/server", e);
        }
    }

    /// <summary>Sends the first push of an account; returns the checkpoint.</summary>
    public async Task<byte[]> FoundAsync(Push push, string? invite, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Post, "/v1/accounts", Purpose.Account, body: new GateBody(push.Encode(), GateBody.Cbor), unknownHolder: true, invite: invite, cancel: cancel);
        return await ReadAsync(response, LongestAnswer, cancel);
    }

    /// <summary>The account in which this holder is live, and its size.</summary>
    public async Task<(Id Account, long Size)> FindAccountAsync(CancellationToken cancel)
    {
        string path = $"/v1/holders/{signer.Id}";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Account, unknownHolder: true, cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        bool read = Cbor.TryDecode(body, r =>
        {
            if (!r.ReadArray(2) || !r.TryReadId(out var account)) return null;
            long size = r.ReadUInt(long.MaxValue);
            r.ReadEndArray();
            return size >= 0 ? Tuple.Create(account, size) : null;
        }, out var found);
        return read ? (found!.Item1, found.Item2) : throw Garbled($"GET {path}");
    }

    /// <summary>What people with shares may know before their time is over.</summary>
    public async Task<RecoveryAnswer> GetRecoveryAsync(Id account, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/recovery";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Account, cancel: cancel);
        return RecoveryAnswer.TryDecode(await ReadAsync(response, LongestAnswer, cancel), out var answer) ? answer : throw Garbled($"GET {path}");
    }

    /// <summary>The signed head of an account's log, as it came.</summary>
    public async Task<byte[]> GetCheckpointAsync(Id account, CancellationToken cancel)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/v1/accounts/{account}/checkpoint", Purpose.Account, cancel: cancel);
        return await ReadAsync(response, LongestAnswer, cancel);
    }

    /// <summary>Extends the log; returns the checkpoint. Sending the newest leaf again gives the same answer.</summary>
    /// <param name="account">The account.</param>
    /// <param name="push">The push.</param>
    /// <param name="kind">Of the commit.</param>
    /// <param name="consent">Index of the consent that allows it; -1 for a commit of the account itself.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<byte[]> PushAsync(Id account, Push push, Kind kind, long consent, CancellationToken cancel)
    {
        var body = new GateBody(push.EncodeParts(), GateBody.Cbor);
        using var response = await SendAsync(HttpMethod.Post, $"/v1/accounts/{account}/commits", Purpose.Sync, kind, consent, body, cancel: cancel);
        return await ReadAsync(response, LongestAnswer, cancel);
    }

    /// <summary>Streams the log from leaf <paramref name="from"/> on. A stream that breaks off throws after the items that came whole.</summary>
    public async IAsyncEnumerable<PullItem> PullAsync(Id account, long from, bool payloads, [EnumeratorCancellation] CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/log?from={from}&payloads={(payloads ? "live" : "none")}";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Sync, cancel: cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        byte[] buffer = new byte[1 << 16];
        int start = 0, end = 0;
        while (true)
        {
            int length = CborSequence.Measure(buffer.AsSpan(start, end - start), PullItem.Longest);
            if (length < 0) throw Garbled($"GET {path}");
            if (length > 0)
            {
                // A copy: the item outlives the buffer.
                if (!PullItem.TryDecode(buffer.AsSpan(start, length).ToArray(), out var item)) throw Garbled($"GET {path}");
                start += length;
                yield return item;
                continue;
            }
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }
            if (end == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, PullItem.Longest + 1));
            int read = await ReadSomeAsync(stream, buffer.AsMemory(end), cancel);
            if (read == 0)
            {
                if (end > 0) throw new ServerRefusedException(ServerRefusedException.Unreachable, "The server's answer broke off. What came is kept; try again.");
                yield break;
            }
            end += read;
        }
    }

    /// <summary>Sealed vault keys of a kind, by epoch.</summary>
    public async Task<IReadOnlyList<(uint Epoch, byte[] Sealed)>> GetVaultsAsync(Id account, Kind kind, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/vaults/{kind.Word()}";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Sync, cancel: cancel);
        byte[] body = await ReadAsync(response, LongestAnswer, cancel);
        bool read = Cbor.TryDecode(body, r =>
        {
            int count = r.ReadCount(LongestAnswer / Limits.SealedKey);
            if (count < 0) return null;
            var vaults = new List<(uint, byte[])>(count);
            for (int i = 0; i < count; i++)
            {
                if (!r.ReadArray(2)) return null;
                uint epoch = r.ReadUInt32();
                if (r.ReadBytes(Limits.SealedKey, Limits.SealedKey) is not { } sealedKey) return null;
                vaults.Add((epoch, sealedKey));
                r.ReadEndArray();
            }
            r.ReadEndArray();
            return vaults;
        }, out var list);
        return read ? list! : throw Garbled($"GET {path}");
    }

    /// <summary>Payloads by place, null where the server has none any more.</summary>
    public async Task<IReadOnlyList<byte[]?>> GetPayloadsAsync(Id account, IReadOnlyList<Place> places, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/payloads";
        using var response = await SendAsync(HttpMethod.Post, path, Purpose.Sync, body: new GateBody(RequestLists.EncodePlaces(places), GateBody.Cbor), cancel: cancel);
        byte[] body = await ReadAsync(response, places.Count * (Limits.Payload + 8), cancel);
        var payloads = new List<byte[]?>(places.Count);
        for (int at = 0; at < body.Length;)
        {
            int length = CborSequence.Measure(body.AsSpan(at), Limits.Payload + 8);
            if (length <= 0) throw Garbled($"POST {path}");
            byte[] item = body[at..(at + length)];
            at += length;
            if (item is [0xf6]) payloads.Add(null);
            else if (Cbor.TryDecode(item, r => r.ReadBytes(0, Limits.Payload), out var payload)) payloads.Add(payload);
            else throw Garbled($"POST {path}");
        }
        return payloads.Count == places.Count ? payloads : throw Garbled($"POST {path}");
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string target, Purpose purpose, Kind kind = Kind.None, long consent = -1, GateBody? body = null,
        bool unknownHolder = false, string? invite = null, Id? account = null, CancellationToken cancel = default)
    {
        for (bool again = false; ; again = true)
        {
            using var request = Gate.Gate.Request(method, new Uri(Server, target), purpose, kind, consent, body);
            if (unknownHolder) request.Headers.TryAddWithoutValidation(RequestSignature.HolderHeader, signer.Keys.ToHeader());
            if (account is { } named) request.Headers.TryAddWithoutValidation(RequestSignature.AccountHeader, named.ToString());
            if (invite is not null) request.Headers.TryAddWithoutValidation(RequestSignature.InviteHeader, invite);
            Sign(request, body?.Hash ?? Hash32.Of([]));
            HttpResponseMessage response;
            try
            {
                response = await gate.SendAsync(request, cancel);
            }
            catch (HttpRequestException e) when (e.InnerException is UnansweredException && body is null && !again)
            {
                // The server had closed a connection that was kept for later. What only asks is asked once more, with a line of its own in the ledger.
                continue;
            }
            catch (HttpRequestException e)
            {
                throw new ServerRefusedException(ServerRefusedException.Unreachable, $"{Server.Authority} does not answer. Check the address and the network, then try again.", e);
            }
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                var refusal = await ReadRefusalAsync(response, cancel);
                // Once: a clock that is off is no reason to give up, and no reason to go round in circles.
                if (refusal.Name != ErrorName.ClockSkew || again || refusal.ServerTime is not { } theirs) throw refusal;
                // The body goes once more, with the next request: it must not end with this one.
                request.Content = null;
                // A Date is cut to the second and may be another second old. A server takes nothing from before its own start: rather a second ahead than behind.
                Interlocked.Exchange(ref _skew, (long)Math.Ceiling((theirs - clock.GetUtcNow()).TotalSeconds) + 1);
            }
        }
    }

    private void Sign(HttpRequestMessage request, Hash32 bodyHash)
    {
        var uri = request.RequestUri!;
        long created = clock.GetUtcNow().ToUnixTimeSeconds() + Interlocked.Read(ref _skew);
        string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RequestSignature.NonceLength / 2));
        string digest = RequestSignature.ContentDigest(bodyHash);
        string query = uri.Query.Length > 0 ? uri.Query : "?";
        byte[] signature = signer.Sign(RequestSignature.Base(request.Method.Method, uri.Authority, uri.AbsolutePath, query, digest, created, nonce, signer.Id));
        request.Headers.TryAddWithoutValidation(RequestSignature.DigestHeader, digest);
        request.Headers.TryAddWithoutValidation(RequestSignature.InputHeader, RequestSignature.FormatInput(created, nonce, signer.Id));
        request.Headers.TryAddWithoutValidation(RequestSignature.SignatureHeader, RequestSignature.FormatSignature(signature));
    }

    private static async Task<ServerRefusedException> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        ProblemDocument? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize(await ReadAsync(response, LongestAnswer, cancel), ProtocolJson.Default.ProblemDocument);
        }
        catch (JsonException)
        {
            // Not ours: a proxy's page, say. The status is all there is.
        }
        int status = (int)response.StatusCode;
        if (problem is null or { Name: "" })
        {
            return new(ServerRefusedException.Garbled, $"The server answered {status} without a reason of its own. Is this a Candor server?") { Status = status };
        }
        return new(problem.Name, problem.Detail ?? problem.Name)
        {
            Status = status,
            Size = problem.Size,
            Missing = problem.Missing ?? [],
            ServerTime = response.Headers.Date,
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, int longest, CancellationToken cancel)
    {
        try
        {
            return await WholeAnswer.ReadAsync(response, longest, cancel) ?? throw new ServerRefusedException(ServerRefusedException.Garbled, "The server's answer is longer than any answer may be.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw BrokeOff(e);
        }
    }

    private static async ValueTask<int> ReadSomeAsync(Stream stream, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return await stream.ReadAsync(buffer, cancel);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw BrokeOff(e);
        }
    }

    private static ServerRefusedException BrokeOff(Exception e) => new(ServerRefusedException.Unreachable, "The server's answer broke off. What came is kept; try again.", e);

    private static ServerRefusedException Garbled(string what, Exception? inner = null) =>
        new(ServerRefusedException.Garbled, $"The server's answer to {what} is not in the form that it should be. Nothing was changed.", inner);
}
