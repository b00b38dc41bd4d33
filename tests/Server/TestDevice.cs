using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Protocol;
using NSec.Cryptography;

namespace Candor.Tests.Server;

/// <summary>What the server answered, whole.</summary>
internal sealed record Answer(int Status, byte[] Body, HttpResponseHeaders Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The name of the refusal; empty for an answer that is none.</summary>
    public string Error => Status >= 400 ? Problem.Name : "";

    public ProblemDocument Problem => JsonSerializer.Deserialize(Body, ProtocolJson.Default.ProblemDocument)!;
}

/// <summary>A holder with keys of its own that signs requests and commits. It seals nothing: what it uploads is random bytes, as it would look to the server.</summary>
internal sealed class TestDevice : IDisposable
{
    private readonly Key _key = Key.Create(SignatureAlgorithm.Ed25519);
    private readonly Uri _server;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private long _lastMs = 1_795_427_000_000;

    public TestDevice(TestServer server, HolderType type = HolderType.Device) : this(server.BaseAddress, server.Http, server.Time, type)
    {
    }

    public TestDevice(Uri server, HttpClient http, TimeProvider time, HolderType type = HolderType.Device)
    {
        (_server, _http, _time) = (server, http, time);
        Keys = new(type, _key.PublicKey.Export(KeyBlobFormat.RawPublicKey), RandomNumberGenerator.GetBytes(32));
    }

    public HolderKeys Keys { get; }

    public Id Id => Keys.Id;

    /// <summary>The log as this device knows it; empty before it has founded or joined.</summary>
    public AccountState State { get; set; } = new(default);

    public long Seq { get; set; }

    public Id Account => State.Account;

    /// <summary>Records of the puts that this device took, by their places.</summary>
    public Dictionary<Place, Id> Records { get; } = [];

    public string Path(string rest = "") => $"/v1/accounts/{Account}{rest}";

    public byte[] Sign(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_key, message);

    /// <summary>A signed request; <paramref name="change"/> may spoil it before it goes.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path, byte[]? body = null, bool newcomer = false, DateTimeOffset? at = null, string? nonce = null,
        Action<HttpRequestMessage>? change = null)
    {
        var uri = new Uri(_server, path);
        var request = new HttpRequestMessage(method, uri);
        if (body is not null) request.Content = new ByteArrayContent(body);
        string digest = RequestSignature.ContentDigest(Hash32.Of(body ?? []));
        long created = (at ?? _time.GetUtcNow()).ToUnixTimeSeconds();
        nonce ??= RandomNumberGenerator.GetHexString(16, lowercase: true);
        byte[] signed = RequestSignature.Base(method.Method, uri.Authority, uri.AbsolutePath, uri.Query.Length == 0 ? "?" : uri.Query, digest, created, nonce, Id);
        request.Headers.TryAddWithoutValidation(RequestSignature.DigestHeader, digest);
        request.Headers.TryAddWithoutValidation(RequestSignature.InputHeader, RequestSignature.FormatInput(created, nonce, Id));
        request.Headers.TryAddWithoutValidation(RequestSignature.SignatureHeader, RequestSignature.FormatSignature(Sign(signed)));
        if (newcomer) request.Headers.TryAddWithoutValidation(RequestSignature.HolderHeader, Keys.ToHeader());
        change?.Invoke(request);
        return request;
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request);
            return new((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers);
        }
    }

    public Task<Answer> GetAsync(string path) => SendAsync(Request(HttpMethod.Get, path));

    public Task<Answer> PutAsync(string path, byte[] body) => SendAsync(Request(HttpMethod.Put, path, body));

    public Task<Answer> PostAsync(string path, byte[] body) => SendAsync(Request(HttpMethod.Post, path, body));

    /// <summary>Founds an account with this device as its only holder.</summary>
    public async Task<Answer> FoundAsync(string? invite = null)
    {
        var push = FoundingPush();
        var answer = await SendAsync(Request(HttpMethod.Post, "/v1/accounts", push.Encode(), newcomer: true, change: r =>
        {
            if (invite is not null) r.Headers.TryAddWithoutValidation(RequestSignature.InviteHeader, invite);
        }));
        if (answer.Status == 201) Take(push);
        return answer;
    }

    public Push FoundingPush()
    {
        var nonce = Id.Random();
        State = new(HolderKeys.AccountId(Id, nonce));
        return Push(Kind.None, [new Found(nonce), new HolderAdd(Keys, default), new Keyring(1, [NewWrap(Id)], default)]);
    }

    /// <summary>Founds, and consents to these kinds, each with a vault.</summary>
    public async Task<TestDevice> ReadyAsync(params Kind[] kinds)
    {
        Assert.Equal(201, (await FoundAsync()).Status);
        foreach (var kind in kinds) Assert.Equal(200, (await TurnOnAsync(kind)).Status);
        return this;
    }

    public Task<Answer> TurnOnAsync(Kind kind, string law = "de")
    {
        var operations = new List<Operation> { new Consent(kind, true, law, Hash32.Of("shown"u8)) };
        byte[] sealedKey = RandomNumberGenerator.GetBytes(Limits.SealedKey);
        if (State.VaultOf(kind).NewestEpoch == State.Epoch) return PushAsync(Push(Kind.None, operations));
        operations.Add(new Vault(kind, State.Epoch, Hash32.Of(sealedKey), Limits.SealedKey));
        return PushAsync(Push(Kind.None, operations, vaults: [sealedKey]));
    }

    public Task<Answer> TurnOffAsync(Kind kind) => PushAsync(Push(Kind.None, [new Consent(kind, false, "de", Hash32.Of("shown"u8))]));

    /// <summary>Sends it and, if it was taken, goes on from the new head.</summary>
    public async Task<Answer> PushAsync(Push push)
    {
        var answer = await PostAsync(Path("/commits"), push.Encode());
        if (answer.Status == 200) Take(push);
        return answer;
    }

    public void Take(Push push)
    {
        Assert.Null(State.TryExtend(push.Leaf, out var commit));
        if (commit!.Author == Id) Seq = commit.Seq;
        for (int op = 0; op < commit.Operations.Count; op++)
        {
            if (commit.Operations[op] is Put put) Records[commit.PlaceOf(op)] = put.Record;
        }
    }

    /// <summary>A commit on the head that this device knows.</summary>
    public Push Push(Kind kind, IReadOnlyList<Operation> operations, byte[]? bundle = null, IReadOnlyList<byte[]>? vaults = null, Func<Commit, Commit>? change = null)
    {
        var commit = new Commit(State.Account, State.Size, State.Root, Id, Seq + 1, new(++_lastMs, 0), kind, operations);
        commit = change?.Invoke(commit) ?? commit;
        byte[] body = commit.Encode();
        using var signed = new SignedCommit(body);
        var leaf = new Leaf(body, Sign(signed.Bytes));
        return new(leaf.Encode(), bundle ?? [], [.. (vaults ?? []).Select(v => (ReadOnlyMemory<byte>)v)]);
    }

    /// <summary>A commit of puts with these payloads: new records, or where parents are given all of the first one's.</summary>
    public Push Puts(Kind kind, IReadOnlyList<byte[]> payloads, IReadOnlyList<Place>? parents = null, IReadOnlyList<Hash32>? blobs = null) => Push(
        kind, [.. payloads.Select(p => new Put(parents is [var first, ..] ? Records[first] : Id.Random(), Id.Random(), State.VaultOf(kind).NewestEpoch, parents ?? [], Hash32.Of(p), p.Length, blobs ?? []))],
        [.. payloads.SelectMany(p => p)]);

    /// <summary>Adds another holder, which then knows the log as this one does.</summary>
    public async Task<TestDevice> AddAsync(HolderType type = HolderType.Device)
    {
        var other = new TestDevice(_server, _http, _time, type);
        Assert.Equal(200, (await PushAsync(Push(Kind.None, [new HolderAdd(other.Keys, default), new Grant(NewWrap(other.Id))]))).Status);
        other.State = State.Clone();
        foreach (var (place, record) in Records) other.Records.Add(place, record);
        other._lastMs = _lastMs + 1000;
        return other;
    }

    /// <summary>A new epoch for the holders that remain, with new vault keys for the kinds that remain.</summary>
    public Push NewEpoch(Operation cause, Id? without = null, Kind erased = Kind.None)
    {
        var kinds = Kinds.All.Where(k => State.VaultOf(k).Exists && k != erased).ToList();
        var keys = kinds.Select(_ => RandomNumberGenerator.GetBytes(Limits.SealedKey)).ToList();
        uint epoch = State.Epoch + 1;
        return Push(Kind.None,
            [
                cause,
                new Keyring(epoch, [.. State.LiveHolders.Select(h => h.Id).Where(h => h != without).Order().Select(NewWrap)], RandomNumberGenerator.GetBytes(Limits.SealedKey)),
                .. kinds.Select((k, i) => new Vault(k, epoch, Hash32.Of(keys[i]), Limits.SealedKey)),
            ],
            vaults: keys);
    }

    public Push Erasing(Kind kind, IReadOnlyList<Hash32> blobs)
    {
        var names = blobs.Distinct().Order().ToList();
        var epochs = State.VaultOf(kind).Keys.Select(k => k.Epoch).ToList();
        return NewEpoch(new Erase(kind, epochs, names.Count, Hash32.Of([.. names.SelectMany(n => n.ToArray())])), erased: kind);
    }

    public async Task<Hash32> UploadAsync(Kind kind, byte[] blob)
    {
        var name = Hash32.Of(blob);
        Assert.Equal(201, (await PutAsync(BlobPath(kind, name), blob)).Status);
        return name;
    }

    public string BlobPath(Kind kind, Hash32 name) => Path($"/blobs/{kind.Word()}/{name}");

    public static byte[] Sealed(int length = 300) => RandomNumberGenerator.GetBytes(length);

    private static Wrap NewWrap(Id holder) => new(holder, 1, RandomNumberGenerator.GetBytes(Limits.Wrap));

    public void Dispose() => _key.Dispose();
}
