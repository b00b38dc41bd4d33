using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Tests.Log;

/// <summary>Room for keys of types that are not read here, ML-DSA-44 above all: policies and notes keep them, and nothing is believed for their sake.</summary>
public class OtherKeyTests
{
    private const int MlDsaKey = 1312, MlDsaSignature = 8 + 2420;

    private static readonly string Later = Vkey("later.example", NoteVerifierKey.MlDsa44, MlDsaKey);

    [Theory]
    [InlineData("any now later", true)]
    [InlineData("1 now later", true)]
    [InlineData("all now later", false)]
    [InlineData("2 now later", false)]
    [InlineData("all later", false)]
    [InlineData("any later", false)]
    public void AWitnessWhoseKeyIsNotReadIsKeptAndVouchesForNothing(string members, bool holds)
    {
        using var log = TestKeys.For("log.example/a");
        using var now = TestKeys.For("now.example", NoteKeyType.Cosignature);
        string text = $"log {log.VerifierKey}\nlog {Vkey("log.example/a", NoteVerifierKey.MlDsa44, MlDsaKey)} https://log.example/a/\nwitness now {now.VerifierKey}\nwitness later {Later} https://later.example/\ngroup g {members}\nquorum g\n";
        Assert.True(LogPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out _));
        Assert.Contains(Later, policy.OtherKeys);
        Assert.Equal((1, 1, 2), (policy.Logs.Count, policy.Witnesses.Count, policy.OtherKeys.Count));
        var checkpoint = new Checkpoint("log.example/a", 3, Hash32.Of([1]));
        var note = checkpoint.Sign(log);
        note = note.With(now.Cosign(note.UnverifiedText.Span, 1_700_000_000)).With(Signature("later.example", NoteVerifierKey.MlDsa44, MlDsaKey));
        Assert.True(policy.VerifierOf("log.example/a")!.TryOpen(note.ToBytes(), out var opened, out _));
        Assert.Equal(holds, policy.IsSatisfied(opened));
        Assert.Equal(["now"], policy.CosignedBy(opened));
    }

    [Fact]
    public void ANoteKeepsSixteenSignaturesOfMlDsaAsTheyAreAndIsVerifiedByTheOthers()
    {
        using var log = TestKeys.For("log.example/a");
        var note = new Checkpoint("log.example/a", 3, Hash32.Of([1])).Sign(log).With([.. Enumerable.Range(0, 16).Select(i => Signature($"w{i}.example", NoteVerifierKey.MlDsa44, MlDsaKey))]);
        byte[] bytes = note.ToBytes();
        Assert.True(SignedNote.TryParse(bytes, out var again, out _));
        Assert.Equal((17, MlDsaSignature), (again.Signatures.Count, again.Signatures[^1].Bytes.Length));
        Assert.Equal(bytes, again.ToBytes());
        Assert.True(new LogVerifier("log.example/a", [log.VerifierKey], []).TryOpen(bytes, out var opened, out _));
        Assert.Empty(opened.Cosignatures);
        Assert.Equal(bytes, opened.Note.ToBytes());
        // Alone they are nobody's word.
        var alone = new Checkpoint("log.example/a", 3, Hash32.Of([1])).Sign(TestKeys.For("log.example/b"));
        Assert.False(new LogVerifier("log.example/a", [log.VerifierKey], []).TryOpen(alone.With(Signature("w.example", NoteVerifierKey.MlDsa44, MlDsaKey)).ToBytes(), out _, out _));
    }

    [Fact]
    public void AKeyThatIsReservedIsTakenOnlyInItsForm()
    {
        Assert.True(NoteVerifierKey.IsOfAnotherType(Later));
        Assert.True(NoteVerifierKey.IsOfAnotherType(Vkey("ecdsa.example", 0x02, 91)));
        Assert.False(NoteVerifierKey.IsOfAnotherType(Vkey("later.example", NoteVerifierKey.MlDsa44, MlDsaKey - 1)));
        Assert.False(NoteVerifierKey.IsOfAnotherType(Vkey("later.example", 0x01, 32)));
        Assert.False(NoteVerifierKey.IsOfAnotherType(Later.Replace("later.example", "other.example", StringComparison.Ordinal)));
        Assert.False(NoteVerifierKey.TryParse(Later, out _, out var rejection));
        Assert.Equal(LogRejection.UnknownKeyType, rejection);
        Assert.False(LogPolicy.TryParse(Encoding.UTF8.GetBytes($"witness w {Vkey("later.example", NoteVerifierKey.MlDsa44, MlDsaKey - 1)}\nquorum none\n"), out _, out int wrong));
        Assert.Equal(1, wrong);
    }

    private static string Vkey(string name, byte type, int size) => $"{name}+{Id(name, type, size):x8}+{Convert.ToBase64String([type, .. Key(size)])}";

    private static NoteSignature Signature(string name, byte type, int size)
    {
        byte[] bytes = new byte[4 + MlDsaSignature];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Id(name, type, size));
        bytes.AsSpan(4).Fill(7);
        Assert.True(NoteSignature.TryParse(Encoding.UTF8.GetBytes($"— {name} {Convert.ToBase64String(bytes)}"), out var signature));
        return signature;
    }

    private static uint Id(string name, byte type, int size) => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', type, .. Key(size)]));

    private static byte[] Key(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)i)];
}
