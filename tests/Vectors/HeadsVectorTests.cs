using System.Text.Json.Nodes;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using static Candor.Tests.Vectors.VectorFile;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors/heads.json: which revisions are the newest, and which operations are void.</summary>
public sealed class HeadsVectorTests
{
    [Fact]
    public void EveryCaseHoldsInOneBatchAndOneByOneAndOpenedAgain()
    {
        foreach (var c in Read("heads.json", "Operations of records by commit, and the heads and void operations that they leave (account-log.md §6).", Make))
        {
            foreach (bool whole in new[] { true, false })
            {
                string folder = Directory.CreateTempSubdirectory("candor-heads-").FullName;
                try
                {
                    string file = Path.Combine(folder, "store.db");
                    var commits = Commits(c);
                    using (var store = LocalStore.Open(file))
                    {
                        foreach (var batch in commits.Chunk(whole ? commits.Count : 1)) store.Apply(batch, new AccountState(default));
                    }
                    using (var store = LocalStore.Open(file))
                    {
                        string name = (string)c["name"]!;
                        var heads = Kinds.All.SelectMany(k => store.Heads(k)).Select(h => h.Place).Order();
                        Assert.True(Places(c["heads"]!).SequenceEqual(heads), $"{name}: {string.Join(' ', heads)}");
                        var voids = commits.SelectMany(v => v.Commit.Operations.Select((_, op) => new Place(v.Index, op))).Where(store.IsVoid);
                        Assert.True(Places(c["void"]!).SequenceEqual(voids), $"{name}: void {string.Join(' ', voids)}");
                    }
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        }
    }

    private static List<VerifiedCommit> Commits(JsonObject c)
    {
        var commits = new List<VerifiedCommit>();
        foreach (var given in c["commits"]!.AsArray())
        {
            var operations = given!["operations"]!.AsArray().Select(Operation? (o) =>
            {
                var record = Id.From(Convert.FromHexString((string)o![0]!));
                var parents = Places(o[1]!);
                return (bool)o[2]! ? new Remove(record, parents) : new Put(record, Id.Random(), 1, parents, Hash32.Of(record.ToArray()), Limits.SmallestSealed, []);
            });
            var commit = new Commit(default, commits.Count, default, default, commits.Count + 1, new(commits.Count + 1, 0), (Kind)(int)given["kind"]!, [.. operations.OfType<Operation>()]);
            commits.Add(new(commits.Count, new Leaf(commit.Encode(), new byte[Leaf.SignatureSize]).Encode(), commit, null, []));
        }
        return commits;
    }

    private static List<Place> Places(JsonNode node) => [.. node.AsArray().Select(p => new Place((long)p![0]!, (int)p[1]!))];

    private static IEnumerable<JsonObject> Make()
    {
        const string A = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", B = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";
        static JsonArray P(params (long, int)[] places) => [.. places.Select(p => (JsonNode)new JsonArray(p.Item1, p.Item2))];
        static JsonArray Op(string record, JsonArray parents, bool removed = false) => [record, parents, removed];
        static JsonObject Commit(int kind, params JsonArray[] operations) => new() { ["kind"] = kind, ["operations"] = new JsonArray([.. operations]) };
        static JsonObject Case(string name, JsonArray heads, JsonArray voids, params JsonObject[] commits) =>
            new() { ["name"] = name, ["valid"] = true, ["commits"] = new JsonArray([.. commits]), ["heads"] = heads, ["void"] = voids };

        yield return Case("an edit ends what it replaces", P((1, 0)), P(), Commit(2, Op(A, P())), Commit(2, Op(A, P((0, 0)))));
        yield return Case("two edits of one revision are two heads", P((1, 0), (2, 0)), P(), Commit(2, Op(A, P())), Commit(2, Op(A, P((0, 0)))), Commit(2, Op(A, P((0, 0)))));
        yield return Case("a merge in the commit of its parent", P((2, 1)), P(), Commit(2, Op(A, P())), Commit(2, Op(A, P((0, 0)))), Commit(2, Op(A, P((0, 0))), Op(A, P((1, 0), (2, 0)))));
        yield return Case("a removal is a head, and a put brings the record back", P((2, 0)), P(), Commit(2, Op(A, P())), Commit(2, Op(A, P((0, 0)), true)), Commit(2, Op(A, P((1, 0)))));
        yield return Case("another record's revision is no parent", P((0, 0)), P((1, 0)), Commit(2, Op(A, P())), Commit(2, Op(B, P((0, 0)))));
        yield return Case("a removal that names another record removes nothing", P((0, 0), (0, 1)), P((1, 0)), Commit(2, Op(A, P()), Op(B, P())), Commit(2, Op(B, P((0, 0)), true)));
        yield return Case("one good parent does not mend a strange one", P((0, 0), (0, 1)), P((1, 0)), Commit(2, Op(A, P()), Op(B, P())), Commit(2, Op(A, P((0, 0), (0, 1)))));
        yield return Case("the same id in another kind is another record", P((0, 0)), P((1, 0)), Commit(2, Op(A, P())), Commit(4, Op(A, P((0, 0)))));
        yield return Case("what stands on a void operation is void", P((0, 0)), P((1, 0), (2, 0)), Commit(2, Op(A, P())), Commit(2, Op(B, P((0, 0)))), Commit(2, Op(B, P((1, 0)))));
        yield return Case("void within one commit", P((0, 0)), P((0, 1), (0, 2)), Commit(2, Op(A, P()), Op(B, P((0, 0))), Op(B, P((0, 1)))));
        yield return Case("a place that no operation has", P((0, 0)), P((1, 0)), Commit(2, Op(A, P())), Commit(2, Op(A, P((0, 7)))));
        yield return Case("the rest of a commit with a void operation counts", P((0, 0), (1, 1)), P((1, 0)), Commit(2, Op(A, P())), Commit(2, Op(B, P((0, 0))), Op(B, P())));
        yield return Case("a void operation ends nothing: the record goes on", P((2, 0)), P((1, 0)), Commit(2, Op(A, P())), Commit(2, Op(B, P((0, 0)), true)), Commit(2, Op(A, P((0, 0)))));
    }
}
