using System.Text;
using Candor.Formats.Contacts;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardFuzzTests
{
    /// <summary>What matters to the grammar, so that damage hits more than letters.</summary>
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\r\n ", "=\r\n", "\"", ";", ":", ",", "\\", "^", "=", "BEGIN:VCARD\r\n", "END:VCARD\r\n", "VERSION:4.0\r\n", "VERSION:2.1\r\n",
            ";ENCODING=b", ";ENCODING=QUOTED-PRINTABLE", ";CHARSET=GBK", ";TYPE=\"a,b\"", ";PREF=1", "item1.", "data:image/png;base64,", "\uFEFF", "\0",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Seeds =
    [
        .. Corpus.Texts.Select(Corpus.Bytes),
        Encoding.Latin1.GetBytes(Corpus.Outlook21),
        [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Corpus.Google30)],
        Corpus.Bytes("BEGIN:VCARD\nVERSION:2.1\nN:Boss\nAGENT:\nBEGIN:VCARD\nN:x\nEND:VCARD\nSOUND;X-IRMC-N;CHARSET=SHIFT_JIS:\nEND:VCARD"),
        Corpus.Bytes("BEGIN:VCARD\nVERSION:4.0\nFN;X=\"^n^^\";Y=\"a,b\",c:\nN:a\\,b,c;d\\\\;e\nNOTE:\\n\\N\\x\\\nbare\nEND:VCARD"),
    ];

    /// <summary>Whatever a file holds: no exception, and what was read is written and read again as the same card.</summary>
    private static void Check(byte[] file)
    {
        VCard? last = null;
        foreach (var (card, problem) in VCardReader.Read(file))
        {
            Assert.True(card is not null || problem is not null);
            if (card is null) continue;
            Assert.True(card.Offset + card.Original.Length <= file.Length);
            Assert.True(card.Original.Span.SequenceEqual(file.AsSpan((int)card.Offset, card.Original.Length)));
            if (card.Version != VCardVersion.V21) SameWhenWritten(card);

            var thirty = card.To(VCardVersion.V30);
            var forty = thirty.To(VCardVersion.V40);
            foreach (var converted in (VCard[])[thirty, forty, forty.To(VCardVersion.V30)])
                SameWhenWritten(converted);

            var view = ContactView.Of(card);
            Assert.Same(card, ContactEditor.Apply(card, view));
            var edited = ContactEditor.Apply(card, view with { Title = view.Title + "!", Phones = view.Phones.Add(new("L", ["x"], "1", true)) });
            Assert.Equal(view.Title + "!", ContactView.Of(Corpus.One(VCardWriter.Write(edited))).Title);

            _ = ContactIdentity.KeyOf(card);
            if (last is not null)
            {
                var one = ContactMerge.ThreeWay(null, last, card, theirsNewer: true).Card;
                var other = ContactMerge.ThreeWay(null, card, last, theirsNewer: false).Card;
                Assert.Equal(VCardWriter.Write(one), VCardWriter.Write(other));
            }
            last = card;
        }
    }

    private static void SameWhenWritten(VCard card)
    {
        var again = Corpus.One(VCardWriter.Write(card));
        if (!card.Equals(again)) // the difference, not 30 lines of each
            Assert.Equal(card.Properties.Select(p => p.ToString()).Except(again.Properties.Select(p => p.ToString())), again.Properties.Select(p => p.ToString()).Except(card.Properties.Select(p => p.ToString())));
        Assert.Equal(card, again);
    }

    [Attack("I01")]
    [Fact]
    public void AnyBytesReadWithoutThrowingAndSurviveBeingWritten()
    {
        var clock = ThreadTime.Start();
        foreach (var file in Mutations.Of(Seeds, 2500, 7, Pieces)) Check(file);
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), $"took {clock.Elapsed}");
    }
}
