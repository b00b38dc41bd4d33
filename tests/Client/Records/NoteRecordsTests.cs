using System.Text;
using Candor.Client.Records;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Tests.Client.Records;

public class NoteRecordsTests
{
    private static readonly Id Content = Id.From("0123456789abcdef"u8);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static RecordDraft Draft(string text, string name = "a/n.md") => NoteRecords.Of(Bytes(text), name, [], null, Content);

    private static IReadOnlyList<string> Links(string text, string name) => NoteRecords.AttachmentPaths(NoteFile.Parse(Bytes(text), "n.md"), name);

    [Theory]
    [InlineData("")]
    [InlineData("---\ntitle: \"T\" # mine\nx: {a: 1}\n---\r\nbody\r\n")]
    [InlineData("\uFEFF---\nid: 7\n---\nbody")]
    [InlineData("---\nnot: [yaml\n---\nstill mine\0")]
    public void ANoteComesBackByteForByte(string text)
    {
        Assert.True(RecordPlaintext.TryDecode(Draft(text).Content.Encode(), out var record));
        Assert.Equal(Bytes(text), record.Original.ToArray());
        Assert.Equal(Bytes(text), NoteRecords.Note(record).Bytes.ToArray());
    }

    [Fact]
    public void BytesThatAreNoTextComeBackAndAreNamed()
    {
        byte[] bytes = [0xFF, 0x00, 0xC3, 0x28, (byte)'\n'];
        var draft = NoteRecords.Of(bytes, "n.md", [], null, Content);
        Assert.Equal(bytes, draft.Content.Original.ToArray());
        Assert.NotNull(draft.Problem);
    }

    [Fact]
    public void TheKeyIsTheIdOfTheFrontMatterWhereverTheFileLies()
    {
        Assert.Equal("i:keep-17"u8.ToArray(), Draft("---\nid: keep-17\n---\nx", "a.md").NaturalKey.ToArray());
        Assert.Equal("i:keep-17"u8.ToArray(), Draft("---\nid: keep-17\n---\ny", "b/c.md").NaturalKey.ToArray());
    }

    [Fact]
    public void WithoutAnIdTheKeyIsNameAndContent()
    {
        Assert.Equal("p:a/n.md\00123456789abcdef"u8.ToArray(), Draft("x").NaturalKey.ToArray());
        Assert.Throws<ArgumentException>(() => NoteRecords.Of(Bytes("x"), "n.md", [], null, null));
    }

    [Fact]
    public void TheViewSaysWhatAListShows()
    {
        var picture = new FileDraft("", "img/a.jpg", "image/jpeg", 3, () => new MemoryStream(new byte[3]));
        var draft = NoteRecords.Of(Bytes("""
            ---
            title: Shopping
            tags: [home, food]
            created: 2024-05-01T10:00:00Z
            updated: 2024-05-02T10:00:00Z
            pinned: true
            color: red
            notebook: House
            source: google-keep
            ---
            # Shopping

            - [x] milk
            - [ ] bread ![](img/a.jpg)
            """), "n.md", [picture, picture with { Name = "img/b.jpg" }], DateTimeOffset.UnixEpoch, Content);
        var view = draft.Content.View;
        Assert.Equal(("Shopping", "red", "House", "google-keep"), (view.Text("title"), view.Text("color"), view.Text("notebook"), view.Text("source")));
        Assert.Equal(["home", "food"], view.Texts("tags"));
        Assert.Equal((1714557600000, 1714644000000), (view.Number("created"), view.Number("updated")));
        Assert.Equal((true, false, 2L, 1L), (view.Flag("pinned"), view.Flag("archived"), view.Number("items"), view.Number("done")));
        Assert.Equal("- [x] milk - [ ] bread ![](img/a.jpg)", view.Text("snippet"));
        Assert.Equal(["img/a.jpg", "img/b.jpg"], view.Texts("names"));
        Assert.Equal(["attachment/0", "attachment/1"], draft.Files.Select(f => f.Role));
    }

    [Fact]
    public void TheFilesTimeStandsInWhereTheNoteSaysNone() =>
        Assert.Equal(5000, NoteRecords.Of(Bytes("x"), "n.md", [], DateTimeOffset.FromUnixTimeSeconds(5), Content).Content.View.Number("updated"));

    [Fact]
    public void LinksStartFromTheNotesFolder()
    {
        Assert.Equal(["a/b/i.png", "a/j.png", "k l.png"], Links("![](i.png) [x](../j.png) ![](../../k%20l.png) ![](./i.png)", "a/b/n.md"));
        Assert.Equal(["i.png"], Links("![](x/../i.png)", "n.md"));
    }

    [Theory]
    [InlineData("![](../i.png)")]
    [InlineData("![](a/../../i.png)")]
    [InlineData("![](%2e%2e/i.png)")]
    [InlineData("![](..\\i.png)")]
    [InlineData("![](/etc/passwd)")]
    [InlineData("![](file:///etc/passwd)")]
    [InlineData("![](//host/i.png)")]
    [InlineData("![[..%2f..%2fx]]")]
    [InlineData("[a folder](img/)")]
    [InlineData("[up](..)")]
    [InlineData("[here](.)")]
    [InlineData("[another note](other.md)")]
    public void LinksThatLeaveTheFolderOrNameNoFileAreLeftOut(string text) => Assert.DoesNotContain(Links(text, "n.md"), p => p != "..%2f..%2fx");
}
