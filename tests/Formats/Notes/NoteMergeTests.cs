using System.Text;
using Candor.Formats.Notes;
using CsCheck;
using Xunit;

namespace Candor.Tests.Notes;

public class NoteMergeTests
{
    private static NoteFile Note(string text) => NoteFile.Parse(Encoding.UTF8.GetBytes(text), "n.md");

    private static string Text(NoteFile note) => Encoding.UTF8.GetString(note.Bytes.Span);

    private static MergedNote Merge(string? basis, string ours, string theirs, bool theirsNewer = true) =>
        NoteMerge.ThreeWay(basis is null ? null : Note(basis), Note(ours), Note(theirs), theirsNewer, "Phone", "Laptop");

    private static void MergesTo(string expected, string? basis, string ours, string theirs)
    {
        var merged = Merge(basis, ours, theirs);
        Assert.Equal(expected, Text(merged.Note));
        Assert.Equal(0, merged.Conflicts);
    }

    [Fact]
    public void EditsOfDifferentLinesBothHold() => MergesTo("A\nb\nC\n", "a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");

    [Fact]
    public void EditsOfNeighbouringLinesBothHold() => MergesTo("A\nB\n", "a\nb\n", "A\nb\n", "a\nB\n");

    [Fact]
    public void AnEditAndALineAddedBesideItBothHold() => MergesTo("new\nA\nafter\n", "a\n", "A\n", "new\na\nafter\n");

    [Fact]
    public void ListsThatGrewOnBothSidesKeepBothItems() =>
        MergesTo("- tea\n- milk\n- bread\n- eggs\n", "- tea\n", "- tea\n- milk\n- bread\n", "- tea\n- milk\n- eggs\n");

    [Fact]
    public void ParagraphsAddedOnBothSidesStayParagraphs() =>
        MergesTo("start\n\none\n\ntwo\n\nend\n", "start\n\nend\n", "start\n\none\n\nend\n", "start\n\ntwo\n\nend\n");

    [Fact]
    public void EditsOfDifferentWordsOfALineBothHold() =>
        MergesTo("- [x] buy 2 litres of milk\n", "- [ ] buy milk\n", "- [x] buy milk\n", "- [ ] buy 2 litres of milk\n");

    [Fact]
    public void EditsOfDifferentIdeographsBothHold() => MergesTo("今天天气很坏,我去山上\n", "今天天气很好,我去海边\n", "今天天气很坏,我去海边\n", "今天天气很好,我去山上\n");

    [Fact]
    public void ARemovalAndAnEditElsewhereBothHold() => MergesTo("b\nC\n", "a\nb\nc\n", "b\nc\n", "a\nb\nC\n");

    [Fact]
    public void WordsThatCollideStayTwiceAndMarked()
    {
        var merged = Merge("one\nthe cat\nend\n", "one\nthe dog\nend\n", "one\nthe fox\nend\n");
        Assert.Equal(1, merged.Conflicts);
        Assert.Equal(
            "one\n\n> **Two versions of this passage**\n>\n> *Phone*:\n>\n> the dog\n>\n> *Laptop*:\n>\n> the fox\n\nend\n", Text(merged.Note));
    }

    [Fact]
    public void ARemovalOfWhatTheOtherEditedIsShown()
    {
        var merged = Text(Merge("a\nb\n", "a\n", "a\nB!\n").Note);
        Assert.Contains("> *Phone* took it out.", merged, StringComparison.Ordinal);
        Assert.Contains("> B!", merged, StringComparison.Ordinal);
    }

    [Fact]
    public void ALabelCannotPassForMarkdown()
    {
        var merged = NoteMerge.ThreeWay(Note("a\n"), Note("b\n"), Note("c\n"), true, "My*phone*\n# x", "`<b>`");
        Assert.Contains(@"> *My\*phone\* # x*:", Text(merged.Note), StringComparison.Ordinal);
        Assert.Contains(@"> *\`\<b\>\`*:", Text(merged.Note), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAnAncestorCommonLinesStandOnceAndTheRestIsMarked()
    {
        MergesTo("a\nmine\nb\nyours\nc\n", null, "a\nmine\nb\nc\n", "a\nb\nyours\nc\n");
        var merged = Merge(null, "same\nmine\nend\n", "same\nyours\nend\n");
        Assert.Equal(1, merged.Conflicts);
        Assert.Contains("> mine", Text(merged.Note), StringComparison.Ordinal);
        Assert.Contains("> yours", Text(merged.Note), StringComparison.Ordinal);
    }

    [Fact]
    public void FieldsMergeOneByOne() => MergesTo(
        "---\ntitle: Better\ntags:\n  - c\n  - b\n  - new\nupdated: 2024-02-03\npinned: true\nmine: 1\nyours: 2\n---\nbody\n",
        "---\ntitle: Old\ntags: [a, b]\nupdated: 2024-01-01\npinned: false\n---\nbody\n",
        "---\ntitle: Better\ntags: [b, new]\nupdated: 2024-02-03\npinned: true\nmine: 1\n---\nbody\n",
        "---\ntitle: Old\ntags: [c, a, b]\nupdated: 2024-02-02\npinned: false\nyours: 2\n---\nbody\n");

    [Fact]
    public void ATitleThatLosesIsKeptInTheBody()
    {
        var merged = Merge("---\ntitle: a\n---\nx\n", "---\ntitle: Mine\n---\nx\n", "---\ntitle: Yours\n---\nx\n");
        Assert.Equal(("Yours", 1), (merged.Note.View.Title, merged.Conflicts));
        Assert.Equal("---\ntitle: Yours\n---\nx\n\n> **Two versions of title**\n>\n> *Phone* has:\n>\n> ```yaml\n> title: Mine\n> ```\n\n", Text(merged.Note));
    }

    [Fact]
    public void FrontMatterThatOneSideBrokeIsMergedAsLines()
    {
        var merged = Text(Merge("---\na: 1\n---\nx\n", "---\na: 1\nb: [\n---\nx\n", "---\na: 1\n---\nx\ny\n").Note);
        Assert.Equal("---\na: 1\nb: [\n---\nx\ny\n", merged);
    }

    [Fact]
    public void LineEndingsChangedOnOneSideMakeNoConflict() => MergesTo("A\r\nb\r\nc\r\n", "a\nb\nc\n", "A\nb\nc\n", "a\r\nb\r\nc\r\n");

    [Fact]
    public void BytesThatAreNoTextAreAllStillThere()
    {
        byte[] theirs = [.. "a\n"u8, 0xFF, 0xFE, 0x80, .. "\nb\n"u8];
        var merged = NoteMerge.ThreeWay(Note("a\nb\n"), Note("a\nb\nümlaut\n"), NoteFile.Parse(theirs), true, "Pönt", "x").Note.Bytes.ToArray();
        byte[] expected = [.. theirs, .. "ümlaut\n"u8];
        Assert.Equal(expected, merged);
    }

    private static readonly Gen<string> Line = Gen.OneOf(Gen.Int[0, 9].Select(i => $"line {i}"), Gen.OneOf("", "- [ ] a", "- [x] a", "the quick fox", "---", "```"));

    private static readonly Gen<string> Body = Gen.Select(Line.List[0, 12], Gen.Bool, Gen.OneOf("\n", "\n", "\r\n"),
        (lines, open, ending) => string.Join(ending, lines) + (open || lines.Count == 0 ? "" : ending));

    private static readonly Gen<string> Front = Gen.OneOf(Gen.Const(""), Gen.Select(Gen.OneOf("A", "B", "C"), Gen.OneOf("", "x: 1\n", "x: 2\n", "y: [\n", "tags: [q, r]\n", "tags: q, s\n"),
        (title, more) => $"---\ntitle: {title}\n{more}---\n"));

    private static readonly Gen<string> AnyNote = Gen.Select(Front, Body, (front, body) => front + body);

    [Fact]
    public void TheResultDoesNotDependOnWhoMerges() =>
        Gen.Select(AnyNote.Null(), AnyNote, AnyNote, Gen.Bool).Sample((basis, ours, theirs, newer) =>
        {
            var here = NoteMerge.ThreeWay(basis is null ? null : Note(basis), Note(ours), Note(theirs), newer, "P", "L");
            var there = NoteMerge.ThreeWay(basis is null ? null : Note(basis), Note(theirs), Note(ours), !newer, "L", "P");
            Assert.Equal(Text(here.Note), Text(there.Note));
            Assert.Equal(here.Conflicts, there.Conflicts);
        }, iter: 2000);

    [Fact]
    public void NoWordThatEitherSideAddedIsLost() =>
        Gen.Select(AnyNote.Null(), AnyNote, AnyNote, Gen.Bool).Sample((basis, ours, theirs, newer) =>
        {
            var merged = Words(Text(Merge(basis, ours, theirs, newer).Note));
            var known = Words(basis ?? "");
            foreach (var word in Words(ours).Concat(Words(theirs)).Except(known))
                Assert.Contains(word, merged);
        }, iter: 2000);

    private static HashSet<string> Words(string text) => [.. text.Split([' ', '\n', '\r', '[', ']', ',', ':'], StringSplitOptions.RemoveEmptyEntries)];

    [Fact]
    public void LinesAddedAtDifferentPlacesAreAllThereInOrderWithoutConflict() =>
        Gen.Select(Gen.Int[2, 10], Gen.Int[0, 9], Gen.Int[0, 9], Line.List[1, 4], Line.List[1, 4])
            .Where(t => t.Item2 % t.Item1 != t.Item3 % t.Item1)
            .Sample((count, first, second, mine, yours) =>
            {
                var basis = Enumerable.Range(0, count).Select(i => $"base {i}").ToList();
                var (ours, theirs, both) = (basis.ToList(), basis.ToList(), basis.ToList());
                ours.InsertRange(first % count, mine);
                theirs.InsertRange(second % count, yours);
                var (low, high) = first % count < second % count ? ((first % count, mine), (second % count, yours)) : ((second % count, yours), (first % count, mine));
                both.InsertRange(high.Item1, high.Item2);
                both.InsertRange(low.Item1, low.Item2);
                MergesTo(Join(both), Join(basis), Join(ours), Join(theirs));
            }, iter: 1500);

    [Fact]
    public void EditsOfDifferentLinesNeverConflict() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[0, 4095]).Sample((count, mask) =>
        {
            var basis = Enumerable.Range(0, count).Select(i => $"base {i}").ToList();
            var ours = basis.Select((line, i) => (mask >> i & 1) == 1 ? line + " mine" : line);
            var theirs = basis.Select((line, i) => (mask >> i & 1) == 0 ? "your " + line : line);
            var both = basis.Select((line, i) => (mask >> i & 1) == 1 ? line + " mine" : "your " + line);
            MergesTo(Join(both), Join(basis), Join(ours), Join(theirs));
        }, iter: 2000);

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    [Fact]
    public void MergingAgainChangesNothing() =>
        Gen.Select(AnyNote, AnyNote, AnyNote, Gen.Bool).Sample((basis, ours, theirs, newer) =>
        {
            var merged = Merge(basis, ours, theirs, newer).Note;
            Assert.Equal(Text(merged), Text(NoteMerge.ThreeWay(Note(basis), merged, merged, newer).Note));
            Assert.Equal(Text(merged), Text(NoteMerge.ThreeWay(Note(theirs), merged, Note(theirs), newer).Note));
            Assert.Equal(Text(merged), Text(NoteMerge.ThreeWay(Note(ours), Note(ours), merged, newer).Note));
            Assert.Equal(ours, Text(Merge(ours, ours, ours, newer).Note));
            Assert.Equal(theirs, Text(Merge(basis, basis, theirs, newer).Note));
        }, iter: 1500);

    [Fact]
    public void LongNotesMergeInBoundedTime()
    {
        var random = new Random(7);
        string Lines(int count) => Join(Enumerable.Range(0, count).Select(_ => random.Next().ToString("x8", null)));
        var clock = ThreadTime.Start();
        var merged = Merge(Lines(9000), Lines(9000), Lines(9000));
        var longLine = string.Join(' ', Enumerable.Range(0, 40_000)) + "\n";
        Assert.True(Merge(longLine, "x" + longLine, longLine + "y").Conflicts >= 0);
        Assert.Equal(1, merged.Conflicts);
        Assert.True(clock.Elapsed.TotalSeconds < 60, $"took {clock.Elapsed}");
    }
}
