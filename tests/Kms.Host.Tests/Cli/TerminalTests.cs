using System.Diagnostics;

namespace Kms.Host.Tests.Cli;

/// <summary>What a shell and a terminal see. <c>script</c> (util-linux) gives the program a terminal.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Green = "\e[1;32m";
    private const string Red = "\e[1;31m";
    private const string Bold = "\e[1m";

    private readonly string _home = Directory.CreateTempSubdirectory("kms-terminal-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task What_was_done_is_green_and_errors_are_red_on_a_terminal()
    {
        Assert.Contains($"{Green}   Generated\e[0m Secret Connection key: id.key", await TerminalAsync("tmkms keygen id.key"), StringComparison.Ordinal);
        Assert.Contains($"{Red}error:\e[0m id.key exists already", await TerminalAsync("tmkms keygen id.key"), StringComparison.Ordinal);
        Assert.Contains($"{Red}error:\e[0m unexpected argument", await TerminalAsync("tmkms bogus"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export NO_COLOR=1; tmkms keygen id.key")]
    [InlineData("export NO_COLOR=1; tmkms bogus")]
    [InlineData("export TERM=dumb; tmkms bogus")]
    public async Task Nothing_is_coloured_for_those_who_do_not_want_it(string command)
    {
        var seen = await TerminalAsync(command);
        Assert.Matches("Generated|error:", seen);
        Assert.DoesNotContain("\e[1", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_stream_is_coloured_for_where_it_leads()
    {
        await TerminalAsync("tmkms softsign keygen cons.key; tmkms keygen id.key");
        await File.WriteAllTextAsync(Path.Combine(_home, "tmkms.toml"), """
            [[chain]]
            id = "test-1"
            key_format = { type = "hex" }
            [[providers.softsign]]
            chain_ids = ["test-1"]
            path = "cons.key"
            [[validator]]
            chain_id = "test-1"
            addr = "tcp://127.0.0.1:1"
            secret_key = "gone.key"
            """);
        Assert.Contains($"{Bold}test-1", await TerminalAsync("tmkms keys show 2>err"), StringComparison.Ordinal);
        Assert.Contains($"{Red}error:", await TerminalAsync("tmkms keys show >out"), StringComparison.Ordinal);
        foreach (var file in new[] { "out", "err" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(_home, file));
            Assert.Contains(file == "out" ? "test-1" : "error: ", text, StringComparison.Ordinal);
            Assert.DoesNotContain('\e', text);
        }
    }

    [Fact]
    public async Task A_phrase_is_asked_for_and_its_secrets_are_shown_on_a_terminal_only()
    {
        const string Words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon";
        const string Prompt = "Enter mnemonic (separate words with spaces): ";
        var seen = await RunAsync("script", (Prompt, $"{Words} {Words[..^8]} art\r"), "-qec", "tmkms yubihsm setup -p -r", "/dev/null");
        Assert.Contains($"\r\n    {Words}\r\n    {Words[..^8]} art\r\n", seen, StringComparison.Ordinal);
        Assert.Contains("- authkey 0x0004 [validator]: kms-validator-password-12mj5e85pfpj8k0cd4asmtp0g6qkw2unt\r\n", seen, StringComparison.Ordinal);

        seen = await TerminalAsync("tmkms yubihsm setup -p -r | cat");
        Assert.Contains("stdout is not a terminal", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Prompt, seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tmkms sta", "start state status")]
    [InlineData("tmkms keys sh", "show")]
    [InlineData("tmkms keys show --f", "--file --format")]
    [InlineData("tmkms softsign keygen -", "--type --algorithm --help -t -h")]
    [InlineData("tmkms completion ", "bash zsh fish --help -h")]
    [InlineData("tmkms keys show --file x --format ", "base64 json")]
    [InlineData("tmkms nothing-begins-so", "")]
    public async Task Bash_completes_commands_options_and_values(string line, string words)
    {
        var script = $$"""
            source <(tmkms completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ $COMP_LINE = *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            [[ $(complete -p tmkms) = 'complete -o default -F _tmkms tmkms' ]] || exit 1
            _tmkms
            echo "${COMPREPLY[*]}"
            """;
        Assert.Equal(words.Split(' ').Order(), (await RunAsync("bash", "--norc", "-c", script)).TrimEnd('\n').Split(' ').Order());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("./")]
    public async Task Bash_completes_the_program_under_another_path_and_inside_a_line(string path)
    {
        var program = path == "/" ? Path.Combine(AppContext.BaseDirectory, "tmkms") : "./tmkms";
        File.CreateSymbolicLink(Path.Combine(_home, "tmkms"), Path.Combine(AppContext.BaseDirectory, "tmkms"));
        var script = $"""
            source <(tmkms completion bash)
            COMP_WORDS=('{program}' soft more) COMP_CWORD=1
            COMP_LINE='{program} soft more' COMP_POINT={program.Length + 5}
            _tmkms
            echo "$COMPREPLY"
            """;
        Assert.Equal("softsign\n", await RunAsync("bash", "--norc", "-c", script));
    }

    /// <summary>These shells are not everywhere. What the scripts ask the program for is what the bash script asks.</summary>
    [Theory]
    [InlineData("zsh", "#compdef tmkms", "compadd", "compdef _tmkms tmkms")]
    [InlineData("fish", "function __tmkms_complete", "commandline -cp", "complete -c tmkms")]
    public async Task The_scripts_for_other_shells_ask_the_program(string shell, params string[] parts)
    {
        var script = await RunAsync("tmkms", "completion", shell);
        Assert.All([.. parts, "\"[suggest:", "\"$line\" 2>/dev/null"], part => Assert.Contains(part, script, StringComparison.Ordinal));
        Assert.DoesNotContain('\r', script);
    }

    [Fact]
    public async Task The_parser_suggests_at_a_position() =>
        Assert.Equal("start\nstate\nstatus\n", await RunAsync("tmkms", "[suggest:9]", "tmkms sta more"));

    private Task<string> TerminalAsync(string command) => RunAsync("script", "-qec", command, "/dev/null");

    private Task<string> RunAsync(string program, params string[] args) => RunAsync(program, null, args);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="answer">What it asks, and what is typed then.</param>
    /// <param name="args">Its arguments.</param>
    private async Task<string> RunAsync(string program, (string Question, string Typed)? answer, params string[] args)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var start = new ProcessStartInfo(program == "tmkms" ? Path.Combine(AppContext.BaseDirectory, program) : program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _home,
        };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        start.Environment["TERM"] = "xterm";
        start.Environment.Remove("NO_COLOR");
        using var process = Process.Start(start)!;
        var asked = answer is { } expected ? await AnswerAsync(process, expected.Question, expected.Typed, limit.Token) : "";
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return asked + output;
    }

    private static async Task<string> AnswerAsync(Process process, string question, string typed, CancellationToken limit)
    {
        var seen = "";
        var next = new char[1];
        while (!seen.EndsWith(question, StringComparison.Ordinal) && await process.StandardOutput.ReadAsync(next, limit) > 0) seen += next[0];
        await process.StandardInput.WriteAsync(typed.AsMemory(), limit);
        await process.StandardInput.FlushAsync(limit);
        // What stands behind the question, so that the terminal is still there for the program to read from.
        while (await process.StandardOutput.ReadAsync(next, limit) > 0) seen += next[0];
        return seen;
    }
}
