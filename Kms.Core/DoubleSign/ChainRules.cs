namespace Kms.Core.DoubleSign;

/// <summary>Whether blocks are compared across the steps of a round.</summary>
public enum BlockRule
{
    /// <summary>The consensus specification: each step stands alone. A validator may prevote A and precommit B.</summary>
    Spec,

    /// <summary>As tmkms 0.15: two different blocks in one round are refused at any step. Costs votes (tmkms#626); opt-in.</summary>
    SameBlockPerRound,
}

/// <summary>What an operator can choose about the rules of one chain. No choice lets two messages be signed at one position.</summary>
public sealed record ChainRules
{
    /// <summary>What holds unless an operator says otherwise.</summary>
    public static ChainRules Default { get; } = new();

    /// <summary>Whether blocks are compared across the steps of a round.</summary>
    public BlockRule BlockRule { get; init; } = BlockRule.Spec;

    /// <summary>How many heights above the floor a request may stand; 0 for no limit. A signed height uses up all below it, so a node that asks
    /// for the last height there is would end the validator. A floor at height 0 (<c>tmkms state init</c>) sets no limit: nothing is known about
    /// where the chain is, and the key of a new validator may join a chain at any height.</summary>
    public long MaxHeightJump { get; init; } = 100_000;

    /// <summary>Whether a chain without history takes the first height that is asked for as its floor and signs from the next one on. Trusts
    /// the first node that asks.</summary>
    public bool AdoptFirstHeight { get; init; }
}
