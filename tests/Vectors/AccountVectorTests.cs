using System.Text.Json.Nodes;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using static Candor.Tests.Vectors.VectorFile;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors: ids.json, keys.json, commit.json, history.json, http.json.</summary>
public class AccountVectorTests
{
    private static readonly byte[] Entropy = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))];

    private static HolderSecret Device(byte n) => HolderSecret.Import(HolderType.Device, Enumerable.Range(0, 64).Select(i => (byte)(i + n)).ToArray())!;

    [Fact]
    public void Ids()
    {
        foreach (var c in Read("ids.json", "Holder ids, account ids, and encodings that the CBOR profile takes or refuses (as the one value of a file).", MakeIds))
        {
            switch ((string)c["what"]!)
            {
                case "holder":
                    Assert.Equal((string)c["id"]!, HolderKeys.IdOf((HolderType)(int)c["type"]!, c.Bytes("ed25519"), c.Bytes("x25519")).ToString());
                    break;
                case "account":
                    Assert.Equal((string)c["id"]!, HolderKeys.AccountId(Id.From(c.Bytes("founder")), Id.From(c.Bytes("nonce"))).ToString());
                    break;
                default:
                    bool read = Cbor.TryDecode(c.Bytes("bytes"), r => Candor.Client.Records.CborText.Read(r, 0) ?? "null", out _);
                    Assert.True(read == (bool)c["valid"]!, (string)c["name"]!);
                    break;
            }
        }
    }

    [Fact]
    public void Keys()
    {
        foreach (var c in Read("keys.json", "From entropy to a phrase's holder; wraps of a root key; sealed vault keys; record ids and content ids.", MakeKeys))
        {
            bool valid = (bool)c["valid"]!;
            switch ((string)c["what"]!)
            {
                case "phrase":
                    using (var phrase = RecoveryPhrase.FromEntropy(c.Bytes("entropy")))
                    using (var holder = HolderSecret.FromPhrase(phrase))
                    {
                        Assert.Equal((string)c["ed25519"]!, Hex(holder.Keys.Signing.Span));
                        Assert.Equal((string)c["x25519"]!, Hex(holder.Keys.Agreement.Span));
                        Assert.Equal((string)c["holder"]!, holder.Id.ToString());
                    }
                    break;
                case "wrap":
                    using (var holder = HolderSecret.Import(HolderType.Device, c.Bytes("secret"))!)
                    using (var root = holder.OpenRootKey(new(holder.Id, (byte)(int)c["suite"]!, c.Bytes("wrap")), Id.From(c.Bytes("account")), (uint)c["epoch"]!))
                    {
                        Assert.Equal(valid, root is not null);
                        if (valid) Assert.Equal((string)c["root_key"]!, Hex(root!.Bytes));
                    }
                    break;
                default:
                    using (var vault = new VaultKeys(Id.From(c.Bytes("account")), (Kind)(int)c["kind"]!, [new((uint)c["epoch"]!, new Secret32(c.Bytes("vault_key")))]))
                    {
                        Assert.Equal((string)c["record_id"]!, vault.RecordId(c.Bytes("natural_key")).ToString());
                        Assert.Equal((string)c["content_id"]!, vault.ContentId(c.Bytes("natural_key")).ToString());
                        byte[]? plain = vault.OpenRecord(Id.From(c.Bytes("record")), Id.From(c.Bytes("revision")), (uint)c["epoch"]!, c.Bytes("sealed"), out _);
                        Assert.Equal(valid, plain is not null);
                        if (valid) Assert.Equal((string)c["plain"]!, Hex(plain));
                    }
                    break;
            }
        }
    }

    [Candor.Tests.Hostile.Attack("K19")]
    [Fact]
    public void History()
    {
        AccountState? state = null;
        foreach (var c in Read("history.json", "One log: each leaf is offered to the state that the valid leaves before it made.", MakeHistory))
        {
            state ??= new(Id.From(c.Bytes("account")));
            string? error = state.TryExtend(c.Bytes("leaf"), out _);
            Assert.True((string?)c["error"] == error, $"{c["name"]}: {error}");
            Assert.Equal((long)c["size"]!, state.Size);
            Assert.Equal((string)c["root"]!, state.Root.ToString());
            Assert.Equal((int)c["live_holders"]!, state.LiveHolders.Count());
            Assert.Equal((uint)c["epoch"]!, state.Epoch);
        }
    }

    [Fact]
    public void Commits()
    {
        foreach (var c in Read("commit.json", "Commit bodies: what reads, and what is refused with which error.", MakeCommits))
        {
            bool valid = (bool)c["valid"]!;
            Assert.True(valid == Commit.TryDecode(c.Bytes("body"), out var commit, out string? error), (string)c["name"]!);
            if (valid) Assert.Equal((string)c["body"]!, Hex(commit!.Encode()));
            else Assert.Equal((string)c["error"]!, error);
        }
    }

    [Fact]
    public void SignedRequests()
    {
        foreach (var c in Read("http.json", "Signed requests: base, headers, and headers that are refused.", MakeRequests))
        {
            bool parsed = RequestSignature.TryParse((string)c["signature_input_text"]!, (string)c["signature_text"]!, out var signature);
            Assert.True((bool)c["valid"]! == parsed, (string)c["name"]!);
            if (!parsed) continue;
            byte[] signed = RequestSignature.Base((string)c["method"]!, (string)c["authority"]!, (string)c["path"]!, (string)c["query"]!,
                (string)c["content_digest_text"]!, signature!.Created, signature.Nonce, signature.KeyId);
            Assert.Equal((string)c["base_text"]!, System.Text.Encoding.UTF8.GetString(signed));
            Assert.True(HolderKeys.TryParseHeader((string)c["holder_text"]!, out var holder));
            Assert.True(HolderSignature.Verify(holder, signed, signature.Signature.Span));
        }
    }

    private static IEnumerable<JsonObject> MakeIds()
    {
        foreach (var type in Enum.GetValues<HolderType>())
        {
            byte[] ed = Entropy, x = [.. Entropy.Reverse()];
            yield return new() { ["name"] = $"holder of type {(int)type}", ["valid"] = true, ["what"] = "holder", ["type"] = (int)type, ["ed25519"] = Hex(ed), ["x25519"] = Hex(x), ["id"] = HolderKeys.IdOf(type, ed, x).ToString() };
        }
        Id founder = Id.From(Entropy.AsSpan(0, 16)), nonce = Id.From(Entropy.AsSpan(16));
        yield return new() { ["name"] = "account", ["valid"] = true, ["what"] = "account", ["founder"] = founder.ToString(), ["nonce"] = nonce.ToString(), ["id"] = HolderKeys.AccountId(founder, nonce).ToString() };
        foreach (var (name, bytes, valid) in new (string, string, bool)[]
        {
            ("smallest integer form", "17", true), ("24 in two bytes", "1818", true), ("23 in two bytes", "1817", false), ("negative", "20", true), ("largest", "1b7fffffffffffffff", true),
            ("beyond 63 bits", "1b8000000000000000", false), ("text", "63616263", true), ("text that is not UTF-8", "62c328", false), ("surrogate in text", "63eda080", false),
            ("bytes", "420102", true), ("array", "820102", true), ("map in order", "a2616101616202", true), ("map out of order", "a2616201616101", false), ("map with a key twice", "a2616101616102", false),
            ("shorter key first", "a2616201626161 02".Replace(" ", "", StringComparison.Ordinal), true), ("key that is a number", "a10102", false), ("true", "f5", true), ("null", "f6", true), ("undefined", "f7", false),
            ("half float", "f93c00", false), ("tag", "c100", false), ("indefinite array", "9f01ff", false), ("indefinite bytes", "5f4101ff", false), ("cut short", "4201", false),
            ("something after it", "0101", false), ("nothing", "", false), ("nested too deeply", string.Concat(Enumerable.Repeat("81", 20)) + "01", false),
        })
        {
            yield return new() { ["name"] = $"cbor: {name}", ["valid"] = valid, ["what"] = "cbor", ["bytes"] = bytes };
        }
    }

    private static IEnumerable<JsonObject> MakeKeys()
    {
        using (var phrase = RecoveryPhrase.FromEntropy(Entropy))
        using (var holder = HolderSecret.FromPhrase(phrase))
        {
            yield return new() { ["name"] = "phrase", ["valid"] = true, ["what"] = "phrase", ["entropy"] = Hex(Entropy), ["ed25519"] = Hex(holder.Keys.Signing.Span), ["x25519"] = Hex(holder.Keys.Agreement.Span), ["holder"] = holder.Id.ToString() };
        }
        var account = Id.From(Entropy.AsSpan(3, 16));
        using var device = Device(1);
        using var root = new Secret32(Entropy);
        byte[] secret = new byte[64];
        device.Export(secret);
        byte[] wrap = HolderSecret.WrapRootKey(root, account, 3, device.Keys)!.Bytes.ToArray();
        JsonObject Wrap(string name, bool valid, byte[] bytes, Id of, int epoch, int suite = 1) => new()
        {
            ["name"] = name,
            ["valid"] = valid,
            ["what"] = "wrap",
            ["secret"] = Hex(secret),
            ["account"] = of.ToString(),
            ["epoch"] = epoch,
            ["suite"] = suite,
            ["wrap"] = Hex(bytes),
            ["root_key"] = Hex(Entropy),
        };
        yield return Wrap("wrap", true, wrap, account, 3);
        yield return Wrap("wrap for another epoch", false, wrap, account, 4);
        yield return Wrap("wrap for another account", false, wrap, device.Id, 3);
        yield return Wrap("wrap of an unknown suite", false, wrap, account, 3, 2);
        yield return Wrap("wrap with a flipped bit in enc", false, [(byte)(wrap[0] ^ 1), .. wrap[1..]], account, 3);
        yield return Wrap("wrap with a flipped bit in the tag", false, [.. wrap[..^1], (byte)(wrap[^1] ^ 1)], account, 3);
        yield return Wrap("wrap with a zero point", false, [.. new byte[32], .. wrap[32..]], account, 3);

        byte[] plain = "a record"u8.ToArray(), natural = "u:4711"u8.ToArray();
        Id record = Id.From(Entropy.AsSpan(8, 16)), revision = Id.From(Entropy.AsSpan(12, 16));
        using var vault = new VaultKeys(account, Kind.Contacts, [new(2, new Secret32(Entropy))]);
        byte[] sealedRecord = new byte[VaultKeys.SealedRecordLength(plain.Length)];
        vault.SealRecord(record, revision, plain, sealedRecord);
        foreach (var (name, of, bytes) in new[] { ("record", record, sealedRecord), ("record moved to another id", revision, sealedRecord), ("record with a flipped bit", record, (byte[])[.. sealedRecord[..^1], (byte)(sealedRecord[^1] ^ 1)]) })
        {
            yield return new()
            {
                ["name"] = name,
                ["valid"] = name == "record",
                ["what"] = "record",
                ["account"] = account.ToString(),
                ["kind"] = 1,
                ["epoch"] = 2,
                ["vault_key"] = Hex(Entropy),
                ["natural_key"] = Hex(natural),
                ["record_id"] = vault.RecordId(natural).ToString(),
                ["content_id"] = vault.ContentId(natural).ToString(),
                ["record"] = of.ToString(),
                ["revision"] = revision.ToString(),
                ["sealed"] = Hex(bytes),
                ["plain"] = Hex(plain),
            };
        }
    }

    /// <summary>X25519 public keys of order 1, 2, 4 and 8, and other spellings of the first ones: libsodium's list.</summary>
    private static readonly byte[][] SmallOrderPoints =
    [
        .. new[]
        {
            "0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        }.Select(Convert.FromHexString),
    ];

    private static Operation[] Joins(HolderKeys keys) => [new HolderAdd(keys, default), new Grant(new(keys.Id, 1, new byte[Limits.Wrap]))];

    private static IEnumerable<JsonObject> MakeHistory()
    {
        using HolderSecret one = Device(1), two = Device(100);
        var nonce = Id.From(Entropy.AsSpan(0, 16));
        var state = new AccountState(HolderKeys.AccountId(one.Id, nonce));
        static Wrap WrapOf(HolderSecret h) => new(h.Id, 1, new byte[Limits.Wrap]);
        static Vault VaultOf(Kind kind, uint epoch) => new(kind, epoch, Hash32.Of([(byte)kind, (byte)epoch]), Limits.SealedKey);
        var text = Hash32.Of("what the person saw"u8);
        Id record = Id.From(Entropy.AsSpan(5, 16)), revision = Id.From(Entropy.AsSpan(6, 16));
        Put put = new(record, revision, 1, [], Hash32.Of("sealed"u8), Limits.SmallestSealed, []);
        var both = new[] { WrapOf(one), WrapOf(two) }.OrderBy(w => w.Holder).ToList();

        (string Name, HolderSecret Author, Kind Kind, Operation[] Operations, Func<Commit, Commit>? Change)[] steps =
        [
            ("founded without found", one, Kind.None, [new HolderAdd(one.Keys, default), new Keyring(1, [WrapOf(one)], default)], null),
            ("founded by someone else", two, Kind.None, [new Found(nonce), new HolderAdd(two.Keys, default), new Keyring(1, [WrapOf(two)], default)], null),
            ("founded", one, Kind.None, [new Found(nonce), new HolderAdd(one.Keys, new byte[] { 1, 2, 3 }), new Keyring(1, [WrapOf(one)], default)], null),
            ("founded again", one, Kind.None, [new Found(nonce)], null),
            ("a heartbeat", one, Kind.None, [], null),
            ("for another account", one, Kind.None, [], c => c with { Account = record }),
            ("on an old head", one, Kind.None, [], c => c with { PrevSize = c.PrevSize - 1 }),
            ("with a gap in seq", one, Kind.None, [], c => c with { Seq = c.Seq + 1 }),
            ("with a clock that went back", one, Kind.None, [], c => c with { Time = new(1, 0) }),
            ("a put without consent", one, Kind.Notes, [put], null),
            ("consent and a vault", one, Kind.None, [new Consent(Kind.Notes, true, "de", text), VaultOf(Kind.Notes, 1)], null),
            ("a second vault key in one epoch", one, Kind.None, [VaultOf(Kind.Notes, 1)], null),
            ("a put", one, Kind.Notes, [put], null),
            ("a put in the account's own commit", one, Kind.None, [put], null),
            ("a put under a key that is not there", one, Kind.Notes, [put with { Epoch = 2 }], null),
            ("a put whose parent is to come", one, Kind.Notes, [put with { Parents = [new(99, 0)] }], null),
            ("an edit", one, Kind.Notes, [put with { Revision = record, Parents = [new(3, 0)] }], null),
            ("a removal", one, Kind.Notes, [new Remove(record, [new(4, 0)])], null),
            ("by a stranger", two, Kind.None, [], null),
            ("a device without its root key", one, Kind.None, [new HolderAdd(two.Keys, default)], null),
            ("a device joins", one, Kind.None, [new HolderAdd(two.Keys, default), new Grant(WrapOf(two))], null),
            ("it joins again", one, Kind.None, [new HolderAdd(two.Keys, default), new Grant(WrapOf(two))], null),
            ("the other device has no consent", two, Kind.Notes, [put], null),
            ("removed without a new epoch", one, Kind.None, [new HolderRemove(two.Id)], null),
            ("a keyring that leaves a vault behind", one, Kind.None, [new Keyring(2, both, new byte[Limits.SealedKey])], null),
            ("a keyring that leaves a holder out", one, Kind.None, [new Keyring(2, [WrapOf(one)], new byte[Limits.SealedKey]), VaultOf(Kind.Notes, 2)], null),
            ("a new epoch", one, Kind.None, [new Keyring(2, both, new byte[Limits.SealedKey]), VaultOf(Kind.Notes, 2)], null),
            ("a put under the old key", one, Kind.Notes, [put], null),
            ("erase without a new epoch", one, Kind.None, [new Erase(Kind.Notes, [1, 2], 0, Hash32.Of([]))], null),
            ("erase that forgets a key", one, Kind.None, [new Erase(Kind.Notes, [2], 0, Hash32.Of([])), new Keyring(3, both, new byte[Limits.SealedKey])], null),
            ("erased", one, Kind.None, [new Erase(Kind.Notes, [1, 2], 0, Hash32.Of([])), new Keyring(3, both, new byte[Limits.SealedKey])], null),
            ("a put after the erase", one, Kind.Notes, [put with { Epoch = 2 }], null),
            ("a device is removed", one, Kind.None, [new HolderRemove(two.Id), new Keyring(4, [WrapOf(one)], new byte[Limits.SealedKey])], null),
            ("the removed device speaks", two, Kind.None, [], null),
            ("the last holder goes", one, Kind.None, [new HolderRemove(one.Id), new Keyring(5, [WrapOf(one)], new byte[Limits.SealedKey])], null),
            ("a region", one, Kind.None, [new Region("home", "de")], null),
            .. SmallOrderPoints.Select((point, i) => ($"a holder whose agreement key is of small order ({i})", one, Kind.None, (Operation[])[.. Joins(new(HolderType.Device, two.Keys.Signing.Span, point))], (Func<Commit, Commit>?)null)),
            ("a holder whose agreement key is an ordinary point", one, Kind.None, [.. Joins(new(HolderType.Device, two.Keys.Signing.Span, Convert.FromHexString("09" + new string('0', 62))))], null),
        ];
        foreach (var (name, author, kind, operations, change) in steps)
        {
            var me = state.Holders.GetValueOrDefault(author.Id);
            var commit = new Commit(state.Account, state.Size, state.Root, author.Id, (me?.LastSeq ?? 0) + 1, new(1_795_427_000_000 + state.Size, 0), kind, operations);
            byte[] leaf = author.Sign(change?.Invoke(commit) ?? commit);
            string? error = state.TryExtend(leaf, out _);
            yield return new()
            {
                ["name"] = name,
                ["valid"] = error is null,
                ["error"] = error,
                ["account"] = state.Account.ToString(),
                ["leaf"] = Hex(leaf),
                ["size"] = state.Size,
                ["root"] = state.Root.ToString(),
                ["live_holders"] = state.LiveHolders.Count(),
                ["epoch"] = state.Epoch,
            };
        }
    }

    private static IEnumerable<JsonObject> MakeCommits()
    {
        using var one = Device(1);
        Id record = Id.From(Entropy.AsSpan(5, 16)), revision = Id.From(Entropy.AsSpan(6, 16));
        Hash32 a = Hash32.Of([1]), b = Hash32.Of([2]);
        Hash32[] blobs = a < b ? [a, b] : [b, a];
        Commit With(params Operation[] operations) => new(record, 41, a, one.Id, 12, new(1_795_427_000_123, 0), Kind.Contacts, operations);
        Put put = new(record, revision, 1, [new(17, 3)], b, 1096, blobs);
        byte[] good = With(put).Encode();
        JsonObject Case(string name, byte[] body, string? error = null) => new() { ["name"] = name, ["valid"] = error is null, ["error"] = error, ["body"] = Hex(body) };
        yield return Case("a put", good);
        yield return Case("a removal", With(new Remove(record, [new(1, 0), new(1, 1)])).Encode());
        yield return Case("no operations", With().Encode());
        yield return Case("version 2", [good[0], 2, .. good[2..]], ErrorName.VersionUnknown);
        yield return Case("nothing", [], ErrorName.CommitMalformed);
        yield return Case("cut short", good[..^1], ErrorName.CommitMalformed);
        yield return Case("something after it", [.. good, 0], ErrorName.CommitMalformed);
        yield return Case("ten fields", [0x8a, .. good[1..], 0], ErrorName.CommitMalformed);
        yield return Case("blobs out of order", With(put with { Blobs = [blobs[1], blobs[0]] }).Encode(), ErrorName.CommitMalformed);
        yield return Case("a blob twice", With(put with { Blobs = [a, a] }).Encode(), ErrorName.CommitMalformed);
        yield return Case("parents out of order", With(put with { Parents = [new(2, 0), new(1, 0)] }).Encode(), ErrorName.CommitMalformed);
        yield return Case("epoch 0", With(put with { Epoch = 0 }).Encode(), ErrorName.CommitMalformed);
        yield return Case("shorter than anything sealed", With(put with { Length = Limits.SmallestSealed - 1 }).Encode(), ErrorName.CommitMalformed);
        yield return Case("seq 0", (With() with { Seq = 0 }).Encode(), ErrorName.CommitMalformed);
        yield return Case("kind 5", (With() with { Kind = (Kind)5 }).Encode(), ErrorName.CommitMalformed);
        yield return Case("holder under another id", Replace(With(new HolderAdd(one.Keys, default)).Encode(), one.Id, record), ErrorName.CommitMalformed);
    }

    private static byte[] Replace(byte[] body, Id what, Id by)
    {
        by.CopyTo(body.AsSpan(body.AsSpan().LastIndexOf(what.ToArray())));
        return body;
    }

    private static IEnumerable<JsonObject> MakeRequests()
    {
        using var one = Device(1);
        const string nonce = "6f1d0c5e9a7b4e21";
        JsonObject Request(string method, string path, string query, byte[] body)
        {
            string digest = RequestSignature.ContentDigest(Hash32.Of(body));
            byte[] signed = RequestSignature.Base(method, "candor.example", path, query, digest, 1_795_427_000, nonce, one.Id);
            return new()
            {
                ["name"] = $"{method} {path}",
                ["valid"] = true,
                ["method"] = method,
                ["authority"] = "candor.example",
                ["path"] = path,
                ["query"] = query,
                ["body"] = Hex(body),
                ["holder_text"] = one.Keys.ToHeader(),
                ["content_digest_text"] = digest,
                ["base_text"] = System.Text.Encoding.UTF8.GetString(signed),
                ["signature_input_text"] = RequestSignature.FormatInput(1_795_427_000, nonce, one.Id),
                ["signature_text"] = RequestSignature.FormatSignature(one.Sign(signed)),
            };
        }
        var get = Request("GET", "/v1/server", "?", []);
        yield return Request("POST", $"/v1/accounts/{one.Id}/commits", "?", "body"u8.ToArray());
        yield return Request("GET", $"/v1/accounts/{one.Id}/log", "?from=3&payloads=live", []);
        string input = (string)get["signature_input_text"]!, signature = (string)get["signature_text"]!;
        yield return get;
        foreach (var (name, changedInput, changedSignature) in new[]
        {
            ("another label", input.Replace("c=(", "d=(", StringComparison.Ordinal), signature),
            ("a component less", input.Replace(" \"@query\"", "", StringComparison.Ordinal), signature),
            ("another algorithm", input.Replace("ed25519", "hmac-sha256", StringComparison.Ordinal), signature),
            ("a nonce in upper case", input.Replace(nonce, nonce.ToUpperInvariant(), StringComparison.Ordinal), signature),
            ("a leading zero in created", input.Replace("created=1", "created=01", StringComparison.Ordinal), signature),
            ("a parameter more", input + ";tag=\"x\"", signature),
            ("a short signature", input, signature[..^5] + ":"),
            ("no signature", input, ""),
        })
        {
            yield return new() { ["name"] = name, ["valid"] = false, ["signature_input_text"] = changedInput, ["signature_text"] = changedSignature };
        }
    }
}
