using System.Text;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class ContactMergeTests
{
    private static readonly string[] Start = ["FN:Anna", "N:Müller;Anna;;;", "TEL;TYPE=home:1", "EMAIL:a@x", "BDAY:1990-01-01", "CATEGORIES:a,b", "X-KEPT:1"];

    /// <summary>The start with one line replaced; null takes it away.</summary>
    private static VCard Edit(params (string Line, string? Now)[] edits) =>
        Corpus.Of([.. Start.Select(l => edits.Any(e => e.Line == l) ? edits.First(e => e.Line == l).Now : l).OfType<string>(), .. edits.Where(e => e.Line == "").Select(e => e.Now!)]);

    private static string[] Merged(VCard? start, VCard ours, VCard theirs, bool theirsNewer = true)
    {
        var result = ContactMerge.ThreeWay(start, ours, theirs, theirsNewer);
        var other = ContactMerge.ThreeWay(start, theirs, ours, !theirsNewer);
        Assert.Equal(VCardWriter.Write(result.Card), VCardWriter.Write(other.Card));
        return Corpus.Lines(result.Card);
    }

    [Fact]
    public void EditsOfDifferentPropertiesBothSurvive()
    {
        var ours = Edit(("FN:Anna", "FN:Anna M"), ("EMAIL:a@x", null), ("", "TITLE:Dr."));
        var theirs = Edit(("BDAY:1990-01-01", "BDAY:1991-01-01"), ("", "URL:https://x"), ("X-KEPT:1", null));
        foreach (var newer in (bool[])[true, false])
            Assert.Equal(["BDAY:1991-01-01", "CATEGORIES:a,b", "FN:Anna M", "N:Müller;Anna;;;", "TEL;TYPE=home:1", "TITLE:Dr.", "URL:https://x"],
                Merged(Edit(), ours, theirs, newer).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void OneSideUntouchedGivesTheOtherToTheByte()
    {
        var edited = Edit(("TEL;TYPE=home:1", null), ("", "NOTE:x"));
        Assert.Equal(VCardWriter.Write(edited), VCardWriter.Write(ContactMerge.ThreeWay(Edit(), edited, Edit(), true).Card));
        Assert.Equal(VCardWriter.Write(edited), VCardWriter.Write(ContactMerge.ThreeWay(Edit(), Edit(), edited, false).Card));
    }

    [Fact]
    public void TwoNewNumbersForOneBothStand()
    {
        var result = ContactMerge.ThreeWay(Edit(), Edit(("TEL;TYPE=home:1", "TEL;TYPE=home:2")), Edit(("TEL;TYPE=home:1", "TEL;TYPE=home:3")), true);
        Assert.Equal(["3", "2"], result.Card.All("TEL").Select(p => p.Text));
        Assert.Contains(result.Decisions, d => d is { Property: "TEL", Outcome: MergeOutcome.BothKept });
    }

    [Fact]
    public void ANewNumberHereAndANewTypeThereAreOneNumber()
    {
        var lines = Merged(Edit(), Edit(("TEL;TYPE=home:1", "TEL;TYPE=home:2")), Edit(("TEL;TYPE=home:1", "TEL;TYPE=work:1")));
        Assert.Equal(["TEL;TYPE=work:2"], lines.Where(l => l.StartsWith("TEL", StringComparison.Ordinal)));
    }

    [Fact]
    public void ALabelHereAndATypeThereAreOneNumber()
    {
        var lines = Merged(Edit(), Edit(("TEL;TYPE=home:1", "item1.TEL;TYPE=home:1\nitem1.X-ABLabel:Boat")), Edit(("TEL;TYPE=home:1", "TEL;TYPE=home,voice:1")));
        Assert.Contains("item1.TEL;TYPE=home,voice:1", lines);
        Assert.Contains("item1.X-ABLabel:Boat", lines);
        Assert.Single(lines, l => l.Contains("TEL", StringComparison.Ordinal));
    }

    [Fact]
    public void AnEditBeatsARemoval()
    {
        var lines = Merged(Edit(), Edit(("TEL;TYPE=home:1", null), ("BDAY:1990-01-01", null)), Edit(("TEL;TYPE=home:1", "TEL;TYPE=home:2"), ("BDAY:1990-01-01", "BDAY:1990-01-02")));
        Assert.Contains("TEL;TYPE=home:2", lines);
        Assert.Contains("BDAY:1990-01-02", lines);
    }

    [Fact]
    public void WhatBothTookAwayIsGone() =>
        Assert.DoesNotContain("EMAIL:a@x", Merged(Edit(), Edit(("EMAIL:a@x", null), ("", "NOTE:1")), Edit(("EMAIL:a@x", null), ("", "URL:2"))));

    [Theory]
    [InlineData("FN:Anna", "FN:Anne", "FN:Anja")]
    [InlineData("BDAY:1990-01-01", "BDAY:1990-02-02", "BDAY;VALUE=date:1990-03-03")]
    [InlineData("N:Müller;Anna;;;", "N:Meyer;Anna;;;", "N;LANGUAGE=de:Maier\\, geb. Müller;Anna;;;")]
    public void TheNewerOfTwoSingleValuesWinsAndTheOtherIsKept(string was, string ours, string theirs)
    {
        foreach (var theirsNewer in (bool[])[true, false])
        {
            var result = ContactMerge.ThreeWay(Edit(), Edit((was, ours)), Edit((was, theirs)), theirsNewer);
            var (winner, loser) = theirsNewer ? (theirs, ours) : (ours, theirs);
            Assert.Contains(winner, Corpus.Lines(result.Card));
            Assert.Equal(loser, ContactMerge.Conflicts(result.Card).Single().ToString());
            Assert.Contains(result.Decisions, d => d.Outcome == MergeOutcome.ConflictKept);
            Assert.Equal(result.Card, Corpus.One(VCardWriter.Write(result.Card)));
        }
    }

    [Fact]
    public void CategoriesMergeWordByWord()
    {
        var lines = Merged(Edit(), Edit(("CATEGORIES:a,b", "CATEGORIES:b,c")), Edit(("CATEGORIES:a,b", "CATEGORIES:a,b,d")));
        Assert.Contains("CATEGORIES:b,d,c", lines);
    }

    [Fact]
    public void LabelsStayWithTheirNumbersWhenGroupsCollide()
    {
        var ours = Corpus.Of("FN:A", "N:A;;;;", "item1.TEL:1", "item1.X-ABLabel:One");
        var theirs = Corpus.Of("FN:A", "N:A;;;;", "item1.EMAIL:e@x", "item1.X-ABLabel:Two");
        var view = ContactView.Of(ContactMerge.ThreeWay(Corpus.Of("FN:A", "N:A;;;;"), ours, theirs, true).Card);
        Assert.Equal("One", Assert.Single(view.Phones).Label);
        Assert.Equal("Two", Assert.Single(view.Emails).Label);
    }

    [Fact]
    public void WithoutABaseAllIsKeptAndTheSameNumberIsOne()
    {
        var ours = Corpus.Of("FN:A", "N:A;;;;", "TEL;TYPE=cell:+49 171 123", "EMAIL:A@x.de", "NOTE:one");
        var theirs = Corpus.Of("FN:A", "N:A;;;;", "TEL;TYPE=cell,voice:+49171123", "EMAIL:a@X.de", "NOTE:two");
        var card = ContactMerge.ThreeWay(null, ours, theirs, theirsNewer: false).Card;
        Assert.Equal(["TEL;TYPE=cell,voice:+49 171 123", "EMAIL:A@x.de", "NOTE:one", "NOTE:two"], Corpus.Lines(card)[2..]);
    }

    [Fact]
    public void DifferentVersionsMeetInTheNewest()
    {
        var start = Corpus.One(Corpus.Android21);
        var ours = ContactEditor.Apply(start, ContactView.Of(start) with { Title = "a" });
        var forty = start.To(VCardVersion.V40);
        var theirs = ContactEditor.Apply(forty, ContactView.Of(forty) with { Note = "b" });
        var card = ContactMerge.ThreeWay(start, ours, theirs, true).Card;
        Assert.Equal(VCardVersion.V40, card.Version);
        var view = ContactView.Of(card);
        Assert.Equal(("a", "b"), (view.Title, view.Note));
        Assert.Equal(start.To(VCardVersion.V40).Properties.Length + 1, card.Properties.Length);
    }

    [Fact]
    public void PicturesAreNeverLost()
    {
        var start = Corpus.Of("FN:A", "N:A;;;;");
        var card = ContactMerge.ThreeWay(start, Corpus.Of("FN:A", "N:A;;;;", "PHOTO;ENCODING=b;TYPE=PNG:AAAA"), Corpus.Of("FN:A", "N:A;;;;", "PHOTO;ENCODING=b;TYPE=PNG:BBBB"), true).Card;
        Assert.Equal("BBBB", card.First("PHOTO")!.RawValue);
        Assert.Equal(Convert.FromBase64String("AAAA"), ContactMerge.Conflicts(Corpus.One(VCardWriter.Write(card))).Single().Bytes);
    }

    [Fact]
    public void RevIsTheLaterAndNoConflict()
    {
        var lines = Merged(Edit(), Edit(("", "REV:2024-01-02T00:00:00Z")), Edit(("", "REV:20230102T000000Z"), ("", "NOTE:x")));
        Assert.Contains("REV:2024-01-02T00:00:00Z", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("X-CANDOR", StringComparison.Ordinal));
    }

    [Fact]
    public void NewerIsByRevAndElseByBytesNeverByPosition()
    {
        var early = Corpus.Of("FN:Z", "REV:2023-01-01T00:00:00Z");
        var late = Corpus.Of("FN:A", "REV:20240101T000000Z");
        Assert.True(ContactMerge.TheirsNewer(early, late));
        Assert.False(ContactMerge.TheirsNewer(late, early));
        VCard a = Corpus.Of("FN:A"), b = Corpus.Of("FN:B");
        Assert.NotEqual(ContactMerge.TheirsNewer(a, b), ContactMerge.TheirsNewer(b, a));
    }
}
