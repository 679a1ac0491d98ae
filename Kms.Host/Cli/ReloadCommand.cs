using System.CommandLine;
using Kms.Host.Composition;
using Kms.Host.Control;
using Kms.Persistence.Journal;

namespace Kms.Host.Cli;

/// <summary><c>tmkms reload</c>: the running signer reads its configuration again, as at SIGHUP, and here is what came of it.</summary>
public static class ReloadCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var akka = new Option<string?>("--akka-config") { Description = "the HOCON file that `tmkms start` was given, if any" };
        var command = new Command("reload", "let the running signer read tmkms.toml again") { config, akka };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(akka)));
        return command;
    }

    // The configuration only tells where the signer's journal is: what is in it, the signer reads itself.
    private static async Task<int> RunAsync(string configPath, string? akkaPath)
    {
        if (AkkaSettings.Load(configPath, akkaPath, out var error) is not { } hocon) return CommandLine.Fail(error!);
        if (JournalGuard.Database(hocon, out error) is not { } database) return CommandLine.Fail(error!);
        var path = ControlWire.PathFor(database);
        switch (await ControlClient.TryAskAsync(path, SignerVerbs.Reload, null).ConfigureAwait(false))
        {
            case ControlAnswer.Replied { Reply: { Ok: var ok, Message: var message } }:
                foreach (var line in message.Split('\n'))
                {
                    if (ok) CommandLine.Report("Reload", line);
                    else CommandLine.Fail(line);
                }

                return ok ? CommandLine.Success : CommandLine.Failure;
            case ControlAnswer.Failed failed:
                return CommandLine.Fail(failed.Error);
            default:
                return CommandLine.Fail($"no signer of the journal {database} is running (nothing listens at {path})");
        }
    }
}
