using System.Text;
using System.Text.Json.Nodes;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Formats.Messages;
using Candor.Protocol;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors/merge.json: natural keys and merges, and the plaintexts that they give.</summary>
public class MergeVectorTests
{
    private const string Description = "Record plaintexts that a reader takes or refuses; natural keys of files, and the record each becomes; merges of heads, in the order of the commits.";

    [Fact]
    public void EveryCaseHolds()
    {
        foreach (var c in VectorFile.Read("merge.json", Description, Make))
        {
            switch ((string)c["what"]!)
            {
                case "plaintext":
                    bool valid = RecordPlaintext.TryDecode(c.Bytes("plaintext"), out var record);
                    Assert.Equal((bool)c["valid"]!, valid);
                    if (valid) Assert.Equal(c.Bytes("plaintext"), record!.Encode());
                    break;
                case "item":
                    var draft = DraftOf(c);
                    Assert.Equal((string)c["natural_key"]!, VectorFile.Hex(draft.NaturalKey.Span));
                    Assert.Equal((string)c["plaintext"]!, VectorFile.Hex(draft.Content.Encode()));
                    break;
                case "merge":
                    Assert.Equal((string)c["merged"]!, VectorFile.Hex(MergeOf(c)));
                    break;
                default: throw new InvalidDataException($"What is \"{c["what"]}\"?");
            }
        }
    }

    private static RecordDraft DraftOf(JsonObject c)
    {
        byte[] file = Encoding.UTF8.GetBytes((string)c["file_text"]!);
        using var buffers = new PartBuffers();
        return (string)c["form"]! switch
        {
            "vcard" => ContactRecords.Of(VCardReader.Read(file).Single().Item!, (string)c["record_name"]!),
            "markdown" => NoteRecords.Of(file, (string)c["record_name"]!, [], null, Id.From(c.Bytes("content_id"))),
            "synctech" => MessageRecords.Of(new SyncTechReader(new MemoryStream(file), _ => Stream.Null).Read().Single().Item!, 0, buffers.Take(null)),
            _ => MessageRecords.Of(new SmsIeReader(new MemoryStream(file), _ => Stream.Null).Read().Single().Item!, 0, buffers.Take(null)),
        };
    }

    private static byte[] MergeOf(JsonObject c)
    {
        Assert.True(Kinds.TryParse((string)c["kind"]!, out var kind));
        RecordVersion Version(JsonNode node)
        {
            Assert.True(RecordPlaintext.TryDecode(Convert.FromHexString((string)node["plaintext"]!), out var content));
            return new(content, new HybridTime((long)node["ms"]!, (int)node["counter"]!), Id.From(Convert.FromHexString((string)node["author"]!)));
        }
        var basis = c["basis"] is { } known ? Version(known) : null;
        RecordVersion[] heads = [.. c["heads"]!.AsArray().Select(h => Version(h!))];
        byte[] merged = RecordMerge.Merge(kind, basis, heads).Encode();
        Assert.Equal(merged, RecordMerge.Merge(kind, basis, [.. heads.Reverse()]).Encode());
        return merged;
    }

    private static IEnumerable<JsonObject> Make() => [.. Plaintexts(), .. Items(), .. Merges()];

    private static IEnumerable<JsonObject> Plaintexts()
    {
        JsonObject Case(string name, bool valid, ReadOnlySpan<byte> bytes) => new()
        {
            ["name"] = name,
            ["valid"] = valid,
            ["what"] = "plaintext",
            ["plaintext"] = VectorFile.Hex(bytes),
        };
        var view = new RecordView().With("title", "Shopping").With("updated", 1795427000123).With("tags", new object?[] { "a", "b" }).With("from-tomorrow", [-1L, null, true, new byte[] { 1 }]);
        byte[] good = new RecordPlaintext("a/Shopping.md", "# Shopping\n"u8.ToArray(), view, [File("a/i.jpg", 5)]).Encode();
        yield return Case("a note with an attachment and a key of tomorrow", true, good);
        yield return Case("nothing at all", true, new RecordPlaintext("", default, new RecordView(), []).Encode());
        yield return Case("version 2", false, [good[0], 2, .. good.AsSpan(2)]);
        yield return Case("bytes left over", false, [.. good, 0]);
        yield return Case("cut", false, good.AsSpan(0, good.Length - 1));
        yield return Case("a view whose keys are not in order", false, [0x85, 1, 0x60, 0x40, 0xA2, 0x61, (byte)'b', 1, 0x61, (byte)'a', 2, 0x80]);
        yield return Case("a view with a key twice", false, [0x85, 1, 0x60, 0x40, 0xA2, 0x61, (byte)'a', 1, 0x61, (byte)'a', 2, 0x80]);
        yield return Case("a name of 1,025 bytes", false, [0x85, 1, 0x79, 0x04, 0x01, .. Enumerable.Repeat((byte)'x', 1025), 0x40, 0xA0, 0x80]);
        yield return Case("pieces that do not add up to the size", false, new RecordPlaintext("", default, new RecordView(), [File("x", 5) with { Size = 6 }]).Encode());
        yield return Case("a file without pieces", false, new RecordPlaintext("", default, new RecordView(), [File("x", 0) with { Pieces = [] }]).Encode());
        yield return Case("epoch 0", false, new RecordPlaintext("", default, new RecordView(), [File("x", 5) with { Epoch = 0 }]).Encode());
    }

    private static IEnumerable<JsonObject> Items()
    {
        JsonObject Case(string name, string form, string text, string recordName = "")
        {
            var c = new JsonObject { ["name"] = name, ["valid"] = true, ["what"] = "item", ["form"] = form, ["file_text"] = text };
            if (form is "vcard" or "markdown") c["record_name"] = recordName;
            if (form == "markdown") c["content_id"] = "00112233445566778899aabbccddeeff";
            var draft = DraftOf(c);
            c["natural_key"] = VectorFile.Hex(draft.NaturalKey.Span);
            c["plaintext"] = VectorFile.Hex(draft.Content.Encode());
            return c;
        }
        const string sms = "<sms address=\"+1 (555) 010-0001\" date=\"1714564800123\" type=\"1\" subject=\"null\" body=\"Hi &#55357;&#56846;&#13;&#10;there\" read=\"1\" date_sent=\"1714564799000\" contact_name=\"Ada\" />";
        const string mms = "<mms date=\"1714565000999\" msg_box=\"1\" address=\"+15550100001\" m_id=\"abc\" tr_id=\"T1\" date_sent=\"1714564999\" read=\"0\"><parts><part seq=\"0\" ct=\"text/plain\" text=\"Look\" /><part seq=\"1\" ct=\"image/jpeg\" name=\"i.jpg\" data=\"aGVsbG8=\" /></parts><addrs><addr address=\"+15550100001\" type=\"137\" charset=\"106\" /><addr address=\"+15550100002\" type=\"151\" charset=\"106\" /></addrs></mms>";
        yield return Case("a card with a UID", "vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nUID:urn:uuid:4FBE8971-0BC3-424C-9C26-36C3E1EFF6B1\r\nTEL;TYPE=cell:+44 1\r\nEND:VCARD\r\n", "Ada Lovelace.vcf");
        yield return Case("a card without, in 3.0", "vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:x\r\nTEL;TYPE=cell:1\r\nFN:Eva\r\nN:M\u00FCller;Eva;;;\r\nEND:VCARD\r\n", "Eva.vcf");
        yield return Case("the same in 2.1 and another order", "vcard", "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Eva\r\nFN:Eva\r\nTEL;CELL:1\r\nEND:VCARD\r\n", "Eva.vcf");
        yield return Case("a note with an id", "markdown", "---\nid: keep-17\ntags: [a]\n---\n# Title\n\nwords\n", "a/n.md");
        yield return Case("a note without", "markdown", "words\n", "a/n.md");
        yield return Case("a received SMS", "synctech", sms);
        yield return Case("the same from the other export", "sms-ie", "{\"address\":\"+15550100001\",\"date\":\"1714564800123\",\"type\":\"1\",\"read\":\"0\",\"body\":\"Hi \\ud83d\\ude0e\\nthere\"}");
        yield return Case("a received MMS with a picture cut out", "synctech", mms);
    }

    private static IEnumerable<JsonObject> Merges()
    {
        JsonObject Case(string name, Kind kind, RecordPlaintext? basis, params RecordPlaintext[] heads)
        {
            JsonObject Version(RecordPlaintext content, int at) => new()
            {
                ["ms"] = 1714564800000 + at,
                ["counter"] = at,
                ["author"] = VectorFile.Hex(Id.From([(byte)at, .. new byte[15]]).ToArray()),
                ["plaintext"] = VectorFile.Hex(content.Encode()),
            };
            var c = new JsonObject { ["name"] = name, ["valid"] = true, ["what"] = "merge", ["kind"] = kind.Word() };
            if (basis is not null) c["basis"] = Version(basis, 0);
            c["heads"] = new JsonArray([.. heads.Select((h, i) => Version(h, i + 1))]);
            c["merged"] = VectorFile.Hex(MergeOf(c));
            return c;
        }
        RecordPlaintext Card(string lines) => ContactRecords.Of(VCardReader.Read(Encoding.UTF8.GetBytes($"BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n")).Single().Item!, "A.vcf").Content;
        RecordPlaintext Note(string text, params RecordFile[] files)
        {
            var content = NoteRecords.Of(Encoding.UTF8.GetBytes(text), "n.md", [], null, Id.Zero).Content;
            return content with { Files = files, View = content.View.With("names", files.Select(f => f.Name)) };
        }
        RecordPlaintext Photo(RecordView view) => new("2024/05/i.jpg", default, view, [File("i.jpg", 5)]);
        RecordPlaintext Sms(bool read, string body) => new("", Encoding.UTF8.GetBytes($"<sms body=\"{body}\"/>"), new RecordView().With("type", "sms").With("body", body).Set("read", read), []);

        yield return Case("a new number here, a new address there", Kind.Contacts, Card("FN:A\r\nTEL:1"), Card("FN:A\r\nTEL:2"), Card("FN:A\r\nTEL:1\r\nEMAIL:a@x"));
        yield return Case("two names", Kind.Contacts, Card("FN:A"), Card("FN:B"), Card("FN:C"));
        yield return Case("three heads and no ancestor", Kind.Contacts, null, Card("FN:A\r\nTEL:1"), Card("FN:A\r\nTEL:2"), Card("FN:A\r\nTEL:3"));
        yield return Case("words of a list, each from its side", Kind.Contacts, Card("FN:A\r\nCATEGORIES:a,b"), Card("FN:A\r\nCATEGORIES:b,d,c"), Card("FN:A\r\nCATEGORIES:a,b,e"));
        yield return Case("a number here, its label there", Kind.Contacts, Card("FN:A\r\nitem1.TEL:1\r\nitem1.X-ABLabel:Old"),
            Card("FN:A\r\nitem1.TEL:2\r\nitem1.X-ABLabel:Old"), Card("FN:A\r\nitem1.TEL:1\r\nitem1.X-ABLabel:New"));
        yield return Case("groups of one number that say two things", Kind.Contacts, Card("FN:A"),
            Card("FN:A\r\nitem1.TEL;TYPE=cell:1\r\nitem1.X-ABLabel:x"), Card("FN:A\r\nitem1.EMAIL:a@x\r\nitem1.X-ABLabel:y"));
        yield return Case("a removal against a change, two birthdays, a later REV", Kind.Contacts, Card("FN:A\r\nTEL:1\r\nBDAY:1990-01-31\r\nREV:2020-01-01T00:00:00Z"),
            Card("FN:A\r\nTEL;TYPE=home:1\r\nBDAY:1991-01-31\r\nREV:2022-01-01T00:00:00Z"), Card("FN:A\r\nBDAY:1992-01-31\r\nREV:2021-01-01T00:00:00Z"));
        yield return Case("a long line, folded", Kind.Contacts, Card("FN:A"), Card($"FN:A\r\nNOTE:{string.Concat(Enumerable.Repeat("\u00E9", 60))}"), Card("FN:A\r\nTITLE:t"));
        yield return Case("lines that do not meet", Kind.Notes, Note("one\ntwo\n"), Note("ONE\ntwo\n"), Note("one\nTWO\n"));
        yield return Case("lines that collide", Kind.Notes, Note("the cat\n"), Note("the dog\n"), Note("the fox\n"));
        yield return Case("words that do not meet in one line", Kind.Notes, Note("the cat sat on the mat\n"), Note("the dog sat on the mat\n"), Note("the cat sat on the bed\n"));
        yield return Case("two paragraphs at one place", Kind.Notes, Note("# T\n\nend\n"), Note("# T\n\nmine\n\nend\n"), Note("# T\n\nyours\n\nend\n"));
        yield return Case("fields one by one", Kind.Notes, Note("---\ntitle: A\ntags: [a, b]\nupdated: 2024-05-01T10:00:00Z\nmood: ok\n---\nx\n"),
            Note("---\ntitle: A\ntags: [a, b, c]\nupdated: 2024-05-03T10:00:00Z\nmood: bad\npinned: true\n---\nx\n"),
            Note("---\ntitle: B\ntags: [b, 'd']\nupdated: 2024-05-02T10:00:00Z\nmood: good\n---\nx\ny".Replace("'d'", "\"d: e\"", StringComparison.Ordinal)));
        yield return Case("three heads without an ancestor", Kind.Notes, null, Note("a\nb\n"), Note("a\nc\n"), Note("a\nb\nd\n"));
        yield return Case("line ends of one side", Kind.Notes, Note("a\nb\n"), Note("a\r\nb\r\n"), Note("a\nb\nc\n"));
        yield return Case("attachments of both", Kind.Notes, Note("x\n", File("a.jpg", 5)), Note("x\n\n![](b.jpg)\n", File("a.jpg", 5), File("b.jpg", 6)), Note("![](c.jpg)\n\nx\n", File("c.jpg", 7)));
        yield return Case("read here, later there", Kind.Messages, Sms(false, "b"), Sms(true, "b"), Sms(false, "c"));
        yield return Case("albums as sets, a caption of one side, a time of both", Kind.Photos,
            Photo(new RecordView().With("albums", new object?[] { "A", "B" }).With("caption", "c").With("utc", 1L)),
            Photo(new RecordView().With("albums", new object?[] { "A", "B", "C" }).With("caption", "mine").With("utc", 2L)),
            Photo(new RecordView().With("albums", new object?[] { "0", "B" }).With("caption", "c").With("utc", 3L)));
    }

    private static RecordFile File(string name, int size) => new("attachment/0", name, "image/jpeg", size, Id.From([(byte)size, .. new byte[15]]), Id.From([1, .. new byte[15]]), 1, [new(Hash32.Of([(byte)size]), size)]);
}
