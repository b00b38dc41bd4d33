using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Protocol;
using Xunit;
using static Candor.Tests.Log.LogVectors;

namespace Candor.Tests.Log;

/// <summary>
/// Every reader of this library on thousands of damaged inputs: no exception, a rejection exactly when nothing was read, what was read writes
/// back to the very bytes, and no damage makes a stranger's text pass as signed.
/// </summary>
public sealed class LogFuzzTests
{
    // What breaks line formats: separators, signs, digits, padding, white space, controls, pieces of UTF-8.
    private static readonly byte[][] Pieces =
    [
        "\n"u8.ToArray(), "\n\n"u8.ToArray(), " "u8.ToArray(), "— "u8.ToArray(), "+"u8.ToArray(), "-1"u8.ToArray(), "0"u8.ToArray(),
        "="u8.ToArray(), "9223372036854775808"u8.ToArray(), "\r"u8.ToArray(), [0], [0xE2], [0xE2, 0x80], [0xFF], "\u00a0"u8.ToArray(), "A"u8.ToArray(),
    ];

    private const int Count = 6000;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    [Fact]
    public void NotesAreReadOrRefused()
    {
        NoteVerifierKey[] keys = [.. NoteCases.OfCall("note").Select(row => NoteCases[row.Data])
            .SelectMany(c => Keys(c, "keys_text")).DistinctBy(k => k.ToString())];
        byte[][] corpus = Corpus(NoteCases, "note", "note_text");
        HashSet<string> signedTexts = [.. NoteCases.OfCall("note").Select(row => NoteCases[row.Data]).Where(Valid).Select(c => Text(c, "body_text"))];
        int read = 0, verified = 0;
        Run(corpus, 1, bytes =>
        {
            bool parsed = SignedNote.TryParse(bytes, out SignedNote? note, out LogRejection rejection);
            Assert.Equal(parsed, rejection == LogRejection.None);
            if (!parsed) return;
            read++;
            Assert.Equal(bytes, note!.ToBytes());
            if (!note.TryVerify(keys, out _, out rejection)) Assert.NotEqual(LogRejection.None, rejection);
            else Assert.Contains(Encoding.UTF8.GetString(note.UnverifiedText.Span), signedTexts);
            if (rejection == LogRejection.None) verified++;
        });
        Assert.InRange(read, 50, Count - 50);
        Assert.InRange(verified, 10, read - 10);
    }

    [Fact]
    public void VerifierKeysAreReadOrRefused()
    {
        int read = 0;
        Run(Corpus(NoteCases, "vkey", "vkey_text"), 2, bytes =>
        {
            // Latin-1 keeps every byte, so that damaged ones reach the reader.
            foreach (string text in (string[])[Encoding.UTF8.GetString(bytes), Encoding.Latin1.GetString(bytes)])
            {
                bool parsed = NoteVerifierKey.TryParse(text, out NoteVerifierKey? key, out LogRejection rejection);
                Assert.Equal(parsed, rejection == LogRejection.None);
                if (!parsed) continue;
                read++;
                Assert.Equal(text, key!.ToString());
            }
        });
        Assert.InRange(read, 10, Count);
    }

    [Fact]
    public void PrivateKeysAreReadOrRefused() => Run(Corpus(NoteCases, "private-key", "private_key_text"), 3, bytes =>
    {
        bool parsed = NoteSigner.TryParse(bytes, out NoteSigner? signer, out LogRejection rejection);
        using (signer) Assert.Equal(parsed, rejection == LogRejection.None);
    });

    [Fact]
    public void CheckpointsAreReadOrRefused()
    {
        int read = 0;
        Run(Corpus(CheckpointCases, "checkpoint", "body_text"), 4, bytes =>
        {
            bool parsed = Checkpoint.TryParse(bytes, out Checkpoint? checkpoint, out LogRejection rejection);
            Assert.Equal(parsed, rejection == LogRejection.None);
            if (!parsed) return;
            read++;
            Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(checkpoint!.ToText()) + checkpoint.ExtensionLines);
        });
        Assert.InRange(read, 50, Count - 50);
    }

    [Fact]
    public void ProofsAreReadOrRefused()
    {
        JsonElement good = CheckpointCases["proof: entry 5 of 8"];
        var log = new LogVerifier(Text(good, "origin_text"), Keys(good, "log_keys_text"), Keys(good, "witnesses_text"));
        Hash32 leaf = Hash(good, "leaf_hash");
        int read = 0, taken = 0;
        Run(Corpus(CheckpointCases, "proof", "proof_text"), 5, bytes =>
        {
            bool parsed = TlogProof.TryParse(bytes, out TlogProof? proof, out LogRejection rejection);
            Assert.Equal(parsed, rejection == LogRejection.None);
            if (!parsed) return;
            read++;
            Assert.Equal(bytes, proof!.ToBytes());
            if (!proof.TryVerify(leaf, log, out VerifiedCheckpoint? checkpoint, out rejection)) return;
            taken++;
            Assert.Equal((5, 8), (proof.Index, checkpoint.Checkpoint.Size));
        });
        Assert.InRange(read, 50, Count - 50);
        Assert.InRange(taken, 1, read - 1);
    }

    [Fact]
    public void CompactRangesAreReadOrRefused()
    {
        byte[][] corpus = [.. MerkleCases.OfCall("compact-range").Select(row => MerkleCases[row.Data])
            .Where(c => c.TryGetProperty("bytes", out _)).Select(c => Hex(c, "bytes"))];
        int read = 0;
        Run(corpus, 6, bytes =>
        {
            if (!CompactRange.TryParse(bytes, out CompactRange? range)) return;
            read++;
            Assert.Equal(bytes, range.ToBytes());
            Assert.True(CompactRange.TryRestore(range.Size, range.Frontier, out CompactRange? again));
            Assert.Equal(range.Root(), again.Root());
        });
        Assert.InRange(read, 50, Count - 50);
    }

    private static byte[][] Corpus(LogVectors vectors, string kind, string field) =>
        [.. vectors.OfCall(kind).Select(row => vectors[row.Data]).Where(c => c.TryGetProperty(field, out _)).Select(c => Encoding.UTF8.GetBytes(Text(c, field)))];

    private static void Run(byte[][] corpus, int seed, Action<byte[]> check)
    {
        var clock = ThreadTime.Start();
        foreach (byte[] bytes in Mutations.Of(corpus, Count, seed, Pieces)) check(bytes);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Bound);
    }
}
