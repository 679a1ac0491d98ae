using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;

namespace Kms.Host.Cli.Ledger;

/// <summary><c>tmkms ledger init</c>: sets the app's height and round, and has them confirmed, before the node asks for anything.</summary>
internal static class InitCommand
{
    /// <summary>The verb; also under the names that it had in tmkms before 0.13.</summary>
    public static Command Create()
    {
        var verb = new LedgerVerb();
        var height = new Option<long>("--height", "-H") { Description = "the height: nothing below it is signed afterwards", Required = true };
        var round = new Option<int>("--round", "-r") { Description = "the round, 0 to 127", Required = true };
        var command = new Command("init", "set the height and round of the app") { height, round };
        command.Aliases.Add("initialise");
        command.Aliases.Add("initialize");
        verb.AddTo(command);
        command.SetAction((parsed, cancel) => verb.RunAsync(
            parsed, ledger => RunAsync(ledger, new Height(parsed.GetValue(height)), new Round(parsed.GetValue(round)), cancel), cancel));
        return command;
    }

    private static async Task<int> RunAsync(OpenLedger ledger, Height height, Round round, CancellationToken cancel)
    {
        var chain = Chain(ledger);
        if (AppRules.Read(InitMessage.Of(chain, height, round), out _) is { } refusal) return CommandLine.Fail(refusal);
        var place = $"height {height} round {round}";
        CommandLine.Report("Asking", $"the Ledger to begin at {place} (chain {chain})");
        CommandLine.Report("Next", "if its screen shows \"Init validation\" with them, accept: the right button (Nano S), \"Reply\" (Nano X)");
        var error = await ledger.Session.InitAsync(chain, height, round, cancel);
        if (cancel.IsCancellationRequested && error is not null)
            return CommandLine.Fail(
                $"stopped before the Ledger answered; if it asks, it goes on asking: accept, and it begins at {place}; reject, and nothing has changed");
        if (error is not null) return CommandLine.Fail($"the Ledger does not begin at {place}: {error}");
        Console.WriteLine($"Successfully called the init command with height {height}, and round {round}");
        CommandLine.Report("Next", $"until it is closed, the app signs prevote and precommit of {place} and all above without asking, and no proposal of {place}");
        return CommandLine.Success;
    }

    /// <summary>As in tmkms that of the first validator; here of the first that the device signs for. The app does not read it.</summary>
    private static ChainId Chain(OpenLedger ledger) =>
        ledger.Config.Validators.Select(validator => validator.Options.Chain).Append(ledger.Section.Chains[0]).First(ledger.Section.Chains.Contains);
}
