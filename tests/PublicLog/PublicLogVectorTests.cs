using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Log;
using Candor.Tests.Vectors;

namespace Candor.Tests.PublicLog;

/// <summary>spec/vectors/public-log.json.</summary>
public sealed class PublicLogVectorTests
{
    private const string Nonce = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Account = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

    [Fact]
    public void EveryCaseIsJudgedAsStated()
    {
        var cases = VectorFile.Read("public-log.json", "Tiles, entries, openings, policies and requests to witnesses; spec/public-log.md.", Make);
        Assert.Equal(["add-checkpoint", "bundle", "edge", "entry", "log", "opening", "policy", "tile"], cases.Select(c => (string)c["call"]!).Distinct().Order());
        foreach (var c in cases)
        {
            string name = (string)c["name"]!;
            var answer = Answer(c);
            Assert.True((answer is not null) == (bool)c["valid"]!, name);
            foreach (var (field, value) in answer ?? []) Assert.True(JsonNode.DeepEquals(c[field], value), $"{name}: {field} is {value?.ToJsonString()}");
        }
    }

    /// <summary>What our code says to a case; null: invalid.</summary>
    private static JsonObject? Answer(JsonObject c)
    {
        switch ((string)c["call"]!)
        {
            case "tile":
                return TileName.TryParse((string)c["path_text"]!, out var tile)
                    ? new() { ["level_text"] = tile.Value.Level < 0 ? "entries" : Text(tile.Value.Level), ["index"] = Text(tile.Value.Index), ["width"] = Text(tile.Value.Width) } : null;
            case "edge":
                return new() { ["paths_text"] = new JsonArray([.. TileName.Edge(Number(c, "size")).Select(t => (JsonNode)t.ToString())]) };
            case "bundle":
                return EntryBundle.TryRead(c.Bytes("bundle"), (int)Number(c, "width"), out var entries)
                    ? new() { ["entries"] = new JsonArray([.. entries.Select(e => (JsonNode)VectorFile.Hex(e.Span))]) } : null;
            case "entry":
                byte[] bytes = Encoding.UTF8.GetBytes((string)c["entry_text"]!);
                if (!LogEntry.TryParse(bytes, out var entry)) return null;
                Assert.Equal(bytes, entry.ToBytes());
                return new() { ["type_text"] = entry.Type };
            case "opening":
                byte[] file = Encoding.UTF8.GetBytes((string)c["opening_text"]!);
                if (!Opening.TryParse(file, out var opening)) return null;
                Assert.Equal(file, opening.ToBytes());
                return new() { ["value"] = opening.Value.ToString() };
            case "policy":
                return LogPolicy.TryParse(Encoding.UTF8.GetBytes((string)c["policy_text"]!), out var policy, out _) ? new() { ["satisfied"] = IsSatisfied(policy, c) } : null;
            case "add-checkpoint":
                byte[] body = Encoding.UTF8.GetBytes((string)c["request_text"]!);
                if (!AddCheckpoint.TryParse(body, out var request)) return null;
                Assert.Equal(body, request.ToBytes());
                return new() { ["old"] = Text(request.OldSize), ["proof"] = new JsonArray([.. request.Proof.Select(h => (JsonNode)h.ToString())]), ["origin_text"] = WitnessRules.OriginOf(request.Checkpoint) };
            default:
                return LogOf((string)c["repeat"]!, Number(c, "count"));
        }
    }

    private static bool IsSatisfied(LogPolicy policy, JsonObject c)
    {
        var note = new Checkpoint("log.example/a", 0, MerkleTree.EmptyRoot).Sign(TestKeys.For("log.example/a"));
        foreach (var witness in c["cosigned_by_text"]!.AsArray())
        {
            using var key = TestKeys.For((string)witness!, NoteKeyType.Cosignature);
            note = note.With(key.Cosign(note.UnverifiedText.Span, 1_700_000_000));
        }
        Assert.True(policy.VerifierOf("log.example/a")!.TryOpen(note, out var opened, out var rejection), rejection.ToString());
        return policy.IsSatisfied(opened);
    }

    private static JsonObject LogOf(string repeat, long count)
    {
        var tail = new TileTail();
        byte[] entry = [.. new byte[8], .. Convert.FromHexString(repeat)];
        for (long i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry, i);
            tail.Append(entry);
        }
        using var all = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var file in tail.TakeFiles())
        {
            all.AppendData(Encoding.ASCII.GetBytes(file.Name.ToString()));
            all.AppendData(file.Bytes.Span);
        }
        return new() { ["size"] = Text(tail.Size), ["root"] = tail.Root().ToString(), ["files_sha256"] = VectorFile.Hex(all.GetHashAndReset()) };
    }

    private static IEnumerable<JsonObject> Make()
    {
        foreach (string path in (string[])
            ["tile/0/000", "tile/0/273.p/112", "tile/1/x001/x234/067", "tile/7/000.p/255", "tile/entries/x001/234", "tile/entries/000.p/1",
             "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/x1/234", "tile/0/001/234", "tile/0/x001/x234", "tile/00/000", "tile/8/000", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
             "tile/0/000.p", "tile/0/000/", "/tile/0/000", "tile/data/000", "tile/0/../000", "tile/0/000.p/1/", "tile/entries/x999/x999/x999/x999/x999/x999/x999/999", ""])
            yield return Case($"tile: {path}", "tile", ("path_text", path));
        foreach (long size in (long[])[0, 1, 255, 256, 257, 70_000, 65_536, 16_777_216, long.MaxValue]) yield return Case($"edge of {size}", "edge", ("size", Text(size)));
        foreach (var (bundle, width) in ((string, int)[])[("", 0), ("0000", 1), ("000161", 1), ("0001610002626300", 2), ("00016100026263", 2), ("00016100026263", 1), ("0002", 1), ("000261", 1), ("00", 1), ("000161", 257)])
            yield return Case($"bundle {bundle} of {width}", "bundle", ("bundle", bundle), ("width", Text(width)));
        foreach (var (name, text) in Entries()) yield return Case($"entry: {name}", "entry", ("entry_text", text));
        foreach (var (name, text) in Openings()) yield return Case($"opening: {name}", "opening", ("opening_text", text));
        foreach (var (name, text, by) in Policies()) yield return Case($"policy: {name}", "policy", ("policy_text", text), ("cosigned_by_text", new JsonArray([.. by.Select(b => (JsonNode)b)])));
        foreach (var (name, text) in Requests()) yield return Case($"add-checkpoint: {name}", "add-checkpoint", ("request_text", text));
        foreach (var (repeat, count) in ((string, long)[])[("", 1), ("61", 256), ("", 257), ("00", 70_000)]) yield return Case($"log of {count} entries", "log", ("repeat", repeat), ("count", count));
    }

    private static IEnumerable<(string, string)> Entries()
    {
        const string First = "candor/log/v1 ";
        string hash = new('a', 64), file = $"file a/b.txt 12 {hash}\n", vkey = TestKeys.For("log.example/a").VerifierKey.ToString();
        yield return ("release", $"{First}release\nname candor-server\nversion 0.1.0\n{file}");
        yield return ("web", $"{First}web\nname candor-web\nversion 0.1.0\n{file}file a/c.js 0 {hash}\n");
        yield return ("policy", $"{First}policy\nname laws\nversion 2026-11\nfile cn.yaml 1 {hash}\n");
        yield return ("shelf", $"{First}shelf\nname shelf\nversion 7\n{file}");
        yield return ("a key begins", $"{First}key\nrole log\nold none\nnew {vkey}\n");
        yield return ("heads", $"{First}heads\nhour 2026-11-28T18\nleaves 1024\nroot {hash}\n");
        yield return ("heartbeat", $"{First}heartbeat\nday 2026-11-28\nstatement We run this server ourselves.\n");
        yield return ("commitment", $"{First}commitment\nvalue {hash}\n");
        yield return ("no newline at the end", $"{First}commitment\nvalue {hash}");
        yield return ("a blank line more", $"{First}commitment\nvalue {hash}\n\n");
        yield return ("a line more", $"{First}commitment\nvalue {hash}\nvalue {hash}\n");
        yield return ("capitals in the hash", $"{First}commitment\nvalue {new string('A', 64)}\n");
        yield return ("unknown type", $"{First}gossip\nvalue {hash}\n");
        yield return ("unknown version", $"candor/log/v2 commitment\nvalue {hash}\n");
        yield return ("no file", $"{First}release\nname a\nversion 1\n");
        yield return ("files out of order", $"{First}release\nname a\nversion 1\nfile b 1 {hash}\nfile a 1 {hash}\n");
        yield return ("a file twice", $"{First}release\nname a\nversion 1\nfile a 1 {hash}\nfile a 1 {hash}\n");
        yield return ("a path upwards", $"{First}release\nname a\nversion 1\nfile ../a 1 {hash}\n");
        yield return ("a path from the root", $"{First}release\nname a\nversion 1\nfile /a 1 {hash}\n");
        yield return ("a size with a leading zero", $"{First}release\nname a\nversion 1\nfile a 01 {hash}\n");
        yield return ("words in another order", $"{First}release\nversion 1\nname a\nfile a 1 {hash}\n");
        yield return ("a space at the end", $"{First}release\nname a \nversion 1\nfile a 1 {hash}\n");
        yield return ("an empty value", $"{First}heartbeat\nday 2026-11-28\nstatement \n");
        yield return ("a day that is none", $"{First}heartbeat\nday 2026-02-30\nstatement none\n");
        yield return ("leaves that are no power of two", $"{First}heads\nhour 2026-11-28T18\nleaves 1025\nroot {hash}\n");
        yield return ("too few leaves", $"{First}heads\nhour 2026-11-28T18\nleaves 512\nroot {hash}\n");
        yield return ("a role that is none", $"{First}key\nrole boss\nold none\nnew none\n");
        yield return ("carriage return", $"{First}commitment\r\nvalue {hash}\r\n");
    }

    private static IEnumerable<(string, string)> Openings()
    {
        const string First = "candor/log/v1 opening\n";
        string nonce = $"nonce {Nonce}\n", leaf = new('b', 64);
        yield return ("erasure", $"{First}{nonce}what erasure\naccount {Account}\nindex 12\nleaf {leaf}\nkind photos\n");
        yield return ("access", $"{First}{nonce}what access\naccount {Account}\nby Anna\nreason a disk is broken\nscope facts\n");
        yield return ("request", $"{First}{nonce}what request\naccount all\nby District Court\nreason order 1/2026\nscope who has an account\n");
        yield return ("a nonce too short", $"{First}nonce {Nonce[2..]}\nwhat access\naccount all\nby A\nreason b\nscope facts\n");
        yield return ("another kind of thing", $"{First}{nonce}what gossip\naccount all\nby A\nreason b\nscope facts\n");
        yield return ("an account that is none", $"{First}{nonce}what access\naccount anna\nby A\nreason b\nscope facts\n");
        yield return ("a line missing", $"{First}{nonce}what access\naccount all\nby A\nreason b\n");
        yield return ("no nonce", $"{First}what access\naccount all\nby A\nreason b\nscope facts\n");
    }

    private static IEnumerable<(string, string, string[])> Policies()
    {
        string log = $"log {TestKeys.For("log.example/a").VerifierKey} https://log.example/a/\n";
        string W(string n) => $"witness {n} {TestKeys.For(n, NoteKeyType.Cosignature).VerifierKey}\n";
        string three = W("a.example") + W("b.example") + W("c.example");
        yield return ("no witness is asked for", $"{log}quorum none\n", []);
        yield return ("one of one", $"{log}{W("a.example")}quorum a.example\n", ["a.example"]);
        yield return ("none of one", $"{log}{W("a.example")}quorum a.example\n", []);
        yield return ("two of three", $"{log}{three}group g 2 a.example b.example c.example\nquorum g\n", ["a.example", "c.example"]);
        yield return ("one where two are asked for", $"{log}{three}group g 2 a.example b.example c.example\nquorum g\n", ["b.example"]);
        yield return ("all", $"{log}{three}group g all a.example b.example c.example\nquorum g\n", ["a.example", "b.example", "c.example"]);
        yield return ("any of two groups", $"{log}{three}group g all a.example b.example\ngroup h any g c.example\nquorum h\n", ["c.example"]);
        yield return ("comments, tabs and no newline at the end", $"# ours\n\n{log.Replace(' ', '\t')}quorum none", []);
        yield return ("no quorum line", log, []);
        yield return ("two quorum lines", $"{log}quorum none\nquorum none\n", []);
        yield return ("a quorum of nobody known", $"{log}quorum a.example\n", []);
        yield return ("a member that is not defined", $"{log}group g any a.example\nquorum g\n", []);
        yield return ("a member of two groups", $"{log}{three}group g any a.example\ngroup h any a.example\nquorum g\n", []);
        yield return ("more than there are", $"{log}{three}group g 4 a.example b.example c.example\nquorum g\n", []);
        yield return ("a group of none", $"{log}{three}group g 0 a.example\nquorum g\n", []);
        yield return ("a name twice", $"{log}{W("a.example")}{W("a.example")}quorum none\n", []);
        yield return ("the log's kind of key for a witness", $"{log}witness w {TestKeys.For("w.example").VerifierKey}\nquorum none\n", []);
        yield return ("a line that is none", $"{log}quorums none\nquorum none\n", []);
        yield return ("an address that is none", $"{log.Replace("https:", "ftp:", StringComparison.Ordinal)}quorum none\n", []);
        yield return ("carriage return", $"{log}quorum none\r\n", []);
    }

    private static IEnumerable<(string, string)> Requests()
    {
        string hash = MerkleTree.EmptyRoot.ToBase64(), note = Encoding.UTF8.GetString(new Checkpoint("log.example/a", 0, MerkleTree.EmptyRoot).Sign(TestKeys.For("log.example/a")).ToBytes());
        yield return ("without proof", $"old 0\n\n{note}");
        yield return ("with proof", $"old 20\n{hash}\n{hash}\n\n{note}");
        yield return ("63 hashes", $"old 20\n{string.Concat(Enumerable.Repeat(hash + "\n", 63))}\n{note}");
        yield return ("64 hashes", $"old 20\n{string.Concat(Enumerable.Repeat(hash + "\n", 64))}\n{note}");
        yield return ("a leading zero", $"old 020\n\n{note}");
        yield return ("no old", $"\n{note}");
        yield return ("no blank line", $"old 0\n{note}");
        yield return ("a hash too short", $"old 1\n{hash[4..]}\n\n{note}");
        yield return ("no note", "old 0\n\n");
    }

    private static JsonObject Case(string name, string call, params (string, JsonNode?)[] fields)
    {
        var c = new JsonObject { ["name"] = name, ["valid"] = false, ["call"] = call };
        foreach (var (field, value) in fields) c[field] = value;
        var answer = Answer(c);
        c["valid"] = answer is not null;
        foreach (var (field, value) in answer ?? []) c[field] = value?.DeepClone();
        return c;
    }

    private static long Number(JsonObject c, string field) => c[field]!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? (long)c[field]! : long.Parse((string)c[field]!, CultureInfo.InvariantCulture);

    private static string Text(long n) => n.ToString(CultureInfo.InvariantCulture);
}
