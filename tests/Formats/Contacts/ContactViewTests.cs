using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class ContactViewTests
{
    [Fact]
    public void ShowsAndroidCardsWithWhatAndroidHidesInItsOwnProperties()
    {
        var view = ContactView.Of(Corpus.One(Corpus.Android21));
        Assert.Equal("张伟", view.FullName);
        Assert.Equal(new ContactName("张", "伟", "", "", ""), view.Name);
        Assert.Equal("小伟", view.Nickname);
        Assert.Equal(
        [
            new ContactEntry("", ["cell"], "+86 138 0013 8000", Preferred: true), new ContactEntry("", ["home"], "010-12345678"),
            new ContactEntry("妈妈", [], "139"),
        ], view.Phones);
        Assert.Equal(("公司", "研发"), (view.Organisation, view.Department));
        Assert.Equal(new DateOnly(1985, 2, 28), view.Birthday!.Date);
        Assert.Equal(new DateOnly(2010, 5, 20), view.Anniversary!.Date);
        Assert.Equal(new ContactEntry("", ["spouse"], "Li Na"), Assert.Single(view.Related));
        Assert.Equal("image/jpeg", view.Photo!.MediaType);
        Assert.Equal("中国", Assert.Single(view.Addresses).Country);
    }

    [Fact]
    public void ShowsAppleCardsWithTheirLabels()
    {
        var view = ContactView.Of(Corpus.One(Corpus.ICloud30));
        Assert.Equal([new ContactEntry("Work", ["internet"], "anna@example.de", true), new ContactEntry("Ferien & mehr", ["internet"], "geheim@example.de")], view.Emails);
        Assert.Equal(("Dr.", "Maria,Luise"), (view.Name.Prefix, view.Name.Additional));
        Assert.Equal("Hauptstraße 5\nHinterhof", view.Addresses[0].Street);
        Assert.Equal("Beispiel GmbH, Köln", view.Organisation);
        Assert.Equal(("--02-29", null, 2, 29), (view.Birthday!.Text, view.Birthday.Year, view.Birthday.Month, view.Birthday.Day));
        Assert.Null(view.Birthday.Date);
        Assert.Equal(new DateOnly(2015, 6, 7), view.Anniversary!.Date);
        Assert.Equal(new ContactEntry("Brother", [], "Jörg", true), Assert.Single(view.Related));
        Assert.Equal(["https://example.de/anna", "https://example.social/@anna"], view.Urls.Select(u => u.Value));
        Assert.Equal(new ContactEntry("", ["jabber"], "xmpp:anna@example.de", true), Assert.Single(view.Ims));
        Assert.Equal("3F2504E0-4F89-11D3-9A0C-0305E82C3301", view.Uid);
    }

    [Fact]
    public void ShowsVersion4()
    {
        var view = ContactView.Of(Corpus.One(Corpus.Nextcloud40));
        Assert.Equal("عائشة بنت خالد", view.FullName);
        Assert.Equal(new ContactEntry("", ["voice", "home"], "+966-55-555-5555;ext=12", true), Assert.Single(view.Phones));
        Assert.Equal(["Family", "صديقات"], view.Categories);
        Assert.Equal("2010-08-09", view.Anniversary!.Text);
    }

    [Fact]
    public void NamesARemotePictureAndHoldsNoBytesOfIt()
    {
        var photo = ContactView.Of(Corpus.One(Corpus.Google30)).Photo!;
        Assert.Equal(("https://lh3.googleusercontent.com/contacts/made-up", 0), (photo.Uri, photo.Bytes.Length));
    }

    [Fact]
    public void KnowsGroupsOfBothKinds()
    {
        var apple = ContactView.Of(Corpus.One(Corpus.Nextcloud30Group));
        var standard = ContactView.Of(Corpus.Of40("FN:Verein", "KIND:group", "MEMBER:urn:uuid:3F2504E0-4F89-11D3-9A0C-0305E82C3301"));
        Assert.True(apple.IsGroup && standard.IsGroup);
        Assert.Equal(["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "nobody-here"], apple.Members);
        Assert.Equal(apple.Members[..1], standard.Members);
        Assert.False(ContactView.Of(Corpus.One(Corpus.ICloud30)).IsGroup);
    }

    [Theory]
    [InlineData("FN:A B|N:C;D;;;", "A B")]
    [InlineData("FN:|FN:Second|N:C;D;;;", "Second")]
    [InlineData("N:Doe;Jane;Q;Dr.;Jr.", "Dr. Jane Q Doe Jr.")]
    [InlineData("N:王;小明;;;", "王小明")]
    [InlineData("N:홍;길동;;;", "홍길동")]
    [InlineData("N:;;;;|ORG:Firm;Dept", "Firm")]
    [InlineData("ORG:;|EMAIL:a@b|TEL:1", "a@b")]
    [InlineData("TEL:1", "1")]
    [InlineData("NOTE:x", "")]
    public void FallsBackToTheBestNameThereIs(string lines, string expected) =>
        Assert.Equal(expected, ContactView.Of(Corpus.Of(lines.Split('|'))).FullName);

    [Theory]
    [InlineData("1990-01-31", "1990-01-31", 1990, 1, 31)]
    [InlineData("19900131", "1990-01-31", 1990, 1, 31)]
    [InlineData("1990-01-01;", "1990-01-01", 1990, 1, 1)]
    [InlineData("1990/1/5", "1990-01-05", 1990, 1, 5)]
    [InlineData("1990-01-31T23:00:00Z", "1990-01-31", 1990, 1, 31)]
    [InlineData("--0415", "--04-15", null, 4, 15)]
    [InlineData("--04-15", "--04-15", null, 4, 15)]
    [InlineData("---15", "---15", null, null, 15)]
    [InlineData("1604-02-29", "--02-29", null, 2, 29)]
    [InlineData("1985-04", "1985-04", 1985, 4, null)]
    [InlineData("1985", "1985", 1985, null, null)]
    [InlineData("2023-02-29", "2023-02-29", null, null, null)]
    [InlineData("0000-00-00", "0000-00-00", null, null, null)]
    [InlineData("soon", "soon", null, null, null)]
    [InlineData("99999999999999999999", "99999999999999999999", null, null, null)]
    [InlineData("--", "--", null, null, null)]
    public void ReadsDatesOrKeepsTheirText(string text, string shown, int? year, int? month, int? day)
    {
        var date = ContactDate.Parse(text);
        Assert.Equal(new ContactDate(shown, year, month, day), date);
        Assert.Equal(date, ContactDate.Parse(date.Text));
    }

    [Fact]
    public void IsEqualByWhatItShows()
    {
        var card = Corpus.One(Corpus.ICloud30);
        var view = ContactView.Of(card);
        Assert.Equal(view.Phones[0], ContactView.Of(card).Phones[0]);
        Assert.Equal(view.Addresses[0], ContactView.Of(card).Addresses[0]);
        Assert.Equal(view.Photo, ContactView.Of(card).Photo);
        Assert.NotEqual(view.Phones[0], view.Phones[0] with { Types = ["x"] });
    }
}
