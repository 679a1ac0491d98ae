using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>How far a chain has committed itself. Nothing at or below <paramref name="Floor"/> is signed, except
/// <paramref name="Last"/> again.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Floor">The highest position that is used up.</param>
/// <param name="Last">The newest recorded message, when it stands at <paramref name="Floor"/>; null after the floor was raised.</param>
public sealed record Watermark(ChainId Chain, Hrs Floor, SignedMessage? Last)
{
    /// <summary>Where <paramref name="next"/> leads. The same function applies a new event and replays an old one.</summary>
    /// <param name="current">The state before; null when nothing was recorded.</param>
    /// <param name="next">The stored event.</param>
    /// <param name="contradiction">Null, or why a correct journal cannot hold this event here: the chain must not sign.</param>
    public static Watermark Apply(Watermark? current, ChainEvent next, out string? contradiction)
    {
        contradiction = Contradiction(current, next);
        return new Watermark(next.Chain, next.Position, (next as ChainEvent.WatermarkAdvanced)?.Message);
    }

    private static string? Contradiction(Watermark? current, ChainEvent next)
    {
        if (current is null || next.Position > current.Floor && next.Chain == current.Chain) return null;
        if (next.Chain != current.Chain) return $"an event of chain {next.Chain} in the journal of chain {current.Chain}";

        // What stands at the floor may be forgotten: it is then not signed again.
        if (next is ChainEvent.FloorRaised && next.Position == current.Floor && next.Chain == current.Chain) return null;

        // The one message that may repeat a position: the same proposal with another timestamp.
        var sameProposal = next is ChainEvent.WatermarkAdvanced { Message: { Hrs.Step: Step.Proposal } again }
            && current.Last is { } last && again.Hrs == last.Hrs && again.Block == last.Block && again.PolRound == last.PolRound;
        return sameProposal ? null : $"an event at {next.Position} after one at {current.Floor}";
    }
}
