using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state</c>: what a chain has signed, where its record begins, and what other programs recorded. Works beside a running
/// signer, which then does it itself.</summary>
public static class StateCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("state", "the recorded signing state of a chain")
    {
        StateShowCommand.Create(), StateInitCommand.Create(), StateRaiseCommand.Create(), StateImportCommand.Create(), StateExportCommand.Create(),
    };

    internal static Argument<string> ChainArgument() => new("CHAIN") { Description = "a chain id of tmkms.toml" };

    internal static Argument<string?> OptionalChainArgument() =>
        new("CHAIN") { Description = "a chain id of tmkms.toml; without it, all chains", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Does something with the recorded state of one chain of a configuration.</summary>
    /// <returns>The exit code.</returns>
    internal static Task<int> WithChainAsync(string configPath, string? akkaPath, string name, Func<IChainAccess, Task<int>> run) =>
        ConfigOption.TryLoad(configPath, out var config) && ConfigOption.Chains(configPath, config, name) is [var chain]
            ? WithChainAsync(configPath, akkaPath, chain, run)
            : Task.FromResult(CommandLine.Failure);

    /// <summary>Does something with the recorded state of a chain.</summary>
    /// <returns>The exit code.</returns>
    internal static async Task<int> WithChainAsync(string configPath, string? akkaPath, ChainId chain, Func<IChainAccess, Task<int>> run)
    {
        var (access, problems) = await ChainAccess.OpenAsync(configPath, akkaPath, chain).ConfigureAwait(false);
        foreach (var problem in problems) CommandLine.Fail(problem);
        if (access is null) return CommandLine.Failure;
        await using (access) return await run(access).ConfigureAwait(false);
    }

    internal static int Unreadable(IChainAccess chain) => CommandLine.Fail($"the recorded state of chain {chain.Chain} cannot be read");
}
