using System.CommandLine;
using Kms.Host.Control;

namespace Kms.Host.Cli;

/// <summary><c>tmkms reload</c>: the running signer reads its configuration again, as at SIGHUP, and here is what came of it.</summary>
public static class ReloadCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var akka = ConfigOption.CreateAkka();
        var command = new Command("reload", "let the running signer read tmkms.toml again") { config, akka };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(akka)));
        return command;
    }

    private static async Task<int> RunAsync(string configPath, string? akkaPath)
    {
        if (await SignerQuestion.AskAsync(configPath, akkaPath, SignerVerbs.Reload).ConfigureAwait(false) is not { } reply) return CommandLine.Failure;
        foreach (var line in reply.Message.Split('\n'))
        {
            if (reply.Ok) CommandLine.Report("Reload", line);
            else CommandLine.Fail(line);
        }

        return reply.Ok ? CommandLine.Success : CommandLine.Failure;
    }
}
