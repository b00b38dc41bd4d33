using System.Text;
using System.Text.Json;
using Candor.Log;
using Candor.Protocol;
using Xunit;
using static Candor.Tests.Log.LogVectors;

namespace Candor.Tests.Log;

/// <summary>spec/vectors/checkpoint.json: checkpoints, cosignatures and offline proofs, valid and invalid.</summary>
public sealed class CheckpointVectorTests
{
    public static TheoryData<string> Texts => CheckpointCases.OfCall("checkpoint");

    public static TheoryData<string> AccountOrigins => CheckpointCases.OfCall("account-origin");

    public static TheoryData<string> Signings => CheckpointCases.OfCall("sign");

    public static TheoryData<string> Cosignings => CheckpointCases.OfCall("cosign");

    public static TheoryData<string> Notes => CheckpointCases.OfCall("open");

    public static TheoryData<string> Proofs => CheckpointCases.OfCall("proof");

    [Fact]
    public void EveryCallIsRun() =>
        Assert.Equal(["account-origin", "checkpoint", "cosign", "open", "proof", "sign"], CheckpointCases.Calls.Order());

    [Theory, MemberData(nameof(Texts))]
    public void TextIsTakenOrRefusedAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        string text = Text(c, "body_text");
        bool taken = Checkpoint.TryParse(Encoding.UTF8.GetBytes(text), out Checkpoint? checkpoint, out LogRejection rejection);
        NoteVectorTests.AssertOutcome(c, taken, rejection);
        if (checkpoint is null) return;
        Assert.Equal(Text(c, "origin_text"), checkpoint.Origin);
        Assert.Equal(Number(c, "size"), checkpoint.Size);
        Assert.Equal(Hash(c, "root"), checkpoint.Root);
        Assert.Equal(Text(c, "extension_lines_text"), checkpoint.ExtensionLines);
        Assert.Equal(text, Encoding.UTF8.GetString(checkpoint.ToText()) + checkpoint.ExtensionLines);
    }

    [Theory, MemberData(nameof(AccountOrigins))]
    public void AccountOriginIsAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        Assert.Equal(Text(c, "origin_text"), Checkpoint.AccountOrigin(Text(c, "server_name_text"), Hex(c, "account")));
    }

    [Theory, MemberData(nameof(Signings))]
    public void SigningGivesTheStatedBytes(string name)
    {
        JsonElement c = CheckpointCases[name];
        using NoteSigner signer = TestKeys.Signer(Text(c, "private_key_text"));
        SignedNote note = new Checkpoint(Text(c, "origin_text"), Number(c, "size"), Hash(c, "root")).Sign(signer);
        Assert.Equal(Text(c, "note_text"), Encoding.UTF8.GetString(note.ToBytes()));
    }

    [Theory, MemberData(nameof(Cosignings))]
    public void CosigningGivesTheStatedLine(string name)
    {
        JsonElement c = CheckpointCases[name];
        using NoteSigner signer = TestKeys.Signer(Text(c, "private_key_text"));
        Assert.Equal(Text(c, "line_text"), signer.Cosign(Encoding.UTF8.GetBytes(Text(c, "body_text")), Number(c, "time")).ToString());
    }

    [Theory, MemberData(nameof(Notes))]
    public void CheckpointIsOpenedOrRefusedAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        byte[] bytes = Encoding.UTF8.GetBytes(Text(c, "note_text"));
        bool opened = Log(c).TryOpen(bytes, out VerifiedCheckpoint? checkpoint, out LogRejection rejection);
        NoteVectorTests.AssertOutcome(c, opened, rejection);
        if (checkpoint is null) return;
        Assert.Equal(Number(c, "size"), checkpoint.Checkpoint.Size);
        Assert.Equal(Hash(c, "root"), checkpoint.Checkpoint.Root);
        Assert.Equal(bytes, checkpoint.Note.ToBytes());
        AssertCosignatures(c, checkpoint);
    }

    [Theory, MemberData(nameof(Proofs))]
    public void ProofIsTakenOrRefusedAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        byte[] bytes = Encoding.UTF8.GetBytes(Text(c, "proof_text"));
        VerifiedCheckpoint? checkpoint = null;
        bool taken = TlogProof.TryParse(bytes, out TlogProof? proof, out LogRejection rejection)
            && proof.TryVerify(Hash(c, "leaf_hash"), Log(c), out checkpoint, out rejection);
        NoteVectorTests.AssertOutcome(c, taken, rejection);
        if (checkpoint is null) return;
        Assert.Equal(Number(c, "index"), proof!.Index);
        Assert.Equal(Hex(c, "extra"), proof.UnverifiedExtra.ToArray());
        Assert.Equal(bytes, proof.ToBytes());
        AssertCosignatures(c, checkpoint);
    }

    private static LogVerifier Log(JsonElement c) => new(Text(c, "origin_text"), Keys(c, "log_keys_text"), Keys(c, "witnesses_text"));

    private static void AssertCosignatures(JsonElement c, VerifiedCheckpoint checkpoint) => Assert.Equal(
        c.GetProperty("cosignatures").EnumerateArray().Select(s => (Text(s, "key_text"), (long?)Number(s, "time"))),
        checkpoint.Cosignatures.Select(v => (TestKeys.NameAndId(v.Key), v.CosignedAt)));
}
