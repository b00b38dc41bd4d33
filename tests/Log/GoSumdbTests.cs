using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>What we write, Go's checksum database code takes; what it writes, we take; what is damaged, both refuse.</summary>
public sealed class GoSumdbTests(GoSumdb go) : IClassFixture<GoSumdb>
{
    private const int Entries = 33;

    private static readonly string[] EntryTexts = [.. Enumerable.Range(0, Entries).Select(i => $"entry {i}")];

    private static readonly Hash32[] Leaves = [.. EntryTexts.Select(e => MerkleTree.LeafHash(Encoding.UTF8.GetBytes(e)))];

    [Fact]
    public void RootsAndProofsAreTheSame()
    {
        JsonElement tree = go.Ask(new { op = "tree", entries = EntryTexts });
        for (int size = 1; size <= Entries; size++)
        {
            Hash32[] leaves = Leaves[..size];
            Assert.Equal(Parse(tree.GetProperty("roots")[size - 1]), MerkleTree.Root(leaves));
            for (int n = 0; n < size; n++)
            {
                Hash32[] inclusion = Hashes(tree.GetProperty("inclusion")[size - 1][n]);
                Assert.Equal(inclusion, MerkleProver.Inclusion(n, leaves));
                Assert.True(MerkleTree.VerifyInclusion(leaves[n], n, size, inclusion, MerkleTree.Root(leaves)));
                Hash32[] consistency = Hashes(tree.GetProperty("consistency")[size - 1][n]);
                Assert.Equal(consistency, MerkleProver.Consistency(n + 1, leaves));
                Assert.True(MerkleTree.VerifyConsistency(n + 1, MerkleTree.Root(leaves.AsSpan(0, n + 1)), size, MerkleTree.Root(leaves), consistency));
            }
        }
    }

    [Fact]
    public void GoAndWeJudgeOurProofsAlikeGoodAndDamaged()
    {
        var random = new Random(6962);
        var requests = new List<object>();
        var ours = new List<bool>();
        for (int size = 1; size <= Entries; size++)
        {
            Hash32 root = MerkleTree.Root(Leaves.AsSpan(0, size));
            for (int n = 0; n < size; n++)
            {
                foreach (Hash32[] proof in Variants(MerkleProver.Inclusion(n, Leaves[..size]), random))
                {
                    requests.Add(new { op = "record", proof = Base64(proof), size, root = root.ToBase64(), index = n, leaf = Leaves[n].ToBase64() });
                    ours.Add(MerkleTree.VerifyInclusion(Leaves[n], n, size, proof, root));
                }

                Hash32 oldRoot = MerkleTree.Root(Leaves.AsSpan(0, n + 1));
                foreach (Hash32[] proof in Variants(MerkleProver.Consistency(n + 1, Leaves[..size]), random))
                {
                    requests.Add(new
                    {
                        op = "consistency",
                        proof = Base64(proof),
                        size,
                        root = root.ToBase64(),
                        oldSize = n + 1,
                        oldRoot = oldRoot.ToBase64(),
                    });
                    ours.Add(MerkleTree.VerifyConsistency(n + 1, oldRoot, size, root, proof));
                }
            }
        }

        JsonElement[] answers = go.Ask(requests);
        Assert.Equal(ours, answers.Select(a => GoSumdb.Error(a) is null));
        Assert.Equal(2 * Entries * (Entries + 1) / 2, ours.Count(good => good));
    }

    [Fact]
    public void GoOpensTheNotesWeSign()
    {
        using NoteSigner a = TestKeys.For("log.example/a");
        using NoteSigner b = TestKeys.For("wörter.example/ключ");
        const string Text = "first line\n\n— looks like a signature\nè una riga\n";
        string note = Encoding.UTF8.GetString(SignedNote.Sign(Encoding.UTF8.GetBytes(Text), a, b).ToBytes());
        string[] keys = [a.VerifierKey.ToString(), b.VerifierKey.ToString()];
        JsonElement opened = go.Ask(new { op = "open", note, keys });
        Assert.Null(GoSumdb.Error(opened));
        Assert.Equal(Text, opened.GetProperty("text").GetString());
        Assert.Equal(
            [TestKeys.NameAndId(a.VerifierKey), TestKeys.NameAndId(b.VerifierKey)],
            opened.GetProperty("signedBy").EnumerateArray().Select(s => s.GetString()));

        JsonElement damaged = go.Ask(new { op = "open", note = note.Replace("first", "fjrst", StringComparison.Ordinal), keys });
        Assert.Contains("invalid signature", GoSumdb.Error(damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void WeOpenTheNotesGoSigns()
    {
        JsonElement made = go.Ask(new { op = "new-key", name = "go.example/log" });
        string privateKey = made.GetProperty("privateKey").GetString()!, vkey = made.GetProperty("verifierKey").GetString()!;
        const string Text = "first line\n\nsecond\n";
        string note = go.Ask(new { op = "sign", key = privateKey, text = Text }).GetProperty("note").GetString()!;
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out SignedNote? parsed, out LogRejection rejection), rejection.ToString());
        Assert.True(parsed.TryVerify([LogVectors.Key(vkey)], out _, out rejection), rejection.ToString());
        Assert.Equal(Text, Encoding.UTF8.GetString(parsed.UnverifiedText.Span));

        // Go's private key is ours: the same public key, and byte for byte the same note.
        using NoteSigner signer = TestKeys.Signer(privateKey);
        Assert.Equal(vkey, signer.VerifierKey.ToString());
        Assert.Equal(note, Encoding.UTF8.GetString(SignedNote.Sign(Encoding.UTF8.GetBytes(Text), signer).ToBytes()));
    }

    [Fact]
    public void GoTakesOurPrivateKeys()
    {
        byte[] seed = SHA256.HashData("seed"u8);
        string privateKey = Encoding.UTF8.GetString(NoteSigner.EncodePrivateKey("log.example/a", NoteKeyType.Ed25519, seed));
        using var signer = new NoteSigner("log.example/a", NoteKeyType.Ed25519, seed);
        JsonElement signed = go.Ask(new { op = "sign", key = privateKey, text = "text\n" });
        Assert.Null(GoSumdb.Error(signed));
        Assert.Equal(Encoding.UTF8.GetString(SignedNote.Sign("text\n"u8, signer).ToBytes()), signed.GetProperty("note").GetString());
    }

    [Fact]
    public void GoOpensOurCosignedCheckpoints()
    {
        using NoteSigner server = TestKeys.For("cloud.example");
        using NoteSigner witness = TestKeys.For("witness.example/w1", NoteKeyType.Cosignature);
        SignedNote note = new Checkpoint(Checkpoint.AccountOrigin("cloud.example", new byte[16]), Entries, MerkleTree.Root(Leaves)).Sign(server);
        note = note.With(witness.Cosign(note.UnverifiedText.Span, 1_679_315_147));
        JsonElement opened = go.Ask(new
        {
            op = "open",
            note = Encoding.UTF8.GetString(note.ToBytes()),
            keys = (string[])[server.VerifierKey.ToString(), witness.VerifierKey.ToString()],
        });
        Assert.Null(GoSumdb.Error(opened));
        Assert.Equal(
            [TestKeys.NameAndId(server.VerifierKey), TestKeys.NameAndId(witness.VerifierKey)],
            opened.GetProperty("signedBy").EnumerateArray().Select(s => s.GetString()));
    }

    [Fact]
    public void GoJudgesTheNoteVectorsAlikeButWhereWeAreStricter()
    {
        // Where C2SP lets a reader choose we are stricter than x/mod: it takes base64 with unused bits set and keys of small order, drops a
        // second signature of a key unread, and stops at 100 signatures.
        string[] stricter =
        [
            "note: unused bits set",
            "note: public key of small order (neutral element): a signature that would fit any text",
            "note: public key of small order (of order 2): a signature that would fit any text",
            "note: good, then bad, by one key",
            "note: 65 signatures",
        ];
        string[] names = [.. LogVectors.NoteCases.OfCall("note").Select(row => row.Data)
            .Where(name => LogVectors.NoteCases[name].TryGetProperty("note_text", out _))];
        JsonElement[] answers = go.Ask([.. names.Select(name => LogVectors.NoteCases[name])
            .Select(c => (object)new { op = "open", note = LogVectors.Text(c, "note_text"), keys = LogVectors.Texts(c, "keys_text") })]);
        Assert.Equal(
            names.Where(name => LogVectors.Valid(LogVectors.NoteCases[name]) || stricter.Contains(name)),
            names.Where((_, i) => GoSumdb.Error(answers[i]) is null));
    }

    /// <summary>The proof, then damaged: a bit, a hash left out, a hash more, two exchanged.</summary>
    private static IEnumerable<Hash32[]> Variants(Hash32[] proof, Random random)
    {
        yield return proof;
        yield return [.. proof, Leaves[0]];
        if (proof.Length == 0) yield break;
        int i = random.Next(proof.Length);
        byte[] bytes = proof[i].ToArray();
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        yield return [.. proof[..i], new Hash32(bytes), .. proof[(i + 1)..]];
        yield return [.. proof[..i], .. proof[(i + 1)..]];
        if (proof.Length > 1) yield return [.. proof[1..], proof[0]];
    }

    private static string[] Base64(Hash32[] hashes) => [.. hashes.Select(h => h.ToBase64())];

    private static Hash32 Parse(JsonElement text) =>
        Hash32.TryParseBase64(text.GetString(), out Hash32 hash) ? hash : throw new InvalidDataException(text.ToString());

    private static Hash32[] Hashes(JsonElement list) =>
        list.ValueKind == JsonValueKind.Null ? [] : [.. list.EnumerateArray().Select(Parse)];
}
