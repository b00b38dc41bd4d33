using System.CommandLine;
using System.CommandLine.Parsing;

namespace Candor.Cli.Help;

/// <summary>What is wrong with a command line, and where to read more.</summary>
internal static class UsageErrors
{
    /// <summary>Letters that may differ in a name for it to be offered instead.</summary>
    private const int Near = 2;

    public static Failure Of(ParseResult parsed) => new(ExitCode.WrongUsage, "usage", Sentence(parsed));

    private static string Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string path = CommandText.Path(command), page = $"{path} --help";
        // An option that there is not is taken for an argument, and whatever follows suffers.
        if (parsed.Tokens.FirstOrDefault(t => t.Type == TokenType.Argument && t.Value.Length > 1 && t.Value[0] == '-') is { } option)
        {
            return $"{path} has no option {option.Value}.{Meant(option.Value, Options(command), "")} What it takes: {page}";
        }
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..])
        {
            return $"There is no command \"{word}\".{Meant(word, command.Subcommands.Select(c => c.Name), path + " ")} All commands: {page}";
        }
        var missing = command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is null or { Tokens.Count: 0 }).Select(a => a.Name).ToList();
        if (missing.Count > 0) return $"{path} needs {string.Join(" and ", missing)}. It is: {CommandText.Usage(command)}\nMore: {page}";
        return command is RootCommand
            ? $"Say what to do. All commands: {page}"
            : $"{string.Join(' ', parsed.Errors.Select(e => e.Message).Distinct())} What it takes: {page}";
    }

    private static IEnumerable<string> Options(Command command)
    {
        for (Symbol? at = command; at is Command named; at = at.Parents.FirstOrDefault())
        {
            foreach (var option in named.Options) yield return option.Name;
        }
    }

    /// <summary>" Did you mean …?" with the nearest names, or nothing.</summary>
    private static string Meant(string typed, IEnumerable<string> names, string before)
    {
        var near = names.Select(n => (Name: n, Far: Distance(n, typed))).Where(n => n.Far <= Near).GroupBy(n => n.Far).MinBy(g => g.Key);
        return near is null ? "" : $" Did you mean {string.Join(" or ", near.Select(n => before + n.Name))}?";
    }

    /// <summary>Letters to insert, take out, change or swap with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[,] far = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    far[i, j] = i + j;
                    continue;
                }
                int change = far[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                far[i, j] = Math.Min(change, Math.Min(far[i - 1, j], far[i, j - 1]) + 1);
                bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if (swapped) far[i, j] = Math.Min(far[i, j], far[i - 2, j - 2] + 1);
            }
        }
        return far[a.Length, b.Length];
    }
}
