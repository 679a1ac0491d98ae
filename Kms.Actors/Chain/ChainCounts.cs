using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>What was asked besides what was new, since the chain's state was read. With several nodes all of it is normal.</summary>
/// <param name="Again">Requests that had been signed before and got the same signature.</param>
/// <param name="Conflicts">Refused: another message is recorded at the position.</param>
/// <param name="Regressions">Refused: the chain is past the position.</param>
public sealed record ChainCounts(long Again, long Conflicts, long Regressions)
{
    /// <summary>Nothing yet.</summary>
    public static ChainCounts None { get; } = new(0, 0, 0);

    /// <summary>One decision more.</summary>
    public ChainCounts With(SignDecision decision) => decision switch
    {
        SignDecision.SignAgain or SignDecision.ReleaseAgain => this with { Again = Again + 1 },
        SignDecision.Refuse { Refusal.Reason: RefusalReason.DoubleSign } => this with { Conflicts = Conflicts + 1 },
        SignDecision.Refuse
        {
            Refusal.Reason: RefusalReason.HeightRegression or RefusalReason.RoundRegression or RefusalReason.StepRegression,
        } => this with { Regressions = Regressions + 1 },
        _ => this,
    };
}
