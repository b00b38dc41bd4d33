using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>Reads vCard 2.1, 3.0 and 4.0 files, one or many cards, as phones and programs really write them.</summary>
/// <remarks>
/// Takes UTF-8 and UTF-16, with or without a mark, any line ends, cards without END, text between cards, broken folding, wrong character
/// sets, repeated FN, N or PRODID. Every card that could be made out comes with a card; what had to be mended comes as a problem beside it.
/// Bytes between cards come as a problem alone. Never throws for what a file holds (the stream's own errors pass through) and takes time
/// in proportion to its bytes.
/// </remarks>
public static class VCardReader
{
    /// <summary>The most of one card that is kept, 32 MiB: a contact with a camera's full picture. The rest is skipped and reported.</summary>
    public const int MaxCardBytes = 32 << 20;

    /// <summary>The longest name with parameters, 64 KiB. A longer line is kept as X-CANDOR-UNREAD.</summary>
    public const int MaxHeaderBytes = 64 << 10;

    /// <summary>The most properties and parameters of one card, together: a group card with every contact of a phone fits.</summary>
    public const int MaxParts = 50_000;

    /// <summary>Name under which a line that is no property is kept; its value is the line.</summary>
    public const string UnreadName = "X-CANDOR-UNREAD";

    /// <summary>Reads card by card; holds one card in memory. Does not close the stream.</summary>
    public static IEnumerable<Reading<VCard>> Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ReadCore(stream);
    }

    public static IEnumerable<Reading<VCard>> Read(byte[] file) => Read(new MemoryStream(file, writable: false));

    private static IEnumerable<Reading<VCard>> ReadCore(Stream stream)
    {
        var splitter = new CardSplitter(stream);
        var number = 0;
        foreach (var slice in splitter.Slices())
        {
            if (slice.IsCard) yield return ReadCard(slice, ++number, splitter.Kind);
            else
                yield return Reading<VCard>.Failed(
                    number == 0 ? "before card 1" : $"after card {number}", slice.Offset, $"{slice.Length} bytes that belong to no card were skipped.");
        }
    }

    private static Reading<VCard> ReadCard(CardSlice slice, int number, CardBytes kind)
    {
        var mends = new Mends();
        if (slice.Length > slice.Bytes.Length) mends.Add($"it has {slice.Length} bytes, the first {slice.Bytes.Length} were kept");
        else if (!slice.Ended) mends.Add("END:VCARD is missing");

        var text = slice.Bytes;
        if (kind != CardBytes.Ascii)
        {
            var decoded = (kind == CardBytes.Utf16LittleEndian ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(text.Span);
            if (decoded.Contains('\uFFFD')) mends.Add("some UTF-16 was damaged, marked \uFFFD");
            text = Encoding.UTF8.GetBytes(decoded);
        }
        else if (text.Span.StartsWith(CardSplitter.Mark)) text = text[CardSplitter.Mark.Length..];

        var (version, properties) = CardParser.Parse(text.Span, mends);
        var mended = mends.Any || kind != CardBytes.Ascii;
        var card = VCard.Read(version, properties, slice.Bytes, slice.Offset, mended);
        if (ContactView.DisplayName(card).Length == 0) mends.Add("nothing in it names anyone");
        return new Reading<VCard>(card, mends.Any ? new FormatProblem($"card {number}", slice.Offset, mends.Sentence()) : null);
    }
}

/// <summary>What had to be put right in one card, each thing once, in a sentence.</summary>
internal sealed class Mends
{
    /// <summary>More than this many different things are counted, not told.</summary>
    private const int Told = 8;

    private List<string>? _told; // most cards need none
    private int _more;

    public bool Any => _told is not null;

    public void Add(string what)
    {
        _told ??= [];
        if (_told.Contains(what)) return;
        if (_told.Count < Told) _told.Add(what);
        else _more++;
    }

    public string Sentence()
    {
        var sentence = string.Join("; ", _told ?? []) + (_more > 0 ? $"; and {_more} more" : "") + ".";
        return char.ToUpperInvariant(sentence[0]) + sentence[1..];
    }
}
