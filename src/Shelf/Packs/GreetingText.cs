using System.Globalization;
using System.Text;

namespace Candor.Shelf.Packs;

/// <summary>What the text of a greeting may be (spec/greeting-pack.md §2): it is sent on by people who trust it, so it holds no link, no number to call and nothing that shows as something else.</summary>
public static class GreetingText
{
    /// <summary>Unicode scalar values.</summary>
    public const int Longest = 1_000;

    private const int MostDigits = 6;

    /// <summary>Null where the text is fit to be sent; else what is wrong, as the end of a sentence. Never throws.</summary>
    public static string? Problem(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return "is empty";
        // A scalar value is at most two units.
        if (text.Length > 2 * Longest) return "is longer than 1,000 characters";
        int length = 0, digits = 0;
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out int taken) != System.Buffers.OperationStatus.Done) return "is not valid Unicode";
            i += taken;
            if (++length > Longest) return "is longer than 1,000 characters";
            if (IsForbidden(rune)) return string.Create(CultureInfo.InvariantCulture, $"has the character U+{rune.Value:X4}, which is not for text messages");
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber) digits++;
            else if (!IsPhoneSeparator(rune)) digits = 0;
            if (digits > MostDigits) return "has digits that look like a phone number";
        }
        return HasLink(text) ? "has a link or an address" : null;
    }

    /// <summary>What two texts have in common when they are one greeting: small letters, full-width forms as ASCII, no white space and no punctuation.</summary>
    /// <remarks>Not NFKC: without a culture's data .NET leaves everything but ASCII as it is.</remarks>
    internal static string Likeness(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var given in text.EnumerateRunes())
        {
            var rune = Rune.ToLowerInvariant(given.Value is >= 0xFF01 and <= 0xFF5E ? new Rune(given.Value - 0xFF01 + '!') : given);
            if (Rune.IsLetterOrDigit(rune) || Rune.IsSymbol(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNumber or UnicodeCategory.LetterNumber)
                kept.Append(rune.ToString());
        }
        return kept.ToString();
    }

    private static bool IsForbidden(Rune rune) => rune.Value switch
    {
        '\n' => false,
        0x061C or 0x200E or 0x200F or 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF or (>= 0xFFF0 and <= 0xFFFF) or (>= 0xE0000 and <= 0xE0FFF) => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate,
    };

    private static bool IsPhoneSeparator(Rune rune) => rune.Value is ' ' or '-' or '.' or '/' or '(' or ')' or '+' or 0xA0 or 0x2010 or 0x2011 or 0x2012 or 0x2013;

    private static bool HasLink(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal) || text.Contains("www.", StringComparison.OrdinalIgnoreCase)) return true;
        for (int i = 1; i + 1 < text.Length; i++)
        {
            if (text[i] == '@' && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i + 1])) return true;
            if (text[i] == '.' && char.IsAsciiLetterOrDigit(text[i - 1]) && i + 2 < text.Length && char.IsAsciiLetter(text[i + 1]) && char.IsAsciiLetter(text[i + 2])) return true;
        }
        return false;
    }
}
