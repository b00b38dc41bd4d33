using System.Text;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Formats.Messages;
using Candor.Protocol;

namespace Candor.Tests.Client.Merging;

public class RecordMergeTests
{
    private static readonly Id Phone = Id.From("phone...........00"u8[..16]);
    private static readonly Id Laptop = Id.From("tablet..........00"u8[..16]);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static RecordVersion At(long ms, RecordPlaintext content, Id? author = null) => new(content, new HybridTime(ms, 0), author ?? Phone);

    private static RecordPlaintext Merge(Kind kind, RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer) =>
        RecordMerge.Merge(kind, basis is null ? null : At(1, basis), [At(2, older), At(3, newer, Laptop)]);

    private static RecordPlaintext Card(string lines, string name = "A.vcf") =>
        ContactRecords.Of(VCardReader.Read(Bytes($"BEGIN:VCARD\r\nVERSION:3.0\r\n{lines.ReplaceLineEndings("\r\n")}\r\nEND:VCARD\r\n")).Single().Item!, name).Content;

    private static RecordPlaintext Note(string text, params RecordFile[] files)
    {
        var content = NoteRecords.Of(Bytes(text), "n.md", [], DateTimeOffset.FromUnixTimeMilliseconds(1000), Id.Zero).Content;
        return content with { Files = files, View = content.View.With("names", files.Select(f => f.Name)) };
    }

    private static RecordPlaintext Photo(params (string Key, object Value)[] view)
    {
        var made = new RecordView();
        foreach (var (key, value) in view) made.Set(key, value);
        return new("p.jpg", default, made, [File("p.jpg", 1, "blob")]);
    }

    private static RecordFile File(string name, byte content, string role = "attachment/0", byte revision = 1) =>
        new(role, name, "image/jpeg", 5, Id.From([content, .. new byte[15]]), Id.From([revision, .. new byte[15]]), 1, [new(Hash32.Of([content, revision]), 5)]);

    private static string Text(RecordPlaintext record) => Encoding.UTF8.GetString(record.Original.Span);

    [Fact]
    public void TwoEditsOfAContactBothHoldAndTheViewIsThatOfTheResult()
    {
        var merged = Merge(Kind.Contacts, Card("FN:A\nTEL:1"), Card("FN:A\nTEL:1\nEMAIL:a@x"), Card("FN:A\nTEL:2"));
        Assert.Equal(["2"], merged.View.Texts("tel"));
        Assert.Equal(["a@x"], merged.View.Texts("email"));
        Assert.Equal(ContactRecords.Of(ContactRecords.Card(merged)!, "A.vcf").Content.Encode(), merged.Encode());
    }

    [Fact]
    public void AConflictOfANameKeepsTheOtherInTheCard()
    {
        var merged = Merge(Kind.Contacts, Card("FN:A"), Card("FN:B"), Card("FN:C"));
        Assert.Equal("C", merged.View.Text("fn"));
        Assert.Equal(["B"], ContactMerge.Conflicts(ContactRecords.Card(merged)!).Select(p => p.Text));
    }

    [Fact]
    public void AContactWhoseMergeIsOneSidesKeepsThatSidesBytes()
    {
        // Folded and spelled as no writer here would.
        var newer = Card("fn:A\nTel:1\nX-ODD;x=y:k\n ept\nTEL:2");
        var merged = Merge(Kind.Contacts, Card("FN:A\nTEL:1"), Card("FN:A\nTEL:1", "moved.vcf"), newer);
        Assert.Equal(newer.Original.ToArray(), merged.Original.ToArray());
        Assert.Equal("moved.vcf", merged.Name);
    }

    [Fact]
    public void BytesThatAreNoCardStayInTheOthersCardOnce()
    {
        var broken = new RecordPlaintext("A.vcf", Bytes("Ada, phone 1\nline two"), new RecordView(), []);
        var card = Card("FN:A");
        foreach (var merged in (RecordPlaintext[])[Merge(Kind.Contacts, null, broken, card), Merge(Kind.Contacts, null, card, broken)])
        {
            Assert.Equal("A", merged.View.Text("fn"));
            Assert.Equal(["Ada, phone 1\nline two"], ContactRecords.Card(merged)!.All(VCardReader.UnreadName).Select(p => p.Text));
            Assert.Equal(merged.Encode(), Merge(Kind.Contacts, null, broken, merged).Encode());
        }
        Assert.Equal(broken.Original.ToArray(), Merge(Kind.Contacts, null, new RecordPlaintext("x", Bytes("older"), new RecordView(), []), broken).Original.ToArray());
    }

    [Fact]
    public void TwoEditsOfANoteBothHold()
    {
        var merged = Merge(Kind.Notes, Note("---\ntags: [a]\n---\none\ntwo\n"), Note("---\ntags: [a]\n---\nONE\ntwo\n"), Note("---\ntags: [a, b]\n---\none\nTWO\n"));
        Assert.EndsWith("ONE\nTWO\n", Text(merged), StringComparison.Ordinal);
        Assert.Equal(["a", "b"], merged.View.Texts("tags"));
        Assert.Equal(("ONE", "TWO"), (merged.View.Text("title"), merged.View.Text("snippet")));
    }

    [Fact]
    public void LinesThatCollideStandTwiceUnderTimeAndDevice()
    {
        string text = Text(Merge(Kind.Notes, Note("cat\n"), Note("dog\n"), Note("fox\n")));
        Assert.Contains("dog", text, StringComparison.Ordinal);
        Assert.Contains("fox", text, StringComparison.Ordinal);
        Assert.Contains("1970-01-01 00:00 UTC, device 70686f6e", text, StringComparison.Ordinal);
        Assert.Contains("device 7461626c", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachmentsOfBothSidesAreKeptEntryByEntry()
    {
        RecordFile first = File("a.jpg", 1), ours = File("b.jpg", 2, "attachment/1", 2), theirs = File("c.jpg", 3, "attachment/1", 3);
        var merged = Merge(Kind.Notes, Note("x ![](a.jpg)\n", first), Note("x ![](a.jpg)\n![](b.jpg)\n", first, ours), Note("![](c.jpg)\nx ![](a.jpg)\n", first, theirs));
        Assert.Equal([first, theirs, ours], merged.Files);
        Assert.Equal(["a.jpg", "c.jpg", "b.jpg"], merged.View.Texts("names"));
    }

    [Fact]
    public void AnAttachmentThatOneSideRemovedGoesUnlessTheTextStillNamesIt()
    {
        var file = File("a.jpg", 1);
        var basis = Note("![](a.jpg)\nx\n", file);
        Assert.Empty(Merge(Kind.Notes, basis, Note("x\n"), Note("![](a.jpg)\nx\ny\n", file)).Files);
        Assert.Equal([file], Merge(Kind.Notes, basis, Note("![](a.jpg)\nx\nz\n"), Note("![](a.jpg)\nx\ny\n", file)).Files);
    }

    [Fact]
    public void TheSamePictureThatBothSidesAddedIsOneFile()
    {
        RecordFile ours = File("a.jpg", 1, revision: 2), theirs = File("a.jpg", 1, revision: 3);
        Assert.Equal([theirs], Merge(Kind.Notes, Note("x\n"), Note("x\ny\n", ours), Note("z\nx\n", theirs)).Files);
        Assert.Equal(2, Merge(Kind.Notes, Note("x\n"), Note("x\ny\n", ours), Note("z\nx\n", File("a.jpg", 9, revision: 3))).Files.Count);
    }

    [Fact]
    public void ANoteThatIsNoTextIsMergedByItsBytes()
    {
        RecordPlaintext Odd(byte[] bytes) => Note("") with { Original = bytes };
        var merged = Merge(Kind.Notes, Odd([0xFF, 10, 0xC3, 10]), Odd([0xFF, 10, 0xC3, 10, 0xFE, 10]), Odd([0xFD, 10, 0xC3, 10]));
        Assert.Equal([0xFD, 10, 0xC3, 10, 0xFE, 10], merged.Original.ToArray());
    }

    [Fact]
    public void AMessageIsReadIfEitherSideSaysSo()
    {
        RecordPlaintext Sms(bool read, string body = "b") => new("", Bytes("<sms/>"), new RecordView().With("type", "sms").With("body", body).Set("read", read), []);
        Assert.True(Merge(Kind.Messages, Sms(false), Sms(true), Sms(false, "later")).View.Flag("read"));
        Assert.True(Merge(Kind.Messages, Sms(false), Sms(false), Sms(true)).View.Flag("read"));
        Assert.True(Merge(Kind.Messages, null, Sms(true), Sms(false)).View.Flag("read"));
        Assert.Equal("later", Merge(Kind.Messages, null, Sms(true), Sms(false, "later")).View.Text("body"));
        Assert.False(Merge(Kind.Messages, null, Sms(false), Sms(false, "x")).View.Flag("read"));
    }

    [Fact]
    public void AnExportWithoutPicturesDoesNotTakeThemAway()
    {
        var with = new RecordPlaintext("", Bytes("<mms with/>"), new RecordView().With("type", "mms"), [File("p", 1, "part/2")]);
        var without = new RecordPlaintext("", Bytes("<mms/>"), new RecordView().With("type", "mms").Set("read", true), []);
        var merged = Merge(Kind.Messages, null, with, without);
        Assert.Equal(("<mms with/>", 1, true), (Text(merged), merged.Files.Count, merged.View.Flag("read")));
    }

    [Fact]
    public void FieldsOfAPhotoComeFromTheSideThatChangedThem()
    {
        var basis = Photo(("caption", "c"), ("utc", 5L), ("albums", new object?[] { "A", "B" }), ("fav", true));
        var older = Photo(("caption", "mine"), ("utc", 6L), ("albums", new object?[] { "A", "B", "C" }), ("fav", true), ("people", new object?[] { "P" }));
        var newer = Photo(("caption", "c"), ("utc", 7L), ("albums", new object?[] { "0", "B" }));
        var merged = Merge(Kind.Photos, basis, older, newer);
        Assert.Equal(("mine", 7L, false), (merged.View.Text("caption"), merged.View.Number("utc"), merged.View.Flag("fav")));
        Assert.Equal(["0", "B", "C"], merged.View.Texts("albums"));
        Assert.Equal(["P"], merged.View.Texts("people"));
        Assert.Single(merged.Files);
    }

    [Fact]
    public void AnEditOfAFieldBeatsItsRemoval() =>
        Assert.Equal("edited", Merge(Kind.Photos, Photo(("caption", "c")), Photo(("caption", "edited")), Photo()).View.Text("caption"));

    [Fact]
    public void AThumbnailStaysWithItsTypeAndItsPicture()
    {
        RecordPlaintext Preview(string type, params RecordFile[] files) => PhotoRecords.Preview(Phone, [1], type).Content with { Files = files };
        var merged = Merge(Kind.Photos, null, Preview("image/jpeg", File("", 1, "preview")), Preview("image/webp"));
        Assert.Equal(("image/jpeg", 1), (merged.View.Text("type"), merged.Files.Count));
        Assert.Equal("image/webp", Merge(Kind.Photos, null, Preview("image/jpeg"), Preview("image/webp")).View.Text("type"));
    }

    [Theory]
    [InlineData(Kind.Contacts)]
    [InlineData(Kind.Notes)]
    [InlineData(Kind.Messages)]
    [InlineData(Kind.Photos)]
    public void ViewKeysThatWeDoNotKnowAreKept(Kind kind)
    {
        RecordPlaintext With(string text, string? key)
        {
            var content = kind == Kind.Contacts ? Card("FN:" + text) : kind == Kind.Notes ? Note(text + "\n") : new("", Bytes(text), new RecordView().Set("read", true), []);
            return key is null ? content : content with { View = content.View.Copy().Set(key, text) };
        }
        var merged = Merge(kind, With("a", "gone"), With("b", "from-tomorrow"), With("c", "other"));
        Assert.Equal(("b", "c", false), (merged.View.Text("from-tomorrow"), merged.View.Text("other"), merged.View.Has("gone")));
    }

    [Fact]
    public void ARealMessageMergesWithItselfFromTheOtherExport()
    {
        using var buffers = new PartBuffers();
        Message Read(string xml) => new SyncTechReader(new MemoryStream(Bytes(xml)), _ => Stream.Null).Read().Single().Item!;
        var one = MessageRecords.Of(Read("<sms address=\"1\" date=\"1714564800123\" type=\"1\" body=\"b\" read=\"1\"/>"), 0, buffers.Take(null)).Content;
        var two = MessageRecords.Of(Read("<sms address=\"1\" date=\"1714564800123\" type=\"1\" body=\"b\" read=\"0\" new=\"2\"/>"), 0, buffers.Take(null)).Content;
        var merged = Merge(Kind.Messages, null, one, two);
        Assert.Equal(Text(two), Text(merged));
        Assert.True(merged.View.Flag("read"));
    }

    [Fact]
    public void TimeThenAuthorSaysWhichIsLater()
    {
        RecordPlaintext One(string caption) => Photo(("caption", caption));
        Assert.Equal("b", RecordMerge.Merge(Kind.Photos, null, [At(2, One("b"), Laptop), At(2, One("a"), Phone)]).View.Text("caption"));
        Assert.Equal("a", RecordMerge.Merge(Kind.Photos, null, [At(2, One("b"), Laptop), new(One("a"), new HybridTime(2, 1), Phone)]).View.Text("caption"));
        Assert.Throws<ArgumentException>(() => RecordMerge.Merge(Kind.Photos, null, []));
        Assert.Throws<ArgumentException>(() => RecordMerge.Merge(Kind.None, null, [At(1, One("a"))]));
    }
}
