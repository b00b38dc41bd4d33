using System.Text;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

/// <summary>What people lost to other programs' imports: cards skipped without a word, doubled, or stripped.</summary>
public class ContactImportTests
{
    private readonly Dictionary<string, KnownContact> _book = [];

    private List<ImportLine> Import(params byte[][] files)
    {
        var lines = ContactImport.Preview(VCardReader.Read(files.SelectMany(f => f).ToArray()), _book.GetValueOrDefault).ToList();
        foreach (var line in lines)
            if (line.Card is { } card) _book[line.Key] = new KnownContact(card, line.Outcome == ImportOutcome.Added ? card : _book.GetValueOrDefault(line.Key)?.LastImported);
        return lines;
    }

    private static byte[] File(string uid, params string[] lines) =>
        Corpus.Bytes($"BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nFN:A\nN:A;;;;\n{string.Join('\n', lines)}\nEND:VCARD");

    [Fact]
    public void TheSameFileTwiceChangesNothing()
    {
        byte[][] all = [.. Corpus.Texts.Select(Corpus.Bytes), Encoding.Latin1.GetBytes(Corpus.Outlook21 + "\r\n")];
        Assert.All(Import(all), l => Assert.Equal(ImportOutcome.Added, l.Outcome));
        var before = _book.ToDictionary(b => b.Key, b => VCardWriter.Write(b.Value.Now));
        Assert.All(Import(all), l => Assert.Equal(ImportOutcome.Unchanged, l.Outcome));
        Assert.Equal(before.Keys, _book.Keys);
        Assert.All(_book, b => Assert.Equal(before[b.Key], VCardWriter.Write(b.Value.Now)));
    }

    [Fact]
    public void TheSamePeopleFromAnotherProgramAreTheSamePeople()
    {
        Import(Corpus.Bytes(Corpus.ICloud30), Corpus.Bytes(Corpus.Android21));
        var again = Import(VCardWriter.Write(Corpus.One(Corpus.ICloud30).To(VCardVersion.V40)), VCardWriter.Write(Corpus.One(Corpus.Android21).To(VCardVersion.V30)));
        Assert.All(again, l => Assert.Equal(ImportOutcome.Unchanged, l.Outcome));
        Assert.Equal(2, _book.Count);
    }

    [Fact]
    public void ACardThatGotItsUidHereIsKnownWithoutIt()
    {
        var kept = ContactIdentity.WithUid(Corpus.One(Corpus.Gammu));
        _book[ContactIdentity.KeyOf(kept)] = new KnownContact(kept);
        var line = Assert.Single(Import(Corpus.Bytes(Corpus.Gammu)));
        Assert.Equal(ImportOutcome.Unchanged, line.Outcome);
        Assert.Same(kept, line.Card);
    }

    [Fact]
    public void EveryByteIsAccountedFor()
    {
        byte[] file =
        [
            .. "junk\r\n"u8, .. Corpus.Bytes(Corpus.ICloud30), .. "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut\r\n"u8, .. Corpus.Bytes(Corpus.Gammu), .. "BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:x\r\nEND:VCARD\r\n"u8,
        ];
        var lines = Import(file);
        Assert.Equal(["before card 1", "card 1", "card 2", "card 3", "card 4"], lines.Select(l => l.Item));
        Assert.Equal([ImportOutcome.Failed, ImportOutcome.Added, ImportOutcome.Added, ImportOutcome.Added, ImportOutcome.Added], lines.Select(l => l.Outcome));
        Assert.Equal([true, false, true, false, true], lines.Select(l => l.Problem is not null));
        Assert.Equal(["", "Dr. Anna Müller", "Cut", "Jiří Novák", ""], lines.Select(l => l.Name));
        Assert.All(lines.Where(l => l.Problem is not null), l => Assert.Equal(l.Offset, l.Problem!.Offset));
    }

    [Fact]
    public void AKnownUidWithMoreIsMergedAndLosesNothing()
    {
        Import(File("1", "TEL:1", "NOTE:mine"));
        var line = Assert.Single(Import(File("1", "TEL:2")));
        Assert.Equal(ImportOutcome.Merged, line.Outcome);
        // The first import is the base: the file no longer has number 1 and the note.
        Assert.Equal(["2"], ContactView.Of(line.Card!).Phones.Select(p => p.Value));

        _book["uid:1"] = new KnownContact(_book["uid:1"].Now); // where the base is not known, all stays
        line = Assert.Single(Import(File("1", "TEL:3")));
        Assert.Equal(["2", "3"], ContactView.Of(line.Card!).Phones.Select(p => p.Value));
        Assert.Equal(ImportOutcome.Unchanged, Assert.Single(Import(File("1", "TEL:3"))).Outcome);
    }

    [Fact]
    public void WhatAPersonTookAwaySinceStaysAway()
    {
        var file = File("1", "TEL:1", "TEL:2");
        Import(file);
        var card = _book["uid:1"].Now;
        var edited = ContactEditor.Apply(card, ContactView.Of(card) with { Phones = ContactView.Of(card).Phones.RemoveAt(0), Title = "new" });
        _book["uid:1"] = new KnownContact(edited, card);
        var line = Assert.Single(Import(file));
        Assert.Equal(ImportOutcome.Unchanged, line.Outcome);
        Assert.Same(edited, line.Card);
        line = Assert.Single(Import(File("1", "TEL:1", "TEL:2", "EMAIL:e@x")));
        var view = ContactView.Of(line.Card!);
        Assert.Equal(("new", "2", "e@x"), (view.Title, Assert.Single(view.Phones).Value, Assert.Single(view.Emails).Value));
    }

    [Fact]
    public void TheSameCardTwiceInOneFileIsOneContact()
    {
        var lines = Import(File("1", "TEL:1"), File("1", "TEL:1"), File("1", "TEL:2"), Corpus.Bytes(Corpus.Gammu), Corpus.Bytes(Corpus.Gammu));
        Assert.Equal([ImportOutcome.Added, ImportOutcome.Unchanged, ImportOutcome.Merged, ImportOutcome.Added, ImportOutcome.Unchanged], lines.Select(l => l.Outcome));
        Assert.Equal(["1", "2"], ContactView.Of(_book["uid:1"].Now).Phones.Select(p => p.Value));
    }

    [Fact]
    public void ImportingTheUnionAgainComesToRestWhicheverRevIsLater()
    {
        foreach (var (first, second) in (ReadOnlySpan<(string, string)>)[("2023", "2024"), ("2024", "2023"), ("2024", "2024")])
        {
            _book.Clear();
            _book["uid:1"] = new KnownContact(Corpus.One(File("1", "BDAY:1990-01-01", $"REV:{first}-01-01T00:00:00Z", "item1.TEL:1", "item1.X-ABLabel:a")));
            var file = File("1", "BDAY:1991-01-01", $"REV:{second}-01-01T00:00:00Z", "item1.TEL:1", "item1.X-ABLabel:b");
            Assert.Equal(ImportOutcome.Merged, Assert.Single(Import(file)).Outcome);
            Assert.Equal(ImportOutcome.Unchanged, Assert.Single(Import(file)).Outcome);
        }
    }
}
