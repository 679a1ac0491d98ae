using System.Diagnostics;
using Akka.Actor;
using Akka.Hosting;
using Kms.Actors.ActiveNode;
using Kms.Core.Consensus;

namespace Kms.Host.Composition;

/// <summary>Asks the active node from outside of the actor system. Every answer may be missing: the system starts, restarts and stops.</summary>
internal sealed class NodeClient(IRequiredActor<ActiveNodeActor> node)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Connections that leave are cut off long before.
    private static readonly TimeSpan ChangePatience = TimeSpan.FromSeconds(45);

    /// <summary>What is running; null without an answer.</summary>
    public async Task<ActiveNodeMessages.Running?> RunningAsync(CancellationToken cancel) =>
        await AskAsync(ActiveNodeMessages.GetRunning.Instance, Patience, cancel).ConfigureAwait(false) as ActiveNodeMessages.Running;

    /// <summary>Starts and stops children. Not cancelled: what was begun is finished.</summary>
    public async Task<ActiveNodeMessages.Reconfigured> ReconfigureAsync(ActiveNodeMessages.Reconfigure change) =>
        await AskAsync(change, ChangePatience, CancellationToken.None).ConfigureAwait(false) as ActiveNodeMessages.Reconfigured
        ?? new ActiveNodeMessages.Reconfigured("the signer does not answer; restart it");

    /// <summary>Asks a chain, again and again while it is being restarted.</summary>
    /// <returns>A <typeparamref name="T"/>, an <see cref="ActiveNodeMessages.UnknownChain"/>, or null without an answer.</returns>
    public async Task<object?> AskChainAsync<T>(ChainId chain, object message, CancellationToken cancel) where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (Patience - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
        {
            var answer = await AskAsync(new ActiveNodeMessages.AskChain(chain, message), left, cancel).ConfigureAwait(false);
            if (answer is null or T or ActiveNodeMessages.UnknownChain) return answer;
            await Task.Delay(Pause, cancel).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<object?> AskAsync(object message, TimeSpan patience, CancellationToken cancel)
    {
        try
        {
            var actor = await node.GetAsync(cancel).ConfigureAwait(false);
            return await actor.Ask<object>(message, patience, cancel).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
