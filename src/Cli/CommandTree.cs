using System.CommandLine;
using System.CommandLine.Help;
using Candor.Cli.Commands;
using Candor.Cli.Help;

namespace Candor.Cli;

/// <summary>Every command, and the options that all of them take. Help, man page and completion are made from it, so they cannot say anything else.</summary>
internal sealed class CommandTree
{
    private readonly Terminal _terminal;
    private readonly Option<string?> _home = new("--home") { HelpName = "DIR", Recursive = true, Description = "where this device's keys, log and ledger live; else $CANDOR_HOME, else $XDG_DATA_HOME/candor, else ~/.local/share/candor" };
    private readonly Option<bool> _json = new("--json") { Recursive = true, Description = "print the result as one JSON document" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Recursive = true, Description = "no progress and no remarks; results and troubles stay" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Recursive = true, Description = "the answer to every question is yes; what is asked is printed all the same" };

    private CommandTree(Terminal terminal) => _terminal = terminal;

    /// <summary>The commands in groups by what a person wants.</summary>
    public IReadOnlyList<(string Want, IReadOnlyList<Command> Commands)> Groups { get; private set; } = [];

    public RootCommand Root { get; } = new("A phone's cloud that is off until you turn it on, that only you can read, and that anyone can check.");

    public IReadOnlyList<Option> Everywhere => [_home, _json, _quiet, _yes];

    public static CommandTree Grow(Terminal terminal)
    {
        var tree = new CommandTree(terminal);
        tree.Groups =
        [
            ("Begin", [JoinCommand.Make(tree), PairCommand.Make(tree), RecoverCommand.Make(tree), WordsCommand.Make(tree), PasswordCommand.Make(tree), PeopleCommand.Make(tree), KitCommand.Make(tree)]),
            ("Decide what leaves this device", [OnCommand.Make(tree), OffCommand.Make(tree), RegionCommand.Make(tree), LawCommand.Make(tree)]),
            ("Keep, and have it back", [BackupCommand.Make(tree), SyncCommand.Make(tree), WatchCommand.Make(tree), RestoreCommand.Make(tree, terminal.Clock), ExportCommand.Make(tree)]),
            ("Look", [ListCommand.Make(tree), SearchCommand.Make(tree), ShowCommand.Make(tree), HistoryCommand.Make(tree), UndoCommand.Make(tree)]),
            ("Check", [StatusCommand.Make(tree), DrillCommand.Make(tree), LedgerCommand.Make(tree, terminal.Clock), DevicesCommand.Make(tree), AlarmCommand.Make(tree), VerifyCommand.Make(tree), ReceiptCommand.Make(tree), AuditCommand.Make(tree)]),
            ("Public things", [GreetCommand.Make(tree), UpdatesCommand.Make(tree)]),
            ("Help yourself", [CompletionCommand.Make(tree, terminal), ManCommand.Make(tree, terminal)]),
        ];
        foreach (var option in tree.Everywhere) tree.Root.Options.Add(option);
        foreach (var (_, commands) in tree.Groups)
        {
            foreach (var command in commands) tree.Root.Subcommands.Add(command);
        }
        foreach (var option in tree.Root.Options)
        {
            if (option is not HelpOption help) continue;
            help.Description = "what a command does and takes";
            help.Action = new HelpAnswer(tree, terminal);
        }
        tree.Root.SetAction(_ => terminal.Out.Write(Overview.Of(tree)));
        return tree;
    }

    public Session Open(ParseResult parsed) =>
        new(_terminal, Path.GetFullPath(parsed.GetValue(_home) ?? UsualHome()), parsed.GetValue(_json), parsed.GetValue(_quiet), parsed.GetValue(_yes));

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    private string UsualHome()
    {
        if (_terminal.Variable("CANDOR_HOME") is { Length: > 0 } named) return named;
        if (_terminal.Variable("XDG_DATA_HOME") is { Length: > 0 } data) return Path.Combine(data, "candor");
        return _terminal.Variable("HOME") is { Length: > 0 } home
            ? Path.Combine(home, ".local", "share", "candor")
            : throw new UsageException("There is no home folder here ($HOME is not set). Say where the device's files go: --home DIR");
    }
}
