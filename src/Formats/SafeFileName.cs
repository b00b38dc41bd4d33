using System.Globalization;
using System.Text;

namespace Candor.Formats;

/// <summary>File names that every system can store, made from titles that anybody may have written.</summary>
/// <remarks>
/// Two different titles may give one name: <see cref="Distinct"/> keeps them apart. Text is never normalised, so a composed and a
/// decomposed "é" stay two names where the disk can tell them apart; where it cannot, the caller's test for "taken" says so.
/// </remarks>
public static class SafeFileName
{
    /// <summary>Longest name made here, in UTF-8 bytes: ext4, APFS and NTFS allow 255, and a temporary suffix must still fit.</summary>
    public const int MaxBytes = 200;

    private const int MaxExtensionBytes = 24;
    private const string Unnamed = "untitled";

    /// <summary>How a careful writer compares names: most phones, Windows and macOS ignore case.</summary>
    public static StringComparer Comparer => StringComparer.OrdinalIgnoreCase;

    /// <summary>A name for <paramref name="title"/> with <paramref name="extension"/> (".md", or "" for none).</summary>
    /// <returns>
    /// 1 to <see cref="MaxBytes"/> bytes of UTF-8 without separators, control or text-direction characters, reserved device names,
    /// leading dots, or trailing dots and spaces. "untitled" where nothing is left.
    /// </returns>
    public static string For(string title, string extension = "")
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(extension);
        var ending = CutBytes(Clean(extension), MaxExtensionBytes).TrimEnd(' ', '.');
        var stem = CutBytes(Clean(title).Trim(), MaxBytes - Encoding.UTF8.GetByteCount(ending) - 1).TrimEnd(' ', '.');
        if (stem.Length == 0)
            stem = Unnamed;
        if (stem[0] == '.' || IsReservedDevice(stem))
            stem = "_" + stem;
        return stem + ending;
    }

    /// <summary>A safe form of a file name that already has an extension, which is kept.</summary>
    public static string ForFile(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var dot = fileName.LastIndexOf('.');
        return dot > 0 ? For(fileName[..dot], fileName[dot..]) : For(fileName);
    }

    /// <summary>The first of "name.ext", "name (2).ext", "name (3).ext" … that is not <paramref name="taken"/>.</summary>
    /// <param name="name">An answer of <see cref="For"/>.</param>
    /// <param name="taken">Ask the set of names given out (with <see cref="Comparer"/>) and, where there is one, the disk.</param>
    public static string Distinct(string name, Func<string, bool> taken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(taken);
        if (!taken(name))
            return name;
        var dot = name.LastIndexOf('.');
        var (stem, ending) = dot > 0 ? (name[..dot], name[dot..]) : (name, "");
        for (var number = 2; ; number++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $" ({number})");
            var room = MaxBytes - Encoding.UTF8.GetByteCount(suffix) - Encoding.UTF8.GetByteCount(ending);
            var candidate = CutBytes(stem, room).TrimEnd(' ', '.') + suffix + ending;
            if (!taken(candidate))
                return candidate;
        }
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune.Value))
                continue;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator || rune.Value is '\t' or '\n' or '\r')
                clean.Append(' ');
            else if (MustReplace(rune))
                clean.Append('_');
            else
                clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    /// <summary>
    /// Text-direction and zero-width characters that make a name look like another. Joiners stay: emoji and Persian need them.
    /// </summary>
    private static bool IsInvisible(int value) => value is 0x00AD or 0x061C or 0x180E or 0x200B or 0x200E or 0x200F or 0xFEFF
        or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x206F) or (>= 0xFFF9 and <= 0xFFFB);

    private static bool MustReplace(Rune rune) =>
        rune.Value is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' or 0xFFFD
        || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control;

    /// <summary>
    /// Windows opens a device for these names whatever the extension. Source: Microsoft, "Naming Files, Paths, and Namespaces".
    /// </summary>
    private static bool IsReservedDevice(string stem)
    {
        var dot = stem.IndexOf('.', StringComparison.Ordinal);
        var name = (dot < 0 ? stem : stem[..dot]).TrimEnd(' ').ToUpperInvariant();
        return name is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$"
            || name.Length == 4 && (name.StartsWith("COM", StringComparison.Ordinal) || name.StartsWith("LPT", StringComparison.Ordinal))
               && (char.IsAsciiDigit(name[3]) || name[3] is '¹' or '²' or '³');
    }

    /// <summary>
    /// The longest start of <paramref name="text"/> that fits, never through the middle of what a reader sees as one character.
    /// </summary>
    private static string CutBytes(string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes)
            return text;
        int end = 0, bytes = 0;
        while (end < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, end);
            bytes += Encoding.UTF8.GetByteCount(text.AsSpan(end, length));
            if (bytes > maxBytes)
                break;
            end += length;
        }
        return end > 0 ? text[..end] : CutRunes(text, maxBytes);
    }

    /// <summary>For one "character" longer than a whole name: a letter under hundreds of combining marks.</summary>
    private static string CutRunes(string text, int maxBytes)
    {
        int end = 0, bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
                break;
            end += rune.Utf16SequenceLength;
        }
        return text[..end];
    }
}
