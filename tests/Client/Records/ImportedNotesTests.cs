using System.Text;
using Candor.Client.Records;
using Candor.Formats.Notes;
using Candor.Protocol;

namespace Candor.Tests.Client.Records;

public class ImportedNotesTests
{
    private static readonly Func<ReadOnlyMemory<byte>, Id> ContentId = _ => Id.From("0123456789abcdef"u8);

    private static FileDraft? File(string name) => name.Contains("gone", StringComparison.Ordinal) ? null
        : new("", name, "application/octet-stream", name.Length, () => new MemoryStream(Encoding.UTF8.GetBytes(name)));

    private static KeepNote Keep(string json) => KeepImport.Read(Encoding.UTF8.GetBytes(json), "2024.json").Item!;

    [Fact]
    public void AKeepNoteComesWithItsPicturesUnderTheNamesItLinksTo()
    {
        var keep = Keep("""
            {"title":"Trip","textContent":"Hi","createdTimestampUsec":"1714557600000000","userEditedTimestampUsec":"0","isPinned":true,"labels":[{"name":"L"}],
             "attachments":[{"filePath":"a.jpeg","mimetype":"image/jpeg"},{"filePath":"gone.png","mimetype":"image/png"},{"filePath":"../../evil","mimetype":"x/y"}]}
            """);
        var draft = ImportedNotes.Keep(keep, "keep/Trip.md", ["a.jpg", "gone.png", "evil"], File, ContentId);
        Assert.Equal("i:keep-1714557600000000"u8.ToArray(), draft.NaturalKey.ToArray());
        var file = Assert.Single(draft.Files);
        Assert.Equal(("attachment/0", "keep/a.jpeg", "image/jpeg"), (file.Role, file.Name, file.MediaType));
        using var stream = file.Open();
        Assert.Equal("a.jpg", new StreamReader(stream).ReadToEnd());
        Assert.Contains("keep/a.jpeg", NoteRecords.AttachmentPaths(keep.Note, "keep/Trip.md"));
        Assert.Contains("gone.png, ../../evil", draft.Problem!.Reason, StringComparison.Ordinal);
        var view = draft.Content.View;
        Assert.Equal(("Trip", true, 1714557600000L, false), (view.Text("title"), view.Flag("pinned"), view.Number("created"), view.Has("updated")));
    }

    [Fact]
    public void AKeepNoteWithoutATimeIsKnownByItsContent()
    {
        var draft = ImportedNotes.Keep(Keep("""{"textContent":"Hi"}"""), "Hi.md", [], File, ContentId);
        Assert.Equal("p:Hi.md\00123456789abcdef"u8.ToArray(), draft.NaturalKey.ToArray());
        Assert.Null(draft.Problem);
    }

    [Fact]
    public void AJoplinNoteComesWithItsResources()
    {
        const string picture = "11111111111111111111111111111111", lost = "22222222222222222222222222222222", note = "33333333333333333333333333333333", book = "44444444444444444444444444444444";
        JoplinItem Item(string text) => JoplinItem.Parse(Encoding.UTF8.GetBytes(text), "x.md").Item!;
        var items = new[]
        {
            Item($"Book\n\nid: {book}\ntype_: 2"),
            Item($"p.jpg\n\nid: {picture}\nfile_extension: jpg\ntype_: 4"),
            Item($"q.jpg\n\nid: {lost}\nfile_extension: jpg\ntype_: 4"),
            Item($"Title\n\n![p](:/{picture}) ![q](:/{lost})\n\nid: {note}\nparent_id: {book}\ntype_: 1"),
        };
        var reading = Assert.Single(JoplinImport.Notes(items));
        var draft = ImportedNotes.Joplin(reading, path => path.Contains(lost, StringComparison.Ordinal) ? null : File(path), ContentId);
        Assert.Equal(Encoding.UTF8.GetBytes("i:joplin-" + note), draft.NaturalKey.ToArray());
        Assert.Equal("Book/Title.md", draft.Content.Name);
        Assert.Equal($"resources/{picture}.jpg", Assert.Single(draft.Files).Name);
        Assert.Contains(lost, draft.Problem!.Reason, StringComparison.Ordinal);
        Assert.Equal("Book", draft.Content.View.Text("notebook"));
    }

    [Fact]
    public void ImportedTwiceNotesAreTheSameRecords()
    {
        const string json = """{"title":"T","listContent":[{"text":"a","isChecked":true}],"createdTimestampUsec":"1714557600000001","attachments":[{"filePath":"a.jpg"}]}""";
        RecordDraft Once() => ImportedNotes.Keep(Keep(json), "T.md", ["a.jpg"], File, ContentId);
        Assert.Equal(Once().Content.Encode(), Once().Content.Encode());
        Assert.Equal(Once().NaturalKey.ToArray(), Once().NaturalKey.ToArray());
        Assert.Equal(Once().Files.Select(f => f.Name), Once().Files.Select(f => f.Name));
    }
}
