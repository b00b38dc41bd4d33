using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardConversionTests
{
    /// <summary>Versions write the time of a change differently; everything else that a person sees is the same in all.</summary>
    private static ContactView Seen(VCard card)
    {
        var view = ContactView.Of(card);
        return view with { Rev = "", Phones = [], Emails = [], Addresses = [], Urls = [], Ims = [], Related = [], Categories = [], Members = [] };
    }

    private static IEnumerable<object> Lists(VCard card)
    {
        var view = ContactView.Of(card);
        return [.. view.Phones, .. view.Emails, .. view.Addresses, .. view.Urls, .. view.Ims, .. view.Related, .. view.Categories, .. view.Members];
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void AContactLooksTheSameInEveryVersion(string name)
    {
        var card = Corpus.Card(name);
        var thirty = card.To(VCardVersion.V30);
        var forty = card.To(VCardVersion.V40);
        foreach (var other in (VCard[])[thirty, forty, thirty.To(VCardVersion.V40), forty.To(VCardVersion.V30)])
        {
            Assert.Equal(Seen(card), Seen(other));
            Assert.Equal(Lists(card), Lists(other));
            Assert.Equal(other, Corpus.One(VCardWriter.Write(other)));
        }
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void ConvertingKeepsTheContentAndComesToRest(string name)
    {
        var thirty = Corpus.Card(name).To(VCardVersion.V30);
        var forty = thirty.To(VCardVersion.V40);
        var again = forty.To(VCardVersion.V30).To(VCardVersion.V40);
        Assert.Equal(ContactIdentity.ContentHash(Corpus.Card(name)), ContactIdentity.ContentHash(forty));
        Assert.Equal(ContactIdentity.ContentHash(forty), ContactIdentity.ContentHash(forty.To(VCardVersion.V30)));
        Assert.Equal(ContactIdentity.ContentHash(forty), ContactIdentity.ContentHash(again));
        Assert.Equal(again, again.To(VCardVersion.V30).To(VCardVersion.V40));
    }

    [Fact]
    public void From21NothingOfItsTransportIsLeft()
    {
        var lines = Corpus.Lines(Corpus.One(Corpus.Android21).To(VCardVersion.V30));
        Assert.Contains("FN:张伟", lines);
        Assert.Contains("TEL;TYPE=CELL,PREF:+86 138 0013 8000", lines);
        Assert.Contains("item1.TEL:139", lines);
        Assert.Contains("item1.X-ABLabel:妈妈", lines);
        Assert.Contains($"PHOTO;ENCODING=b;TYPE=JPEG:{Corpus.Jpeg}", lines);
        Assert.Contains(lines, l => l.StartsWith("X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;小伟;1;", StringComparison.Ordinal));
    }

    [Fact]
    public void From30To40EveryWordHasItsNewPlace()
    {
        var lines = Corpus.Lines(Corpus.One(Corpus.Outlook30).To(VCardVersion.V40));
        Assert.Contains("N;SORT-AS=ONeill:O'Neill;Zoë;;;Jr.", lines);
        Assert.Contains("TEL;TYPE=work,voice;PREF=1:+353 1 234", lines);
        Assert.Contains("ADR;TYPE=work;LABEL=1 Quay^nDublin:;;1 Quay;Dublin;;D01;Ireland", lines);
        Assert.Contains("GEO:geo:53.34,-6.26", lines);
        Assert.Contains("TZ;VALUE=utc-offset:+0100", lines);
        Assert.Contains("X-MAILER:Microsoft Outlook", lines);
        Assert.Contains("X-CLASS:PRIVATE", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("LABEL", StringComparison.Ordinal) || l.StartsWith("SORT", StringComparison.Ordinal));
        lines = Corpus.Lines(Corpus.One(Corpus.ICloud30).To(VCardVersion.V40));
        Assert.Contains("BDAY:--0229", lines);
        Assert.Contains($"PHOTO:data:image/jpeg;base64,{Corpus.Jpeg}", lines);
        Assert.Contains("REV:20240102T030405Z", lines);
        Assert.Contains("item2.X-ABLabel:Ferien & mehr", lines);
    }

    [Fact]
    public void From40To30WhatHasNoWordKeepsAnXName()
    {
        var card = Corpus.One(Corpus.Nextcloud40);
        var lines = Corpus.Lines(card.To(VCardVersion.V30));
        Assert.Contains("X-GENDER:F", lines);
        Assert.Contains("X-ANNIVERSARY:2010-08-09", lines);
        Assert.Contains("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15", lines);
        Assert.Contains("X-RELATED;TYPE=friend:urn:uuid:9f0d8a54-1f3e-4b1c-9d3e-8c1b1f7a0002", lines);
        Assert.Contains("TEL;TYPE=voice,home,pref:+966-55-555-5555;ext=12", lines);
        Assert.Contains($"PHOTO;ENCODING=b;TYPE=JPEG:{Corpus.Jpeg}", lines);
        Assert.Contains("KEY;VALUE=uri;TYPE=PGP:https://example.sa/key.asc", lines);
        Assert.Contains("LABEL;TYPE=home:1 King Rd.\\\\\\, Riyadh\\n\"Palace\"", lines);
        Assert.Contains("X-CLIENTPIDMAP:1;urn:uuid:53e374d9-337e-4727-8803-a1e9c14e0556", lines);
        Assert.Contains("X-UNKNOWN;X-P=\"a;b:c,d\":kept\\;as it is", lines);
        // No value of the card is gone on the way there and back.
        Assert.Equal(card.Properties.Select(p => p.Name), card.To(VCardVersion.V30).To(VCardVersion.V40).Properties.Select(p => p.Name));
    }

    [Theory]
    [InlineData("BDAY:1990-01-01;", "BDAY:19900101")]
    [InlineData("BDAY:1990-01-01T00:00:00Z", "BDAY:19900101T000000Z")]
    [InlineData("BDAY:19900101", "BDAY:19900101")]
    [InlineData("BDAY:1604-05-06", "BDAY:--0506")]
    [InlineData("BDAY:circa 1800", "BDAY;VALUE=text:circa 1800")]
    [InlineData("BDAY:2023-02-29", "BDAY;VALUE=text:2023-02-29")]
    [InlineData("PHOTO;VALUE=uri;TYPE=PNG:https://x/y", "PHOTO;MEDIATYPE=image/png:https://x/y")]
    [InlineData("PHOTO;ENCODING=b:iVBORw0KGgo=", "PHOTO:data:image/png;base64,iVBORw0KGgo=")]
    [InlineData("PHOTO;ENCODING=b;TYPE=home,PNG:iVBORw0KGgo=", "PHOTO;TYPE=home:data:image/png;base64,iVBORw0KGgo=")]
    [InlineData("TEL;TYPE=pref:1", "TEL;PREF=1:1")]
    [InlineData("TEL;TYPE=a;TYPE=pref;TYPE=pref:1", "TEL;TYPE=a;PREF=1:1")]
    [InlineData("UID:abc", "UID;VALUE=text:abc")]
    [InlineData("UID:urn:uuid:x", "UID:urn:uuid:x")]
    [InlineData("X-GENDER:Male", "GENDER:M")]
    [InlineData("AGENT:Bob", "X-AGENT:Bob")]
    [InlineData("X-ADDRESSBOOKSERVER-KIND:group", "KIND:group")]
    [InlineData("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:x", "MEMBER:urn:uuid:x")]
    public void From30To40(string line, string expected)
    {
        var card = Corpus.Of("FN:A", "N:A;;;;", line);
        Assert.Contains(expected, Corpus.Lines(card.To(VCardVersion.V40)));
    }

    [Theory]
    [InlineData("TEL;PREF=2:1", "TEL;X-PREF=2:1")]
    [InlineData("KIND:individual", "X-KIND:individual")]
    [InlineData("KIND:group", "X-ADDRESSBOOKSERVER-KIND:group")]
    [InlineData("BDAY:1985", "BDAY:1985")]
    [InlineData("BDAY;VALUE=text:circa 1800", "BDAY:circa 1800")]
    [InlineData("REV:20240102T030405+0200", "REV:2024-01-02T03:04:05+02:00")]
    [InlineData("SOUND:data:audio/ogg;base64,AAAA", "SOUND;ENCODING=b;TYPE=OGG:AAAA")]
    [InlineData("LOGO:data:image/x-strange;base64,AAAA", "LOGO;ENCODING=b;TYPE=image/x-strange:AAAA")]
    [InlineData("HOBBY;LEVEL=high:chess", "X-HOBBY;LEVEL=high:chess")]
    public void From40To30AndBack(string line, string expected)
    {
        var card = Corpus.Of40("FN:A", "N:A;;;;", line);
        var thirty = card.To(VCardVersion.V30);
        Assert.Contains(expected, Corpus.Lines(thirty));
        Assert.Contains(line, Corpus.Lines(thirty.To(VCardVersion.V40)));
    }

    [Fact]
    public void FillsInTheNamesThatTheStandardDemands()
    {
        var lines = Corpus.Lines(Corpus.One("BEGIN:VCARD\nVERSION:2.1\nTEL:1\nEMAIL:a@b.c\nEND:VCARD").To(VCardVersion.V30));
        Assert.Equal(["FN:a@b.c", "N:;;;;"], lines[..2]);
    }

    [Fact]
    public void Version21IsNeverWrittenAnew()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Corpus.One(Corpus.ICloud30).To(VCardVersion.V21));
        var card = Corpus.One(Corpus.Gammu);
        Assert.Equal(Corpus.Bytes(Corpus.Gammu), VCardWriter.Write(card));
        Assert.Equal(VCardVersion.V30, Corpus.One(VCardWriter.Write(card.Add(VCardProperty.OfText("TITLE", "x")))).Version);
    }
}
