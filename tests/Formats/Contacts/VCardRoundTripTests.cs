using System.Collections.Immutable;
using System.Text;
using Candor.Formats.Contacts;
using CsCheck;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardRoundTripTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[" ,;:\\\"^'=nN\n\tabcÄ漢ع"], 0, 30],
        Gen.OneOf("", "张伟", "عائشة بنت خالد", "शर्मा", "👩‍👩‍👧 family 🙂", "\\n", "C:\\new", "a,b;c", "^n^^^'", " lead", "trail ", "x=y", "data:,", "=41=\n"),
        Gen.String[Gen.Char['\u0020', '\uFFFD'], 60, 200]);

    private static readonly Gen<VCardParameter> Parameter =
        from name in Gen.OneOf("TYPE", "type", "X-P", "LANGUAGE", "PREF", "SORT-AS", "")
        from values in Text.Where(v => name != "" || v.Trim().Length > 0).List[1, 3]
        where name != "" || !IsEncoding(values[0])
        select new VCardParameter(name, values);

    private static bool IsEncoding(string text) =>
        text.Trim().ToUpperInvariant() is "B" or "Q" or "BASE64" or "QUOTED-PRINTABLE" or "7BIT" or "8BIT" || text.Contains("X-CUSTOM(");

    internal static readonly Gen<VCardProperty> Property =
        from name in Gen.OneOf("FN", "N", "TEL", "EMAIL", "NOTE", "ORG", "ADR", "CATEGORIES", "X-UNKNOWN", "PHOTO", "UID", "x-lower", "BDAY", "KIND", "LABEL")
        from grp in Gen.OneOf((string?)null, null, "item1", "ITEM2", "a.b")
        from parameters in Parameter.List[0, 3]
        from text in Text
        select new VCardProperty(grp, name, [.. parameters], VCardText(name, text));

    private static string VCardText(string name, string text) => VCardProperty.OfText(name, text).RawValue;

    private static readonly Gen<VCard> Card =
        from version in Gen.OneOf(VCardVersion.V30, VCardVersion.V40)
        from properties in Property.List[0, 12]
        select new VCard(version, properties);

    [Fact]
    public void WhatIsWrittenReadsEqual() =>
        Card.Sample(card => Corpus.One(VCardWriter.Write(card)).Equals(card), print: c => Encoding.UTF8.GetString(VCardWriter.Write(c)), iter: 1500);

    [Fact]
    public void ManyCardsInOneFileReadEqual() =>
        Card.List[0, 5].Sample(cards => VCardReader.Read(VCardWriter.Write(cards)).Select(r => r.Item!).SequenceEqual(cards), iter: 300);

    [Fact]
    public void LinesHaveAtMost75OctetsAndNoBrokenCodePoint() =>
        Card.Sample(card =>
        {
            var bytes = VCardWriter.Write(card);
            var start = 0;
            for (var i = 0; i + 1 < bytes.Length; i++)
            {
                if (bytes[i] != '\r' || bytes[i + 1] != '\n') continue;
                var line = bytes.AsSpan(start, i - start);
                if (line.Length > VCardWriter.MaxLineOctets || !System.Text.Unicode.Utf8.IsValid(line)) return false;
                start = i + 2;
            }
            return start == bytes.Length;
        }, iter: 500);

    [Fact]
    public void ConvertedCardsReadEqualToo() =>
        Card.Sample(card =>
        {
            var other = card.To(card.Version == VCardVersion.V30 ? VCardVersion.V40 : VCardVersion.V30);
            return Corpus.One(VCardWriter.Write(other)).Equals(other);
        }, print: c => Encoding.UTF8.GetString(VCardWriter.Write(c)), iter: 1000);

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void WhatWasReadIsWrittenAndReadEqual(string name)
    {
        var card = Corpus.Card(name);
        if (card.Version == VCardVersion.V21 && name != "Outlook21") Assert.Equal(card.Original.ToArray(), VCardWriter.Write(card));
        var again = Corpus.One(VCardWriter.Write(card));
        Assert.Equal(name == "Outlook21" ? card.To(VCardVersion.V30) : card, again);
        Assert.Equal(VCardWriter.Write(card), VCardWriter.Write(again));
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void EqualityIsByContentAlone(string name)
    {
        var card = Corpus.Card(name);
        var same = new VCard(card.Version, card.Properties);
        Assert.Equal(card, same);
        Assert.Equal(card.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(card, card.Add(VCardProperty.OfText("X-MORE", "1")));
        Assert.NotEqual(card, card.With(card.Properties.Reverse()));
    }
}
