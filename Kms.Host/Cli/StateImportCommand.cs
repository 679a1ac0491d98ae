using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Config;
using Kms.Host.State;
using Kms.Persistence.StateFiles;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state import</c>: takes over what another program recorded. The higher of the two counts.</summary>
internal static class StateImportCommand
{
    public static Command Create()
    {
        var (config, akka, chain) = (ConfigOption.Create(), ConfigOption.CreateAkka(), StateCommand.OptionalChainArgument());
        var from = new Option<string>("--from") { Description = "the state file", HelpName = "FILE", Required = true };
        var format = StateFormatOption.ForReading();
        var command = new Command("import", "take over what another signer recorded; never lowers") { config, akka, from, format, chain };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetRequiredValue(from), parsed.GetValue(format), parsed.GetValue(chain)));
        return command;
    }

    private static async Task<int> RunAsync(string configPath, string? akkaPath, string path, StateFormat? format, string? name)
    {
        if (!ConfigOption.TryLoad(configPath, out var config)) return CommandLine.Failure;
        var file = StateFile.Read(path, format);
        if (!file.IsRead) return CommandLine.Fail(file.Error);
        if (Pairs(configPath, config, file, name) is not { } pairs) return CommandLine.Failure;

        // Nothing is stored before everything was understood.
        if (Claims(config, pairs, path) is not { } claims) return CommandLine.Failure;
        var code = CommandLine.Success;
        foreach (var (chain, claim) in claims)
        {
            var imported = await ImportAsync(configPath, akkaPath, chain, claim).ConfigureAwait(false);
            if (imported != CommandLine.Success) code = imported;
        }

        return code;
    }

    /// <summary>Stores a claim; what is higher already stays.</summary>
    internal static Task<int> ImportAsync(string configPath, string? akkaPath, ChainId chain, FloorClaim claim) =>
        StateCommand.WithChainAsync(configPath, akkaPath, chain, async access =>
        {
            if (await access.RaiseAsync(claim).ConfigureAwait(false) is not { } result) return StateCommand.Unreadable(access);
            if (result.Error is { } error) return CommandLine.Fail(error);
            CommandLine.Report(result.Changed ? "Imported" : "Kept", result.Changed
                ? $"chain {chain}: nothing at or below {claim.Floor} is signed from now on"
                : $"chain {chain}: {result.Ignored}, the file is at {claim.Floor}");
            return CommandLine.Success;
        });

    /// <summary>Which state goes to which chain; null when an error was printed.</summary>
    private static List<(ChainId Chain, RecordedState State)>? Pairs(string configPath, KmsConfig config, StateFileResult file, string? name)
    {
        if (ConfigOption.Chains(configPath, config, name) is not { } chains) return null;
        var pairs = file.States!.SelectMany(state => chains.Where(chain => (state.Chain ?? chain) == chain).Select(chain => (chain, state))).ToList();
        if (file.Format != StateFormat.Interchange && chains.Count > 1)
            CommandLine.Fail($"the file does not say which chain it belongs to: name one of {string.Join(", ", chains)}");
        else if (pairs.Count == 0)
            CommandLine.Fail($"the file has states of {string.Join(", ", file.States!.Select(state => state.Chain))} only");
        else
            return pairs;
        return null;
    }

    private static List<(ChainId, FloorClaim)>? Claims(KmsConfig config, List<(ChainId Chain, RecordedState State)> pairs, string path)
    {
        var claims = new List<(ChainId, FloorClaim)>();
        foreach (var (chain, state) in pairs)
        {
            if (RecordedStates.ClaimFor(state, chain, ChainKeys.TryRead(config, chain), $"imported from {Path.GetFullPath(path)}", out var error) is { } claim)
                claims.Add((chain, claim));
            else
                CommandLine.Fail($"{path} cannot be imported into chain {chain}: {error}");
        }

        return claims.Count == pairs.Count ? claims : null;
    }
}
