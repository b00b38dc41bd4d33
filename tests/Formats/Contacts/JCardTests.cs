using System.Text;
using System.Text.Json;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class JCardTests
{
    [Fact]
    public void WritesTheShapesOfTheRfc()
    {
        var card = Corpus.Of40("FN:Anna", "N:Müller;Anna;Maria,Luise;;", "item1.TEL;VALUE=uri;TYPE=home,voice;PREF=1:tel:+49", "BDAY:19900131", "CATEGORIES:a,b\\,c",
            "ORG:Firm", "REV:20240102T030405Z", "TZ;VALUE=utc-offset:-0500", "X-FOO:a\\;b", "UID:urn:uuid:x", "BDAY:--0415");
        Assert.Equal(
            """
            ["vcard",[["version",{},"text","4.0"],["fn",{},"text","Anna"],["n",{},"text",["M\u00FCller","Anna",["Maria","Luise"],"",""]],["tel",{"group":"item1","type":["home","voice"],"pref":"1"},"uri","tel:\u002B49"],["bday",{},"date-and-or-time","1990-01-31"],["categories",{},"text","a","b,c"],["org",{},"text","Firm"],["rev",{},"timestamp","2024-01-02T03:04:05Z"],["tz",{},"utc-offset","-05:00"],["x-foo",{},"unknown","a\\;b"],["uid",{},"uri","urn:uuid:x"],["bday",{},"date-and-or-time","--04-15"]]]
            """, Encoding.UTF8.GetString(JCard.Write(card)));
        Assert.Equal(card, Assert.Single(JCard.Read(JCard.Write(card))).Item);
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void KeepsTheContentOfEveryCard(string name)
    {
        var card = Corpus.Card(name);
        var reading = Assert.Single(JCard.Read(JCard.Write(card)));
        Assert.Null(reading.Problem);
        Assert.Equal(ContactIdentity.ContentHash(card), ContactIdentity.ContentHash(reading.Item!));
        Assert.Equal(JCard.Write(card), JCard.Write(reading.Item!));
    }

    [Fact]
    public void ReadsManyCards()
    {
        VCard[] cards = [.. Corpus.Cards];
        Assert.Equal(cards.Select(ContactIdentity.KeyOf), JCard.Read(JCard.Write(cards)).Select(r => ContactIdentity.KeyOf(r.Item!)));
        Assert.Empty(JCard.Read(JCard.Write()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[\"vcard\",{}]")]
    [InlineData("\"\\ud800\"")]
    public void NamesWhatIsNoCard(string json) => Assert.All(JCard.Read(Encoding.UTF8.GetBytes(json)), r => Assert.NotNull(r.Problem));

    [Theory]
    [InlineData("[\"fn\"]")]
    [InlineData("[\"f n\",{},\"text\",\"x\"]")]
    [InlineData("[\"fn\\r\\nTEL\",{},\"text\",\"x\"]")]
    [InlineData("[\"fn\",[],\"text\",\"x\"]")]
    [InlineData("[\"\\ud800\",{},\"text\",\"x\"]")]
    public void LeavesOutAndNamesAPropertyOfNoKnownShape(string property)
    {
        var reading = Assert.Single(JCard.Read(Encoding.UTF8.GetBytes($"[\"vcard\",[{property},[\"note\",{{}},\"text\",\"kept\"]]]")));
        Assert.NotNull(reading.Problem);
        Assert.Equal("kept", Assert.Single(reading.Item!.Properties).Text);
    }

    [Fact]
    public void AnyDamageIsReadWithoutThrowingAndWritesAgain()
    {
        var seeds = Corpus.Cards.Select(c => JCard.Write(c)).Append("""["vcard",[["x",{"a\ud800":"\udfff","b":[1,null,{}]},"date",[["\ud800",1.5e3],{},true],null]]]"""u8.ToArray()).ToList();
        foreach (var file in JsonMutations(seeds, 3000))
            foreach (var (card, problem) in JCard.Read(file))
            {
                Assert.True(card is not null || problem is not null);
                if (card is null) continue;
                Assert.Equal(card.Properties.Select(p => p.ToString()), Corpus.One(VCardWriter.Write(card)).Properties.Select(p => p.ToString()));
                _ = JsonDocument.Parse(JCard.Write(card));
            }
    }

    /// <summary>Swaps whole tokens, so that most results are still JSON.</summary>
    private static IEnumerable<byte[]> JsonMutations(List<byte[]> seeds, int count)
    {
        var random = new Random(3);
        string[] tokens = ["\"\\ud800\"", "null", "[]", "{}", "\"\"", "1", "\"a\\r\\nb\"", "[[\"x\"]]", "\"group\":\"a b\"", "\"text\"", "\"uri\"", "\"date\"", "\"type\"", "\"version\""];
        for (var i = 0; i < count; i++)
        {
            var text = Encoding.UTF8.GetString(seeds[random.Next(seeds.Count)]);
            for (var steps = random.Next(1, 4); steps > 0; steps--)
            {
                var from = text.IndexOf('"', random.Next(text.Length));
                var to = from < 0 ? -1 : text.IndexOf('"', from + 1);
                if (to > 0) text = string.Concat(text.AsSpan(0, from), tokens[random.Next(tokens.Length)], text.AsSpan(to + 1));
            }
            yield return Encoding.UTF8.GetBytes(random.Next(5) == 0 ? text[..random.Next(text.Length)] : text);
        }
    }
}
