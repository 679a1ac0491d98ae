using Akka.Event;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>What claims mean for one chain, and the log lines that say so.</summary>
internal sealed class FloorClaims(ChainId chain, ILoggingAdapter log)
{
    /// <summary>The event to store, or why nothing changes. A claim's message is there to be signed again; one whose sign bytes are not its own
    /// would stop the chain at its next recovery, so that only its position is taken.</summary>
    public ChainEvent? Judge(FloorClaim claim, Watermark? watermark, out string? ignored)
    {
        if (claim.Message is { } message && !RecoveryChecks.IsCanonical(chain, message))
        {
            log.Warning("[chain:{0}] {1}: the sign bytes at {2} are not those of the message; only the position is taken",
                chain, claim.Source, message.Hrs);
            claim = claim with { Message = null };
        }

        return claim.Against(watermark, chain, out ignored);
    }

    /// <summary>The floor was raised by something other than a signature.</summary>
    public void LogRaised(Hrs floor, string source) => log.Warning("[chain:{0}] nothing at or below {1} is signed from now on: {2}", chain, floor, source);

    /// <summary>A claim of the configuration changes nothing. Without history that is so at every look, and the refusals say what to do.</summary>
    public void LogIgnored(FloorClaim claim, Watermark? watermark, string why)
    {
        const string line = "[chain:{0}] {1} changes nothing: {2}";
        if (watermark is null) log.Debug(line, chain, claim.Source, why);
        else if (claim.Floor > watermark.Floor) log.Warning(line, chain, claim.Source, why);
        else log.Info(line, chain, claim.Source, why);
    }
}
