namespace Candor.Server.Operator;

/// <summary>Options as the operator types them: <c>--name VALUE</c> or <c>--name=VALUE</c>, each once. What is not known is refused: a mistyped quota that nobody reads is no quota.</summary>
internal static class CommandLine
{
    /// <exception cref="FormatException">The message says which, and what to type instead.</exception>
    public static void Check(IReadOnlyList<string> arguments, IReadOnlyCollection<string> known)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal)) throw new FormatException($"\"{argument}\" is no option: they are typed --name VALUE. candor-server help lists them.");
            int mark = argument.IndexOf('=', StringComparison.Ordinal);
            string name = mark < 0 ? argument[2..] : argument[2..mark];
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase)) throw new FormatException($"There is no option --{name} here. The options are {string.Join(", ", known.Select(k => "--" + k))}.");
            if (!seen.Add(name)) throw new FormatException($"--{name} is given twice.");
            if (mark >= 0) continue;
            if (++i == arguments.Count || arguments[i].StartsWith("--", StringComparison.Ordinal)) throw new FormatException($"--{name} needs a value: --{name} VALUE.");
        }
    }

    /// <summary>The same for the keys of server.json. Certificates and the like are in its section Kestrel.</summary>
    /// <exception cref="FormatException">One is not known.</exception>
    public static void CheckFile(IConfiguration file, IReadOnlyCollection<string> known)
    {
        foreach (var key in file.GetChildren())
        {
            if (!known.Contains(key.Key, StringComparer.OrdinalIgnoreCase) && !key.Key.Equals("Kestrel", StringComparison.OrdinalIgnoreCase))
                throw new FormatException($"{ServerSettings.FileName} has \"{key.Key}\", which is no setting. They are {string.Join(", ", known)}, and the section Kestrel.");
        }
    }
}
