using System.Text;
using Candor.Formats.Notes;
using CsCheck;
using Xunit;

namespace Candor.Tests.Notes;

public class NoteFileTests
{
    private static NoteFile Note(string text, string name = "file.md") => NoteFile.Parse(Encoding.UTF8.GetBytes(text), name);

    private static string Text(NoteFile note) => Encoding.UTF8.GetString(note.Bytes.Span);

    private const string Shopping =
        "---\n# mine\ntitle: Shopping   # for the week\nmood: 'good'\ntags:\n  - food\n  - 'two words'\n\ncreated: 2024-03-01T10:00:00+01:00\n" +
        "updated: 2024-03-02 08:30:00Z\npinned: yes\narchived: false\ncolor: teal\nid: 'a1'\nnested:\n  deep: [1, {two: 3}]\n---\n" +
        "# Other heading\n- [ ] milk\n- [x] bread\n";

    [Fact]
    public void ReadsTheFieldsItKnows()
    {
        var view = Note(Shopping).View;
        Assert.Equal("Shopping", view.Title);
        Assert.Equal(["food", "two words"], view.Tags);
        Assert.Equal(new DateTimeOffset(2024, 3, 1, 10, 0, 0, TimeSpan.FromHours(1)), view.Created);
        Assert.Equal(new DateTimeOffset(2024, 3, 2, 8, 30, 0, TimeSpan.Zero), view.Updated);
        Assert.True(view.Pinned);
        Assert.False(view.Archived);
        Assert.Equal("teal", view.Color);
        Assert.Equal("a1", view.Id);
        Assert.Equal("# Other heading\n- [ ] milk\n- [x] bread\n", view.Body);
        Assert.Equal((2, 1), (view.ChecklistItems, view.ChecklistDone));
    }

    [Theory]
    [InlineData("---\ntags: work, home\n---\n", "work|home")]
    [InlineData("---\ntags: work home\n---\n", "work|home")]
    [InlineData("---\ntags: [work, 'at home']\n---\n", "work|at home")]
    [InlineData("---\ntags:\n---\n", "")]
    [InlineData("---\ntags: {a: b}\n---\n", "")]
    [InlineData("---\nTAGS: one\n---\n", "one")]
    public void ReadsTagsHoweverAppsWriteThem(string text, string tags) => Assert.Equal(tags, string.Join('|', Note(text).View.Tags));

    [Theory]
    [InlineData("# A heading ##\ntext", "A heading")]
    [InlineData("first line\n## Later heading", "Later heading")]
    [InlineData("\n\n  just words\nmore", "just words")]
    [InlineData("- [ ] milk\n- [ ] bread", "milk")]
    [InlineData("```\n# not this\n```\nwords", "words")]
    [InlineData("![](picture.png)\nunder it", "under it")]
    [InlineData("#hashtag line", "#hashtag line")]
    [InlineData("---\n---\n", "file")]
    [InlineData("---\ntitle: ''\n---\n", "file")]
    [InlineData("", "file")]
    public void FindsATitleEverywhere(string text, string title) => Assert.Equal(title, Note(text).View.Title);

    [Fact]
    public void ListsTheFilesTheBodyNeeds()
    {
        var view = Note("""
            ![photo](img%20one.png "title") [doc](sub/report(1).pdf) [angle](<with space.txt>)
            [web](https://example.org/x.png) [mail](mailto:a@b.c) [page](#part) [root](/etc/passwd) [win](C:\x.txt)
            ![[embed.jpg|200]] <img alt="x" src="html.gif"> [ref]: ../_resources/up.ogg
            [ref]: ../_resources/up.ogg 'title'
            `[code](not.this)` [again](img%20one.png)
            ```
            [fenced](nor.this)
            ```
            """).View;
        Assert.Equal(["img one.png", "sub/report(1).pdf", "with space.txt", "embed.jpg", "html.gif", "../_resources/up.ogg"], view.Attachments);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain\r\ntext without end")]
    [InlineData("\uFEFF---\r\ntitle: x\r\n---\r\nbody\r\n")]
    [InlineData(Shopping)]
    public void KeepsEveryByteOfANoteThatIsNotEdited(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var note = NoteFile.Parse(bytes);
        _ = note.View;
        Assert.Equal(bytes, note.Bytes.ToArray());
        Assert.Same(note, note.WithTitle(note.Field("title")).WithTags(note.View.Tags).WithPinned(note.View.Pinned).WithBody(note.View.Body));
    }

    [Fact]
    public void AnEditTouchesTheLinesOfItsKeyAlone()
    {
        Assert.Equal(Shopping.Replace("title: Shopping   # for the week", "title: Groceries", StringComparison.Ordinal), Text(Note(Shopping).WithTitle("Groceries")));
        Assert.Equal(Shopping.Replace("  - food\n  - 'two words'\n", "  - food\n", StringComparison.Ordinal), Text(Note(Shopping).WithTags(["food"])));
        Assert.Equal(Shopping.Replace("pinned: yes\n", "pinned: false\n", StringComparison.Ordinal), Text(Note(Shopping).WithPinned(false)));
        Assert.Equal(Shopping.Replace("nested:\n  deep: [1, {two: 3}]\n", "nested: flat\n", StringComparison.Ordinal), Text(Note(Shopping).With("nested", "flat")));
        Assert.Equal(Shopping.Replace("mood: 'good'\n", "", StringComparison.Ordinal), Text(Note(Shopping).With("mood", null)));
        Assert.Equal(Shopping.Replace("nested:", "notebook: Home\nnested:", StringComparison.Ordinal)
            .Replace("notebook: Home\nnested:\n  deep: [1, {two: 3}]\n", "nested:\n  deep: [1, {two: 3}]\nnotebook: Home\n", StringComparison.Ordinal),
            Text(Note(Shopping).WithNotebook("Home")));
    }

    [Fact]
    public void ANoteWithoutFrontMatterGetsSomeInItsOwnLineEndings() =>
        Assert.Equal("\uFEFF---\r\ntitle: New\r\n---\r\nold\r\nbody", Text(Note("\uFEFFold\r\nbody").WithTitle("New")));

    [Fact]
    public void Utf16NotesStayUtf16()
    {
        byte[] bytes = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("---\r\ntitle: Grüße\r\n---\r\nbödy 🙂")];
        var note = NoteFile.Parse(bytes);
        Assert.Equal("Grüße", note.View.Title);
        byte[] expected = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("---\r\ntitle: Neu\r\n---\r\nbödy 🙂")];
        Assert.Equal(expected, note.WithTitle("Neu").Bytes.ToArray());
    }

    [Fact]
    public void BytesThatAreNoTextSurviveAnEdit()
    {
        byte[] bytes = [.. "---\ntitle: Ünder\nb: 1\n---\nbad "u8, 0xFF, 0xC0, 0x80, .. " end"u8];
        var note = NoteFile.Parse(bytes, "x.md");
        Assert.NotNull(note.Problem);
        Assert.Equal("Ünder", note.View.Title);
        byte[] expected = [.. "---\ntitle: Näxt\nb: 1\n---\nbad "u8, 0xFF, 0xC0, 0x80, .. " end"u8];
        Assert.Equal(expected, note.WithTitle("Näxt").Bytes.ToArray());
        byte[] without = [.. "---\ntitle: Ünder\n---\nbad "u8, 0xFF, 0xC0, 0x80, .. " end"u8];
        Assert.Equal(without, note.With("b", null).Bytes.ToArray());
    }

    [Theory]
    [InlineData("---\nkey: [unclosed\n---\nbody\n")]
    [InlineData("---\na: &x [1]\nb: *x\n---\nbody\n")]
    [InlineData("---\n{title: flow}\n---\nbody\n")]
    [InlineData("---\n%YAML 1.2\n---\nbody\n")]
    [InlineData("---\na: 1\n\tb: 2\n---\nbody\n")]
    public void FrontMatterItCannotKeepSafelyStaysBody(string text)
    {
        var note = Note(text);
        Assert.NotNull(note.Problem);
        Assert.Equal(text, note.View.Body);
        Assert.Equal("---\ntitle: T\n---\n" + text, Text(note.WithTitle("T")));
    }

    [Theory]
    [InlineData("---\nWords between two rules.\n---\nbody\n")]
    [InlineData("---\n- a list\n---\n")]
    [InlineData("---\nno closing rule\n")]
    [InlineData("----\ntitle: x\n---\n")]
    public void ARuleIsNotFrontMatter(string text)
    {
        Assert.Null(Note(text).Problem);
        Assert.Equal(text, Note(text).View.Body);
    }

    [Fact]
    public void YamlBombsAreRefusedQuickly()
    {
        var lol = string.Concat(Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [*l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}]\n"));
        string[] bombs =
        [
            "l0: &l0 [lol]\n" + lol, new string('[', 60_000), "a: " + new string('{', 60_000), string.Concat(Enumerable.Repeat("- ", 30_000)),
            string.Concat(Enumerable.Range(0, 9000).Select(i => $"k{i}:\n")), string.Concat(Enumerable.Range(0, 300).Select(i => new string(' ', i) + "a:\n")),
            "a: \"" + new string('x', 200_000) + "\"", string.Concat(Enumerable.Repeat("a: [a, ", 9000)),
        ];
        var clock = ThreadTime.Start();
        foreach (var bomb in bombs)
        {
            var note = Note("---\n" + bomb + "\n---\nbody");
            Assert.Equal("---\n" + bomb + "\n---\nbody", note.View.Body);
        }
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"took {clock.Elapsed}");
    }

    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        var words = Gen.OneOf(
            Gen.String[Gen.Char, 0, 40].Where(text => !text.Any(char.IsSurrogate) && text.Length > 0),
            Gen.OneOf("true", "null", "~", "12", "1e3", "2024-01-01", "- x", "# x", "a: b", "'", "\"", "\\", "%", "@", "`", "|", ">", "&a", "*a",
                "!t", " lead", "trail ", "a #b", "[x]", "{x}", "---", "...", "\r", "\n\n", "\u0085", "\u2028", "\uFEFFx", "🙂", "é", ",", "?", "-"));
        Gen.Select(words, words, words).Sample((title, tag, other) =>
        {
            var note = Note(Shopping).WithTitle(title).WithTags([tag]).With("other", other).WithCreated(DateTimeOffset.UnixEpoch);
            Assert.Null(note.Problem);
            Assert.Equal(title, note.Field("title"));
            Assert.Equal(tag, Assert.Single(note.View.Tags));
            Assert.Equal(other, note.Field("other"));
            Assert.Equal(DateTimeOffset.UnixEpoch, note.View.Created);
            Assert.Equal("good", note.Field("mood"));
            Assert.Equal(Note(Shopping).View.Body, note.View.Body);
        }, iter: 1500);
    }

    [Fact]
    public void RepeatedKeysAreReadAndRemovedAsOne()
    {
        var note = Note("---\ntitle: one\nx: 1\ntitle: two\n---\n");
        Assert.Equal("two", note.View.Title);
        Assert.Equal("---\nx: 1\n---\n", Text(note.WithTitle(null)));
    }

    [Fact]
    public void ABodyThatLooksLikeFrontMatterStaysBody()
    {
        const string Body = "---\ntitle: not mine\n---\n";
        Assert.Equal(Body, Note("text").WithBody(Body).View.Body);
        Assert.Equal(Body, Note(Shopping).WithBody(Body).View.Body);
    }
}
