using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Candor.Shelf.Packs;

/// <summary>Where greetings of a source come from; for a file of <c>fortune</c> the caller says it, else the file's header does.</summary>
public sealed record GreetingOrigin(string Language, string Occasion, GreetingKind Kind, string Author, string Licence);

/// <summary>A source file of greetings (spec/greeting-pack.md §1). Reading is total: good entries come back, each other one is named in <see cref="Problems"/>.</summary>
/// <param name="Language">Of all entries; empty where the header cannot be read, and then there are none.</param>
/// <param name="Entries">In the order of the file.</param>
/// <param name="Problems">Sentences with the line's number.</param>
public sealed partial record GreetingSource(string Language, IReadOnlyList<Greeting> Entries, IReadOnlyList<string> Problems)
{
    /// <summary>Bytes of a file.</summary>
    public const int Largest = 4 << 20;

    private const int MostProblems = 100;

    private static readonly string[] HeaderNames = ["language", "occasion", "kind", "author", "licence"];

    /// <summary>Reads a file with a header.</summary>
    public static GreetingSource Read(ReadOnlySpan<byte> bytes)
    {
        if (Text(bytes) is not { } text) return Refused("The file is larger than 4 MiB or is not UTF-8.");
        string[] lines = text.Split('\n');
        var header = new Dictionary<string, string>();
        int at = 0;
        for (; at < lines.Length && lines[at].Length > 0; at++)
        {
            string[] parts = lines[at].Split(": ", 2);
            if (parts.Length != 2 || !HeaderNames.Contains(parts[0]) || !header.TryAdd(parts[0], parts[1].Trim()))
                return Refused(string.Create(CultureInfo.InvariantCulture, $"Line {at + 1}: the header has the lines {string.Join(", ", HeaderNames)}, each once, then an empty line."));
        }
        foreach (string name in HeaderNames.Where(n => !header.ContainsKey(n))) return Refused($"The header has no line \"{name}: …\".");
        if (GreetingNames.KindOf(header["kind"]) is not { } kind) return Refused($"\"{header["kind"]}\" is no kind: they are {string.Join(", ", GreetingNames.Kinds)}.");
        var origin = new GreetingOrigin(header["language"], header["occasion"], kind, header["author"], header["licence"]);
        return Problem(origin) is { } problem ? Refused(problem) : EntriesOf(lines, at, origin);
    }

    /// <summary>Reads a file as <c>fortune</c> has them: texts between lines "%", no header.</summary>
    /// <exception cref="ArgumentException">The caller's own origin is not one.</exception>
    public static GreetingSource ReadFortunes(ReadOnlySpan<byte> bytes, GreetingOrigin origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        if (Problem(origin) is { } problem) throw new ArgumentException(problem, nameof(origin));
        if (Text(bytes) is not { } text) return Refused("The file is larger than 4 MiB or is not UTF-8.");
        return EntriesOf(Escapes().Replace(text, "").Replace('\t', ' ').Split('\n'), 0, origin);
    }

    private static string? Problem(GreetingOrigin origin) =>
        !GreetingNames.IsLanguage(origin.Language) ? $"\"{origin.Language}\" is no language: write it as en, de or zh-Hans."
        : !GreetingNames.IsName(origin.Occasion) ? $"\"{origin.Occasion}\" is no occasion: a–z, 0–9 and \"-\", at most 40."
        : !GreetingNames.IsLine(origin.Author, GreetingNames.LongestAuthor) ? "The author is a line of 1 to 100 plain characters."
        : !GreetingNames.IsLine(origin.Licence, GreetingNames.LongestLicence) ? "The licence is a line of 1 to 60 plain characters."
        : null;

    private static GreetingSource EntriesOf(string[] lines, int from, GreetingOrigin origin)
    {
        var entries = new List<Greeting>();
        var problems = new List<string>();
        var text = new StringBuilder();
        var kind = origin.Kind;
        int first = from + 1;
        for (int i = from; i <= lines.Length; i++)
        {
            bool divides = i == lines.Length || lines[i] == "%" || lines[i].StartsWith("% ", StringComparison.Ordinal);
            if (!divides)
            {
                // What is too long is refused as a whole; no more of it is kept than tells that.
                if (text.Length <= 4 * GreetingText.Longest) text.Append(lines[i].TrimEnd()).Append('\n');
                continue;
            }
            string entry = text.ToString().Trim(' ', '\n', '\u3000', '\u00A0');
            if (entry.Length > 0)
            {
                if (GreetingText.Problem(entry) is not { } wrong) entries.Add(new(origin.Occasion, kind, entry, origin.Author, origin.Licence));
                else if (problems.Count < MostProblems) problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {first}: the entry {wrong}."));
            }
            text.Clear();
            first = i + 2;
            if (i == lines.Length) break;
            kind = origin.Kind;
            if (lines[i][1..].Trim() is { Length: > 0 } word)
            {
                if (GreetingNames.KindOf(word) is { } named) kind = named;
                else if (problems.Count < MostProblems) problems.Add(string.Create(CultureInfo.InvariantCulture, $"Line {i + 1}: \"{word[..Math.Min(40, word.Length)]}\" is no kind."));
            }
        }
        return new(origin.Language, entries, problems);
    }

    private static string? Text(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= Largest && System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal) : null;

    private static GreetingSource Refused(string problem) => new("", [], [problem]);

    // ECMA-48 §5.4: control sequences; and the two-character ones that stand beside them in old files.
    [GeneratedRegex("\u001b\\[[0-?]*[ -/]*[@-~]|\u001b[@-Z\\\\^_]")]
    private static partial Regex Escapes();
}
