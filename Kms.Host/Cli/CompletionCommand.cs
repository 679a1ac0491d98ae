using System.CommandLine;

namespace Kms.Host.Cli;

/// <summary><c>tmkms completion</c>: a script that makes a shell ask this program what may come next. The answers come from the parser's
/// suggest directive, so that the script never grows old.</summary>
public static class CompletionCommand
{
    private const string Bash = """
        # Completion of tmkms for bash: source it, or save it as /etc/bash_completion.d/tmkms.
        _tmkms() {
            local line="tmkms${COMP_LINE:${#COMP_WORDS[0]}}"
            local position=$((COMP_POINT - ${#COMP_WORDS[0]} + 5))
            local words
            words="$("${COMP_WORDS[0]}" "[suggest:$position]" "$line" 2>/dev/null)"
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _tmkms tmkms

        """;

    private const string Zsh = """
        #compdef tmkms
        # Completion of tmkms for zsh: save it as _tmkms in a directory of $fpath, or source it after compinit.
        _tmkms() {
            local line="tmkms ${(j: :)words[2,CURRENT]}"
            local -a found
            found=(${(f)"$(${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)"})
            compadd -a found || _files
        }
        if [[ "${funcstack[1]}" = _tmkms ]]; then _tmkms "$@"; else compdef _tmkms tmkms; fi

        """;

    private const string Fish = """
        # Completion of tmkms for fish: save it as ~/.config/fish/completions/tmkms.fish.
        function __tmkms_complete
            set -l program (commandline -opc)[1]
            set -l line (string replace -r '^\s*\S+' tmkms -- (commandline -cp))
            $program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c tmkms -a "(__tmkms_complete)"

        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "print a script that completes tmkms's commands and options") { shell };
        command.SetAction(parsed => Console.Out.Write(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
