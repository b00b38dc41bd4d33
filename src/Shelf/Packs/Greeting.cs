namespace Candor.Shelf.Packs;

/// <summary>What a greeting is; the numbers are those of spec/greeting-pack.md.</summary>
public enum GreetingKind
{
    Message = 0,
    Joke = 1,
    Poem = 2,
    Holiday = 3,
}

/// <summary>A text that somebody sends to somebody.</summary>
/// <param name="Occasion">As in spec/occasions.md, or a maker's own.</param>
/// <param name="Kind">Message, joke, poem or holiday.</param>
/// <param name="Text">1 to 1,000 characters that passed <see cref="GreetingText.Problem"/>.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Licence">SPDX identifier, or a name.</param>
public sealed record Greeting(string Occasion, GreetingKind Kind, string Text, string Author, string Licence);

/// <summary>The words and names of greetings, as sources and packs may have them.</summary>
public static class GreetingNames
{
    public const int LongestName = 40, LongestLanguage = 35, LongestAuthor = 100, LongestLicence = 60;

    public static IReadOnlyList<string> Kinds { get; } = ["message", "joke", "poem", "holiday"];

    public static string Word(this GreetingKind kind) => Kinds[(int)kind];

    public static GreetingKind? KindOf(string word)
    {
        for (int i = 0; i < Kinds.Count; i++)
        {
            if (Kinds[i] == word) return (GreetingKind)i;
        }
        return null;
    }

    /// <summary>An occasion or the id of a pack: 1 to 40 of a–z, 0–9 and "-".</summary>
    public static bool IsName(string? name) => name is { Length: > 0 and <= LongestName } && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>A BCP 47 language: 2 or 3 small letters, then subtags of 2 to 8 letters or digits.</summary>
    public static bool IsLanguage(string? tag)
    {
        if (tag is not { Length: >= 2 and <= LongestLanguage }) return false;
        string[] parts = tag.Split('-');
        return parts[0].Length is 2 or 3 && parts[0].All(char.IsAsciiLetterLower) && parts[1..].All(p => p.Length is >= 2 and <= 8 && p.All(char.IsAsciiLetterOrDigit));
    }

    internal static bool IsLine(string? text, int longest) => text is { Length: > 0 } && text.Length <= longest && !text.Contains('\n', StringComparison.Ordinal) && GreetingText.Problem(text) is null;
}
