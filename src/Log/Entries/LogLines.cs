using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>The spelling that entries and openings share: a first line, then lines of a word and a value in a fixed order (spec/public-log.md §2).</summary>
internal static class LogLines
{
    /// <summary>What a value must look like, by its word; a word has one form wherever it stands.</summary>
    private static readonly Dictionary<string, Func<string, bool>> Forms = new(StringComparer.Ordinal)
    {
        ["name"] = IsText,
        ["version"] = IsText,
        ["file"] = v => LogFile.TryParse(v, out _),
        ["role"] = v => v is "log" or "checkpoint" or "witness" or "shelf",
        ["old"] = IsKeyOrNone,
        ["new"] = IsKeyOrNone,
        ["hour"] = v => IsTime(v, "yyyy-MM-dd'T'HH"),
        ["day"] = v => IsTime(v, "yyyy-MM-dd"),
        ["leaves"] = v => TryNumber(v, out long n) && n >= 1024 && (n & (n - 1)) == 0,
        ["root"] = IsHash,
        ["value"] = IsHash,
        ["leaf"] = IsHash,
        ["statement"] = IsText,
        ["what"] = IsText,
        ["account"] = v => v == "all" || Id.TryParse(v, out _),
        ["index"] = v => TryNumber(v, out _),
        ["kind"] = IsText,
        ["by"] = IsText,
        ["reason"] = IsText,
        ["scope"] = IsText,
    };

    /// <summary>Reads the lines after the first; null for anything else than one value of its form for each word in order. The last word may repeat as often as <paramref name="repeat"/> says.</summary>
    internal static List<(string Word, string Value)>? Read(ReadOnlySpan<byte> rest, string[] words, int repeat)
    {
        var lines = new List<(string, string)>(words.Length);
        while (!rest.IsEmpty)
        {
            if (lines.Count >= words.Length - 1 + repeat || rest.IndexOf((byte)'\n') < 0) return null;
            string line = Encoding.UTF8.GetString(NoteText.TakeLine(ref rest));
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string word = words[Math.Min(lines.Count, words.Length - 1)];
            if (space < 0 || line[..space] != word || !Fits(word, line[(space + 1)..])) return null;
            lines.Add((word, line[(space + 1)..]));
        }
        return lines.Count >= words.Length ? lines : null;
    }

    internal static bool Fits(string word, string value) => Forms.TryGetValue(word, out var fits) && IsText(value) && fits(value);

    internal static byte[] Write(string first, IEnumerable<(string Word, string Value)> lines)
    {
        var text = new StringBuilder(first).Append('\n');
        foreach (var (word, value) in lines) text.Append(word).Append(' ').Append(value).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Whether text may be a value: one line, not empty, no space at its ends.</summary>
    internal static bool IsText(string value) => NoteText.IsLine(value) && value[0] != ' ' && value[^1] != ' ' && !value.Contains('\u007f', StringComparison.Ordinal);

    internal static bool TryNumber(string text, out long value) => NoteText.TryParseDecimal(Encoding.UTF8.GetBytes(text), out value);

    private static bool IsHash(string value) => Hash32.TryParseHex(value, out _);

    private static bool IsKeyOrNone(string value) => value == "none" || NoteVerifierKey.TryParse(value, out _, out _);

    private static bool IsTime(string value, string form) => DateTime.TryParseExact(value, form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) && time.ToString(form, CultureInfo.InvariantCulture) == value;
}

/// <summary>A file that an entry names.</summary>
/// <param name="Path">Relative, ASCII, parts divided by slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256.</param>
public sealed record LogFile(string Path, long Size, Hash32 Hash)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Path} {Size} {Hash}");

    internal static bool TryParse(string value, [NotNullWhen(true)] out LogFile? file)
    {
        file = null;
        string[] parts = value.Split(' ');
        if (parts.Length != 3 || !LogLines.TryNumber(parts[1], out long size) || !Hash32.TryParseHex(parts[2], out var hash)) return false;
        if (!System.Text.Ascii.IsValid(parts[0]) || parts[0].Split('/').Any(p => p is "" or "." or "..")) return false;
        file = new(parts[0], size, hash);
        return true;
    }
}
