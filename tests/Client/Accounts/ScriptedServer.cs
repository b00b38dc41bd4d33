using System.Net;
using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Tests.Client.Accounts;

/// <summary>The wire of a server that a test plays: it keeps one account by the rules, and lies where the test tells it to. Checks every signature it gets.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly NoteSigner _signer = new("test.example", NoteKeyType.Ed25519, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
    private readonly Dictionary<(Kind, uint), byte[]> _vaults = [];

    public List<(byte[] Leaf, byte[] Bundle)> Log { get; set; } = [];

    public AccountState? State { get; private set; }

    public NoteVerifierKey Key => _signer.VerifierKey;

    /// <summary>Rewrites what a pull answers, item by item, before it is sent.</summary>
    public Func<List<PullItem>, IEnumerable<PullItem>> Pulled { get; set; } = items => items;

    /// <summary>Runs before a push is looked at: another device can be faster.</summary>
    public Action? BeforePush { get; set; }

    /// <summary>Bytes after which the answer to a pull breaks off.</summary>
    public int CutAfter { get; set; } = int.MaxValue;

    public List<string> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        var holder = Authenticate(request, body);
        if (holder is null) return Problem(401, ErrorName.SignatureBad);
        string[] parts = request.RequestUri.AbsolutePath.Split('/');
        return (request.Method.Method, parts.Length, parts[^1]) switch
        {
            ("POST", 3, "accounts") => Found(body),
            ("POST", _, "commits") => Commit(body),
            ("GET", _, "log") => Pull(request.RequestUri.Query),
            ("GET", 6, _) when parts[4] == "vaults" && Kinds.TryParse(parts[5], out var kind) => Vaults(kind, holder.Id),
            _ => Problem(404, ErrorName.NotFound),
        };
    }

    /// <summary>Appends a commit as another device would have.</summary>
    public void Append(TestHolder author, Kind kind, params Operation[] operations)
    {
        byte[] leaf = author.SignCommit(author.Next(State!, kind, operations));
        Assert.Null(State!.TryExtend(leaf, out _));
        Log.Add((leaf, []));
    }

    public byte[] CheckpointOf(long size, Hash32 root) => new Checkpoint(Checkpoint.AccountOrigin("test.example", State!.Account.ToArray()), size, root).Sign(_signer).ToBytes();

    private HolderKeys? Authenticate(HttpRequestMessage request, byte[] body)
    {
        string? Header(string name) => request.Headers.TryGetValues(name, out var values) ? values.Single() : null;
        if (!RequestSignature.TryParse(Header(RequestSignature.InputHeader), Header(RequestSignature.SignatureHeader), out var signature)) return null;
        string digest = RequestSignature.ContentDigest(Hash32.Of(body));
        if (Header(RequestSignature.DigestHeader) != digest) return null;
        var keys = HolderKeys.TryParseHeader(Header(RequestSignature.HolderHeader), out var given) ? given : State?.Holders.GetValueOrDefault(signature.KeyId)?.Keys;
        if (keys is null || keys.Id != signature.KeyId) return null;
        var uri = request.RequestUri!;
        byte[] signed = RequestSignature.Base(
            request.Method.Method, uri.Authority, uri.AbsolutePath, uri.Query.Length > 0 ? uri.Query : "?", digest, signature.Created, signature.Nonce, keys.Id);
        return HolderSignature.Verify(keys, signed, signature.Signature.Span) ? keys : null;
    }

    private HttpResponseMessage Found(byte[] body)
    {
        Assert.True(Push.TryDecode(body, out var push));
        Assert.True(Leaf.TryDecode(push.Leaf, out var leaf));
        Assert.True(Candor.Protocol.Commit.TryDecode(leaf.Body, out var commit, out _));
        State = new(commit.Account);
        return Commit(body);
    }

    private HttpResponseMessage Commit(byte[] body)
    {
        BeforePush?.Invoke();
        Assert.True(Push.TryDecode(body, out var push));
        if (State!.TryExtend(push.Leaf, out var commit) is { } error) return Problem(error == ErrorName.HeadMoved ? 409 : error == ErrorName.ConsentRequired ? 403 : 422, error);
        Log.Add((push.Leaf.ToArray(), push.Bundle.ToArray()));
        int n = 0;
        foreach (var vault in commit!.Operations.OfType<Vault>())
        {
            Assert.Equal(vault.Hash, Hash32.Of(push.Vaults[n].Span));
            _vaults[(vault.Kind, vault.Epoch)] = push.Vaults[n++].ToArray();
        }
        return Ok(CheckpointOf(State.Size, State.Root));
    }

    private HttpResponseMessage Pull(string query)
    {
        long from = long.Parse(query.Split('=', '&')[1], null);
        // What it shows is what its log gives, as with the real server: a log put back gives an older checkpoint.
        var shown = new AccountState(State!.Account);
        foreach (var (leaf, _) in Log) Assert.Null(shown.TryExtend(leaf, out _));
        var items = new List<PullItem>();
        for (int i = (int)from; i < Log.Count; i++) items.Add(new PulledLeaf(i, Log[i].Leaf, Log[i].Bundle, []));
        items.Add(new PulledCheckpoint(Encoding.UTF8.GetString(CheckpointOf(shown.Size, shown.Root))));
        byte[] stream = [.. Pulled(items).SelectMany(i => i.Encode())];
        return Ok(stream.Length > CutAfter ? stream[..CutAfter] : stream);
    }

    private HttpResponseMessage Vaults(Kind kind, Id holder)
    {
        if (State!.Holders[holder].ConsentFor(kind) is not { On: true }) return Problem(403, ErrorName.ConsentRequired);
        var w = Cbor.Writer();
        var keys = _vaults.Where(v => v.Key.Item1 == kind).OrderBy(v => v.Key.Item2).ToList();
        w.WriteStartArray(keys.Count);
        foreach (var (key, sealedKey) in keys)
        {
            w.WriteStartArray(2);
            w.WriteUInt32(key.Item2);
            w.WriteByteString(sealedKey);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        return Ok(w.Encode());
    }

    private static HttpResponseMessage Ok(byte[] body) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };

    private static HttpResponseMessage Problem(int status, string name) => new((HttpStatusCode)status)
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new ProblemDocument(ErrorName.Urn + name, name, status, "Try something else."), ProtocolJson.Default.ProblemDocument)),
    };
}
