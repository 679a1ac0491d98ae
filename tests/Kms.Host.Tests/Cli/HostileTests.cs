using System.Diagnostics;

namespace Kms.Host.Tests.Cli;

/// <summary>Whatever a shell does to the program, the operator gets sentences and an exit code, and never a stack trace.</summary>
public sealed class HostileTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-hostile-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("tmkms start -c ''")]
    [InlineData("tmkms keygen \"$UNSET\"")]
    [InlineData("tmkms softsign import id.key ''")]
    [InlineData("tmkms init ''")]
    [InlineData("tmkms keys show --file ''")]
    public async Task An_empty_argument_is_a_variable_that_is_not_set(string command)
    {
        var (output, error, exitCode) = await ShellAsync(command);
        Assert.Equal(("", "error: an argument is empty: is a variable of the shell not set?\n", 2), (output, error, exitCode));
    }

    [Theory]
    [InlineData("tmkms version >/dev/full", "error: input or output failed: No space left on device")]
    [InlineData("tmkms config check >/dev/full", "error: input or output failed: No space left on device")]
    [InlineData("tmkms completion bash >/dev/full", "error: input or output failed: No space left on device")]
    [InlineData("tmkms bogus 2>/dev/full", "")]
    [InlineData("tmkms keygen id.key >&- 2>&-", "")]
    public async Task Streams_that_cannot_be_written_are_no_reason_for_a_stack_trace(string command, string said)
    {
        var (_, error, exitCode) = await ShellAsync(command);
        Assert.StartsWith(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.InRange(exitCode, 0, 2);
    }

    [Theory]
    [InlineData("tmkms --help | true")]
    [InlineData("tmkms completion bash | head -n 1 >/dev/null")]
    [InlineData("tmkms init home 2>&1 | true")]
    public async Task A_reader_that_goes_away_ends_it_in_silence(string command) => Assert.Equal("", (await ShellAsync(command)).Error);

    [Theory]
    [InlineData("mkfifo pipe && tmkms start -c pipe", "error: pipe: is a pipe, a socket or a device, not a regular file: name the file of the configuration\n")]
    [InlineData("tmkms start -c /dev/zero", "error: /dev/zero: is a pipe, a socket or a device, not a regular file: name the file of the configuration\n")]
    [InlineData("mkdir tmkms.toml && tmkms start", "error: tmkms.toml: is a directory: name the file of the configuration\n")]
    [InlineData("TMKMS_CONFIG_FILE=elsewhere.toml tmkms start", "error: elsewhere.toml: does not exist: `tmkms init PATH` writes one, or name it with -c\n")]
    [InlineData("TMKMS_CONFIG_FILE= tmkms start", "error: tmkms.toml: does not exist: `tmkms init PATH` writes one, or name it with -c\n")]
    public async Task A_configuration_that_is_no_file_is_refused(string command, string said)
    {
        var (output, error, exitCode) = await ShellAsync(command);
        Assert.Equal(("", said, 1), (output, error, exitCode));
    }

    [Fact]
    public async Task Two_dashes_end_the_options()
    {
        Assert.Equal(0, (await ShellAsync("tmkms keygen -- --odd.key && test -f ./--odd.key")).ExitCode);
        Assert.Equal(2, (await ShellAsync("tmkms start -- -c")).ExitCode);
    }

    [Fact]
    public async Task Spaces_and_unicode_are_part_of_paths()
    {
        var (_, error, exitCode) = await ShellAsync("tmkms init 'my keys/ü' && tmkms softsign keygen 'my keys/ü/secrets/cosmoshub-4-consensus.key' && cd 'my keys' && "
            + "tmkms keys show -c ü/tmkms.toml && tmkms state init -c ü/tmkms.toml cosmoshub-4 && test -f ü/state/kms.db");
        Assert.True(exitCode == 0, error);
    }

    private async Task<(string Output, string Error, int ExitCode)> ShellAsync(string command)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var start = new ProcessStartInfo("/bin/bash", ["-c", command])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _home,
        };
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        start.Environment["HOME"] = _home;
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (await output, await error, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
