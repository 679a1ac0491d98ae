using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>A node that asks for a height far above the floor cannot use up all below it.</summary>
public class HeightJumpTests
{
    [Fact]
    public void The_refusal_says_what_was_asked_where_the_chain_stands_and_what_to_do() => Assert.Equal(
        "height jump at chain test-chain-1: asked 22100000/0/1, last signed 100/0/2 "
            + "(more than 100000 heights above; if the chain really is there, run `tmkms state raise test-chain-1 22099999`)",
        Refused(At(100, 0, Step.Precommit), Prevote(22_100_000, 0, A)).ToString());

    // The floor that the refusal names, whatever was asked: every message of that height is signed then, and nothing below it.
    [Theory]
    [InlineData(100, 100_101)]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MaxValue - 100_001, long.MaxValue)]
    public void After_the_named_command_the_whole_height_can_be_signed(long floor, long asked)
    {
        var detail = Refused(At(floor, 0, Step.Prevote), Precommit(asked, 2, A)).Detail;
        Assert.EndsWith($"`tmkms state raise test-chain-1 {asked - 1}`", detail, StringComparison.Ordinal);

        var named = new FloorClaim(Hrs.EndOf(new Height(asked - 1)), "tmkms state raise");
        var raised = Watermark.Apply(At(floor, 0, Step.Prevote), named.Against(At(floor, 0, Step.Prevote), Chain, out _)!, out var contradiction);

        Assert.Null(contradiction);
        foreach (var step in Enum.GetValues<Step>())
        {
            Assert.IsType<SignDecision.Advance>(DoubleSignRules.Decide(raised, Chain, Any(asked, 0, step, A)));
            Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(raised, Chain, Any(asked - 1, int.MaxValue, step, A)));
        }
    }

    [Theory]
    [InlineData(1, 100_001, true)]
    [InlineData(1, 100_002, false)]
    [InlineData(1, long.MaxValue, false)]
    [InlineData(long.MaxValue - 100_000, long.MaxValue, true)]
    [InlineData(long.MaxValue - 100_001, long.MaxValue, false)]
    [InlineData(long.MaxValue - 1, long.MaxValue, true)]
    public void The_limit_is_exact_and_nothing_overflows(long floor, long asked, bool signed) =>
        Assert.Equal(signed, DoubleSignRules.Decide(At(floor, 0, Step.Precommit), Chain, Prevote(asked, 0, A)) is SignDecision.Advance);

    [Theory]
    [InlineData(1, 101, true)]
    [InlineData(1, 102, false)]
    [InlineData(100, long.MaxValue, false)]
    public void The_limit_is_the_operators(long floor, long asked, bool signed) =>
        Assert.Equal(signed, Decide(At(floor, 0, Step.Precommit), Prevote(asked, 0, A), 100) is SignDecision.Advance);

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void Without_a_limit_every_height_above_is_signed(long limit) =>
        Assert.IsType<SignDecision.Advance>(Decide(At(1, 0, Step.Precommit), Prevote(long.MaxValue, 0, A), limit));

    // The key of a new validator: where the chain is can only be learnt from the first request.
    [Fact]
    public void From_a_floor_at_height_0_every_height_is_signed()
    {
        Assert.IsType<SignDecision.Advance>(DoubleSignRules.Decide(At(0, int.MaxValue, Step.Precommit), Chain, Prevote(22_100_000, 0, A)));
        Assert.IsType<SignDecision.Advance>(DoubleSignRules.Decide(At(0, 0, Step.Proposal), Chain, Prevote(long.MaxValue, 0, A)));
    }

    [Fact]
    public void What_was_asked_is_forgotten_and_the_chain_goes_on()
    {
        var watermark = At(100, 0, Step.Precommit);
        Assert.Equal(RefusalReason.HeightJump, Refused(watermark, Prevote(long.MaxValue, 0, A)).Reason);
        Assert.IsType<SignDecision.Advance>(DoubleSignRules.Decide(watermark, Chain, Prevote(101, 0, A)));
    }

    private static Watermark At(long height, int round, Step step) => new(Chain, new Hrs(height, round, step), Last: null);

    private static SignDecision Decide(Watermark watermark, SignRequest request, long limit) =>
        DoubleSignRules.Decide(watermark, Chain, request, new ChainRules { MaxHeightJump = limit });

    private static Refusal Refused(Watermark watermark, SignRequest request) =>
        Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(watermark, Chain, request)).Refusal;
}
