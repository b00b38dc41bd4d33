using System.CommandLine;

namespace Candor.Cli.Commands;

/// <summary>candor completion SHELL: a script that asks candor itself what may come next, so that it never says what candor does not.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # candor completion for bash. To have it always: candor completion bash > ~/.local/share/bash-completion/completions/candor
        _candor() {
            local line
            COMPREPLY=()
            while IFS= read -r line; do
                [[ $line == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
            done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _candor candor

        """;

    private const string Zsh = """
        #compdef candor
        # candor completion for zsh. To have it always: candor completion zsh > a file named _candor in a folder of $fpath
        _candor() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            found=(${found:#})
            if (( ${#found} )); then compadd -- $found; else _files; fi
        }
        compdef _candor candor

        """;

    private const string Fish = """
        # candor completion for fish. To have it always: candor completion fish > ~/.config/fish/completions/candor.fish
        function __candor_suggest
            set -l line (commandline -cp)
            candor "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c candor -a '(__candor_suggest)'

        """;

    public static Command Make(CommandTree tree, Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add("bash", "zsh", "fish");
        shell.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not ("bash" or "zsh" or "fish")) result.AddError("The shells are bash, zsh and fish.");
        });
        var command = new Command("completion", """
            Print a script that completes candor's commands in your shell

              source <(candor completion bash)
              candor completion fish > ~/.config/fish/completions/candor.fish
            """) { shell };
        command.SetAction(parsed => terminal.Out.Write(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }));
        return command;
    }
}
