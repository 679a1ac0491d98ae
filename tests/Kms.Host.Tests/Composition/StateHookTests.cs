using System.Diagnostics;
using System.Globalization;
using Kms.Core.Consensus;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Tests.Composition;

/// <summary>Runs real small programs. The long timeout is never waited for; the short one is waited for in full by hooks that never end.</summary>
public sealed class StateHookTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private readonly string _home = Directory.CreateTempSubdirectory("kms-hook-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("""echo '{"latest_block_height":"42"}'""", 42)]
    [InlineData("""echo '{"latest_block_height":42}'""", 42)]
    [InlineData("""printf '\n\n  {"latest_block_height": "1"}  \n\n'""", 1)]
    [InlineData("""echo '{"catching_up": false, "latest_block_height": "9223372036854775807", "x": {"latest_block_height": "1"}}'""", long.MaxValue)]
    [InlineData("""echo 'looking it up' >&2; echo '{"latest_block_height":"7"}'""", 7)]
    [InlineData("""cat; echo '{"latest_block_height":"7"}'""", 7)]
    public async Task The_height_is_what_the_hook_prints(string script, long height)
    {
        var result = await RunAsync(script);
        Assert.Null(result.Error);
        Assert.Equal(new Height(height), result.Height);
    }

    [Theory]
    [InlineData("exit 3", "ended with exit code 3")]
    [InlineData("""echo '{"latest_block_height":"42"}'; exit 1""", "ended with exit code 1")]
    [InlineData("echo 'no connection' >&2; exit 1", "ended with exit code 1: no connection")]
    [InlineData("""printf 'a\033[31mb\nc' >&2; exit 1""", "exit code 1: a [31mb c")]
    [InlineData("kill -9 $$", "ended with exit code 137")]
    [InlineData("true", "printed nothing")]
    [InlineData("echo", "printed nothing")]
    [InlineData("echo 42", "did not print one JSON object")]
    [InlineData("echo height 42", "did not print JSON")]
    [InlineData("""echo '{"latest_block_height":"42"}{}'""", "did not print JSON")]
    [InlineData("""echo '{"latest_block_height":"42"'""", "did not print JSON")]
    [InlineData("""printf '{"latest_block_height":"\377"}'""", "did not print JSON")]
    [InlineData("""echo '{"height":"42"}'""", "printed JSON without latest_block_height")]
    [InlineData("""echo '{"latest_block_height":"0"}'""", "not a block height of at least 1")]
    [InlineData("""echo '{"latest_block_height":-1}'""", "not a block height of at least 1")]
    [InlineData("""echo '{"latest_block_height":"+1"}'""", "not a block height of at least 1")]
    [InlineData("""echo '{"latest_block_height":1.5}'""", "not a block height of at least 1")]
    [InlineData("""echo '{"latest_block_height":"9223372036854775808"}'""", "not a block height of at least 1")]
    [InlineData("""echo '{"latest_block_height":null}'""", "not a block height of at least 1")]
    [InlineData("head -c 70000 /dev/zero", "printed more than 65536 bytes")]
    public async Task A_hook_that_tells_no_height_is_a_sentence(string script, string sentence) => Assert.Contains(sentence, Refusal(await RunAsync(script)), StringComparison.Ordinal);

    [Fact]
    public async Task A_hook_that_prints_without_end_is_killed() =>
        Assert.Contains("printed more than 65536 bytes", Refusal(await RunAsync("exec cat /dev/zero")), StringComparison.Ordinal);

    [Fact]
    public async Task A_hook_that_complains_without_end_is_killed() =>
        Assert.Contains("did not end within 1 s and was killed", Refusal(await RunAsync("exec cat /dev/zero >&2", Short)), StringComparison.Ordinal);

    [Theory]
    [InlineData("exec sleep 600")]
    [InlineData("sleep 600 & wait")]
    [InlineData("""echo '{"latest_block_height":"42"}'; exec sleep 600""")]
    [InlineData("""echo '{"latest_block_height":"42"}'; exec sleep 600 >&- 2>&-""")]
    public async Task A_hook_that_does_not_end_fails_at_its_timeout_whatever_it_printed(string script) =>
        Assert.Contains("did not end within 1 s and was killed", Refusal(await RunAsync(script, Short)), StringComparison.Ordinal);

    [Fact]
    public async Task A_hook_is_killed_with_its_children()
    {
        using var cancel = new CancellationTokenSource();
        var running = StateHook.RunAsync(Hook($"sleep 600 & echo $! > {_home}/child; echo $$ > {_home}/parent; touch {_home}/ready; wait", Long), cancel.Token);
        while (!File.Exists(Path.Combine(_home, "ready"))) await Task.Delay(10);
        await cancel.CancelAsync();
        Assert.Contains("was stopped before it answered", Refusal(await running), StringComparison.Ordinal);
        await GoneAsync("parent");
        await GoneAsync("child");
    }

    [Fact]
    public async Task A_process_left_behind_with_the_output_open_is_not_waited_for()
    {
        var timeout = TimeSpan.FromSeconds(5);
        var error = Refusal(await RunAsync($$"""sleep 600 & echo $! > {{_home}}/child; echo '{"latest_block_height":"42"}'""", timeout));
        Process.GetProcessById(Id("child")).Kill();
        Assert.Contains("a process it left behind kept its output open", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hooks_of_several_chains_run_at_once()
    {
        // Each waits for the other, so one after the other they would never end.
        var results = await Task.WhenAll(
            RunAsync($$"""touch {{_home}}/a; until [ -e {{_home}}/b ]; do sleep 0.01; done; echo '{"latest_block_height":"1"}'"""),
            RunAsync($$"""touch {{_home}}/b; until [ -e {{_home}}/a ]; do sleep 0.01; done; echo '{"latest_block_height":"2"}'"""));
        Assert.Equal([new Height(1), new Height(2)], results.Select(r => r.Height!.Value));
    }

    [Fact]
    public async Task Arguments_are_not_read_by_a_shell()
    {
        var script = Script("""printf '{"latest_block_height":"%s","argument":"x"}' "$#" """);
        var result = await StateHook.RunAsync(new StateHookConfig(["/bin/sh", script, "a b", "$(touch x)", "*"], Long, false), CancellationToken.None);
        Assert.Equal(new Height(3), result.Height);
    }

    [Fact]
    public async Task A_program_is_found_in_the_path_and_not_in_the_working_directory()
    {
        Assert.Contains("printed nothing", Refusal(await StateHook.RunAsync(new StateHookConfig(["true"], Long, false), CancellationToken.None)), StringComparison.Ordinal);
        // The tests' own directory is the working directory, and beside the program: a name without a slash is not looked for there.
        Assert.Contains("was not found", Refusal(await StateHook.RunAsync(new StateHookConfig(["tmkms"], Long, false), CancellationToken.None)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_cannot_be_run_is_a_sentence()
    {
        Assert.Contains("was not found", Refusal(await Run(Path.Combine(_home, "missing"))), StringComparison.Ordinal);
        Assert.Contains("was not found", Refusal(await Run(_home)), StringComparison.Ordinal);
        var plain = Path.Combine(_home, "plain");
        await File.WriteAllTextAsync(plain, "#!/bin/sh\n");
        File.SetUnixFileMode(plain, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains("cannot be run: ", Refusal(await Run(plain)), StringComparison.Ordinal);
        var noInterpreter = Script("true", "/no/such/interpreter");
        Assert.Contains("cannot be run: ", Refusal(await Run(noInterpreter)), StringComparison.Ordinal);

        static Task<StateHookResult> Run(string program) => StateHook.RunAsync(new StateHookConfig([program], Long, false), CancellationToken.None);
    }

    private Task<StateHookResult> RunAsync(string script, TimeSpan? timeout = null) => StateHook.RunAsync(Hook(script, timeout ?? Long), CancellationToken.None);

    private StateHookConfig Hook(string script, TimeSpan timeout) => new(["/bin/sh", Script(script)], timeout, FailClosed: false);

    private string Script(string text, string interpreter = "/bin/sh")
    {
        var path = Path.Combine(_home, Path.GetRandomFileName());
        File.WriteAllText(path, $"#!{interpreter}\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static string Refusal(StateHookResult result)
    {
        Assert.Null(result.Height);
        Assert.StartsWith("the state hook ", result.Error, StringComparison.Ordinal);
        return result.Error!;
    }

    private int Id(string name) => int.Parse(File.ReadAllText(Path.Combine(_home, name)), CultureInfo.InvariantCulture);

    /// <summary>Waits until a process has ended; what has ended and is not collected yet counts as gone.</summary>
    private async Task GoneAsync(string name)
    {
        var status = $"/proc/{Id(name)}/stat";
        while (File.Exists(status) && !(await ReadAsync(status)).Contains(") Z ", StringComparison.Ordinal)) await Task.Delay(10);

        static async Task<string> ReadAsync(string path)
        {
            try
            {
                return await File.ReadAllTextAsync(path);
            }
            catch (IOException)
            {
                return ") Z ";
            }
        }
    }
}
