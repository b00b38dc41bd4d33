using System.CommandLine;

namespace Candor.Cli.Help;

/// <summary>What is wrong with a command line, and where to read more.</summary>
internal static class UsageErrors
{
    /// <summary>Letters that may differ in a name for it to be offered instead.</summary>
    private const int Near = 2;

    public static Failure Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string page = $"{CommandText.Path(command)} --help";
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..] && !word.StartsWith('-'))
        {
            var near = command.Subcommands.Where(c => Distance(c.Name, word) <= Near).Select(c => $"candor {c.Name}").ToList();
            string meant = near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
            return new(ExitCode.WrongUsage, "usage", $"There is no command \"{word}\".{meant} All commands: {page}");
        }
        string what = command is RootCommand && parsed.Errors.All(e => e.Message.StartsWith("Required command", StringComparison.Ordinal))
            ? "Say what to do."
            : string.Join(' ', parsed.Errors.Select(e => e.Message).Distinct());
        return new(ExitCode.WrongUsage, "usage", $"{what} What it takes: {page}");
    }

    /// <summary>Letters to insert, take out or change (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
