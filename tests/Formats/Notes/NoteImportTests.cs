using System.Text;
using Candor.Formats;
using Candor.Formats.Notes;
using Xunit;

namespace Candor.Tests.Notes;

public class NoteImportTests
{
    private static string Text(NoteFile note) => Encoding.UTF8.GetString(note.Bytes.Span);

    private static Reading<KeepNote> Keep(string json, string name = "Takeout/Keep/Shopping.json") => KeepImport.Read(Encoding.UTF8.GetBytes(json), name);

    [Fact]
    public void AKeepListBecomesAChecklistWithItsLabelsAndTimes()
    {
        var reading = Keep("""
            {"color":"TEAL","isTrashed":true,"isPinned":true,"isArchived":false,"title":"Shopping: all",
             "listContent":[{"text":"milk\n2 litres","isChecked":true},{"text":"bread","isChecked":false}, 7],
             "labels":[{"name":"Home stuff"},{"name":"food"}],"userEditedTimestampUsec":0,"createdTimestampUsec":1546300800123456,
             "attachments":[{"filePath":"16a 1.jpeg","mimetype":"image/jpeg"},{"filePath":"v.3gp","mimetype":"audio/3gpp"}],
             "annotations":[{"title":"A [site]","url":"https://example.org/a(b)","description":"words","source":"WEBLINK"}],
             "sharees":[{"email":"a@example.org","isOwner":true,"type":"WRITER"}]}
            """);
        Assert.Null(reading.Problem);
        Assert.Equal("""
            ---
            title: "Shopping: all"
            tags:
              - Home stuff
              - food
            created: 2019-01-01T00:00:00.123456Z
            pinned: true
            color: teal
            source: google-keep
            id: keep-1546300800123456
            shared-with: "a@example.org"
            ---
            - [x] milk
              2 litres
            - [ ] bread

            ![](<16a 1.jpeg>)

            [v.3gp](v.3gp)

            - [A \[site\]](<https://example.org/a(b)>): words

            """, Text(reading.Item!.Note));
        Assert.True(reading.Item.Trashed);
        var view = reading.Item.Note.View;
        Assert.Null(view.Updated);
        Assert.Equal(["16a 1.jpeg", "v.3gp"], view.Attachments);
        Assert.Equal((2, 1), (view.ChecklistItems, view.ChecklistDone));
    }

    [Fact]
    public void AKeepTextKeepsItsText()
    {
        var reading = Keep("""{"title":"","textContent":"---\na: b\n---\n# 1. literal *text*\n","color":"DEFAULT","userEditedTimestampUsec":"1546300800000000","createdTimestampUsec":0}""");
        var view = reading.Item!.Note.View;
        Assert.Equal("---\na: b\n---\n# 1. literal *text*\n", view.Body);
        Assert.Equal("1. literal *text*", view.Title);
        Assert.Equal(new DateTimeOffset(2019, 1, 1, 0, 0, 0, TimeSpan.Zero), view.Updated);
        Assert.Null(view.Created);
        Assert.Null(view.Color);
    }

    [Fact]
    public void KeepAttachmentsAreFoundUnderAnotherExtension()
    {
        string[] names = ["a.json", "16a.jpg", "16b.png", "16a.html", "x/16a.jpg"];
        Assert.Equal("16a.jpg", KeepImport.FindAttachment(new KeepAttachment("16a.jpeg", "image/jpeg"), names));
        Assert.Equal("16b.png", KeepImport.FindAttachment(new KeepAttachment("16b.png", ""), names));
        Assert.Null(KeepImport.FindAttachment(new KeepAttachment("16c.png", ""), names));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"title\":\"an album\"}")]
    [InlineData("{\"textContent\":")]
    public void WhatIsNoKeepNoteIsNamedInTheReport(string json)
    {
        var reading = Keep(json, "Keep/odd.json");
        Assert.Null(reading.Item);
        Assert.Equal("Keep/odd.json", reading.Problem!.Item);
    }

    [Fact]
    public void HalfASurrogatePairCostsOneCharacter()
    {
        var reading = Keep("""{"textContent":"a\ud83db \ud83d\ude00 \"q\"\n","labels":[{"name":"\udc00"}],"\ud800":1}""");
        Assert.Equal("a\uFFFDb 😀 \"q\"\n", reading.Item!.Note.View.Body);
    }

    [Fact]
    public void DamagedKeepNotesNeverThrow()
    {
        byte[][] seeds =
        [
            Encoding.UTF8.GetBytes("""{"title":"T","textContent":"a\u00e9\ud83d\ude00","labels":[{"name":"l"}],"createdTimestampUsec":1546300800123456,"isPinned":true,"color":"RED"}"""),
            Encoding.UTF8.GetBytes("""{"listContent":[{"text":"a","isChecked":true}],"attachments":[{"filePath":"x.jpg","mimetype":"image/jpeg"}],"annotations":[{"url":"u","title":"t"}],"userEditedTimestampUsec":1e15}"""),
        ];
        foreach (var bytes in Mutations.Of(seeds, 4000, 3))
        {
            var reading = KeepImport.Read(bytes, "k.json");
            Assert.True(reading.Item is not null || reading.Problem is not null);
            if (reading.Item is not null)
                Assert.Null(reading.Item.Note.Problem);
        }
    }

    private const string NoteId = "0123456789abcdef0123456789abcdef";
    private const string OtherId = "1123456789abcdef0123456789abcdef";
    private const string BookId = "2123456789abcdef0123456789abcdef";
    private const string PictureId = "3123456789abcdef0123456789abcdef";
    private const string TagId = "4123456789abcdef0123456789abcdef";
    private const string GoneId = "5123456789abcdef0123456789abcdef";

    private static JoplinItem Joplin(string text)
    {
        var reading = JoplinItem.Parse(Encoding.UTF8.GetBytes(text), "x.md");
        Assert.Null(reading.Problem);
        return reading.Item!;
    }

    [Fact]
    public void JoplinNotesKeepNotebooksTagsTimesAndLinks()
    {
        JoplinItem[] items =
        [
            Joplin($"My note\n\nSee ![p](:/{PictureId}) and [other](:/{OtherId}), [gone](:/{GoneId})\n\nkey: not a property\n\nlast\n\nid: {NoteId}\nparent_id: {BookId}\ncreated_time: 2020-01-02T03:04:05.678Z\n" +
                   "updated_time: 2020-01-03T00:00:00.000Z\nis_todo: 1\ntodo_completed: 0\nsource_url: https://example.org\nlatitude: 0.00000000\nlongitude: 0.00000000\ntype_: 1"),
            Joplin($"Other (2)\n\nid: {OtherId}\nparent_id: {BookId}\ntype_: 1\n"),
            Joplin($"Book/1\n\nid: {BookId}\nparent_id: {BookId}\ntype_: 2"),
            Joplin($"pic.png\n\nid: {PictureId}\nmime: image/png\nfile_extension: png\ntype_: 4"),
            Joplin($"tag one\n\nid: {TagId}\ntype_: 5"),
            Joplin($"id: 9123456789abcdef0123456789abcdef\nnote_id: {NoteId}\ntag_id: {TagId}\ntype_: 6"),
        ];
        var notes = JoplinImport.Notes(items);
        Assert.Equal(2, notes.Count);
        var note = notes[0].Item!;
        Assert.Equal("Book_1/My note.md", note.Path);
        var view = note.Note.View;
        Assert.Equal("My note", view.Title);
        Assert.Equal(["tag one"], view.Tags);
        Assert.Equal("https://example.org", view.Source);
        Assert.Equal("open", note.Note.Field("todo"));
        Assert.Null(note.Note.Field("location"));
        Assert.Equal("joplin-" + NoteId, view.Id);
        Assert.Equal(new DateTimeOffset(2020, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), view.Created);
        Assert.EndsWith("\n\nkey: not a property\n\nlast", view.Body, StringComparison.Ordinal);
        Assert.Contains(GoneId, notes[0].Problem!.Reason, StringComparison.Ordinal);
        Assert.Equal([$"../resources/{PictureId}.png", "../Book_1/Other (2).md"], view.Attachments);
    }

    [Theory]
    [InlineData("plain markdown\n\nwithout properties")]
    [InlineData("title\n\nbody\n\nid: 1\n")]
    [InlineData("title\n\nid: 1\nencryption_applied: 1\ntype_: 1")]
    [InlineData("")]
    public void WhatIsNoJoplinItemIsNamedInTheReport(string text) =>
        Assert.Equal("a.md", JoplinItem.Parse(Encoding.UTF8.GetBytes(text), "a.md").Problem!.Item);

    [Fact]
    public void DamagedJoplinItemsNeverThrow()
    {
        byte[][] seeds =
        [
            Encoding.UTF8.GetBytes($"T\n\nb ![p](:/{PictureId})\n\nid: {NoteId}\nparent_id: {BookId}\ntype_: 1"),
            Encoding.UTF8.GetBytes($"B\n\nid: {BookId}\nparent_id: {BookId}\ntype_: 2"),
            Encoding.UTF8.GetBytes($"p\n\nid: {PictureId}\nfile_extension: ../x\ntype_: 4"),
        ];
        var items = Mutations.Of(seeds, 3000, 4).Select(bytes => JoplinItem.Parse(bytes, "j.md").Item).OfType<JoplinItem>().ToList();
        Assert.InRange(items.Count, 300, 3000);
        foreach (var reading in JoplinImport.Notes(items))
            Assert.DoesNotContain(reading.Item!.Path.Split('/'), part => part is "" or "." or "..");
    }
}
