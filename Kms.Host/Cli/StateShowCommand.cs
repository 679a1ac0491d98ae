using System.CommandLine;
using Kms.Core.DoubleSign;
using Kms.Host.Composition;
using Kms.Host.State;
using Kms.Persistence.StateFiles;

namespace Kms.Host.Cli;

/// <summary><c>tmkms state show</c>: what was signed last.</summary>
internal static class StateShowCommand
{
    public static Command Create()
    {
        var (config, akka, chain) = (ConfigOption.Create(), ConfigOption.CreateAkka(), StateCommand.OptionalChainArgument());
        var json = new Option<bool>("--json") { Description = "as an interchange file (docs/state-interchange.md)" };
        var command = new Command("show", "print what was signed last") { config, akka, json, chain };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(akka), parsed.GetValue(json), parsed.GetValue(chain)));
        return command;
    }

    private static async Task<int> RunAsync(string configPath, string? akkaPath, bool json, string? name)
    {
        if (!ConfigOption.TryLoad(configPath, out var config)) return CommandLine.Failure;
        if (ConfigOption.Chains(configPath, config, name) is not { } chains) return CommandLine.Failure;
        var (code, known) = (CommandLine.Success, new List<Watermark>());
        foreach (var chain in chains)
        {
            var shown = await StateCommand.WithChainAsync(configPath, akkaPath, chain, access => ReadAsync(access, known)).ConfigureAwait(false);
            if (shown != CommandLine.Success) code = shown;
        }

        if (json) return Print(StateFile.Render(StateFormat.Interchange, [.. known.Select(w => RecordedStates.Of(w, ChainKeys.TryRead(config, w.Chain)))]), code);
        Console.Write(string.Join("\n", known.Select(Describe)));
        return code;
    }

    /// <summary>Reads the state of a chain, or says why there is none.</summary>
    internal static async Task<int> ReadAsync(IChainAccess chain, List<Watermark> known)
    {
        var state = await chain.StateAsync().ConfigureAwait(false);
        if (state is null) return StateCommand.Unreadable(chain);
        if (state.Contradiction is { } contradiction)
            return CommandLine.Fail($"the recorded state of chain {chain.Chain} contradicts itself: {contradiction}");
        if (state.Watermark is null)
        {
            return CommandLine.Fail($"chain {chain.Chain} has no recorded state; `tmkms state init {chain.Chain}` begins one for a key that never signed, "
                + "`tmkms state import` takes over what another program recorded");
        }

        known.Add(state.Watermark);
        return CommandLine.Success;
    }

    /// <summary>A watermark for people.</summary>
    internal static string Describe(Watermark watermark) => watermark.Last is { } last
        ? $"chain:       {watermark.Chain}\nlast signed: {last.Hrs} {last.Hrs.Step} {Core.Consensus.BlockId.Describe(last.Block)}\ntimestamp:   {last.Timestamp}\n"
        : $"chain:       {watermark.Chain}\nlast signed: not recorded\nfloor:       {watermark.Floor}; everything up to it is refused\n";

    private static int Print(RenderedState rendered, int code)
    {
        if (!rendered.IsRendered) return code == CommandLine.Success ? CommandLine.Fail(rendered.Error) : code;
        Console.Write(rendered.Text);
        return code;
    }
}
