using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms start</c>: sign until told to stop.</summary>
public static class StartCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var verbose = new Option<bool>("--verbose", "-v") { Description = "log debug lines" };
        var akka = ConfigOption.CreateAkka();
        var fresh = new Option<string[]>("--allow-fresh-state")
        {
            Description = "let CHAIN, which has no recorded state, take the first requested height as its floor and sign from the next one on",
            HelpName = "CHAIN",
        };
        var command = new Command("start", "start the KMS application") { config, verbose, akka, fresh };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(config);
            if (!ConfigOption.TryLoad(path, out var settings)) return CommandLine.Failure;
            var chains = new HashSet<ChainId>();
            foreach (var name in parsed.GetValue(fresh) ?? [])
            {
                if (ConfigOption.Chains(path, settings, name) is not { } named) return CommandLine.Failure;
                chains.UnionWith(named);
            }

            return await Signer.RunAsync(settings, path, parsed.GetValue(akka), parsed.GetValue(verbose), chains).ConfigureAwait(false);
        });
        return command;
    }
}
