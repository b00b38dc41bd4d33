using System.Text;

namespace Candor.Sealing;

/// <summary>The 2,048 English words of BIP-39, in order. No two share their first four letters, and the order is alphabetical.</summary>
internal static class WordList
{
    public const int Count = 2048;

    /// <summary>Letters that tell a word.</summary>
    private const int TellingLetters = 4;

    private static readonly Lazy<string[]> Loaded = new(Load);

    public static string Word(int index) => Loaded.Value[index];

    /// <summary>
    /// The index of a word written out, or of the only word that begins with these letters, four at least; upper and lower case alike.
    /// Else −1.
    /// </summary>
    public static int IndexOf(ReadOnlySpan<char> written)
    {
        string[] words = Loaded.Value;
        Span<char> lower = stackalloc char[8]; // The longest word has 8 letters.
        if (written.IsEmpty || written.Length > lower.Length || !Ascii.IsValid(written)) return -1;
        written.ToLowerInvariant(lower);
        lower = lower[..written.Length];

        // The first word that is not before what was written: the word itself, or the first that begins with it.
        int low = 0;
        int high = words.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (words[middle].AsSpan().SequenceCompareTo(lower) < 0) low = middle + 1;
            else high = middle;
        }

        bool found = low < words.Length
            && words[low].AsSpan().StartsWith(lower)
            && (words[low].Length == lower.Length || lower.Length >= TellingLetters);
        lower.Clear();
        return found ? low : -1;
    }

    private static string[] Load()
    {
        using Stream resource = typeof(WordList).Assembly.GetManifestResourceStream("bip39-english.txt")
            ?? throw new InvalidOperationException("The word list was left out of the build.");
        using StreamReader reader = new(resource);
        string[] words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == Count ? words : throw new InvalidOperationException("The word list was changed.");
    }
}
