using Kms.Core.DoubleSign;
using Xunit.Abstractions;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign.SmallWorlds;

/// <summary>The rules, in every situation of a small world: no two signatures conflict, and nothing is refused that could be signed.</summary>
public class SmallWorldTests(ITestOutputHelper output)
{
    [Fact]
    public void In_every_reachable_state_no_signatures_conflict_and_the_table_is_followed() =>
        AssertFlawless(new Exploration(SmallWorld.Full, new ModelSigner()).ToTheEnd());

    [Fact]
    public void In_every_reachable_state_with_proof_of_lock_rounds_no_signatures_conflict_and_the_table_is_followed() =>
        AssertFlawless(new Exploration(SmallWorld.ProofOfLock, new ModelSigner()).ToTheEnd());

    [Fact]
    public void In_every_sequence_of_three_requests_no_signatures_conflict_and_the_table_is_followed() =>
        AssertFlawless(new Exploration(SmallWorld.Full, new ModelSigner()).Sequences(3));

    [Fact]
    public void In_every_sequence_of_three_requests_with_proof_of_lock_rounds_no_signatures_conflict_and_the_table_is_followed() =>
        AssertFlawless(new Exploration(SmallWorld.ProofOfLock, new ModelSigner()).Sequences(3));

    [Fact]
    public void In_every_sequence_of_four_requests_in_one_round_no_signatures_conflict_and_the_table_is_followed() =>
        AssertFlawless(new Exploration(SmallWorld.OneRound, new ModelSigner()).Sequences(4));

    [Fact]
    public void In_every_reachable_state_where_replies_are_kept_no_signatures_conflict_and_the_table_is_followed()
    {
        AssertFlawless(new Exploration(SmallWorld.OneRound, ModelSigner.KeepingReplies, Keeping).ToTheEnd());
        AssertFlawless(new Exploration(SmallWorld.Votes, ModelSigner.KeepingReplies, Keeping).ToTheEnd());
    }

    [Fact]
    public void In_every_sequence_of_three_requests_where_replies_are_kept_no_signatures_conflict_and_the_table_is_followed()
    {
        AssertFlawless(new Exploration(SmallWorld.Full, ModelSigner.KeepingReplies, Keeping).Sequences(3));
        AssertFlawless(new Exploration(SmallWorld.ProofOfLock, ModelSigner.KeepingReplies, Keeping).Sequences(3));
    }

    [Fact]
    public void In_every_reachable_state_with_far_heights_and_an_adopted_first_one_no_signatures_conflict_and_the_table_is_followed()
    {
        var rules = new ChainRules { MaxHeightJump = 1, AdoptFirstHeight = true };
        var signer = new ModelSigner { Decide = (watermark, request) => DoubleSignRules.Decide(watermark, Chain, request, rules) };

        AssertFlawless(new Exploration(SmallWorld.FarHeight, signer, IdealTable.NoHistory with { MaxJump = 1, AdoptsFirstHeight = true }).ToTheEnd());
    }

    [Fact]
    public void In_every_reachable_state_of_strict_mode_no_signatures_conflict_and_its_table_is_followed()
    {
        var strict = new ModelSigner { Decide = (watermark, request) =>
            DoubleSignRules.Decide(watermark, Chain, request, new ChainRules { BlockRule = BlockRule.SameBlockPerRound }) };

        AssertFlawless(new Exploration(SmallWorld.Full, strict, IdealTable.NoHistory with { SameBlockPerRound = true }).ToTheEnd());
    }

    private static IdealTable Keeping => IdealTable.NoHistory with { KeepsReplies = true };

    private void AssertFlawless(Exploration explored)
    {
        output.WriteLine($"{explored.Requests} requests made, {explored.Reached} states or sequences reached");
        Assert.Empty(explored.Findings);
    }
}
