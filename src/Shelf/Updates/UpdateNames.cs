using System.Globalization;
using System.Text;
using Candor.Shelf.Tuf;

namespace Candor.Shelf.Updates;

/// <summary>What names and texts of an update may be (spec/shelf.md §5): they become parts of URLs, of lines and of what a person reads.</summary>
public static class UpdateNames
{
    /// <summary>Unix seconds, 2100-01-01: a time beyond would hide all later updates from phones.</summary>
    public const long LatestTime = 4_102_444_800;

    /// <summary>Characters of what the publisher writes about an update.</summary>
    public const int LongestNotes = 4_000;

    private const int LongestName = 64, LongestChannel = 32, LongestFile = 128;

    /// <summary>A device, a build, a version: letters, digits, dots, hyphens, underscores; the first is a letter or a digit.</summary>
    public static bool IsName(string? text) => Is(text, LongestName) && char.IsAsciiLetterOrDigit(text![0]);

    /// <summary>A channel: a–z, 0–9, "_". LineageOS's updater writes it small, and in GrapheneOS's lines the last "-" of a name stands before it.</summary>
    public static bool IsChannel(string? text) => text is { Length: > 0 and <= LongestChannel } && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>A file: as a name, and ending in ".zip".</summary>
    public static bool IsFile(string? text) => Is(text, LongestFile) && char.IsAsciiLetterOrDigit(text![0]) && text.EndsWith(".zip", StringComparison.Ordinal);

    /// <summary>A release of a program: as a file, with any ending.</summary>
    public static bool IsRelease(string? text) => Is(text, LongestFile) && char.IsAsciiLetterOrDigit(text![0]);

    /// <summary>A sentence where a version or notes are not fit for an entry; else "".</summary>
    internal static string Wrong(string version, string notes) => !IsName(version) ? $"\"{version}\" is no version: letters, digits and .-_, at most 64."
        : notes.Length > LongestNotes || !IsText(notes) ? $"The notes are longer than {LongestNotes} characters, or have control characters."
        : "";

    /// <summary>Lines: a line feed within a string would be no JSON once it is in canonical form.</summary>
    internal static TufValue WriteNotes(string notes) => TufJson.List(notes.Length == 0 ? [] : notes.Split('\n'));

    /// <summary>Null: they are none.</summary>
    internal static string? ReadNotes(TufValue value)
    {
        if (value.Array is not { } lines || lines.Any(l => l.Text is not { } text || !IsLine(text)) || lines is [{ Text.Length: 0 }]) return null;
        string notes = string.Join('\n', lines.Select(l => l.Text));
        return notes.Length <= LongestNotes ? notes : null;
    }

    /// <summary>True for text of one line that shows as what it is.</summary>
    public static bool IsLine(string text) => IsText(text) && !text.Contains('\n', StringComparison.Ordinal);

    /// <summary>True for text that shows as what it is: no control characters but line feeds, nothing that turns the direction of what stands beside it, no halves of characters.</summary>
    public static bool IsText(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out int taken) != System.Buffers.OperationStatus.Done) return false;
            if (rune.Value is 0x061C or 0x200E or 0x200F or 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF) return false;
            if (rune.Value != '\n' && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) return false;
            i += taken;
        }
        return true;
    }

    private static bool Is(string? text, int longest) => text is { Length: > 0 } && text.Length <= longest && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
