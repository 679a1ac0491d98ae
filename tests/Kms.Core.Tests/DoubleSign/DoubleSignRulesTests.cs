using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Testing;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>The rules as a table: what was signed last, what is asked now, what comes of it.</summary>
public class DoubleSignRulesTests
{
    private static BlockId? Nil => null;

    /// <summary>One row. <paramref name="Outcome"/> is "new", "again" or the reason of the refusal.</summary>
    public sealed record Row(string Scenario, SignRequest? Last, SignRequest Asked, string Outcome)
    {
        public override string ToString() => Scenario;
    }

    private static readonly Row[] Table =
    [
        new("a higher height", Precommit(100, 5, A), Proposal(101, 0, B), "new"),
        new("a higher round", Precommit(100, 0, Nil), Proposal(100, 1, B), "new"),
        new("a later step", Proposal(100, 0, A), Prevote(100, 0, A), "new"),
        new("a later step, the one between skipped", Proposal(100, 0, A), Precommit(100, 0, Nil), "new"),
        new("a higher height at a lower round and step", Precommit(100, 5, A), Prevote(101, 0, B), "new"),
        new("a higher round at an earlier step", Precommit(100, 0, A), Prevote(100, 1, A), "new"),

        new("height regression", Prevote(101, 0, A), Prevote(100, 0, A), "HeightRegression"),
        new("height regression to a higher round and step", Proposal(101, 0, A), Precommit(100, 7, A), "HeightRegression"),
        new("round regression", Prevote(100, 1, A), Prevote(100, 0, A), "RoundRegression"),
        new("round regression to a later step", Proposal(100, 1, A), Precommit(100, 0, A), "RoundRegression"),
        new("step regression: the proposal after our own prevote", Prevote(100, 0, A), Proposal(100, 0, A), "StepRegression"),
        new("step regression: the prevote after our own precommit", Precommit(100, 0, A), Prevote(100, 0, A), "StepRegression"),

        new("a prevote repeated", Prevote(100, 0, A), Prevote(100, 0, A), "again"),
        new("a nil precommit repeated", Precommit(100, 0, Nil), Precommit(100, 0, Nil), "again"),
        new("a proposal repeated", Proposal(100, 0, A), Proposal(100, 0, A), "again"),

        new("a vote with a later timestamp", Prevote(100, 0, A), Prevote(100, 0, A, at: 2), "again"),
        new("a vote with an earlier timestamp", Precommit(100, 0, A, at: 2), Precommit(100, 0, A, at: 1), "again"),
        new("a nil vote with another timestamp", Prevote(100, 0, Nil), Prevote(100, 0, Nil, at: 2), "again"),

        new("a proposal with another timestamp", Proposal(100, 0, A), Proposal(100, 0, A, at: 2), "new"),
        new("a proposal with another timestamp and another proof-of-lock round",
            Proposal(100, 3, A), Proposal(100, 3, A, at: 2, pol: 0), "DoubleSign"),
        new("a proposal with another proof-of-lock round", Proposal(100, 3, A, pol: 1), Proposal(100, 3, A, pol: 2), "DoubleSign"),
        new("a proposal of another block", Proposal(100, 0, A), Proposal(100, 0, B), "DoubleSign"),
        new("a proposal of another block with another timestamp", Proposal(100, 0, A), Proposal(100, 0, B, at: 2), "DoubleSign"),

        new("a prevote for another block", Prevote(100, 0, A), Prevote(100, 0, B), "DoubleSign"),
        new("a precommit for another block", Precommit(100, 0, A), Precommit(100, 0, B, at: 2), "DoubleSign"),
        new("a vote for the same hash with other parts", Prevote(100, 0, A), Prevote(100, 0, A with { PartsTotal = 2 }), "DoubleSign"),
        new("a vote for the same hash with another parts hash", Prevote(100, 0, A), Prevote(100, 0, A with { PartsHash = Hash(1) }), "DoubleSign"),

        new("nil then block at one step", Prevote(100, 0, Nil), Prevote(100, 0, A), "DoubleSign"),
        new("block then nil at one step", Precommit(100, 0, A), Precommit(100, 0, Nil), "DoubleSign"),
        new("nil then block at one step with another timestamp", Precommit(100, 0, Nil), Precommit(100, 0, A, at: 2), "DoubleSign"),
        new("nil proposal then block", Proposal(100, 0, Nil), Proposal(100, 0, A), "DoubleSign"),

        new("prevote A then precommit B", Prevote(100, 0, A), Precommit(100, 0, B), "new"),
        new("prevote nil then precommit B", Prevote(100, 0, Nil), Precommit(100, 0, B), "new"),
        new("prevote B then precommit nil", Prevote(100, 0, B), Precommit(100, 0, Nil), "new"),
        new("proposal A then prevote B", Proposal(100, 0, A), Prevote(100, 0, B), "new"),

        new("an extension on a precommit for a block", Prevote(100, 0, A), Extended(Precommit(100, 0, A)), "new"),
        new("an extension on a repeated precommit for a block", Precommit(100, 0, A), Extended(Precommit(100, 0, A)), "again"),
        new("an extension on a prevote", Proposal(100, 0, A), Extended(Prevote(100, 0, A)), "UnexpectedExtension"),
        new("an extension on a nil precommit", Prevote(100, 0, A), Extended(Precommit(100, 0, Nil)), "UnexpectedExtension"),
        new("an extension on a nil precommit that was signed without",
            Precommit(100, 0, Nil), Extended(Precommit(100, 0, Nil)), "UnexpectedExtension"),

        new("another chain", Prevote(100, 0, A), Precommit(100, 0, A) with { Chain = new ChainId("other-chain") }, "WrongChain"),
        new("another chain, the same message", Prevote(100, 0, A), Prevote(100, 0, A) with { Chain = new ChainId("other-chain") }, "WrongChain"),

        new("nothing recorded", null, Proposal(1, 0, A), "NoHistory"),
        new("height 0", Prevote(100, 0, A), Prevote(0, 0, A), "InvalidRequest"),
        new("a negative height", Prevote(100, 0, A), Prevote(long.MinValue, 0, A), "InvalidRequest"),
        new("a negative round", Prevote(100, 0, A), Prevote(101, -1, A), "InvalidRequest"),

        new("the highest height, round and step", Prevote(long.MaxValue, 0, A), Precommit(long.MaxValue, int.MaxValue, A), "new"),
        new("the highest height, round and step again",
            Precommit(long.MaxValue, int.MaxValue, A), Precommit(long.MaxValue, int.MaxValue, A, at: 2), "again"),
        new("another block at the highest height, round and step",
            Precommit(long.MaxValue, int.MaxValue, A), Precommit(long.MaxValue, int.MaxValue, B), "DoubleSign"),
        new("anything after the highest height", Precommit(long.MaxValue, int.MaxValue, A), Prevote(long.MaxValue - 1, 0, A), "HeightRegression"),
        new("the lowest height after the highest", Precommit(long.MaxValue, 0, A), Prevote(1, 0, A), "HeightRegression"),
        new("the highest height that is not too far above", Prevote(100, 3, A), Prevote(100_100, 0, A), "new"),
        new("the lowest height that is", Precommit(100, 3, A), Proposal(100_101, 0, A), "HeightJump"),
        new("the highest height from the lowest", Prevote(1, 0, A), Precommit(long.MaxValue, int.MaxValue, A), "HeightJump"),
        new("the highest round of the same height", Prevote(100, 0, A), Precommit(100, int.MaxValue, A), "new"),
        new("the highest round to the next height", Precommit(100, int.MaxValue, A), Proposal(101, 0, A), "new"),
    ];

    public static TheoryData<string> Scenarios => [.. Table.Select(row => row.Scenario)];

    [Theory, MemberData(nameof(Scenarios))]
    public void What_is_asked_is_decided_by_what_was_signed_last(string scenario)
    {
        var (_, last, asked, outcome) = Table.Single(row => row.Scenario == scenario);
        var watermark = last is null ? null : After(last);

        var decision = DoubleSignRules.Decide(watermark, Chain, asked);

        Assert.Equal(outcome, Name(decision));
        switch (decision)
        {
            case SignDecision.Advance { Event: var next }:
                Assert.Equal(new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(asked)), next);
                break;
            case SignDecision.SignAgain { Recorded: var recorded }:
                Assert.Equal(SignedMessage.Of(last!), recorded);
                break;
            case SignDecision.Refuse { Refusal: var refusal }:
                Assert.Equal((Chain, asked.Hrs, last?.Hrs), (refusal.Chain, refusal.Asked, refusal.Last));
                break;
        }
    }

    // Kava's testnet, 2019: a validator was slashed because nil and a block at one step passed for no conflict (tendermint/tmkms#333).
    [Theory, InlineData(Step.Prevote), InlineData(Step.Precommit)]
    public void Nil_and_a_block_at_one_step_are_a_double_sign_in_either_order_tendermint_tmkms_333(Step step)
    {
        Assert.Equal("DoubleSign", Name(DoubleSignRules.Decide(After(Any(100, 0, step, Nil)), Chain, Any(100, 0, step, A))));
        Assert.Equal("DoubleSign", Name(DoubleSignRules.Decide(After(Any(100, 0, step, A)), Chain, Any(100, 0, step, Nil))));
    }

    // A validator that prevoted A may see a polka for B and must precommit B: refusing costs the vote (iqlusioninc/tmkms#626).
    [Fact]
    public void Prevote_A_then_precommit_B_is_signed_tmkms_626() =>
        Assert.Equal("new", Name(DoubleSignRules.Decide(After(Prevote(100, 0, A)), Chain, Precommit(100, 0, B))));

    // A new chain's first proposer could not propose (tendermint/tmkms#369).
    [Theory, InlineData(Step.Proposal), InlineData(Step.Prevote), InlineData(Step.Precommit)]
    public void A_fresh_state_signs_the_first_message_of_height_1_tendermint_tmkms_369(Step step)
    {
        var fresh = Watermark.Apply(null, new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(0)), "a new key"), out var contradiction);

        Assert.Null(contradiction);
        Assert.Equal("new", Name(DoubleSignRules.Decide(fresh, Chain, Any(1, 0, step, A))));
    }

    [Fact]
    public void At_a_raised_floor_nothing_is_signed_because_nobody_knows_what_was()
    {
        var raised = new Watermark(Chain, new Hrs(100, 0, Step.Prevote), Last: null);

        Assert.Equal("StepRegression", Name(DoubleSignRules.Decide(raised, Chain, Prevote(100, 0, A))));
        Assert.Equal("StepRegression", Name(DoubleSignRules.Decide(raised, Chain, Proposal(100, 0, A))));
        Assert.Equal("new", Name(DoubleSignRules.Decide(raised, Chain, Precommit(100, 0, A))));
    }

    [Fact]
    public void A_floor_at_the_end_of_a_height_refuses_the_whole_height()
    {
        var raised = new Watermark(Chain, Hrs.EndOf(new Height(100)), Last: null);

        Assert.Equal("RoundRegression", Name(DoubleSignRules.Decide(raised, Chain, Proposal(100, 0, A))));
        Assert.Equal("StepRegression", Name(DoubleSignRules.Decide(raised, Chain, Precommit(100, int.MaxValue, A))));
        Assert.Equal("new", Name(DoubleSignRules.Decide(raised, Chain, Proposal(101, 0, A))));
    }

    [Fact]
    public void A_floor_at_the_very_end_refuses_everything_and_does_not_wrap_around()
    {
        var raised = new Watermark(Chain, Hrs.EndOf(new Height(long.MaxValue)), Last: null);

        Assert.Equal("HeightRegression", Name(DoubleSignRules.Decide(raised, Chain, Prevote(1, 0, A))));
        Assert.Equal("StepRegression", Name(DoubleSignRules.Decide(raised, Chain, Precommit(long.MaxValue, int.MaxValue, A))));
    }

    [Fact]
    public void Nothing_is_signed_without_history_and_the_refusal_says_what_to_do()
    {
        var refused = Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(null, Chain, Proposal(1, 0, A)));

        Assert.Contains("tmkms state init test-chain-1", refused.Refusal.ToString(), StringComparison.Ordinal);
    }

    // A journal whose very first event belongs to another chain has nothing to contradict it; the rules see it at the first request.
    [Fact]
    public void Nothing_is_signed_by_the_state_of_another_chain()
    {
        var foreign = new Watermark(new ChainId("other-chain"), new Hrs(100, 0, Step.Prevote), Last: null);

        Assert.Equal("CorruptHistory", Name(DoubleSignRules.Decide(foreign, Chain, Precommit(200, 0, A))));
    }

    [Fact]
    public void A_repeated_vote_is_answered_with_the_recorded_bytes_and_timestamp()
    {
        var first = Prevote(100, 0, A, at: 1);

        var again = Assert.IsType<SignDecision.SignAgain>(DoubleSignRules.Decide(After(first), Chain, Prevote(100, 0, A, at: 2)));

        Assert.Equal(first.SignBytes, again.Recorded.SignBytes);
        Assert.Equal(first.Timestamp, again.Recorded.Timestamp);
    }

    [Theory]
    [InlineData(Step.Proposal, Step.Prevote)]
    [InlineData(Step.Proposal, Step.Precommit)]
    [InlineData(Step.Prevote, Step.Precommit)]
    public void Strict_mode_refuses_another_block_at_a_later_step_of_the_round(Step earlier, Step later)
    {
        var decision = Strict(Any(100, 0, earlier, A), Any(100, 0, later, B));

        Assert.Equal("BlockChangedWithinRound", Name(decision));
    }

    [Theory]
    [InlineData(Step.Proposal, Step.Prevote)]
    [InlineData(Step.Prevote, Step.Precommit)]
    public void Strict_mode_lets_nil_follow_a_block_a_block_follow_nil_and_a_block_follow_itself(Step earlier, Step later)
    {
        Assert.Equal("new", Name(Strict(Any(100, 0, earlier, A), Any(100, 0, later, Nil))));
        Assert.Equal("new", Name(Strict(Any(100, 0, earlier, Nil), Any(100, 0, later, B))));
        Assert.Equal("new", Name(Strict(Any(100, 0, earlier, A), Any(100, 0, later, A, at: 2))));
    }

    [Fact]
    public void Strict_mode_looks_at_one_round_only()
    {
        Assert.Equal("new", Name(Strict(Precommit(100, 0, A), Prevote(100, 1, B))));
        Assert.Equal("new", Name(Strict(Precommit(100, 0, A), Proposal(101, 0, B))));
    }

    [Fact]
    public void Strict_mode_after_a_raised_floor_has_nothing_to_compare_with()
    {
        var raised = new Watermark(Chain, new Hrs(100, 0, Step.Proposal), Last: null);

        Assert.Equal("new", Name(DoubleSignRules.Decide(raised, Chain, Prevote(100, 0, B), new ChainRules { BlockRule = BlockRule.SameBlockPerRound })));
    }

    [Fact]
    public void Strict_mode_changes_no_row_but_those_where_the_block_changes_within_the_round()
    {
        var changed = Table
            .Where(row => row.Last is not null && Name(Strict(row.Last, row.Asked)) != row.Outcome)
            .Select(row => row.Scenario);

        Assert.Equal(["prevote A then precommit B", "proposal A then prevote B"], changed);
    }

    private static VoteRequest Extended(VoteRequest vote) => vote with { CarriesExtension = true };

    private static Watermark After(SignRequest last) =>
        Watermark.Apply(null, new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(last)), out _);

    private static SignDecision Strict(SignRequest last, SignRequest asked) =>
        DoubleSignRules.Decide(After(last), Chain, asked, new ChainRules { BlockRule = BlockRule.SameBlockPerRound });

    private static string Name(SignDecision decision) => decision switch
    {
        SignDecision.Advance => "new",
        SignDecision.SignAgain => "again",
        SignDecision.Refuse { Refusal.Reason: var reason } => reason.ToString(),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
