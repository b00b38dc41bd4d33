using System.Text;
using Candor.Formats.Contacts;
using CsCheck;
using Xunit;

namespace Candor.Tests.Contacts;

/// <summary>The laws of merging, over cards small enough that every kind of clash comes up.</summary>
public class ContactMergePropertyTests
{
    private static readonly string[] Pool =
    [
        "TEL:1", "TEL:2", "TEL;TYPE=home:1", "TEL;TYPE=work:1", "TEL;TYPE=home:2", "TEL;TYPE=home,pref:3", "item1.TEL:1\nitem1.X-ABLabel:Boat",
        "item1.TEL:2\nitem1.X-ABLabel:Boat", "item2.TEL;TYPE=home:1\nitem2.X-ABLabel:Car", "TEL: 1", "TEL;X-P=a:1", "TEL;X-P=b:1",
        "EMAIL:a@x", "EMAIL:A@X", "item1.EMAIL:a@x\nitem1.X-ABLabel:Work", "item3.EMAIL:b@x\nitem3.X-ABLabel:Work", "EMAIL;TYPE=INTERNET:b@x",
        "BDAY:1990-01-01", "BDAY:19900101", "BDAY:1991-01-01", "BDAY;X-P=1:1992-01-01", "NICKNAME:n", "NICKNAME:n,m", "CATEGORIES:a,b", "CATEGORIES:b", "CATEGORIES:c,a",
        "CATEGORIES;X-P=1:d", "NOTE:one", "NOTE:two", "TITLE:t", "ORG:f;d", "ORG:f;d;", "REV:2024-01-01T00:00:00Z", "REV:20230101T000000Z", "PRODID:p", "PRODID:q",
        "UID:u", "PHOTO;ENCODING=b;TYPE=PNG:AAAA", "PHOTO;ENCODING=b;TYPE=GIF:BBBB", "ADR;TYPE=home:;;S 1;T;;;", "ADR;TYPE=home:;;S 2;T;;;", "X-A:1", "X-A:2", "x-a:1",
        "item4.URL:u\nitem4.X-ABLabel:L\nitem4.X-OTHER:o", "X-CANDOR-CONFLICT;NAME=FN:old", "KIND:group",
    ];

    private const int Iterations = 1500;

    private static readonly Gen<string[]> Names = Gen.Select(Gen.OneOf("FN:A", "FN:B", "FN:C", "FN:A\nFN:B"), Gen.OneOf("N:A;;;;", "N:B;;;;", "N:C;;;;"), (f, n) => new[] { f, n });

    private static readonly Gen<List<string>> Lines = Gen.Select(Names, Gen.OneOf(Pool).List[0, 7], (n, l) => (List<string>)[.. n, .. l]);

    /// <summary>A card and an edit of it: some lines gone, some replaced by others of the pool, some new.</summary>
    private static readonly Gen<List<int>> Edits = Gen.Int[0, 3].List[12, 12].Select(l => l.ToList());

    private static VCard Card(IEnumerable<string> lines, bool forty)
    {
        // The pool's groups may clash inside one card; a program would not write that, so later ones move on.
        var number = 10;
        List<string> all = [.. lines];
        if (!all.Any(l => l.StartsWith("FN", StringComparison.Ordinal))) all.Add("FN:Z"); // else a conversion makes one up
        var text = all.Select(l => l.StartsWith("item", StringComparison.Ordinal) ? l.Replace(l[..5], $"item{number++}", StringComparison.Ordinal) : l);
        var card = Corpus.Of([.. text]);
        return forty ? card.To(VCardVersion.V40) : card;
    }

    private static readonly Gen<(VCard? Base, VCard Ours, VCard Theirs)> Cases =
        from start in Lines
        from ours in Lines
        from theirs in Lines
        from keepOurs in Edits
        from keepTheirs in Edits
        from hasBase in Gen.Int[0, 4]
        from versions in Gen.Int[0, 9]
        let o = start.Where((_, i) => keepOurs[i % 12] > 0).Concat(ours.Where((_, i) => keepOurs[(i + 5) % 12] == 2))
        let t = start.Where((_, i) => keepTheirs[i % 12] > 0).Concat(theirs.Where((_, i) => keepTheirs[(i + 5) % 12] == 2))
        select (hasBase == 0 ? null : Card(start, false), Card(o, versions == 1), Card(t, versions == 2));

    private static string Print((VCard? Base, VCard Ours, VCard Theirs) c) =>
        string.Join("----\n", new[] { c.Base, c.Ours, c.Theirs }.Select(x => x is null ? "none" : Encoding.UTF8.GetString(VCardWriter.Write(x))));

    private static byte[] Bytes(VCard? start, VCard ours, VCard theirs, bool theirsNewer) => VCardWriter.Write(ContactMerge.ThreeWay(start, ours, theirs, theirsNewer).Card);

    [Fact]
    public void TheResultDoesNotDependOnWhoIsCalledOurs() =>
        Cases.Sample(c => Bytes(c.Base, c.Ours, c.Theirs, true).AsSpan().SequenceEqual(Bytes(c.Base, c.Theirs, c.Ours, false)), print: Print, iter: Iterations);

    [Fact]
    public void MergingAgainWithEitherSideChangesNothing() =>
        Cases.Sample(c =>
        {
            var merged = ContactMerge.ThreeWay(c.Base, c.Ours, c.Theirs, true).Card;
            var bytes = VCardWriter.Write(merged);
            return bytes.AsSpan().SequenceEqual(Bytes(c.Base, merged, c.Theirs, false)) && bytes.AsSpan().SequenceEqual(Bytes(c.Base, merged, c.Ours, false))
                && bytes.AsSpan().SequenceEqual(Bytes(c.Base, merged, merged, false));
        }, print: Print, iter: Iterations);

    /// <summary>Found by a seed: PRODID came back from the side that had only moved a line, and the next merge took it away again.</summary>
    [Fact]
    public void WhatOneSideRemovedOfTheBookKeepingStaysAway()
    {
        var start = Card(["FN:A", "N:C;;;;", "PRODID:p", "REV:20230101T000000Z"], false);
        var (moved, without) = (Card(["N:C;;;;", "PRODID:p", "REV:20230101T000000Z", "FN:A"], false), Card(["FN:A", "N:C;;;;"], false));
        foreach (bool newer in new[] { true, false })
        {
            var merged = ContactMerge.ThreeWay(start, moved, without, newer).Card;
            Assert.Null(merged.First("PRODID"));
            Assert.Null(merged.First("REV"));
            Assert.Equal(VCardWriter.Write(merged), Bytes(start, merged, without, false));
        }
    }

    [Fact]
    public void NoValueThatASideAddedIsAbsent() =>
        Cases.Sample(c =>
        {
            foreach (var newer in (bool[])[true, false])
            {
                var merged = Values(ContactMerge.ThreeWay(c.Base, c.Ours, c.Theirs, newer).Card);
                var had = c.Base is null ? [] : Values(c.Base);
                if (!Values(c.Ours).Concat(Values(c.Theirs)).Where(v => !had.Contains(v)).All(merged.Contains)) return false;
            }
            return true;
        }, print: Print, iter: Iterations);

    [Fact]
    public void WhatNeitherSideHasIsNotInvented() =>
        Cases.Sample(c =>
        {
            var known = Values(c.Ours).Concat(Values(c.Theirs)).ToHashSet();
            return Values(ContactMerge.ThreeWay(c.Base, c.Ours, c.Theirs, true).Card).All(known.Contains);
        }, print: Print, iter: Iterations);

    [Fact]
    public void WhatOneSideRemovedAndTheOtherLeftAloneIsGone() =>
        Cases.Sample(c =>
        {
            if (c.Base is null) return true;
            var (had, ours, theirs) = (Exact(c.Base), Exact(c.Ours), Exact(c.Theirs));
            var merged = Exact(ContactMerge.ThreeWay(c.Base, c.Ours, c.Theirs, true).Card);
            // Values that stand on neither edited side in any form; a form that one side changed is an edit, and an edit stays.
            return had.Where(v => !ours.Contains(v) && !theirs.Contains(v)).All(v => !merged.Contains(v));
        }, print: Print, iter: Iterations);

    /// <summary>
    /// Every value a card holds as name and normal form: words of lists one by one, numbers without spacing, labels with what they label.
    /// REV and PRODID are book-keeping, where one of two is all there can be.
    /// </summary>
    private static HashSet<string> Values(VCard card)
    {
        var values = new HashSet<string>();
        card = card.To(VCardVersion.V40);
        foreach (var property in card.Properties.Concat(ContactMerge.Conflicts(card)))
        {
            if (property.Is("REV") || property.Is("PRODID")) continue;
            var name = property.Name.ToUpperInvariant();
            if (name is "CATEGORIES" or "NICKNAME") values.UnionWith(property.Values.Select(v => $"{name} {v}"));
            else if (name == "BDAY") values.Add($"{name} {ContactDate.Parse(property.Text).Text}");
            else if (name == "PHOTO" && property.Bytes is { } bytes) values.Add($"{name} {Convert.ToHexString(bytes)}");
            else if (name is not ContactMerge.ConflictName) values.Add($"{name} {property.Text.Trim().TrimEnd(';').ToLowerInvariant()}");
        }
        return values;
    }

    private static HashSet<string> Exact(VCard card) => [.. Values(card)];
}
