namespace Candor.Bench.Report;

/// <summary>Rows of equal length under a head, as Markdown that reads well unrendered too.</summary>
internal static class TextTable
{
    public static string Of(IReadOnlyList<string> head, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = head.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max()).ToArray();
        // The first column is words, the others are figures.
        string Line(IReadOnlyList<string> cells) => "| " + string.Join(" | ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))) + " |";
        var rule = "|" + string.Join("|", widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":")) + "|";
        return string.Join('\n', rows.Select(Line).Prepend(rule).Prepend(Line(head))) + "\n";
    }
}
