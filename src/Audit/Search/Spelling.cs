using System.Globalization;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>One way to write a value as text, before any encoding of it.</summary>
/// <param name="Text">The text.</param>
/// <param name="Form">What it is: "international digits", "surname first".</param>
/// <param name="Guard">What must not stand beside it.</param>
/// <param name="AnyCase">Whether upper and lower case are the same.</param>
/// <param name="Encoded">Whether it is looked for in base64, hex, UTF-16 and so on as well.</param>
/// <param name="Hashed">Whether programs are known to hash it.</param>
internal sealed record Spelling(string Text, string Form, Guard Guard = Guard.None, bool AnyCase = false, bool Encoded = true, bool Hashed = false)
{
    public Confidence Most { get; init; } = Confidence.Certain;

    /// <summary>Every way to write a value that is text. Photos and places have none: their forms are not text.</summary>
    public static IEnumerable<Spelling> Of(OwnerValue value) => value.Kind switch
    {
        OwnerKind.OwnNumber or OwnerKind.ContactNumber => PhoneSpellings.Of(value.Text),
        OwnerKind.OwnName or OwnerKind.ContactName => NameSpellings.Of(value.Text),
        OwnerKind.OwnEmail or OwnerKind.ContactEmail => Email(value.Text),
        OwnerKind.OwnAddress or OwnerKind.ContactAddress => [new(value.Text, "text", Guard.Word, AnyCase: true)],
        OwnerKind.Message => [new(value.Text, "text", Hashed: true)],
        OwnerKind.Imei => Imei(value.Text),
        OwnerKind.Imsi or OwnerKind.Iccid => [new(value.Text, "digits", Guard.None, Hashed: true)],
        OwnerKind.Mac => Mac(value.Text),
        OwnerKind.AdvertisingId => Uuid(value.Text),
        OwnerKind.AndroidId => AndroidId(value.Text),
        OwnerKind.Photo or OwnerKind.Place => [],
        _ => Identifier(value.Text),
    };

    private static IEnumerable<Spelling> Email(string text)
    {
        string lower = text.ToLowerInvariant();
        yield return new(lower, "text", Guard.Word, AnyCase: true, Hashed: true);
        if (text != lower) yield return new(text, "text as written", Guard.Word, Encoded: true, Hashed: true);
        yield return new(text.ToUpperInvariant(), "text in capitals", Guard.Word, Encoded: false, Hashed: true);
    }

    private static IEnumerable<Spelling> Imei(string text)
    {
        yield return new(text, "digits", Hashed: true);
        if (text.Length >= 15) yield return new(text[..14], "first 14 digits", Guard.Digit, Hashed: true);
        if (text.Length == 15) yield return new($"{text[..2]}-{text[2..8]}-{text[8..14]}-{text[14..]}", "digits with dashes", Encoded: false);
    }

    private static IEnumerable<Spelling> Mac(string text)
    {
        string hex = new([.. text.Where(char.IsAsciiHexDigit)]);
        (string Separator, int Size, string Form)[] ways = [(":", 2, "with colons"), ("-", 2, "with dashes"), (".", 4, "with dots"), ("", 2, "without separators")];
        foreach (var (separator, size, form) in ways)
        {
            string spelled = string.Join(separator, hex.Chunk(size).Select(part => new string(part)));
            yield return new(spelled.ToLowerInvariant(), form, Guard.Word, AnyCase: true, Hashed: true);
            yield return new(spelled.ToUpperInvariant(), form + ", capitals", Guard.Word, Hashed: true) { Text = spelled.ToUpperInvariant() };
        }
        yield return new(ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), "as a decimal number", Guard.Digit, Encoded: false);
    }

    private static IEnumerable<Spelling> Uuid(string text)
    {
        var id = Guid.Parse(text);
        foreach (var (format, form) in ((string, string)[])[("d", "with dashes"), ("n", "without dashes")])
        {
            string lower = id.ToString(format);
            yield return new(lower, form, Guard.Word, AnyCase: true, Hashed: true);
            yield return new(lower.ToUpperInvariant(), form + ", capitals", Guard.Word, Hashed: true);
        }
    }

    private static IEnumerable<Spelling> AndroidId(string text)
    {
        string lower = text.ToLowerInvariant();
        yield return new(lower, "hex digits", Guard.None, AnyCase: true, Hashed: true);
        yield return new(lower.ToUpperInvariant(), "hex digits, capitals", Guard.None, Hashed: true);
        if (text.Length > 16) yield break;
        ulong number = ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        yield return new(number.ToString(CultureInfo.InvariantCulture), "as a decimal number", Guard.Digit);
        long signed = unchecked((long)number);
        if (signed < 0) yield return new(signed.ToString(CultureInfo.InvariantCulture), "as a negative decimal number", Guard.Digit);
    }

    private static IEnumerable<Spelling> Identifier(string text)
    {
        yield return new(text, "text", Guard.Word, Hashed: true);
        string lower = text.ToLowerInvariant(), upper = text.ToUpperInvariant();
        if (lower != text) yield return new(lower, "text in small letters", Guard.Word, Hashed: true);
        if (upper != text) yield return new(upper, "text in capitals", Guard.Word, Hashed: true);
    }
}

/// <summary>Ways to write a telephone number.</summary>
internal static class PhoneSpellings
{
    /// <summary>Calling codes of two digits; 1 and 7 have one, all others three (ITU-T E.164, list of country codes).</summary>
    private static readonly string[] s_twoDigits =
        [.. "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".Split(' ')];

    public static IEnumerable<Spelling> Of(string text)
    {
        string digits = new([.. text.Where(char.IsAsciiDigit)]);
        bool international = text.TrimStart().StartsWith('+');
        if (!international && digits.StartsWith("00", StringComparison.Ordinal)) (digits, international) = (digits[2..], true);
        if (!international)
        {
            yield return new(digits, "digits", Guard.Digit, Hashed: true);
            if (digits.StartsWith('0')) yield return new(digits[1..], "digits without the leading 0", Guard.Digit);
            yield break;
        }
        string code = CallingCode(digits), national = digits[code.Length..];
        // A plus is no digit: these find "+49…" too. As hash inputs all of them differ.
        yield return new(digits, "international digits", Guard.Digit, Hashed: true);
        yield return new("+" + digits, "E.164", Guard.Digit, Hashed: true);
        yield return new("00" + digits, "international digits after 00", Guard.Digit, Encoded: false, Hashed: true);
        yield return new("0" + national, "national digits after 0", Guard.Digit, Hashed: true);
        yield return new(national, "national digits", Guard.Digit, Hashed: true);
        // Groups that are not listed are found too: the search takes blanks and dashes out of runs of digits.
        foreach (string separator in (string[])[" ", "-", "."])
        {
            string grouped = string.Join(separator, national.Chunk(3).Select(part => new string(part)));
            yield return new($"+{code}{separator}{grouped}", "international, in groups", Guard.Digit, Encoded: false);
            yield return new($"+{code} {national}", "international, after a blank", Guard.Digit, Encoded: false);
        }
        if (text.Any(c => !char.IsAsciiDigit(c) && c != '+')) yield return new(text, "as in the owner file", Guard.Digit, Hashed: true);
    }

    public static string CallingCode(string digits) =>
        digits.Length == 0 ? "" : digits[0] is '1' or '7' ? digits[..1] : digits.Length >= 2 && s_twoDigits.Contains(digits[..2]) ? digits[..2] : digits[..Math.Min(3, digits.Length)];
}

/// <summary>Ways to write a person's name.</summary>
internal static class NameSpellings
{
    /// <summary>Letters with accents, behind the plain ones that stand for them.</summary>
    private static readonly Dictionary<char, string> s_plain = "a:àáâãäåāăą c:çćč d:ďđ e:èéêëēęěė i:ìíîïī l:ł n:ńñň o:òóôõöøōő r:ř s:śšşș t:ťț u:ùúûüūůű y:ýÿ z:žźż ss:ß ae:æ oe:œ".Split(' ')
        .SelectMany(entry => entry[(entry.IndexOf(':', StringComparison.Ordinal) + 1)..].Select(c => (c, entry[..entry.IndexOf(':', StringComparison.Ordinal)]))).ToDictionary(pair => pair.c, pair => pair.Item2);

    /// <summary>The name as it is, without accents, and in the letters that stand for them in Germany and Scandinavia; letters beyond ASCII in each case, for a search knows the cases of those of ASCII only.</summary>
    public static IEnumerable<Spelling> Of(string text)
    {
        foreach (var (name, way) in new[] { (text, ""), (Unaccented(text), ", without accents"), (Unaccented(text, german: true), ", accents as two letters") }.DistinctBy(n => n.Item1))
        {
            foreach (var spelling in Forms(name))
            {
                yield return spelling with { Form = spelling.Form + way };
                if (spelling.Text.All(char.IsAscii)) continue;
                foreach (string other in new[] { spelling.Text.ToLowerInvariant(), spelling.Text.ToUpperInvariant() }.Where(o => o != spelling.Text))
                    yield return spelling with { Text = other, Form = $"{spelling.Form}{way}, in one case", Hashed = false };
            }
        }
    }

    private static IEnumerable<Spelling> Forms(string text)
    {
        string[] parts = text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        yield return new(text, "text", Guard.Word, AnyCase: true, Hashed: true) { Most = Most(text) };
        if (Pinyin.Of(text) is { } readings)
        {
            foreach (var (family, given) in readings)
            {
                string joined = string.Concat(given);
                (string, string)[] orders = [($"{family} {joined}", "pinyin, surname first"), ($"{joined} {family}", "pinyin, surname last"), (family + joined, "pinyin in one word, surname first"), (joined + family, "pinyin in one word, surname last"), ($"{family} {string.Join(' ', given)}", "pinyin in syllables")];
                foreach (var (spelled, form) in orders.DistinctBy(o => o.Item1)) yield return new(spelled, form, Guard.Word, AnyCase: true) { Most = Confidence.Likely };
            }
            yield break;
        }
        if (parts.Length < 2) yield break;
        string first = string.Join(' ', parts[..^1]), last = parts[^1];
        yield return new($"{last} {first}", "surname first", Guard.Word, AnyCase: true) { Most = Most(text) };
        yield return new($"{last}, {first}", "surname first, with a comma", Guard.Word, AnyCase: true) { Most = Most(text) };
        foreach (string joint in (string[])["", ".", "_", "-"])
        {
            yield return new(string.Join(joint, parts), $"joined by \"{joint}\"", Guard.Word, AnyCase: true, Encoded: false) { Most = Most(text) };
            yield return new(last + joint + string.Join(joint, parts[..^1]), $"surname first, joined by \"{joint}\"", Guard.Word, AnyCase: true, Encoded: false) { Most = Most(text) };
        }
        yield return new($"{first[0]}. {last}", "with an initial", Guard.Word, AnyCase: true, Encoded: false) { Most = Confidence.Possible };
        yield return new($"{first[0]} {last}", "with an initial, no dot", Guard.Word, AnyCase: true, Encoded: false) { Most = Confidence.Possible };
        yield return new($"{first} {last[0]}.", "with the surname's initial", Guard.Word, AnyCase: true, Encoded: false) { Most = Confidence.Possible };
    }

    /// <summary>Somebody else may have the name; only one as long as a canary's is proof.</summary>
    private static Confidence Most(string text) => text.Length >= 16 ? Confidence.Certain : Confidence.Likely;

    /// <summary>Latin letters without their accents. By a table, for the programs run without culture data.</summary>
    private static string Unaccented(string text, bool german = false)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            string? letter = german ? char.ToLowerInvariant(c) switch { 'ä' => "ae", 'ö' or 'ø' => "oe", 'ü' => "ue", 'å' => "aa", _ => null } : null;
            letter ??= s_plain.GetValueOrDefault(char.ToLowerInvariant(c));
            plain.Append(letter is null ? c.ToString() : char.IsUpper(c) ? letter.ToUpperInvariant() : letter);
        }
        return plain.ToString();
    }
}
