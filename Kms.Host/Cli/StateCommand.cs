using System.CommandLine;
using Kms.Core.Consensus;
using Kms.Host.Composition;
using Kms.Host.Config;

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

    internal static Option<string?> AkkaOption() => new("--akka-config") { Description = "the HOCON file that `tmkms start` is given, if any" };

    internal static Argument<string> ChainArgument() => new("CHAIN") { Description = "a chain id of tmkms.toml" };

    internal static Argument<string?> OptionalChainArgument() =>
        new("CHAIN") { Description = "a chain id of tmkms.toml; without it, all chains", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The chains that a verb is about; null when an error was printed.</summary>
    /// <param name="configPath">For the message.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="name">What was typed; null for all.</param>
    internal static IReadOnlyList<ChainId>? Chains(string configPath, KmsConfig config, string? name)
    {
        var all = config.Chains.Select(chain => chain.Id).ToList();
        var named = name is null ? all : all.Where(id => id.ToString() == name).ToList();
        if (named.Count > 0) return named;
        CommandLine.Fail($"{configPath} has no chain {name}; it has {string.Join(", ", all)}");
        return null;
    }

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
