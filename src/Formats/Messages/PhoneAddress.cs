using System.Buffers;

namespace Candor.Formats.Messages;

/// <summary>Spellings of one address made equal, as far as that needs no knowledge of countries.</summary>
public static class PhoneAddress
{
    /// <summary>What Android writes in a header where one's own number goes.</summary>
    internal const string Self = "insert-address-token";

    /// <summary>Characters that people and phones put between digits: blanks, dashes, dots, brackets, slashes, marks of writing
    /// direction.</summary>
    private static readonly SearchValues<char> Separators = SearchValues.Create(
        " \t\u00a0\u202f-\u2010\u2011\u2012\u2013\u2014\u2015().[]/\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");

    /// <summary>The form under which addresses are compared.</summary>
    /// <remarks>
    /// <list type="number">
    /// <item>Trim blanks; drop a leading "tel:" and a trailing "/TYPE=PLMN", both in any case.</item>
    /// <item>Drop separators: tab, space, U+00A0, U+202F, - ( ) . [ ] /, U+2010 to U+2015, U+200E, U+200F, U+202A to U+202E, U+2066 to
    /// U+2069. Turn digits of U+0660, U+06F0 and U+FF10 (Arabic-Indic, its extension, full-width) into ASCII. If what remains is an
    /// optional "+" and then only 0-9 * #, with at least one digit, it is a number and that is the answer.</item>
    /// <item>Otherwise the answer is the text after the first step with A-Z in lower case.</item>
    /// </list>
    /// "00" is not taken for "+", nor a national number for its international form: both depend on the country.
    /// </remarks>
    public static string Normalise(string address)
    {
        if (IsNumber(address))
            return address;
        ReadOnlySpan<char> text = address.AsSpan().Trim();
        if (text.StartsWith("tel:", StringComparison.OrdinalIgnoreCase))
            text = text[4..];
        if (text.EndsWith("/TYPE=PLMN", StringComparison.OrdinalIgnoreCase))
            text = text[..^10];
        string number = Squeeze(text);
        return IsNumber(number) ? number : ToLowerAscii(text);
    }

    /// <summary>Those whom a message's conversation is with. Where the export names everyone alike, and it was received by one, that one is
    /// oneself.</summary>
    internal static IEnumerable<MessageAddress> Conversation(MessageView view)
    {
        if (view.Participants > 0)
            return view.Addresses.Take(view.Participants);
        bool alone = view.Box == MessageBox.Inbox && view.Addresses.Count(a => a.Role is AddressRole.To or AddressRole.Cc) == 1;
        return alone ? view.Addresses.Where(a => a.Role == AddressRole.From) : view.Addresses;
    }

    internal static string ThreadKey(MessageView view)
    {
        if (view.Participants == 1 && view.Addresses.Count > 0)
            return Normalise(view.Addresses[0].Address);
        var addresses = new SortedSet<string>(StringComparer.Ordinal);
        foreach (MessageAddress a in Conversation(view))
            addresses.Add(Normalise(a.Address));
        return string.Join('~', addresses);
    }

    private static bool IsNumber(string text)
    {
        int from = text.StartsWith('+') ? 1 : 0;
        bool digit = false;
        foreach (char c in text.AsSpan(from))
        {
            if (!char.IsAsciiDigit(c) && c is not ('*' or '#'))
                return false;
            digit |= char.IsAsciiDigit(c);
        }
        return digit;
    }

    private static string Squeeze(ReadOnlySpan<char> text)
    {
        char[] kept = ArrayPool<char>.Shared.Rent(text.Length);
        int n = 0;
        foreach (char c in text)
        {
            if (Separators.Contains(c))
                continue;
            kept[n++] = c switch
            {
                >= '\u0660' and <= '\u0669' => (char)('0' + (c - '\u0660')),
                >= '\u06f0' and <= '\u06f9' => (char)('0' + (c - '\u06f0')),
                >= '\uff10' and <= '\uff19' => (char)('0' + (c - '\uff10')),
                _ => c,
            };
        }
        var squeezed = new string(kept, 0, n);
        ArrayPool<char>.Shared.Return(kept);
        return squeezed;
    }

    private static string ToLowerAscii(ReadOnlySpan<char> text) =>
        string.Create(text.Length, text, static (into, from) =>
        {
            for (int i = 0; i < from.Length; i++)
                into[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        });
}
