using System.CommandLine;

namespace Candor.Cli.Help;

/// <summary>What is said about a command, taken from the command itself.</summary>
/// <remarks>A command's description is paragraphs with blank lines between. The first is one line, for lists. A paragraph whose lines begin with two spaces is shown as it is.</remarks>
internal static class CommandText
{
    /// <summary>One line.</summary>
    public static string Summary(Command command) => Paragraphs(command)[0];

    /// <summary>What follows the first line.</summary>
    public static IReadOnlyList<string> Details(Command command) => Paragraphs(command)[1..];

    /// <summary>"candor devices revoke".</summary>
    public static string Path(Command command)
    {
        var names = new List<string>();
        for (Symbol? at = command; at is not null and not RootCommand; at = at.Parents.FirstOrDefault()) names.Insert(0, at.Name);
        return string.Join(' ', names.Prepend("candor"));
    }

    /// <summary>"candor off KIND… [--erase]".</summary>
    public static string Usage(Command command) =>
        string.Join(' ', [Path(command), .. command.Arguments.Select(Slot), .. command.Options.Where(o => !o.Hidden).Select(o => $"[{Form(o)}]")]);

    /// <summary>"--name NAME", "-n, --name NAME" with <paramref name="aliases"/>.</summary>
    public static string Form(Option option, bool aliases = false)
    {
        string names = aliases ? string.Join(", ", option.Aliases.Order().Append(option.Name)) : option.Name;
        return option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0 ? names : $"{names} {option.HelpName ?? "VALUE"}";
    }

    public static bool IsVerbatim(string paragraph) => paragraph.StartsWith("  ", StringComparison.Ordinal);

    private static string Slot(Argument argument)
    {
        string many = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "…" : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{many}]" : many;
    }

    private static string[] Paragraphs(Command command) => (command.Description ?? "").ReplaceLineEndings("\n").Split("\n\n");
}
