using Kms.Core.Consensus;

namespace Kms.Core.DoubleSign;

/// <summary>The rules that keep a validator from signing two different messages at one height, round and step
/// (cometbft spec/consensus/signing.md). Pure: no clock, no I/O, no memory besides the arguments.</summary>
public static class DoubleSignRules
{
    /// <summary>Decides one request against the state of its chain.</summary>
    /// <param name="watermark">Where the chain stands; null when nothing was ever recorded.</param>
    /// <param name="chain">The chain whose state this is.</param>
    /// <param name="request">What a node asks.</param>
    /// <param name="rules">What the operator chose; null for <see cref="ChainRules.Default"/>.</param>
    /// <param name="released">What was signed lately and may be sent again below the floor; null for nothing.</param>
    public static SignDecision Decide(
        Watermark? watermark, ChainId chain, SignRequest request, ChainRules? rules = null, ReleasedSignatures? released = null)
    {
        rules ??= ChainRules.Default;
        if (request.Chain != chain) return Refuse(RefusalReason.WrongChain, $"the request names chain {request.Chain}");
        if (request.Hrs.Height.Value < 1) return Refuse(RefusalReason.InvalidRequest, "heights start at 1");
        if (request.Hrs.Round.Value < 0) return Refuse(RefusalReason.InvalidRequest, "rounds start at 0");
        if (watermark is null) return WithoutHistory();
        if (watermark.Chain != chain) return Refuse(RefusalReason.CorruptHistory, $"it is the state of chain {watermark.Chain}");
        if (request.Hrs < watermark.Floor) return BelowTheFloor();

        if (HasMisplacedExtension(request)) return Refuse(RefusalReason.UnexpectedExtension, "only a precommit for a block may carry one");
        if (request.Hrs == watermark.Floor) return AtSamePosition();
        if (JumpsTooFar(request.Hrs.Height, watermark.Floor.Height, rules.MaxHeightJump)) return Refuse(RefusalReason.HeightJump, Quarantine());

        if (rules.BlockRule == BlockRule.SameBlockPerRound && request.Block is not null
            && watermark.Last is { Block: not null } last && InOneRound(last.Hrs, request.Hrs) && last.Block != request.Block)
            return Refuse(RefusalReason.BlockChangedWithinRound, Conflict(last, request));

        return Advance();

        // The end of the height before is the highest floor that leaves every message of this height to be signed. A chain that is here has
        // decided what lies below, and this journal signed none of it.
        string Quarantine() => $"more than {rules.MaxHeightJump} heights above; if the chain really is there, run "
            + $"`tmkms state raise {chain} {request.Hrs.Height.Value - 1}`";

        // Nobody knows what was signed at the height that is asked for, so all of it is given up. The last height has no next one to sign at.
        SignDecision WithoutHistory() =>
            !rules.AdoptFirstHeight || HasMisplacedExtension(request) || request.Hrs.Height.Value == long.MaxValue
                ? Refuse(RefusalReason.NoHistory, $"run `tmkms state init {chain}` if this key never signed, or import its state")
                : new SignDecision.Adopt(
                    new ChainEvent.FloorRaised(chain, Hrs.EndOf(request.Hrs.Height), $"adopted from the first request, {request.Hrs}"),
                    Refusal(RefusalReason.FirstHeightAdopted,
                        $"height {request.Hrs.Height} was adopted as the floor; signing begins at {request.Hrs.Height.Value + 1}"));

        // Nothing is signed here, ever.
        SignDecision BelowTheFloor() => !HasMisplacedExtension(request) && released?.For(request) is { } reply
            ? new SignDecision.ReleaseAgain(reply)
            : Refuse(Regression(request.Hrs, watermark.Floor));

        SignDecision AtSamePosition() => watermark.Last switch
        {
            null => Refuse(RefusalReason.StepRegression, "what was signed there is not known"),
            { } recorded when !request.AgreesWith(recorded) => Refuse(RefusalReason.DoubleSign, Conflict(recorded, request)),

            // Two proposals of one block are no conflict; the new bytes are recorded before they are signed.
            { } recorded when !request.IsServedBy(recorded) => Advance(),

            // One signature of a vote ever per height, round and step.
            { } recorded => new SignDecision.SignAgain(recorded),
        };

        SignDecision.Advance Advance() => new(new ChainEvent.WatermarkAdvanced(chain, SignedMessage.Of(request)));

        SignDecision.Refuse Refuse(RefusalReason reason, string detail = "") => new(Refusal(reason, detail));

        Refusal Refusal(RefusalReason reason, string detail) => new(reason, chain, request.Hrs, watermark?.Floor, detail);
    }

    // CometBFT refuses it, too (privval/file.go, signVote).
    private static bool HasMisplacedExtension(SignRequest request) =>
        request is VoteRequest { CarriesExtension: true } vote && (vote.Hrs.Step != Step.Precommit || vote.Block is null);

    // Both heights are at least 1 where they are subtracted, so nothing overflows.
    private static bool JumpsTooFar(Height asked, Height floor, long limit) =>
        limit > 0 && floor.Value > 0 && asked.Value - floor.Value > limit;

    private static RefusalReason Regression(Hrs asked, Hrs floor) =>
        asked.Height != floor.Height ? RefusalReason.HeightRegression
        : asked.Round != floor.Round ? RefusalReason.RoundRegression
        : RefusalReason.StepRegression;

    private static bool InOneRound(Hrs a, Hrs b) => a.Height == b.Height && a.Round == b.Round;

    private static string Conflict(SignedMessage recorded, SignRequest request) =>
        recorded.Block == request.Block ? "same block, different proof-of-lock round"
        : recorded.Block?.Hash == request.Block?.Hash ? $"same block hash {BlockId.Describe(request.Block)}, different parts"
        : $"{BlockId.Describe(recorded.Block)} != {BlockId.Describe(request.Block)}";
}
