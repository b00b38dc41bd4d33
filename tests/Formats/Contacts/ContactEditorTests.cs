using System.Collections.Immutable;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class ContactEditorTests
{
    /// <summary>Lines that an edit took away and brought in.</summary>
    private static (string[] Gone, string[] Come) Changes(VCard card, Func<ContactView, ContactView> edit)
    {
        var edited = ContactEditor.Apply(card, edit(ContactView.Of(card)));
        string[] before = Corpus.Lines(card), after = Corpus.Lines(edited);
        return ([.. before.Except(after)], [.. after.Except(before)]);
    }

    private static void Expect((string[] Gone, string[] Come) expected, (string[] Gone, string[] Come) actual)
    {
        Assert.Equal(expected.Gone, actual.Gone);
        Assert.Equal(expected.Come, actual.Come);
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void AnUnchangedViewLeavesTheVeryCard(string name)
    {
        var card = Corpus.Card(name);
        Assert.Same(card, ContactEditor.Apply(card, ContactView.Of(card), DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void TouchesOnlyTheChangedProperty()
    {
        var card = Corpus.One(Corpus.ICloud30);
        Expect((["FN:Dr. Anna Müller"], ["FN:Anna M."]), Changes(card, v => v with { FullName = "Anna M." }));
        Expect((["N:Müller;Anna;Maria,Luise;Dr.;"], ["N:Meyer;Anna;Maria,Luise;Dr.;"]), Changes(card, v => v with { Name = v.Name with { Family = "Meyer" } }));
        Expect((["ORG:Beispiel GmbH\\, Köln;Einkauf;"], ["ORG:Beispiel GmbH\\, Köln;Verkauf;"]), Changes(card, v => v with { Department = "Verkauf" }));
        Expect(([], ["TITLE:Chefin\\, stv."]), Changes(card, v => v with { Title = "Chefin, stv." }));
        Expect((["NOTE:Eins\\, zwei\\; drei\\nvier"], []), Changes(card, v => v with { Note = "" }));
        Expect((["NICKNAME:Annchen"], ["NICKNAME:Annchen,Anni"]), Changes(card, v => v with { Nickname = "Annchen, Anni" }));
        Expect((["BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"], ["BDAY:1980-02-29"]), Changes(card, v => v with { Birthday = ContactDate.Parse("1980-02-29") }));
        Expect((["item5.X-ABDATE;type=pref:2015-06-07"], ["item5.X-ABDATE;type=pref:2016-06-07"]), Changes(card, v => v with { Anniversary = ContactDate.Parse("2016-06-07") }));
    }

    [Fact]
    public void ChangesOneEntryAmongMany()
    {
        var card = Corpus.One(Corpus.ICloud30);
        Expect((["item2.EMAIL;type=INTERNET:geheim@example.de"], ["item2.EMAIL;type=INTERNET:neu@example.de"]),
            Changes(card, v => v with { Emails = v.Emails.SetItem(1, v.Emails[1] with { Value = "neu@example.de" }) }));
        Expect((["item2.X-ABLabel:Ferien & mehr"], ["item2.X-ABLabel:Urlaub"]),
            Changes(card, v => v with { Emails = v.Emails.SetItem(1, v.Emails[1] with { Label = "Urlaub" }) }));
        Expect((["item2.EMAIL;type=INTERNET:geheim@example.de", "item2.X-ABLabel:Ferien & mehr"], []),
            Changes(card, v => v with { Emails = v.Emails.RemoveAt(1) }));
        Expect(([], ["EMAIL;TYPE=home:third@example.de"]),
            Changes(card, v => v with { Emails = v.Emails.Add(new ContactEntry("", ["home"], "third@example.de")) }));
        Expect(([], ["item7.TEL:112", "item7.X-ABLabel:Notruf"]),
            Changes(card, v => v with { Phones = v.Phones.Add(new ContactEntry("Notruf", [], "112")) }));
        Expect((["TEL;type=CELL;type=VOICE;type=pref:+49 171 1234567"], ["TEL;TYPE=cell,voice:+49 171 1234567"]),
            Changes(card, v => v with { Phones = v.Phones.SetItem(0, v.Phones[0] with { Preferred = false }) }));
        Expect((["item3.ADR;type=HOME;type=pref:;;Hauptstraße 5\\nHinterhof;Köln;NRW;50667;Deutschland"], ["item3.ADR;type=HOME;type=pref:;;Hauptstraße 5\\nHinterhof;Bonn;NRW;50667;Deutschland"]),
            Changes(card, v => v with { Addresses = v.Addresses.SetItem(0, v.Addresses[0] with { Locality = "Bonn" }) }));
    }

    [Fact]
    public void ReorderingIsNoChange()
    {
        var card = Corpus.One(Corpus.ICloud30);
        var view = ContactView.Of(card);
        Assert.Same(card, ContactEditor.Apply(card, view with { Emails = [.. view.Emails.Reverse()] }));
    }

    [Fact]
    public void ChangingOneOfTwoEqualNumbersLeavesTheOther()
    {
        var card = Corpus.Of("FN:A", "N:A;;;;", "TEL:1", "TEL:1");
        var view = ContactView.Of(card);
        var edited = ContactEditor.Apply(card, view with { Phones = view.Phones.SetItem(1, view.Phones[1] with { Value = "2" }) });
        Assert.Equal(["1", "2"], ContactView.Of(edited).Phones.Select(p => p.Value).Order());
    }

    [Fact]
    public void AddsAndTakesCategoriesInPlace()
    {
        var card = Corpus.One(Corpus.Google30);
        Expect((["CATEGORIES:myContacts,starred"], ["CATEGORIES:starred,a\\,b"]), Changes(card, v => v with { Categories = ["starred", "a,b"] }));
        Expect((["CATEGORIES:myContacts,starred"], []), Changes(card, v => v with { Categories = [] }));
    }

    [Theory]
    [InlineData(VCardVersion.V30)]
    [InlineData(VCardVersion.V40)]
    public void SetsAndTakesAPicture(VCardVersion version)
    {
        var card = Corpus.One(Corpus.Outlook30).To(version);
        var photo = new ContactPhoto("image/png", new byte[] { 0x89, 0x50, 0x4E, 0x47 }, null);
        var with = ContactEditor.Apply(card, ContactView.Of(card) with { Photo = photo });
        Assert.Equal(photo, ContactView.Of(Corpus.One(VCardWriter.Write(with))).Photo);
        Assert.Equal(card, ContactEditor.Apply(with, ContactView.Of(with) with { Photo = null }));
    }

    [Fact]
    public void TheFirstEditOfA21CardMakesIt30WithEverythingInIt()
    {
        var card = Corpus.One(Corpus.Android21);
        var edited = ContactEditor.Apply(card, ContactView.Of(card) with { Title = "工程师" }, DateTimeOffset.UnixEpoch);
        Assert.Equal(VCardVersion.V30, edited.Version);
        Assert.Equal("工程师", ContactView.Of(edited).Title);
        Assert.Equal("1970-01-01T00:00:00Z", ContactView.Of(edited).Rev);
        var expected = card.To(VCardVersion.V30).Properties;
        Assert.Equal(expected, edited.Properties.Where(p => !p.Is("TITLE") && !p.Is("REV")));
    }

    [Fact]
    public void MakesANewCard()
    {
        var view = new ContactView
        {
            Name = new ContactName("Doe", "Jane", "", "", ""),
            FullName = "Jane Doe",
            Phones = [new ContactEntry("", ["cell"], "+1 555", true), new ContactEntry("Boat; blue", [], "+1 556")],
            Emails = [new ContactEntry("", [], "j@example.com")],
            Addresses = [new ContactAddress("", ["home"], false, "", "", "1 Road, left", "Town", "", "", "US")],
            Birthday = ContactDate.Parse("--04-15"),
            Note = "a\nb",
            Categories = ["x", "y"],
            Related = [new ContactEntry("", ["friend"], "Bob")],
        };
        foreach (var version in (VCardVersion[])[VCardVersion.V30, VCardVersion.V40])
        {
            var card = Corpus.One(VCardWriter.Write(ContactEditor.Create(view, "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301", version)));
            var seen = ContactView.Of(card);
            Assert.Equal(view.Phones.AsEnumerable(), seen.Phones);
            Assert.Equal(view.Addresses.AsEnumerable(), seen.Addresses);
            Assert.Equal(view.Related.AsEnumerable(), seen.Related);
            Assert.Equal(view.Categories.AsEnumerable(), seen.Categories);
            Assert.Equal((view.FullName, view.Name, view.Birthday, view.Note), (seen.FullName, seen.Name, seen.Birthday, seen.Note));
            Assert.NotNull(card.First("N"));
        }
    }

    [Fact]
    public void KeepsANameToShowWhenItIsClearedAway()
    {
        var card = Corpus.One(Corpus.ICloud30);
        var edited = ContactEditor.Apply(card, ContactView.Of(card) with { FullName = "" });
        Assert.Equal("Dr. Anna Maria,Luise Müller", edited.First("FN")!.Text);
    }

    [Fact]
    public void RefusesTheViewOfAnotherContact()
    {
        var card = Corpus.One(Corpus.ICloud30);
        Assert.Throws<ArgumentException>(() => ContactEditor.Apply(card, ContactView.Of(card) with { Uid = "other" }));
    }

    [Fact]
    public void NothingTypedCanBecomeAnotherProperty()
    {
        var evil = "x\r\nTEL:666;\"^n\\,\0";
        var view = new ContactView
        {
            FullName = evil,
            Title = evil,
            Nickname = evil,
            Categories = [evil],
            Members = [evil],
            IsGroup = true,
            Phones = [new ContactEntry(evil, [evil], evil, true)],
            Addresses = [new ContactAddress(evil, [evil], true, evil, evil, evil, evil, evil, evil, evil)],
            Photo = new ContactPhoto(evil, default, evil),
            Birthday = ContactDate.Parse(evil),
        };
        foreach (var version in (VCardVersion[])[VCardVersion.V30, VCardVersion.V40])
        {
            var card = ContactEditor.Create(view, evil, version);
            Assert.Equal(card, Corpus.One(VCardWriter.Write(card)));
            Assert.DoesNotContain("666", ContactView.Of(Corpus.One(VCardWriter.Write(card))).Phones.Select(p => p.Value));
        }
    }
}
