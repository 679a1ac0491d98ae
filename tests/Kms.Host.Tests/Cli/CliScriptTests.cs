using System.Diagnostics;
using System.Globalization;

namespace Kms.Host.Tests.Cli;

/// <summary>Runs the built executable as an operator does and compares everything it prints.</summary>
public sealed class CliScriptTests
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "tmkms");

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Scripts"), "*.txt").Select(f => Path.GetFileName(f)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task The_script_runs_as_written(string name)
    {
        var home = Directory.CreateTempSubdirectory("kms-cli-").FullName;
        try
        {
            var script = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Scripts", name));
            await using var devices = new ScriptDevices();
            foreach (var step in CliStep.Parse(script, home, devices))
            {
                var words = step.Command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words[0] == "$") await Run(name, step, words[2..], home);
                else if (words[1] == "ledger") devices.Do(words[2]);
                else Arrange(name, step, words, home);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task Run(string script, CliStep step, string[] args, string home)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var start = new ProcessStartInfo(Executable, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = home,
            Environment = { ["HOME"] = home },
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(step.Input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);

        var seen = $"{script}:{step.Line}: {step.Command}\n--- stdout\n{await output}--- stderr\n{await error}--- exit code {process.ExitCode}";
        Assert.True(step.ExitCode == process.ExitCode, seen);
        Assert.True(CliStep.Matches(step.Output, await output), seen);
        Assert.True(CliStep.Matches(step.Error, await error), seen);
    }

    private static void Arrange(string script, CliStep step, string[] words, string home)
    {
        var where = $"{script}:{step.Line}: {step.Command}";
        var path = Path.Combine(home, words[2]);
        switch (words[1])
        {
            case "write":
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, step.Content);
                File.SetUnixFileMode(path, Mode(words[3]));
                break;
            case "same":
                Assert.Equal(step.Content, File.ReadAllText(path));
                break;
            case "mode":
                Assert.True(Mode(words[3]) == File.GetUnixFileMode(path), where);
                break;
            case "missing":
                Assert.False(Path.Exists(path), where);
                break;
            case "replace":
                Assert.Contains(words[3], File.ReadAllText(path), StringComparison.Ordinal);
                File.WriteAllText(path, File.ReadAllText(path).Replace(words[3], words[4], StringComparison.Ordinal));
                break;
            case "remove":
                File.Delete(path);
                break;
            case "size":
                Assert.True(int.Parse(words[3], CultureInfo.InvariantCulture) == new FileInfo(path).Length, where);
                break;
            default:
                throw new FormatException(where);
        }
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
