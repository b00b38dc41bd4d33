using System.Globalization;
using System.Text;

namespace Candor.Cli.Screens;

/// <summary>Numbered words in columns, read downwards as they are written on paper.</summary>
internal static class WordGrid
{
    private const int Columns = 4;

    /// <summary>Wider than any word of the list.</summary>
    private const int Cell = 10;

    public static string Of(IReadOnlyList<string> words)
    {
        int rows = (words.Count + Columns - 1) / Columns;
        var grid = new StringBuilder();
        for (int row = 0; row < rows; row++)
        {
            var line = new StringBuilder("  ");
            for (int at = row; at < words.Count; at += rows)
            {
                line.Append(CultureInfo.InvariantCulture, $"{at + 1,4}  {words[at].PadRight(Cell)}");
            }
            grid.Append(line.ToString().TrimEnd()).Append('\n');
        }
        return grid.ToString();
    }
}
