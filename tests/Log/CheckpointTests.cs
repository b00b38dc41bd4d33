using Candor.Log;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>What the vectors do not hold: misuse of checkpoints, verifiers and proofs, and limits.</summary>
public sealed class CheckpointTests
{
    private const string Origin = "log.example/a";

    [Fact]
    public void CheckpointsAreEqualByWhatTheySay()
    {
        Hash32 root = MerkleTree.LeafHash("x"u8);
        Assert.Equal(new Checkpoint(Origin, 1, root), new Checkpoint(Origin, 1, root));
        Assert.NotEqual(new Checkpoint(Origin, 2, root), new Checkpoint(Origin, 1, root));
        Assert.True(Checkpoint.TryParse([.. new Checkpoint(Origin, 1, root).ToText(), .. "more\n"u8], out Checkpoint? extended, out _));
        Assert.NotEqual(new Checkpoint(Origin, 1, root), extended);
    }

    [Fact]
    public void ExtensionLinesAreNeverWritten()
    {
        byte[] text = new Checkpoint(Origin, 0, MerkleTree.EmptyRoot).ToText();
        Assert.True(Checkpoint.TryParse([.. text, .. "more\n"u8], out Checkpoint? extended, out _));
        Assert.Equal("more\n", extended.ExtensionLines);
        Assert.Equal(text, extended.ToText());
    }

    [Fact]
    public void AnOriginIsOneLineOfText()
    {
        using NoteSigner log = TestKeys.For(Origin);
        foreach (string origin in (string[])["", "a\nb", "a\tb", "half \uD83D"])
        {
            Assert.Throws<ArgumentException>(() => new Checkpoint(origin, 0, default));
            Assert.Throws<ArgumentException>(() => new LogVerifier(origin, [log.VerifierKey]));
        }
    }

    [Fact]
    public void ASizeIsNeverNegative() => Assert.Throws<ArgumentOutOfRangeException>(() => new Checkpoint(Origin, -1, default));

    [Fact]
    public void AnAccountOriginIsMadeOfAKeyNameAnd16Bytes()
    {
        Assert.Throws<ArgumentException>(() => Checkpoint.AccountOrigin("a b", new byte[16]));
        Assert.Throws<ArgumentException>(() => Checkpoint.AccountOrigin("", new byte[16]));
        Assert.Throws<ArgumentException>(() => Checkpoint.AccountOrigin("cloud.example", new byte[15]));
        Assert.Throws<ArgumentException>(() => Checkpoint.AccountOrigin("cloud.example", new byte[17]));
    }

    [Fact]
    public void AVerifierGivesEachKeyOneRole()
    {
        byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using var log = new NoteSigner(Origin, NoteKeyType.Ed25519, seed);
        using var sameKeyAsWitness = new NoteSigner("witness.example/w", NoteKeyType.Cosignature, seed);
        using NoteSigner witness = TestKeys.For("witness.example/w", NoteKeyType.Cosignature);
        using NoteSigner other = TestKeys.For("log.example/b");
        Assert.Throws<ArgumentException>(() => new LogVerifier(Origin, []));
        Assert.Throws<ArgumentException>(() => new LogVerifier(Origin, [log.VerifierKey], [sameKeyAsWitness.VerifierKey]));
        Assert.Throws<ArgumentException>(() => new LogVerifier(Origin, [log.VerifierKey, log.VerifierKey]));
        Assert.Throws<ArgumentException>(() => new LogVerifier(Origin, [log.VerifierKey], [witness.VerifierKey, witness.VerifierKey]));
        Assert.Throws<ArgumentException>(() => new LogVerifier(Origin, [log.VerifierKey], [other.VerifierKey]));
        Assert.Equal(Origin, new LogVerifier(Origin, [log.VerifierKey, other.VerifierKey], [witness.VerifierKey]).Origin);
    }

    [Fact]
    public void AProofOfTheLargestPartsIsWrittenAndRead()
    {
        using NoteSigner log = TestKeys.For(Origin);
        SignedNote checkpoint = new Checkpoint(Origin, long.MaxValue, MerkleTree.EmptyRoot).Sign(log);
        int around = SignedNote.Sign("\n"u8, log).ToBytes().Length;
        SignedNote largest = SignedNote.Sign([.. Enumerable.Repeat((byte)'x', SignedNote.MaxBytes - around), (byte)'\n'], log);
        var path = new Hash32[TlogProof.MaxPathHashes];
        var extra = new byte[TlogProof.MaxExtraBytes];
        foreach (SignedNote note in (SignedNote[])[checkpoint, largest])
        {
            byte[] bytes = new TlogProof(long.MaxValue - 1, path, note, extra).ToBytes();
            Assert.True(TlogProof.TryParse(bytes, out TlogProof? read, out LogRejection rejection), rejection.ToString());
            Assert.Equal(bytes, read.ToBytes());
            Assert.Equal(path, read.Path);
        }
    }

    [Fact]
    public void AProofOfLargerPartsIsMisuseAndRefused()
    {
        using NoteSigner log = TestKeys.For(Origin);
        SignedNote checkpoint = new Checkpoint(Origin, 1, MerkleTree.EmptyRoot).Sign(log);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TlogProof(-1, [], checkpoint));
        Assert.Throws<ArgumentException>(() => new TlogProof(0, new Hash32[TlogProof.MaxPathHashes + 1], checkpoint));
        Assert.Throws<ArgumentException>(() => new TlogProof(0, [], checkpoint, new byte[TlogProof.MaxExtraBytes + 1]));

        string extra = Convert.ToBase64String(new byte[TlogProof.MaxExtraBytes + 1]);
        byte[] bytes = [.. System.Text.Encoding.ASCII.GetBytes($"{TlogProof.Header}\nextra {extra}\nindex 0\n\n"), .. checkpoint.ToBytes()];
        Assert.False(TlogProof.TryParse(bytes, out _, out LogRejection rejection));
        Assert.Equal(LogRejection.MalformedExtra, rejection);
        Assert.False(TlogProof.TryParse(new byte[1_000_000], out _, out rejection));
        Assert.Equal(LogRejection.TooLarge, rejection);
    }
}
