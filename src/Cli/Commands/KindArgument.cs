using System.CommandLine;
using System.CommandLine.Parsing;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>The argument KIND: contacts, notes, messages, photos, or all.</summary>
internal static class KindArgument
{
    private const string All = "all";

    private static readonly string[] Words = [.. Kinds.All.Select(k => k.Word()), All];

    public static Argument<Kind[]> Make()
    {
        var argument = new Argument<Kind[]>("KIND")
        {
            Description = "contacts, notes, messages, photos; or all",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = Parse,
        };
        argument.CompletionSources.Add(Words);
        return argument;
    }

    /// <summary>--kind KIND, once or more often.</summary>
    public static Option<Kind[]> MakeOption(string description)
    {
        var option = new Option<Kind[]>("--kind") { HelpName = "KIND", Description = description, Arity = ArgumentArity.OneOrMore, CustomParser = Parse };
        option.CompletionSources.Add(Words);
        return option;
    }

    private static Kind[]? Parse(ArgumentResult result)
    {
        var kinds = new List<Kind>();
        foreach (var token in result.Tokens)
        {
            if (Kinds.TryParse(token.Value, out var kind)) kinds.Add(kind);
            else if (token.Value == All) kinds.AddRange(Kinds.All);
            else result.AddError($"There is no kind \"{token.Value}\": contacts, notes, messages, photos, or all.");
        }
        return [.. kinds.Distinct().Order()];
    }
}
