using System.CommandLine;
using System.Globalization;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Composition;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state</c>: what a chain has signed, and the beginning of a chain that has signed nothing.</summary>
public static class StateCommand
{
    /// <summary>The verbs.</summary>
    public static Command Create() => new("state", "the recorded signing state of a chain") { Show(), Init() };

    private static Command Show()
    {
        var (config, akka, chain) = (ConfigOption.Create(), AkkaOption(), ChainArgument());
        var command = new Command("show", "print what was signed last") { config, akka, chain };
        command.SetAction((parsed, _) => WithJournalAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetRequiredValue(chain), ShowAsync));
        return command;
    }

    private static Command Init()
    {
        var (config, akka, chain) = (ConfigOption.Create(), AkkaOption(), ChainArgument());
        var height = new Option<long>("--height") { Description = "refuse everything up to and including this height; 0 for a key that never signed" };
        height.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && long.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var h) && h < 0)
                result.AddError("--height must be 0 or more");
        });
        var command = new Command("init", "declare that a chain's key never signed, or not above a height") { config, akka, height, chain };
        command.SetAction((parsed, _) => WithJournalAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetRequiredValue(chain),
            journal => InitAsync(journal, new Height(parsed.GetValue(height)))));
        return command;
    }

    private static async Task<int> ShowAsync(IChainAccess journal)
    {
        var state = await journal.StateAsync().ConfigureAwait(false);
        if (state is null) return Unreadable(journal);
        if (state.Contradiction is { } contradiction)
            return CommandLine.Fail($"the recorded state of chain {journal.Chain} contradicts itself: {contradiction}");
        if (state.Watermark is null)
            return CommandLine.Fail($"chain {journal.Chain} has no recorded state; `tmkms state init {journal.Chain}` begins one for a key that never signed");
        Console.WriteLine(Describe(state.Watermark));
        return CommandLine.Success;
    }

    private static async Task<int> InitAsync(IChainAccess journal, Height height)
    {
        var result = await journal.InitialiseAsync(Hrs.EndOf(height), "tmkms state init").ConfigureAwait(false);
        if (result is null) return Unreadable(journal);
        if (result.Error is { } error)
            return CommandLine.Fail(result.Watermark is { } known ? $"{error}, nothing was changed:\n{Describe(known)}" : error);
        CommandLine.Report("Initialised", $"chain {journal.Chain}: signs from height {height.Value + 1} on");
        return CommandLine.Success;
    }

    private static string Describe(Watermark watermark) => watermark.Last is { } last
        ? $"chain:       {watermark.Chain}\nlast signed: {last.Hrs} {last.Hrs.Step} {BlockId.Describe(last.Block)}\ntimestamp:   {last.Timestamp}"
        : $"chain:       {watermark.Chain}\nlast signed: nothing\nfloor:       {watermark.Floor}; everything up to it is refused";

    private static async Task<int> WithJournalAsync(string configPath, string? akkaPath, string chain, Func<IChainAccess, Task<int>> run)
    {
        if (!ConfigOption.TryLoad(configPath, out var config)) return CommandLine.Failure;
        if (config.Chains.All(c => c.Id.ToString() != chain))
            return CommandLine.Fail($"{configPath} has no chain {chain}; it has {string.Join(", ", config.Chains.Select(c => c.Id))}");

        var (access, problems) = await ChainAccess.OpenAsync(configPath, akkaPath, new ChainId(chain)).ConfigureAwait(false);
        await using (access) if (access is not null) return await run(access).ConfigureAwait(false);
        foreach (var problem in problems) CommandLine.Fail(problem);
        return CommandLine.Failure;
    }

    private static int Unreadable(IChainAccess journal) => CommandLine.Fail($"the recorded state of chain {journal.Chain} cannot be read");

    private static Option<string?> AkkaOption() => new("--akka-config") { Description = "the HOCON file that `tmkms start` is given, if any" };

    private static Argument<string> ChainArgument() => new("CHAIN") { Description = "a chain id of tmkms.toml" };
}
