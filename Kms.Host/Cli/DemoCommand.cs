using System.CommandLine;
using System.Security.Cryptography;
using Kms.Harness;
using Kms.Host.Demo;

namespace Kms.Host.Cli;

/// <summary><c>tmkms demo</c>: runs this program against a played node with a throw-away key, attacks it, kills it, and tells what came
/// of it.</summary>
public static class DemoCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var messages = new Option<int>("--messages") { Description = "signatures to measure", DefaultValueFactory = _ => 3000 };
        var kills = new Option<int>("--kills") { Description = "how often to kill the signer with SIGKILL", DefaultValueFactory = _ => 3 };
        var seed = new Option<int?>("--seed") { Description = "repeats a run; random without it" };
        var keep = new Option<bool>("--keep") { Description = "keep the temporary home: configuration, keys, journal, log" };
        var command = new Command("demo", "show in half a minute what this signer does, with a throw-away key and no node")
        {
            messages, kills, seed, keep,
        };
        command.SetAction((parsed, cancel) =>
        {
            var drawn = parsed.GetValue(seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue);
            var options = new DemoOptions(parsed.GetValue(messages), parsed.GetValue(kills), drawn, parsed.GetValue(keep));
            var problem = new HarnessOptions(HarnessOptions.Loopback, "demo") { Messages = options.Messages }.Problem()
                ?? new DrillOptions("demo", options.Kills).Problem();
            return problem is null ? RunAsync(options, cancel) : Task.FromResult(CommandLine.Fail(problem, CommandLine.Usage));
        });
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options, CancellationToken cancel)
    {
        if (DemoRun.TryMakeHome(out var error) is not { } home) return CommandLine.Fail(error!);
        // A home that may explain a failure stays, and so does one that a bug left behind.
        var delete = false;
        try
        {
            var result = await DemoView.ShowAsync(view => DemoRun.RunAsync(options, home, view, cancel)).ConfigureAwait(false);
            delete = result.Passed && !options.Keep;
            DemoVerdict.Write(Console.Out, result, delete ? null : home);
            return result.Passed ? CommandLine.Success : CommandLine.Failure;
        }
        catch (OperationCanceledException)
        {
            delete = !options.Keep;
            return CommandLine.Fail("stopped before the end");
        }
        finally
        {
            if (delete) home.Delete();
        }
    }
}
