using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Candor.Cli.Help;

/// <summary>candor(1) in the man macros of troff.</summary>
internal static class ManPage
{
    public static string Of(CommandTree tree)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $".TH CANDOR 1 \"\" \"candor {Program.Version}\" \"Candor\"\n");
        page.Append(".SH NAME\ncandor \\- ").Append(Escape(Lower(tree.Root.Description!))).Append('\n');
        page.Append(".SH SYNOPSIS\n.B candor\n.I COMMAND\n[\\fIOPTIONS\\fR]\n");
        foreach (var (want, commands) in tree.Groups)
        {
            page.Append(".SH ").Append(Escape(want.ToUpperInvariant())).Append('\n');
            foreach (var command in commands) Describe(page, command);
        }
        page.Append(".SH \"OPTIONS OF EVERY COMMAND\"\n");
        foreach (var option in tree.Everywhere) Item(page, CommandText.Form(option, aliases: true), option.Description ?? "");
        page.Append(".SH \"EXIT STATUS\"\n");
        foreach (var (code, meaning) in ExitCode.All) Item(page, code.ToString(CultureInfo.InvariantCulture), meaning);
        page.Append(".SH ENVIRONMENT\n");
        foreach (var (name, meaning) in EnvironmentVariables) Item(page, name, meaning);
        page.Append(".SH FILES\n");
        foreach (var (name, meaning) in Files) Item(page, name, meaning);
        return page.ToString();
    }

    private static readonly (string Name, string Meaning)[] EnvironmentVariables =
    [
        ("CANDOR_HOME", "the folder of this device, where --home is not given"),
        ("CANDOR_DEBUG", "1: where something fails, print where in the program it did"),
        ("NO_COLOR", "anything: no colours"),
    ];

    private static readonly (string Name, string Meaning)[] Files =
    [
        ("DIR/device.key", "this device's keys; readable by you alone, and not to be copied to another device"),
        ("DIR/account.db", "the account's log as this device verified it, and sealed records"),
        ("DIR/ledger.jsonl", "everything that left this device; one JSON object a line"),
        ("DIR/reports", "what drills and runs found"),
    ];

    private static void Describe(StringBuilder page, Command command)
    {
        page.Append(".SS ").Append(Quote(CommandText.Usage(command))).Append('\n');
        page.Append(Escape(CommandText.Summary(command))).Append(".\n");
        foreach (string paragraph in CommandText.Details(command))
        {
            page.Append(".PP\n");
            if (!CommandText.IsVerbatim(paragraph))
            {
                page.Append(Escape(paragraph)).Append('\n');
                continue;
            }
            page.Append(".EX\n");
            foreach (string line in paragraph.Split('\n')) page.Append(Escape(line)).Append('\n');
            page.Append(".EE\n");
        }
        foreach (var argument in command.Arguments.Where(a => a.Description is not null)) Item(page, argument.Name, argument.Description!);
        foreach (var option in command.Options.Where(o => !o.Hidden)) Item(page, CommandText.Form(option, aliases: true), option.Description ?? "");
        foreach (var child in command.Subcommands) Describe(page, child);
    }

    private static void Item(StringBuilder page, string name, string text) =>
        page.Append(".TP\n.B ").Append(Quote(name)).Append('\n').Append(Escape(text)).Append('\n');

    private static string Quote(string text) => $"\"{Escape(text).Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";

    /// <summary>Text that troff prints as it is: hyphens that can be copied, no request at the beginning of a line, characters beyond ASCII by their number.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        bool lineBegins = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (lineBegins && rune.Value is '.' or '\'') escaped.Append("\\&");
            lineBegins = rune.Value == '\n';
            escaped.Append(rune.Value switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                > 126 => string.Create(CultureInfo.InvariantCulture, $"\\[u{rune.Value:X4}]"),
                _ => rune.ToString(),
            });
        }
        return escaped.ToString();
    }

    private static string Lower(string text) => char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');
}
