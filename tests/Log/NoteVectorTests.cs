using System.Globalization;
using System.Text;
using System.Text.Json;
using Candor.Log;
using Xunit;
using static Candor.Tests.Log.LogVectors;

namespace Candor.Tests.Log;

/// <summary>spec/vectors/note.json: keys, signing and opening of notes, valid and invalid.</summary>
public sealed class NoteVectorTests
{
    public static TheoryData<string> VerifierKeys => NoteCases.OfCall("vkey");

    public static TheoryData<string> PrivateKeys => NoteCases.OfCall("private-key");

    public static TheoryData<string> Signings => NoteCases.OfCall("sign");

    public static TheoryData<string> Notes => NoteCases.OfCall("note");

    [Fact]
    public void EveryCallIsRun() => Assert.Equal(["note", "private-key", "sign", "vkey"], NoteCases.Calls.Order());

    [Theory, MemberData(nameof(VerifierKeys))]
    public void VerifierKeyIsTakenOrRefusedAsStated(string name)
    {
        JsonElement c = NoteCases[name];
        string vkey = Text(c, "vkey_text");
        bool taken = NoteVerifierKey.TryParse(vkey, out NoteVerifierKey? key, out LogRejection rejection);
        AssertOutcome(c, taken, rejection);
        if (key is null) return;
        Assert.Equal(Text(c, "key_name_text"), key.Name);
        Assert.Equal(Text(c, "id"), key.Id.ToString("x8", CultureInfo.InvariantCulture));
        Assert.Equal(Number(c, "type"), (long)key.Type);
        Assert.Equal(Hex(c, "public_key"), key.PublicKey.ToArray());
        Assert.Equal(vkey, key.ToString());
        Assert.Equal(vkey, NoteVerifierKey.Create(key.Name, key.Type, key.PublicKey).ToString());
    }

    [Theory, MemberData(nameof(PrivateKeys))]
    public void PrivateKeyIsTakenOrRefusedAsStated(string name)
    {
        JsonElement c = NoteCases[name];
        bool taken = NoteSigner.TryParse(Encoding.UTF8.GetBytes(Text(c, "private_key_text")), out NoteSigner? signer, out LogRejection rejection);
        using (signer)
        {
            AssertOutcome(c, taken, rejection);
            if (signer is not null) Assert.Equal(Text(c, "vkey_text"), signer.VerifierKey.ToString());
        }
    }

    [Theory, MemberData(nameof(Signings))]
    public void SigningGivesTheStatedBytes(string name)
    {
        JsonElement c = NoteCases[name];
        NoteSigner[] signers = [.. Texts(c, "private_keys_text").Select(TestKeys.Signer)];
        SignedNote note = SignedNote.Sign(Encoding.UTF8.GetBytes(Text(c, "body_text")), signers);
        Assert.Equal(Text(c, "note_text"), Encoding.UTF8.GetString(note.ToBytes()));
        foreach (NoteSigner signer in signers) signer.Dispose();
    }

    [Theory, MemberData(nameof(Notes))]
    public void NoteIsOpenedOrRefusedAsStated(string name)
    {
        JsonElement c = NoteCases[name];
        byte[] bytes = c.TryGetProperty("note", out _) ? Hex(c, "note") : Encoding.UTF8.GetBytes(Text(c, "note_text"));
        IReadOnlyList<VerifiedSignature>? verified = null;
        bool opened = SignedNote.TryParse(bytes, out SignedNote? note, out LogRejection rejection)
            && note.TryVerify(Keys(c, "keys_text"), out verified, out rejection);
        AssertOutcome(c, opened, rejection);
        if (!opened) return;
        Assert.Equal(Text(c, "body_text"), Encoding.UTF8.GetString(note!.UnverifiedText.Span));
        Assert.Equal(Texts(c, "signed_by_text"), verified!.Select(v => TestKeys.NameAndId(v.Key)));
        Assert.Equal(bytes, note.ToBytes());
    }

    internal static void AssertOutcome(JsonElement c, bool taken, LogRejection rejection)
    {
        Assert.Equal(Valid(c) ? "none" : Text(c, "error"), Name(rejection));
        Assert.Equal(Valid(c), taken);
    }
}
