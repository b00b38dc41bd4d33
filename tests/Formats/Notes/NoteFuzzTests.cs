using System.Text;
using Candor.Formats.Notes;
using Xunit;

namespace Candor.Tests.Notes;

public class NoteFuzzTests
{
    private static readonly byte[][] Seeds =
    [
        .. new[]
        {
            "---\ntitle: \"A \\u0041 b\" # c\ntags:\n- a\n- 'b'\nnested: {x: [1, 2]}\ntext: |\n  many\n\n  lines\nfold: >-\n  x\n---\n# Head\n\n- [x] a\n![i](a b.png)\n",
            "\uFEFF---\r\n  created: 2024-01-01\r\n  \"quoted key\": 'it''s'\r\n  tags: [a,\r\n   b]\r\n...\r\ntext\r\n",
            "# Title\n```\n[x](y)\n```\n[r]: <a> \"t\"\n![[e|f]]<img src='x'>`code`\n",
            "---\n---\n1. [ ] one\n2) [X] two\n> - [ ] three\n",
            "? complex\n: &a [*a, !!str b]\n---\n%TAG ! x\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("---\ntitle: ü🙂\n---\nx\n")],
    ];

    [Fact]
    public void AnyBytesAreANoteWhoseEditsKeepTheRest()
    {
        foreach (var bytes in Mutations.Of(Seeds, 3000, 1))
        {
            var note = NoteFile.Parse(bytes, "f.md");
            var view = note.View;
            Assert.Equal(bytes, note.Bytes.ToArray());
            var edited = note.WithTitle("new title").WithPinned(!view.Pinned);
            Assert.Equal("new title", edited.View.Title);
            Assert.Equal(!view.Pinned, edited.View.Pinned);
            Assert.Equal(view.Body, edited.View.Body);
            Assert.Equal(view.Tags, edited.View.Tags);
            Assert.Equal(view.Created, edited.View.Created);
            foreach (var key in (string[])["text", "fold", "nested", "quoted key"])
                Assert.Equal(note.Field(key), edited.Field(key));
        }
    }

    [Fact]
    public void AnyThreeNotesMerge()
    {
        var notes = Mutations.Of(Seeds, 600, 2).Select(bytes => NoteFile.Parse(bytes)).ToList();
        for (var i = 0; i + 2 < notes.Count; i++)
        {
            var here = NoteMerge.ThreeWay(i % 4 == 0 ? null : notes[i], notes[i + 1], notes[i + 2], true, "Ä", "B");
            var there = NoteMerge.ThreeWay(i % 4 == 0 ? null : notes[i], notes[i + 2], notes[i + 1], false, "B", "Ä");
            Assert.Equal(here.Note.Bytes.ToArray(), there.Note.Bytes.ToArray());
        }
    }
}
