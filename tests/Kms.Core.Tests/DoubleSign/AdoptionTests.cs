using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>A chain without history that may take the first height asked for as its floor.</summary>
public class AdoptionTests
{
    private static readonly ChainRules Adopting = new() { AdoptFirstHeight = true };

    [Theory]
    [InlineData(Step.Proposal, 0)]
    [InlineData(Step.Prevote, 3)]
    [InlineData(Step.Precommit, int.MaxValue)]
    public void The_whole_first_height_is_given_up_and_the_next_is_signed(Step step, int round)
    {
        var adopted = Assert.IsType<SignDecision.Adopt>(Decide(null, Any(100, round, step, A)));
        var watermark = Watermark.Apply(null, adopted.Event, out var contradiction);

        Assert.Null(contradiction);
        Assert.Equal(new Watermark(Chain, Hrs.EndOf(new Height(100)), Last: null), watermark);
        foreach (var again in Enum.GetValues<Step>())
        {
            Assert.IsType<SignDecision.Refuse>(Decide(watermark, Any(100, round, again, A)));
            Assert.IsType<SignDecision.Refuse>(Decide(watermark, Any(100, int.MaxValue, again, A)));
            Assert.IsType<SignDecision.Advance>(Decide(watermark, Any(101, 0, again, A)));
        }
    }

    [Fact]
    public void Journal_and_refusal_say_what_happened()
    {
        var adopted = Assert.IsType<SignDecision.Adopt>(Decide(null, Prevote(100, 2, A)));

        Assert.Equal("adopted from the first request, 100/2/1", adopted.Event.Note);
        Assert.Equal("first height adopted at chain test-chain-1: asked 100/2/1 (height 100 was adopted as the floor; signing begins at 101)",
            adopted.Refusal.ToString());
    }

    public static TheoryData<string> Invalid => ["another chain", "height 0", "a negative height", "a negative round", "an extension on a prevote",
        "an extension on a nil precommit", "the last height"];

    [Theory, MemberData(nameof(Invalid))]
    public void What_no_node_would_ask_is_never_adopted(string which)
    {
        SignRequest request = which switch
        {
            "another chain" => Prevote(100, 0, A) with { Chain = new ChainId("other-chain") },
            "height 0" => Prevote(0, 0, A),
            "a negative height" => Prevote(long.MinValue, 0, A),
            "a negative round" => Prevote(100, -1, A),
            "an extension on a prevote" => Prevote(100, 0, A) with { CarriesExtension = true },
            "an extension on a nil precommit" => Precommit(100, 0, null) with { CarriesExtension = true },
            _ => Prevote(long.MaxValue, 0, A), // There is no next height to sign at.
        };

        Assert.IsType<SignDecision.Refuse>(Decide(null, request));
    }

    [Fact]
    public void The_last_height_that_has_a_next_one_is_adopted()
    {
        var adopted = Assert.IsType<SignDecision.Adopt>(Decide(null, Prevote(long.MaxValue - 1, 0, A)));

        Assert.IsType<SignDecision.Advance>(Decide(Watermark.Apply(null, adopted.Event, out _), Prevote(long.MaxValue, 0, A)));
    }

    [Fact]
    public void Where_there_is_history_nothing_is_adopted()
    {
        var fresh = new Watermark(Chain, Hrs.EndOf(new Height(0)), Last: null);
        var raised = new Watermark(Chain, Hrs.EndOf(new Height(100)), Last: null);

        Assert.IsType<SignDecision.Advance>(Decide(fresh, Prevote(100, 0, A)));
        Assert.IsType<SignDecision.Advance>(Decide(raised, Prevote(101, 0, A)));
        Assert.IsType<SignDecision.Refuse>(Decide(raised, Prevote(100, 0, A)));
        Assert.IsType<SignDecision.Refuse>(Decide(raised with { Chain = new ChainId("other-chain") }, Prevote(101, 0, A)));
    }

    [Fact]
    public void Nothing_is_adopted_unless_the_operator_says_so() =>
        Assert.Equal(RefusalReason.NoHistory,
            Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(null, Chain, Prevote(100, 0, A))).Refusal.Reason);

    private static SignDecision Decide(Watermark? watermark, SignRequest request) => DoubleSignRules.Decide(watermark, Chain, request, Adopting);
}
