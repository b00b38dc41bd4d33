using System.Text;
using Candor.Client.Folder;
using Candor.Client.Gate;
using Candor.Client.Pairing;
using Candor.Formats.Notes;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Tests.Fuzz;

/// <summary>What fuzzing found, kept as the smallest input that shows it.</summary>
public class FoundTests
{
    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public async Task ALedgerThatCountsMoreThanASumCanHoldIsBrokenThere(long head, long body)
    {
        var facts = await LedgerReader.ReadAsync(Line(head, body), null, default);
        Assert.Equal(new LedgerFacts(0, 0, 1, false), facts);
        Assert.Equal(new LedgerFacts(1, 3, 0, false), await LedgerReader.ReadAsync(Line(1, 2), null, default));
    }

    [Fact]
    public void ALineOfTheLedgerCountsNothingBelowZero()
    {
        Assert.NotNull(LedgerLine.TryParse(Line(1, 2).ToArray()));
        Assert.Null(LedgerLine.TryParse(Line(-1, 2).ToArray()));
        Assert.Null(LedgerLine.TryParse(Line(1, -2).ToArray()));
    }

    [Fact]
    public void AHandedOverHeadHasOneSpelling()
    {
        using var me = HolderSecret.GenerateDevice();
        string line = new TrustedHead(42, Hash32.Of("x"u8), me.Keys, me.Keys).ToString();
        Assert.True(TrustedHead.TryParse(line, out _));
        Assert.False(TrustedHead.TryParse("0" + line, out _));
        Assert.False(TrustedHead.TryParse(line.Replace("42 ", "42\0 ", StringComparison.Ordinal), out _));
    }

    [Theory]
    [InlineData("---\ntitle: a\nfold: >-\n%FF  x\n---\nb\n")]
    [InlineData("---\n%TAG ! x\ntitle: a\n---\nb\n")]
    public void AnEditOfANoteWhoseFrontMatterHoldsADirectiveIsReadBack(string text)
    {
        var note = NoteFile.Parse(Encoding.UTF8.GetBytes(text), "f.md").WithTitle("new title").WithPinned(true);
        Assert.Equal(("new title", true), (note.View.Title, note.View.Pinned));
        Assert.Null(NoteFile.Parse("---\ntitle: 5 %\n---\nb\n"u8.ToArray(), "f.md").Problem);
    }

    [Fact]
    public void AStateOfAnAccountHasOneEncoding()
    {
        using var account = new TestAccount();
        using var phone = account.Join();
        byte[] bytes = account.State.Encode();
        Assert.True(AccountState.TryDecode(bytes, out _));
        // The first holder becomes the second: one holder twice.
        int first = bytes.AsSpan().IndexOf(account.Founder.Keys.Signing.Span), second = bytes.AsSpan().IndexOf(phone.Keys.Signing.Span);
        Assert.True(first > 0 && second > 0);
        phone.Keys.Signing.Span.CopyTo(bytes.AsSpan(first));
        phone.Keys.Agreement.Span.CopyTo(bytes.AsSpan(first + HolderKeys.KeySize + 2));
        Assert.False(AccountState.TryDecode(bytes, out _));
    }

    [Fact]
    public void ALinkNamesAServerOfAtMost255Bytes()
    {
        string end = $"/493028117/{Hash32.Of("x"u8)}";
        Assert.True(PairingLink.TryParse("candor:pair/" + new string('a', 255) + end, out _));
        Assert.False(PairingLink.TryParse("candor:pair/" + new string('a', 256) + end, out _));
        Assert.False(PairingLink.TryParse("candor:pair/" + new string('\u00e9', 128) + end, out _));
    }

    [Theory]
    [InlineData(9, 99)] // no kind
    [InlineData(10, 0xFF)] // a size below 0
    public void AFolderIndexOfWhatThereIsNotIsEmpty(int at, byte value)
    {
        var folder = Directory.CreateTempSubdirectory("candor-test-");
        try
        {
            string path = Path.Combine(folder.FullName, "index");
            using var key = new Secret32(new byte[32]);
            // Version, one applied kind with its size, one removal, no troubles, nothing owed, no entries.
            byte[] plain = [3, 0, 0, 0, 0, 0, 0, 0, 1, (byte)Kind.Notes, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, (byte)Kind.Notes, .. new byte[16], .. new byte[24]];
            Assert.True(Loaded(plain, path, key).WasThere);
            plain[at] = value;
            var index = Loaded(plain, path, key);
            Assert.False(index.WasThere);
            Assert.Empty(index.Applied);
            // A count beyond a number of 32 bits, which once threw.
            plain = [3, .. new byte[8], 0, 0, 0, 0, 0, 0, 0, 1, (byte)Kind.Notes, .. new byte[8], 0, 0, 0, 1, 0, 0, 0, 0, .. new byte[24]];
            Assert.False(Loaded(plain, path, key).WasThere);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static FolderIndex Loaded(byte[] plain, string path, Secret32 key)
    {
        byte[] sealedBytes = new byte[Cobblestone.SealedLength(plain.Length)];
        Cobblestone.Seal(key, SealingContext.Of(Id.Zero, Kind.None, Id.Zero, Id.Zero, 0, "local/folder"), plain, sealedBytes);
        File.WriteAllBytes(path, sealedBytes);
        return FolderIndex.Load(path, key);
    }

    private static MemoryStream Line(long head, long body) => new(Encoding.UTF8.GetBytes(
        $"{{\"seq\":1,\"t\":\"2026-11-23T09:30:00.120Z\",\"ev\":\"out\",\"id\":1,\"head\":{head},\"body\":{body},\"prev\":\"{new string('0', 64)}\"}}\n"));
}
