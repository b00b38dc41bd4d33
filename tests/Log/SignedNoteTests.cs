using System.Text;
using Candor.Log;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>What the vectors do not hold: limits, adding signatures, misuse, secrets.</summary>
public sealed class SignedNoteTests
{
    private static readonly byte[] Text = "one line\n"u8.ToArray();

    [Fact]
    public void ANoteOfTheLargestSizeIsTakenAndOneByteMoreIsRefused()
    {
        using NoteSigner signer = TestKeys.For("log.example/a");
        int around = SignedNote.Sign("\n"u8, signer).ToBytes().Length;
        SignedNote largest = SignedNote.Sign(Line(SignedNote.MaxBytes - around + 1), signer);
        byte[] bytes = largest.ToBytes();
        Assert.Equal(SignedNote.MaxBytes, bytes.Length);
        Assert.True(SignedNote.TryParse(bytes, out SignedNote? note, out _));
        Assert.True(note.TryVerify([signer.VerifierKey], out _, out _));

        Assert.False(SignedNote.TryParse([.. "x"u8, .. bytes], out _, out LogRejection rejection));
        Assert.Equal(LogRejection.TooLarge, rejection);
        Assert.Throws<InvalidOperationException>(() => SignedNote.Sign(Line(SignedNote.MaxBytes - around + 2), signer));
    }

    [Fact]
    public void SixteenPostQuantumSignaturesFit()
    {
        using NoteSigner signer = TestKeys.For("log.example/a");
        // 2,432 bytes of signature each; C2SP warns of nearly 5,000.
        IEnumerable<string> lines = Enumerable.Range(0, 16).Select(i => $"— witness.example/{i} {Convert.ToBase64String(new byte[5000])}\n");
        byte[] bytes = [.. SignedNote.Sign(Text, signer).ToBytes(), .. Encoding.UTF8.GetBytes(string.Concat(lines))];
        Assert.True(SignedNote.TryParse(bytes, out SignedNote? note, out LogRejection rejection), rejection.ToString());
        Assert.Equal(17, note.Signatures.Count);
        Assert.True(note.TryVerify([signer.VerifierKey], out IReadOnlyList<VerifiedSignature>? verified, out _));
        Assert.Equal(signer.VerifierKey, Assert.Single(verified).Key);
    }

    [Fact]
    public void MoreThan64SignaturesAreNeverMade()
    {
        using NoteSigner signer = TestKeys.For("log.example/a");
        NoteSignature[] more = [.. Enumerable.Range(0, SignedNote.MaxSignatures).Select(i => Line($"— w.example/{i} AAAAAAA="))];
        SignedNote note = SignedNote.Sign(Text, signer);
        Assert.Equal(SignedNote.MaxSignatures, note.With(more.AsSpan(1)).Signatures.Count);
        Assert.Throws<InvalidOperationException>(() => note.With(more));
    }

    [Fact]
    public void ANewSignatureTakesThePlaceOfTheSameKeysOldOne()
    {
        using NoteSigner log = TestKeys.For("log.example/a");
        using NoteSigner witness = TestKeys.For("witness.example/w", NoteKeyType.Cosignature);
        var checkpoint = new Checkpoint("log.example/a", 0, MerkleTree.EmptyRoot);
        SignedNote note = checkpoint.Sign(log);
        SignedNote cosigned = note.With(witness.Cosign(note.UnverifiedText.Span, 100)).With(witness.Cosign(note.UnverifiedText.Span, 200));
        Assert.True(cosigned.TryVerify([log.VerifierKey, witness.VerifierKey], out IReadOnlyList<VerifiedSignature>? verified, out _));
        Assert.Equal([new(log.VerifierKey, null), new(witness.VerifierKey, 200)], verified);
        Assert.Single(note.Signatures);
    }

    [Fact]
    public void TwoKeysUnderOneNameAndIdAreMisuse()
    {
        using NoteSigner a = TestKeys.For("log.example/a");
        NoteVerifierKey again = LogVectors.Key(a.VerifierKey.ToString());
        SignedNote note = SignedNote.Sign(Text, a);
        Assert.Throws<ArgumentException>(() => note.TryVerify([a.VerifierKey, again], out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no newline")]
    [InlineData("carriage\r\n")]
    [InlineData("zero\0\n")]
    public void ATextThatNoReaderWouldTakeIsNeverSigned(string text)
    {
        using NoteSigner signer = TestKeys.For("log.example/a");
        Assert.Throws<ArgumentException>(() => SignedNote.Sign(Encoding.UTF8.GetBytes(text), signer));
        Assert.Throws<ArgumentException>(() => SignedNote.Sign([0xFF, (byte)'\n'], signer));
    }

    [Fact]
    public void ANoteHasASigner() => Assert.Throws<ArgumentException>(() => SignedNote.Sign(Text));

    [Fact]
    public void AWitnessKeySignsNothingButCheckpointsWithATime()
    {
        using NoteSigner log = TestKeys.For("log.example/a");
        using NoteSigner witness = TestKeys.For("witness.example/w", NoteKeyType.Cosignature);
        Assert.Throws<InvalidOperationException>(() => witness.Sign(Text));
        Assert.Throws<ArgumentException>(() => witness.Cosign(Text, 1));
        byte[] checkpoint = new Checkpoint("log.example/a", 0, MerkleTree.EmptyRoot).ToText();
        Assert.Throws<ArgumentOutOfRangeException>(() => witness.Cosign(checkpoint, -1));
        Assert.Throws<InvalidOperationException>(() => log.Cosign(checkpoint, 1));
    }

    [Fact]
    public void ASignerShowsItsNameAndNothingElse()
    {
        using NoteSigner signer = TestKeys.For("log.example/a");
        Assert.Equal("log.example/a", signer.ToString());
    }

    [Fact]
    public void ADisposedSignerSignsNoMore()
    {
        NoteSigner signer = TestKeys.For("log.example/a");
        signer.Dispose();
        signer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => signer.Sign(Text));
    }

    [Theory]
    [InlineData("log.example/a", NoteKeyType.Ed25519)]
    [InlineData("wörter.example/ключ", NoteKeyType.Cosignature)]
    public void APrivateKeyComesBackFromItsText(string name, NoteKeyType type)
    {
        byte[] seed = [.. Enumerable.Range(0, NoteSigner.SeedSize).Select(i => (byte)(i * 7))];
        byte[] text = NoteSigner.EncodePrivateKey(name, type, seed);
        using var direct = new NoteSigner(name, type, seed);
        using NoteSigner read = TestKeys.Signer(Encoding.UTF8.GetString(text));
        Assert.Equal(direct.VerifierKey.ToString(), read.VerifierKey.ToString());
        Assert.StartsWith($"PRIVATE+KEY+{name}+", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
    }

    [Fact]
    public void KeysMadeOfWrongPartsAreMisuse()
    {
        var seed = new byte[NoteSigner.SeedSize];
        Assert.Throws<ArgumentException>(() => new NoteSigner("a b", NoteKeyType.Ed25519, seed));
        Assert.Throws<ArgumentException>(() => new NoteSigner("", NoteKeyType.Ed25519, seed));
        Assert.Throws<ArgumentException>(() => new NoteSigner("half \uD83D", NoteKeyType.Ed25519, seed));
        Assert.Throws<ArgumentException>(() => new NoteSigner("a", (NoteKeyType)6, seed));
        Assert.Throws<ArgumentException>(() => new NoteSigner("a", NoteKeyType.Ed25519, seed.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => NoteVerifierKey.Create("a", NoteKeyType.Ed25519, seed.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => NoteVerifierKey.Create("a+b", NoteKeyType.Ed25519, seed));
    }

    [Fact]
    public void AnOverlongKeyIsRefusedUnread()
    {
        Assert.False(NoteVerifierKey.TryParse(new string('a', 1_000_000) + "+530d903a+AAAA", out _, out LogRejection rejection));
        Assert.Equal(LogRejection.TooLarge, rejection);
        Assert.False(NoteSigner.TryParse(new byte[1_000_000], out _, out rejection));
        Assert.Equal(LogRejection.TooLarge, rejection);
    }

    [Fact]
    public void HalfACharacterInAKeyNameIsRefused()
    {
        Assert.False(NoteVerifierKey.TryParse("log\uD83D.example+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", out _, out LogRejection rejection));
        Assert.Equal(LogRejection.InvalidKeyName, rejection);
    }

    // Points of small order have signatures that fit almost any text; a key of them would make everyone its signer.
    [Attack("K19")]
    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void AKeyOfSmallOrderVerifiesNothing(string publicKey)
    {
        NoteVerifierKey key = NoteVerifierKey.Create("log.example/a", NoteKeyType.Ed25519, Convert.FromHexString(publicKey));
        for (int i = 0; i < 64; i++)
        {
            // R = the neutral element, S = 0 fits one text in eight or all of them under the plain equation of RFC 8032.
            byte[] signature = [(byte)(key.Id >> 24), (byte)(key.Id >> 16), (byte)(key.Id >> 8), (byte)key.Id, 1, .. new byte[63]];
            byte[] bytes = Encoding.UTF8.GetBytes($"text {i}\n\n— log.example/a {Convert.ToBase64String(signature)}\n");
            Assert.True(SignedNote.TryParse(bytes, out SignedNote? note, out _));
            Assert.False(note.TryVerify([key], out _, out LogRejection rejection));
            Assert.Equal(LogRejection.SignatureFailed, rejection);
        }
    }

    private static byte[] Line(int length) => [.. Enumerable.Repeat((byte)'x', length - 1), (byte)'\n'];

    private static NoteSignature Line(string line)
    {
        Assert.True(NoteSignature.TryParse(Encoding.UTF8.GetBytes(line), out NoteSignature? signature));
        Assert.Equal(line, signature.ToString());
        return signature;
    }
}
