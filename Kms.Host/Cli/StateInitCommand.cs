using System.CommandLine;
using System.Globalization;
using Kms.Core.Consensus;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state init</c>: the beginning of a chain's record, by the operator's word.</summary>
internal static class StateInitCommand
{
    public static Command Create()
    {
        var (config, akka, chain) = (ConfigOption.Create(), ConfigOption.CreateAkka(), StateCommand.ChainArgument());
        var height = new Option<long>("--height") { Description = "refuse everything up to and including this height; 0 for a key that never signed" };
        height.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && long.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var h) && h < 0)
                result.AddError("--height must be 0 or more");
        });
        var command = new Command("init", "declare that a chain's key never signed, or not above a height") { config, akka, height, chain };
        command.SetAction((parsed, _) => StateCommand.WithChainAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetRequiredValue(chain), access => InitAsync(access, new Height(parsed.GetValue(height)))));
        return command;
    }

    private static async Task<int> InitAsync(IChainAccess chain, Height height)
    {
        var result = await chain.InitialiseAsync(Hrs.EndOf(height), "tmkms state init").ConfigureAwait(false);
        if (result is null) return StateCommand.Unreadable(chain);
        if (result.Error is { } error)
            return CommandLine.Fail(result.Watermark is { } known ? $"{error}, nothing was changed:\n{StateShowCommand.Describe(known).TrimEnd()}" : error);
        CommandLine.Report("Initialised", $"chain {chain.Chain}: signs from height {height.Value + 1} on");
        return CommandLine.Success;
    }
}
