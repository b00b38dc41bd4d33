using Candor.Formats.Contacts;
using CsCheck;
using Xunit;

namespace Candor.Tests.Contacts;

public class ContactIdentityTests
{
    [Theory]
    [InlineData("UID:abc", "uid:abc")]
    [InlineData("UID: abc ", "uid:abc")]
    [InlineData("UID:urn:uuid:3F2504E0-4F89-11D3-9A0C-0305E82C3301", "uid:3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("UID:3f2504e0-4f89-11d3-9a0c-0305e82c3301", "uid:3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("UID:\nUID:second", "uid:second")]
    public void IsTheUidWhereThereIsOne(string line, string key) => Assert.Equal(key, ContactIdentity.KeyOf(Corpus.Of("FN:A", line)));

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void IsTheSameInEveryVersion(string name)
    {
        var card = Corpus.Card(name);
        Assert.Equal(ContactIdentity.KeyOf(card), ContactIdentity.KeyOf(card.To(VCardVersion.V30)));
        Assert.Equal(ContactIdentity.KeyOf(card), ContactIdentity.KeyOf(card.To(VCardVersion.V40)));
        Assert.Equal(ContactIdentity.KeyOf(card), ContactIdentity.KeyOf(Corpus.One(VCardWriter.Write(card))));
        Assert.Equal(name is not ("ICloud30" or "Nextcloud40" or "Nextcloud30Group"), ContactIdentity.KeyOf(card).StartsWith(ContactIdentity.HashPrefix, StringComparison.Ordinal));
    }

    [Fact]
    public void DoesNotChangeByWhatSaysNothingAboutThePerson()
    {
        var card = Corpus.Of("FN:A B", "N:B;A;;;", "TEL;TYPE=CELL:1", "item1.EMAIL:e", "item1.X-ABLabel:L", "BDAY:1990-01-31");
        VCard[] same =
        [
            Corpus.Of("BDAY:19900131", "item7.EMAIL;type=INTERNET:e", "item7.X-ABLabel:L", "tel;type=voice;type=cell:1", "N:B;A", "FN:A B"),
            Corpus.Of("PRODID:x", "REV:20240101T000000Z", "FN:A B", "N:B;A;;;", "TEL;TYPE=CELL:1", "item1.EMAIL:e", "item1.X-ABLabel:L", "BDAY:1990-01-31", "NOTE:"),
            Corpus.One("BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:=42;=41\nFN:A B\nTEL;CELL:1\nitem2.EMAIL:e\nitem2.X-ABLabel:L\nBDAY:1990-01-31\nEND:VCARD"),
        ];
        Assert.All(same, s => Assert.Equal(ContactIdentity.KeyOf(card), ContactIdentity.KeyOf(s)));
    }

    [Theory]
    [InlineData("TEL;TYPE=HOME:1")]
    [InlineData("TEL;TYPE=CELL:2")]
    [InlineData("TEL;TYPE=CELL:1\nTEL;TYPE=CELL:1")]
    [InlineData("TEL;TYPE=CELL:1\nX-ANYTHING:1")]
    [InlineData("item1.TEL;TYPE=CELL:1\nitem1.X-ABLabel:x")]
    public void ChangesWithTheContent(string line) =>
        Assert.NotEqual(ContactIdentity.KeyOf(Corpus.Of("FN:A", "TEL;TYPE=CELL:1")), ContactIdentity.KeyOf(Corpus.Of("FN:A", line)));

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void GivesAUidToACardWithoutOne(string name)
    {
        var card = Corpus.Card(name);
        var with = ContactIdentity.WithUid(card);
        Assert.StartsWith(ContactIdentity.UidPrefix, ContactIdentity.KeyOf(with));
        Assert.Equal(card.First("UID") is not null, ReferenceEquals(card, with));
        Assert.Equal(ContactIdentity.ContentHash(card), ContactIdentity.ContentHash(with));
        Assert.Equal(ContactIdentity.KeyOf(with), ContactIdentity.KeyOf(ContactIdentity.WithUid(card.To(VCardVersion.V40))));
    }

    [Fact]
    public void DoesNotDependOnTheOrderOfProperties() =>
        VCardRoundTripTests.Property.Where(p => p.Group is null && !p.Is("UID")).List[1, 8].Sample(properties =>
            ContactIdentity.KeyOf(new VCard(VCardVersion.V40, [VCardProperty.OfText("FN", "x"), .. properties]))
            == ContactIdentity.KeyOf(new VCard(VCardVersion.V40, [.. Enumerable.Reverse(properties), VCardProperty.OfText("FN", "x")])), iter: 300);
}
