using System.Text.Json;
using Kms.Actors.ActiveNode;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Cli;
using Kms.Host.Composition;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Control;

/// <summary>Names a chain.</summary>
internal sealed record ChainArguments(string Chain);

/// <summary>Arguments of init.</summary>
internal sealed record InitArguments(string Chain, PositionJson Floor, string Note);

/// <summary>Arguments of raise; the sign bytes, in hexadecimal, are of the message at the floor, or null when it is not known.</summary>
internal sealed record RaiseArguments(string Chain, PositionJson Floor, string? SignBytes, string Source)
{
    public static RaiseArguments Of(ChainId chain, FloorClaim claim) => new(
        chain.ToString(), PositionJson.Of(claim.Floor), claim.Message is { } message ? Convert.ToHexString(message.SignBytes.Span) : null, claim.Source);

    /// <exception cref="FormatException">The values are none.</exception>
    public FloorClaim ToClaim() => ChainJson.MessageOf(SignBytes) is var message && (message is null || message.Hrs == Floor.ToHrs())
        ? new FloorClaim(Floor.ToHrs(), Source) { Message = message }
        : throw new FormatException("the sign bytes are of another position");
}

/// <summary>A chain in a status.</summary>
/// <param name="Id">Chain id.</param>
/// <param name="Watermark">Newest position; null when nothing is recorded or it cannot be read.</param>
/// <param name="Problem">Why the chain does not sign; null when it does.</param>
/// <param name="Counts">What else it was asked; null when its state cannot be read, or from an older release.</param>
internal sealed record ChainStatus(string Id, string? Watermark, string? Problem, ChainCounts? Counts = null);

/// <summary>A connection in a status.</summary>
internal sealed record ValidatorStatus(string Chain, string Address);

/// <summary>What a running signer tells about itself.</summary>
internal sealed record SignerStatus(int Pid, string Version, IReadOnlyList<ChainStatus> Chains, IReadOnlyList<ValidatorStatus> Validators);

/// <summary>What a running signer can be asked on its control socket.</summary>
/// <param name="signer">The configuration in force.</param>
/// <param name="node">The actors.</param>
/// <param name="log">For what changes the state.</param>
internal sealed class SignerVerbs(RunningSigner signer, NodeClient node, ILogger log)
{
    public const string Reload = "reload", Status = "status", State = "state", Init = "init", Raise = "raise";

    /// <summary>Every verb. A new one that asks a chain is a line here and a record for its arguments.</summary>
    public IReadOnlyDictionary<string, Func<JsonElement, CancellationToken, Task<ControlReply>>> All =>
        new Dictionary<string, Func<JsonElement, CancellationToken, Task<ControlReply>>>(StringComparer.Ordinal)
        {
            [Reload] = ReloadAsync,
            [Status] = StatusAsync,
            [State] = (arguments, cancel) =>
                AskChainAsync<ChainMessages.State>(Read<ChainArguments>(arguments).Chain, ChainMessages.GetState.Instance, ChainJson.Of, cancel),
            [Init] = (arguments, cancel) =>
            {
                var init = Read<InitArguments>(arguments);
                return ChangeChainAsync(init.Chain, new ChainMessages.Initialise(init.Floor.ToHrs(), init.Note), cancel);
            },
            [Raise] = (arguments, cancel) =>
            {
                var raise = Read<RaiseArguments>(arguments);
                return ChangeChainAsync(raise.Chain, new ChainMessages.RaiseFloor(raise.ToClaim()), cancel);
            },
        };

    private static T Read<T>(JsonElement arguments) => arguments.Deserialize<T>(ControlWire.Json) ?? throw new JsonException("the arguments are missing");

    private async Task<ControlReply> ReloadAsync(JsonElement arguments, CancellationToken cancel)
    {
        var outcome = await signer.ReloadAsync(cancel).ConfigureAwait(false);
        return new ControlReply(outcome.Ok, string.Join('\n', outcome.Lines));
    }

    private async Task<ControlReply> StatusAsync(JsonElement arguments, CancellationToken cancel)
    {
        if (await node.RunningAsync(cancel).ConfigureAwait(false) is not { } running) return new ControlReply(false, "the signer does not answer");
        var chains = await Task.WhenAll(running.Chains.Select(chain => DescribeAsync(chain, cancel))).ConfigureAwait(false);
        var validators = running.Validators.Select(v => new ValidatorStatus(v.Chain.ToString(), v.Address.ToString()!)).ToList();
        return Done(new SignerStatus(Environment.ProcessId, VersionCommand.Version, chains, validators));
    }

    private async Task<ChainStatus> DescribeAsync(ChainId chain, CancellationToken cancel) =>
        await node.AskChainAsync<ChainMessages.State>(chain, ChainMessages.GetState.Instance, cancel).ConfigureAwait(false) is ChainMessages.State state
            ? new ChainStatus(
                chain.ToString(), state.Watermark?.Floor.ToString(), state.Contradiction ?? (state.Watermark is null ? "no recorded state" : null),
                state.Counts)
            : new ChainStatus(chain.ToString(), null, "its state cannot be read");

    private Task<ControlReply> ChangeChainAsync(string chain, object change, CancellationToken cancel) =>
        AskChainAsync<ChainMessages.FloorResult>(chain, change, result =>
        {
            if (result.Changed) log.LogInformation("[chain:{Chain}] the operator raised the floor to {Floor}", chain, result.Watermark?.Floor);
            return ChainJson.Of(result);
        }, cancel);

    private async Task<ControlReply> AskChainAsync<T>(string chain, object message, Func<T, ChainJson> data, CancellationToken cancel) where T : class =>
        await node.AskChainAsync<T>(new ChainId(chain), message, cancel).ConfigureAwait(false) switch
        {
            T answer => Done(data(answer)),
            ActiveNodeMessages.UnknownChain => new ControlReply(
                false,
                $"process {Environment.ProcessId}, which uses the journal, does not sign for chain {chain}; "
                + "if tmkms.toml has it by now, run `tmkms reload` first"),
            _ => new ControlReply(false, $"the recorded state of chain {chain} cannot be read"),
        };

    private static ControlReply Done<T>(T data) => new(true, "", JsonSerializer.SerializeToElement(data, ControlWire.Json));
}
