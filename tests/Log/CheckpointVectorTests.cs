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
    public static TheoryData<string> Texts => CheckpointCases.OfKind("checkpoint");

    public static TheoryData<string> AccountOrigins => CheckpointCases.OfKind("accountOrigin");

    public static TheoryData<string> Signings => CheckpointCases.OfKind("sign");

    public static TheoryData<string> Cosignings => CheckpointCases.OfKind("cosign");

    public static TheoryData<string> Notes => CheckpointCases.OfKind("open");

    public static TheoryData<string> Proofs => CheckpointCases.OfKind("proof");

    [Fact]
    public void EveryKindIsRun() =>
        Assert.Equal(["accountOrigin", "checkpoint", "cosign", "open", "proof", "sign"], CheckpointCases.Kinds.Order());

    [Theory, MemberData(nameof(Texts))]
    public void TextIsTakenOrRefusedAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        string text = Text(c, "text");
        bool taken = Checkpoint.TryParse(Encoding.UTF8.GetBytes(text), out Checkpoint? checkpoint, out LogRejection rejection);
        NoteVectorTests.AssertOutcome(c, taken, rejection);
        if (checkpoint is null) return;
        Assert.Equal(Text(c, "origin"), checkpoint.Origin);
        Assert.Equal(Number(c, "size"), checkpoint.Size);
        Assert.Equal(Hash(c, "root"), checkpoint.Root);
        Assert.Equal(Text(c, "extensionLines"), checkpoint.ExtensionLines);
        Assert.Equal(text, Encoding.UTF8.GetString(checkpoint.ToText()) + checkpoint.ExtensionLines);
    }

    [Theory, MemberData(nameof(AccountOrigins))]
    public void AccountOriginIsAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        Assert.Equal(Text(c, "origin"), Checkpoint.AccountOrigin(Text(c, "serverName"), Hex(c, "accountId")));
    }

    [Theory, MemberData(nameof(Signings))]
    public void SigningGivesTheStatedBytes(string name)
    {
        JsonElement c = CheckpointCases[name];
        using NoteSigner signer = TestKeys.Signer(Text(c, "privateKey"));
        SignedNote note = new Checkpoint(Text(c, "origin"), Number(c, "size"), Hash(c, "root")).Sign(signer);
        Assert.Equal(Text(c, "note"), Encoding.UTF8.GetString(note.ToBytes()));
    }

    [Theory, MemberData(nameof(Cosignings))]
    public void CosigningGivesTheStatedLine(string name)
    {
        JsonElement c = CheckpointCases[name];
        using NoteSigner signer = TestKeys.Signer(Text(c, "privateKey"));
        Assert.Equal(Text(c, "line"), signer.Cosign(Encoding.UTF8.GetBytes(Text(c, "text")), Number(c, "time")).ToString());
    }

    [Theory, MemberData(nameof(Notes))]
    public void CheckpointIsOpenedOrRefusedAsStated(string name)
    {
        JsonElement c = CheckpointCases[name];
        byte[] bytes = Encoding.UTF8.GetBytes(Text(c, "note"));
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
        byte[] bytes = Encoding.UTF8.GetBytes(Text(c, "proof"));
        VerifiedCheckpoint? checkpoint = null;
        bool taken = TlogProof.TryParse(bytes, out TlogProof? proof, out LogRejection rejection)
            && proof.TryVerify(Hash(c, "leafHash"), Log(c), out checkpoint, out rejection);
        NoteVectorTests.AssertOutcome(c, taken, rejection);
        if (checkpoint is null) return;
        Assert.Equal(Number(c, "index"), proof!.Index);
        Assert.Equal(Hex(c, "extra"), proof.UnverifiedExtra.ToArray());
        Assert.Equal(bytes, proof.ToBytes());
        AssertCosignatures(c, checkpoint);
    }

    private static LogVerifier Log(JsonElement c) => new(Text(c, "origin"), Keys(c, "logKeys"), Keys(c, "witnesses"));

    private static void AssertCosignatures(JsonElement c, VerifiedCheckpoint checkpoint) => Assert.Equal(
        c.GetProperty("cosignatures").EnumerateArray().Select(s => (Text(s, "key"), (long?)Number(s, "time"))),
        checkpoint.Cosignatures.Select(v => (TestKeys.NameAndId(v.Key), v.CosignedAt)));
}
