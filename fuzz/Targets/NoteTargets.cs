using System.Text;
using Candor.Formats.Notes;

namespace Candor.Fuzz;

/// <summary>Notes: any bytes are one, edits keep the rest, merges do not depend on the order; and the exports of others.</summary>
internal static class NoteTargets
{
    private const string JoplinId = "0123456789abcdef0123456789abcdef";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("note-file", "Any bytes are a note that keeps them; an edit of one field keeps the others; merges do not depend on the order.", Notes, Edit,
            "NoteFile.Parse", "FrontMatter.Read", "FrontMatterText.ParseInstant", "FrontMatterText.ParseFlag") { Pieces = [.. Targets.TextPieces, .. new[] { "---\n", "...\n", "- [ ] ", "```\n", "![a](b)", "title: ", "tags: [a, b]\n", "&a ", "*a", "? ", "|\n", "!!str " }.Select(Encoding.UTF8.GetBytes)] },
        new("keep", "A note or a named problem; the note's front matter is one that we read.",
            () => [.. new[]
            {
                """{"title":"T","textContent":"a\u00e9\ud83d\ude00","labels":[{"name":"l"}],"createdTimestampUsec":1546300800123456,"isPinned":true,"color":"RED"}""",
                """{"listContent":[{"text":"a","isChecked":true}],"attachments":[{"filePath":"x.jpg","mimetype":"image/jpeg"}],"annotations":[{"url":"u","title":"t"}],"userEditedTimestampUsec":1e15}""",
            }.Select(Encoding.UTF8.GetBytes)], bytes =>
            {
                var (note, problem) = KeepImport.Read(bytes, "k.json");
                Claim.Holds(note is not null || problem is not null, "Neither a note nor a problem.");
                if (note is not null) Claim.Holds(note.Note.Problem is null, "A note was written that we do not read.");
            }, "KeepImport.Read", "TakeoutJson.Parse") { Pieces = Targets.TextPieces },
        new("joplin", "An item or a named problem; an item of an export becomes a note or a problem.",
            () => [Encoding.UTF8.GetBytes($"My note\n\nSee ![p](:/{JoplinId}) and [other](:/{JoplinId})\n\nkey: not a property\n\nid: {JoplinId}\nparent_id: \ncreated_time: 2020-01-02T03:04:05.678Z\nis_todo: 1\ntodo_completed: 0\nlatitude: 0.00000000\ntype_: 1"),
                Encoding.UTF8.GetBytes($"pic.png\n\nid: {JoplinId}\nmime: image/png\nfile_extension: png\ntype_: 4")], bytes =>
            {
                var (item, problem) = JoplinItem.Parse(bytes, "x.md");
                Claim.Holds(item is not null || problem is not null, "Neither an item nor a problem.");
                if (item is null) return;
                var notes = JoplinImport.Notes([item]);
                Claim.Holds(notes.All(n => n.Item is not null || n.Problem is not null), "Neither a note nor a problem.");
            }, "JoplinItem.Parse") { Pieces = Targets.TextPieces },
    ];

    private static byte[][] Notes() =>
    [
        .. new[]
        {
            "---\ntitle: \"A \\u0041 b\" # c\ntags:\n- a\n- 'b'\nnested: {x: [1, 2]}\ntext: |\n  many\n\n  lines\nfold: >-\n  x\n---\n# Head\n\n- [x] a\n![i](a b.png)\n",
            "\uFEFF---\r\n  created: 2024-01-01\r\n  \"quoted key\": 'it''s'\r\n  tags: [a,\r\n   b]\r\n...\r\ntext\r\n",
            "# Title\n```\n[x](y)\n```\n[r]: <a> \"t\"\n![[e|f]]<img src='x'>`code`\n", "---\n---\n1. [ ] one\n2) [X] two\n> - [ ] three\n", "? complex\n: &a [*a, !!str b]\n---\n%TAG ! x\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("---\ntitle: ü🙂\n---\nx\n")],
    ];

    private static void Edit(byte[] bytes)
    {
        var note = NoteFile.Parse(bytes, "f.md");
        var view = note.View;
        Claim.Same(bytes, note.Bytes.Span, "A note that does not keep its bytes.");
        var edited = note.WithTitle("new title").WithPinned(!view.Pinned);
        Claim.Holds(edited.View.Title == "new title" && edited.View.Pinned != view.Pinned, "An edit that is not read back.");
        Claim.Holds(edited.View.Body == view.Body && edited.View.Created == view.Created, "An edit changed more than it should.");
        Claim.Same(view.Tags, edited.View.Tags, "An edit changed the tags.");
        foreach (byte[] seed in Notes()[..2])
        {
            var other = NoteFile.Parse(seed);
            foreach (var basis in (NoteFile?[])[null, other])
            {
                var here = NoteMerge.ThreeWay(basis, note, edited, true, "Ä", "B").Note;
                var there = NoteMerge.ThreeWay(basis, edited, note, false, "B", "Ä").Note;
                Claim.Same(here.Bytes.Span, there.Bytes.Span, "A merge depends on the order.");
            }
        }
    }
}
