using System.Security.Cryptography;
using System.Text;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Protocol;
using Candor.Tests.Contacts;

namespace Candor.Tests.Client.Records;

public class ContactRecordsTests
{
    private static VCard Read(string text) => VCardReader.Read(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"))).Single(r => r.Item is not null).Item!;

    private static RecordDraft Draft(string text) => ContactRecords.Of(Read(text), "Ada.vcf");

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static RecordPlaintext Stored(RecordDraft draft)
    {
        Assert.True(RecordPlaintext.TryDecode(draft.Content.Encode(), out var record));
        return record;
    }

    [Fact]
    public void ACardOfAnyProgramComesBackByteForByteAndAsTheSameCard()
    {
        foreach (string text in Corpus.Texts)
        {
            byte[] file = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n") + "\r\n");
            foreach (var card in VCardReader.Read(file).Select(r => r.Item).OfType<VCard>())
            {
                var record = Stored(ContactRecords.Of(card, "x.vcf"));
                Assert.Equal(file.AsSpan((int)card.Offset, card.Original.Length).ToArray(), record.Original.ToArray());
                var again = ContactRecords.Card(record);
                Assert.Equal(card, again);
                Assert.Equal(ContactRecords.Of(card, "x.vcf").Content.Encode(), ContactRecords.Of(again!, "x.vcf").Content.Encode());
            }
        }
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void ACardInUtf16ComesBack(string charset)
    {
        var encoding = Encoding.GetEncoding(charset);
        byte[] file = [.. encoding.GetPreamble(), .. encoding.GetBytes("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Żaneta\r\nEND:VCARD\r\n"), .. encoding.GetBytes("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ola\r\nEND:VCARD\r\n")];
        string[] names = [.. VCardReader.Read(file).Select(r => ContactRecords.Card(Stored(ContactRecords.Of(r.Item!, "x.vcf")))!.First("FN")!.Text)];
        Assert.Equal(["Żaneta", "Ola"], names);
    }

    [Fact]
    public void TheKeyIsTheBareUidHoweverItIsWritten()
    {
        const string uuid = "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1";
        string[] spellings = [$"UID:urn:uuid:{uuid}", $"UID:{uuid.ToUpperInvariant()}", $"uid: {uuid} ", $"UID:\r\nUID:{uuid}"];
        foreach (string uid in spellings)
            Assert.Equal("u:" + uuid, Text(Draft($"BEGIN:VCARD\nVERSION:3.0\nFN:A\n{uid}\nEND:VCARD\n").NaturalKey));
    }

    [Fact]
    public void WithoutAUidTheKeyIsTheContentInAnyVersionAndOrder()
    {
        var first = Draft("BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Eva\nFN:Eva\nTEL;CELL:1\nEND:VCARD\n");
        var second = Draft("BEGIN:VCARD\nVERSION:3.0\nPRODID:x\nTEL;TYPE=cell:1\nFN:Eva\nN:Müller;Eva;;;\nEND:VCARD\n");
        Assert.Equal("h:"u8.ToArray(), first.NaturalKey[..2].ToArray());
        Assert.Equal(2 + SHA256.HashSizeInBytes, first.NaturalKey.Length);
        Assert.Equal(first.NaturalKey.ToArray(), second.NaturalKey.ToArray());
        Assert.NotEqual(first.NaturalKey.ToArray(), Draft("BEGIN:VCARD\nVERSION:3.0\nFN:Eva\nTEL:2\nEND:VCARD\n").NaturalKey.ToArray());
    }

    [Fact]
    public void TheViewSaysWhatAListShows()
    {
        var view = Stored(Draft("""
            BEGIN:VCARD
            VERSION:3.0
            FN:Ada Lovelace
            N:Lovelace;Ada;;;
            NICKNAME:Countess
            ORG:Analytical Engines;Notes
            TITLE:Author
            UID:urn:uuid:4FBE8971-0BC3-424C-9C26-36C3E1EFF6B1
            TEL;TYPE=cell:+44 1
            TEL;VALUE=uri:tel:+442
            EMAIL:ada@example.org
            CATEGORIES:Friends,Maths
            BDAY:1815-12-10
            NOTE:First
            PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AA=
            END:VCARD
            """)).View;
        Assert.Equal("Ada Lovelace", view.Text("fn"));
        Assert.Equal("4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", view.Text("uid"));
        Assert.Equal(("Analytical Engines", "Author", "Countess"), (view.Text("org"), view.Text("title"), view.Text("nick")));
        Assert.Equal(["+44 1", "+442"], view.Texts("tel"));
        Assert.Equal(["ada@example.org"], view.Texts("email"));
        Assert.Equal(["Friends", "Maths"], view.Texts("cats"));
        Assert.Equal(("1815-12-10", "First", true, false), (view.Text("bday"), view.Text("note"), view.Flag("photo"), view.Has("group")));
    }

    [Theory]
    [InlineData("X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{0}")]
    [InlineData("KIND:group\nMEMBER:urn:uuid:{0}")]
    public void GroupsOfBothStylesNameTheirMembersAsTheCardsCallThemselves(string lines)
    {
        const string uuid = "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1";
        string version = lines.StartsWith('K') ? "4.0" : "3.0";
        var view = Draft($"BEGIN:VCARD\nVERSION:{version}\nFN:Choir\nUID:g\n{lines.Replace("{0}", uuid, StringComparison.Ordinal)}\nEND:VCARD\n").Content.View;
        Assert.True(view.Flag("group"));
        Assert.Equal([uuid], view.Texts("members"));
    }

    [Fact]
    public void ANoteIsCutAtAWholeCharacterOfAtMost256Bytes()
    {
        string note = "x" + string.Concat(Enumerable.Repeat("😀", 100));
        string shown = Draft($"BEGIN:VCARD\nVERSION:3.0\nFN:A\nNOTE:{note}\nEND:VCARD\n").Content.View.Text("note")!;
        Assert.Equal("x" + string.Concat(Enumerable.Repeat("😀", 63)), shown);
    }

    [Fact]
    public void OddCardsOfPhonesAreRecordsAllTheSame()
    {
        var record = Stored(Draft("BEGIN:VCARD\nVERSION:3.0\nPRODID:a\nPRODID:b\nFN:One\nFN:Two\nN:x;;;;\nN:y;;;;\nBDAY:1990-01-01;\nEND:VCARD\n"));
        Assert.Equal(("One", "1990-01-01;"), (record.View.Text("fn"), record.View.Text("bday")));
        Assert.Equal(2, ContactRecords.Card(record)!.All("FN").Count());
        var cut = VCardReader.Read("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut"u8.ToArray()).Single();
        Assert.Equal("Cut", ContactRecords.Card(Stored(ContactRecords.Of(cut.Item!, "x.vcf")))!.First("FN")!.Text);
    }

    [Fact]
    public void ACardThatWasMadeHereIsWrittenOut()
    {
        var card = Read("BEGIN:VCARD\nVERSION:3.0\nFN:A\nX-VENDOR;X-P=1:kept\nEND:VCARD\n").Add(VCardProperty.OfText("NOTE", "new"));
        var record = ContactRecords.Of(card, "A.vcf").Content;
        Assert.Equal(VCardWriter.Write(card), record.Original.ToArray());
        Assert.Equal(card, ContactRecords.Card(record));
    }

    [Fact]
    public void HostileOriginalsGiveACardOrNone()
    {
        var random = new Random(4);
        foreach (string text in Corpus.Texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int i = 0; i < 200; i++)
            {
                byte[] damaged = [.. bytes.AsSpan(0, random.Next(bytes.Length))];
                if (damaged.Length > 0) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                var record = new RecordPlaintext("x", damaged, new RecordView(), []);
                if (ContactRecords.Card(record) is { } card) Assert.True(RecordPlaintext.TryDecode(ContactRecords.Of(card, "x").Content.Encode(), out _));
            }
        }
        Assert.Null(ContactRecords.Card(new("x", "no card at all"u8.ToArray(), new RecordView(), [])));
    }
}
