using System.Text.Json;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Control;

namespace Kms.Host.Composition;

/// <summary>One chain's state in a signer that is running: asked for, and changed, by that signer itself.</summary>
public sealed class RunningChain : IChainAccess
{
    private readonly string _socket;

    private RunningChain(string socket, ChainId chain) => (_socket, Chain) = (socket, chain);

    /// <inheritdoc/>
    public ChainId Chain { get; }

    /// <summary>Finds the signer and asks whether it signs for the chain.</summary>
    /// <param name="socket">Its control socket.</param>
    /// <param name="chain">The chain.</param>
    /// <returns>The access; or why the signer does not give it; neither when no signer is there.</returns>
    public static async Task<(RunningChain? Access, string? Refusal)> OpenAsync(string socket, ChainId chain) =>
        await ControlClient.TryAskAsync(socket, SignerVerbs.State, new ChainArguments(chain.ToString())).ConfigureAwait(false) switch
        {
            ControlAnswer.Replied { Reply.Ok: true } => (new RunningChain(socket, chain), null),
            ControlAnswer.Replied refused => (null, refused.Reply.Message),
            ControlAnswer.Failed failed => (null, failed.Error),
            _ => (null, null),
        };

    /// <inheritdoc/>
    public Task<ChainMessages.State?> StateAsync() =>
        AskAsync(SignerVerbs.State, new ChainArguments(Chain.ToString()), (watermark, error) => new ChainMessages.State(watermark, error));

    /// <inheritdoc/>
    public Task<ChainMessages.FloorResult?> InitialiseAsync(Hrs floor, string note) =>
        ChangeAsync(SignerVerbs.Init, new InitArguments(Chain.ToString(), PositionJson.Of(floor), note));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<ChainMessages.FloorResult?> ChangeAsync(string verb, object arguments) =>
        AskAsync(verb, arguments, (watermark, error) => new ChainMessages.FloorResult(watermark, error));

    private async Task<T?> AskAsync<T>(string verb, object arguments, Func<Watermark?, string?, T> result) where T : class
    {
        try
        {
            return await ControlClient.TryAskAsync(_socket, verb, arguments).ConfigureAwait(false)
                    is ControlAnswer.Replied { Reply: { Ok: true, Data: { } data } }
                && data.Deserialize<ChainJson>(ControlWire.Json) is { } state
                ? result(state.ToWatermark(Chain), state.Error)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null; // Another release's answer.
        }
    }
}
