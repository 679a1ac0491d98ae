using Akka.Actor;
using Akka.Pattern;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>How a chain's state is kept alive: a backoff supervisor starts it again whenever it stops, and answers for it meanwhile.</summary>
public static class ChainSupervision
{
    /// <summary>First pause before a chain is started again.</summary>
    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause.</summary>
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(5);

    /// <summary>The supervisor of one chain. Messages for the chain go to it.</summary>
    public static Props Props(ChainOptions options)
    {
        var unavailable = new Refusal(RefusalReason.Unavailable, options.Chain, null, null, "its state is being read again from the journal");
        var start = new StartClaims(options.Claims);
        return BackoffSupervisor.Props(
            Backoff.OnStop(Akka.Actor.Props.Create(() => new ChainStateActor(options, start)), $"state-{Name(options.Chain)}", MinBackoff, MaxBackoff, 0.2, -1)
                .WithAutoReset(TimeSpan.FromMilliseconds(500))
                .WithDefaultStoppingStrategy()
                .WithReplyWhileStopped(new SignReply.Refused(unavailable))
                .WithFinalStopMessage(message => message is ChainMessages.Stop));
    }

    /// <summary>The actor name of a chain's supervisor.</summary>
    public static string ActorName(ChainId chain) => $"chain-{Name(chain)}";

    // Actor names allow fewer characters than chain ids do.
    private static string Name(ChainId chain) => Uri.EscapeDataString(chain.ToString());
}
