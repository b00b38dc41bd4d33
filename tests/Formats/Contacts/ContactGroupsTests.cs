using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class ContactGroupsTests
{
    private const string Uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

    private static readonly VCard Anna = Corpus.Of("FN:Anna", "N:A;;;;", $"UID:{Uuid.ToUpperInvariant()}", "CATEGORIES:Old");
    private static readonly VCard Bob = Corpus.Of40("FN:Bob", "UID;VALUE=text:bob");
    private static readonly VCard Card21 = Corpus.One("BEGIN:VCARD\nVERSION:2.1\nN:Cid\nUID:cid\nEND:VCARD");

    private static string[] Categories(IEnumerable<VCard> cards, string name) =>
        [.. ContactView.Of(cards.Single(c => ContactView.DisplayName(c) == name)).Categories];

    [Theory]
    [InlineData("X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:", "3.0")]
    [InlineData("KIND:group", "MEMBER:urn:uuid:", "4.0")]
    public void AGroupCardBecomesACategoryOfItsMembers(string kind, string member, string version)
    {
        var group = Corpus.One($"BEGIN:VCARD\nVERSION:{version}\nUID:g\nFN:Verein\\, neu\nN:Verein;;;;\n{kind}\n{member}{Uuid}\n{member}bob\n{member}cid\nEND:VCARD");
        var cards = ContactGroups.ToCategories([group, Anna, Bob, Card21]);
        Assert.Equal(3, cards.Length);
        Assert.Equal(["Old", "Verein, neu"], Categories(cards, "Anna"));
        Assert.Equal(["Verein, neu"], Categories(cards, "Bob"));
        Assert.Equal(["Verein, neu"], Categories(cards, "Cid"));
        Assert.Equal(cards, ContactGroups.ToCategories([group, .. cards]));
    }

    [Theory]
    [InlineData("MEMBER:urn:uuid:nobody")]
    [InlineData("NOTE:more than a group")]
    public void AGroupCardThatSaysMoreStays(string line)
    {
        var group = Corpus.Of40("FN:G", "KIND:group", $"MEMBER:urn:uuid:{Uuid}", line);
        var cards = ContactGroups.ToCategories([group, Anna]);
        Assert.Contains(group, cards);
        Assert.Equal(["Old", "G"], Categories(cards, "Anna"));
        var empty = Corpus.Of40("FN:Empty", "KIND:group");
        Assert.Equal([empty], ContactGroups.ToCategories([empty]));
    }

    [Theory]
    [InlineData(VCardVersion.V30)]
    [InlineData(VCardVersion.V40)]
    public void CategoriesBecomeGroupCardsAndBack(VCardVersion version)
    {
        VCard[] people =
        [
            Corpus.Of("FN:Anna", "N:A;;;;", $"UID:{Uuid}", "CATEGORIES:Family,Work"), Corpus.Of40("FN:Bob", "UID;VALUE=text:bob", "CATEGORIES:Work"),
            Corpus.Of("FN:No uid", "N:x;;;;", "CATEGORIES:Familie\\, weit"), Corpus.Of("FN:Alone", "N:x;;;;"),
        ];
        var cards = ContactGroups.ToGroupCards(people, version);
        Assert.Equal(cards, ContactGroups.ToGroupCards(people, version));
        var groups = cards.Select(ContactView.Of).Where(v => v.IsGroup).ToDictionary(v => v.FullName);
        Assert.Equal(["Familie, weit", "Family", "Work"], groups.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([Uuid, "bob"], groups["Work"].Members);
        Assert.DoesNotContain(cards, c => c.First("CATEGORIES") is not null);
        Assert.All(cards, c => Assert.Equal(c, Corpus.One(VCardWriter.Write(c))));

        var back = ContactGroups.ToCategories(cards);
        Assert.Equal(people.Length, back.Length);
        foreach (var person in people.Select(ContactView.Of)) Assert.Equal(person.Categories.Order(), Categories(back, person.FullName).Order());
    }

    [Fact]
    public void ACategoryJoinsTheGroupCardOfItsName()
    {
        var group = Corpus.Of("FN:Work", "N:Work;;;;", "UID:g", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:bob");
        var cards = ContactGroups.ToGroupCards([group, Bob, Corpus.Of("FN:Anna", "N:A;;;;", $"UID:{Uuid}", "CATEGORIES:Work")], VCardVersion.V30);
        Assert.Equal(3, cards.Length);
        Assert.Equal(["bob", Uuid], ContactView.Of(cards[0]).Members);
    }

    [Fact]
    public void GroupsKeepTheirMembersThroughVersions()
    {
        var group = Corpus.One(Corpus.Nextcloud30Group);
        var there = group.To(VCardVersion.V40);
        Assert.True(ContactView.Of(there).IsGroup);
        Assert.Equal(ContactView.Of(group).Members.AsEnumerable(), ContactView.Of(there).Members);
        Assert.Equal(group, there.To(VCardVersion.V30));
    }
}
