using System.Text;
using System.Text.Json;
using Candor.Formats.Contacts;

namespace Candor.Fuzz;

/// <summary>Cards of any program: read without loss, written, converted, edited and merged.</summary>
internal static class ContactTargets
{
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\r\n ", "=\r\n", "\"", ";", ":", ",", "\\", "^", "=", "BEGIN:VCARD\r\n", "END:VCARD\r\n", "VERSION:4.0\r\n", "VERSION:2.1\r\n", ";ENCODING=b",
            ";ENCODING=QUOTED-PRINTABLE", ";CHARSET=GBK", ";TYPE=\"a,b\"", ";PREF=1", "item1.", "data:image/png;base64,", "\uFEFF", "\0", "BDAY:", "--0229", "N:", "UID:",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("vcard", "A card is bytes of its file; it is written and read again as the same in every version; an edit that changes nothing changes nothing; merges do not depend on their order.", Cards, File,
            "VCardReader.Read", "VCard.Read", "CardParser.Parse", "CardHeader.TryParse", "CardValue.Read", "Charsets.Decode", "VCardText.DecodeCarets", "ContactDate.Parse", "VCardBinary.FromBase64", "VCardBinary.Decode") { Pieces = Pieces },
        new("jcard", "A card of jCard is written as vCard and as JSON, and its properties stay.", () => [.. Cards().SelectMany(c => VCardReader.Read(c)).Select(r => r.Item).OfType<VCard>().Select(c => JCard.Write(c)),
            """["vcard",[["x",{"a\ud800":"\udfff","b":[1,null,{}]},"date",[["\ud800",1.5e3],{},true],null]]]"""u8.ToArray()], bytes =>
        {
            foreach (var (card, problem) in JCard.Read(bytes))
            {
                Claim.Holds(card is not null || problem is not null, "Neither a card nor a problem.");
                if (card is null) continue;
                Claim.Same(card.Properties.Select(p => p.ToString()), One(VCardWriter.Write(card)).Properties.Select(p => p.ToString()), "Written as vCard it is another card.");
                JsonDocument.Parse(JCard.Write(card)).Dispose();
            }
        }, "JCard.Read") { Pieces = [.. new[] { "\"\\ud800\"", "null", "[]", "{}", "\"\"", "1", ",", "\"a\\r\\nb\"", "[[\"x\"]]", "\"group\":\"a b\",", "\"text\"", "\"date\"", "[\"fn\",{},\"text\",\"x\"]," }.Select(Encoding.UTF8.GetBytes)] },
    ];

    internal static byte[][] Cards() =>
    [
        .. VectorSeeds.Cases("record.json").Where(c => c.TryGetProperty("kind", out var kind) && kind.GetString() == "contacts" && c.TryGetProperty("original", out _)).Select(c => c.Hex("original")),
        .. new[]
        {
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=BC=9F;;;\r\nTEL;CELL;PREF:+86 138 0013 8000\r\nADR;HOME;ENCODING=QUOTED-PRINTABLE:;;a=\r\n=31;b;;1;c\r\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n SkZJRgAB\r\n\r\nEND:VCARD\r\n",
            "BEGIN:VCARD\nVERSION:2.1\nN:Boss\nAGENT:\nBEGIN:VCARD\nN:x\nEND:VCARD\nSOUND;X-IRMC-N;CHARSET=SHIFT_JIS:\nEND:VCARD\n",
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Anna;Maria,Luise;Dr.;\r\nFN:Dr. Anna Müller\r\nitem1.EMAIL;type=INTERNET;type=pref:anna@example.de\r\nitem1.X-ABLabel:_$!<Work>!$_\r\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29\r\nNOTE:a\\nb\r\n c\r\nEND:VCARD\r\n",
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN;X=\"^n^^\";Y=\"a,b\",c:\r\nN:a\\,b,c;d\\\\;e\r\nTEL;VALUE=uri;TYPE=\"home,voice\";PREF=1:tel:+49\r\nPHOTO:data:image/png;base64,iVBORw0KGgo=\r\nUID:urn:uuid:x\r\nEND:VCARD\r\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static VCard One(byte[] file)
    {
        var readings = VCardReader.Read(file).ToList();
        Claim.Holds(readings is [{ Item: not null }], $"A card was written that reads as {readings.Count}.");
        return readings[0].Item!;
    }

    private static void File(byte[] file)
    {
        VCard? last = null;
        long end = 0;
        foreach (var (card, problem) in VCardReader.Read(file))
        {
            Claim.Holds(card is not null || problem is not null, "Neither a card nor a problem.");
            if (card is null) continue;
            Claim.Holds(card.Offset >= end, "Two cards of the same bytes.");
            end = card.Offset + card.Original.Length;
            Claim.Holds(end <= file.Length && card.Original.Span.SequenceEqual(file.AsSpan((int)card.Offset, card.Original.Length)), "A card that is not bytes of its file.");
            if (card.Version != VCardVersion.V21) SameWhenWritten(card);
            var thirty = card.To(VCardVersion.V30);
            var forty = thirty.To(VCardVersion.V40);
            foreach (var converted in (VCard[])[thirty, forty, forty.To(VCardVersion.V30)]) SameWhenWritten(converted);
            var view = ContactView.Of(card);
            Claim.Holds(ReferenceEquals(card, ContactEditor.Apply(card, view)), "An edit that changes nothing made another card.");
            var edited = ContactEditor.Apply(card, view with { Title = view.Title + "!" });
            Claim.Holds(ContactView.Of(One(VCardWriter.Write(edited))).Title == view.Title + "!", "An edit is lost when written.");
            Claim.Holds(ContactIdentity.KeyOf(card).Length > 0, "A card without a key.");
            if (last is not null) SameInAnyOrder(last, card);
            last = card;
        }
    }

    private static void SameInAnyOrder(VCard last, VCard card)
    {
        var one = ContactMerge.ThreeWay(null, last, card, theirsNewer: true).Card;
        var other = ContactMerge.ThreeWay(null, card, last, theirsNewer: false).Card;
        Claim.Same(VCardWriter.Write(one), VCardWriter.Write(other), "A merge depends on the order.");
    }

    private static void SameWhenWritten(VCard card)
    {
        byte[] written = VCardWriter.Write(card);
        var again = One(written);
        Claim.Holds(card.Equals(again), "Written it is another card.");
        Claim.Same(written, VCardWriter.Write(again), "Written twice it is other bytes.");
    }
}
