using System.Text;
using Candor.Client.Records;

namespace Candor.Client.Library;

/// <summary>Finds words in records, whatever their case and accents.</summary>
internal sealed class WordSearch(string words)
{
    private readonly string[] _words = Letters.Folded(words).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public bool Finds(RecordPlaintext content)
    {
        if (_words.Length == 0) return false;
        var text = new StringBuilder(content.Name).Append('\n');
        Add(text, content.View);
        text.Append(Encoding.UTF8.GetString(content.Original.Span));
        string folded = Letters.Folded(text.ToString());
        return Array.TrueForAll(_words, word => folded.Contains(word, StringComparison.Ordinal));
    }

    private static void Add(StringBuilder text, object? value)
    {
        switch (value)
        {
            case string s: text.Append(s).Append('\n'); break;
            case object?[] items:
                foreach (object? item in items) Add(text, item);
                break;
            case RecordView view:
                foreach (var (_, inner) in view) Add(text, inner);
                break;
        }
    }
}
