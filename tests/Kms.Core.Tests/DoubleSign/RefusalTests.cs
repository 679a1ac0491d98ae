using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>The sentences operators read, search for and set alerts on.</summary>
public class RefusalTests
{
    [Fact]
    public void Regressions_name_the_chain_what_was_asked_and_what_was_signed()
    {
        Assert.Equal("height regression at chain test-chain-1: asked 100/0/1, last signed 101/0/2",
            Sentence(Precommit(101, 0, A), Prevote(100, 0, A)));
        Assert.Equal("round regression at chain test-chain-1: asked 100/0/1, last signed 100/3/0", Sentence(Proposal(100, 3, A), Prevote(100, 0, A)));
        Assert.Equal("step regression at chain test-chain-1: asked 100/0/0, last signed 100/0/1", Sentence(Prevote(100, 0, A), Proposal(100, 0, A)));
    }

    [Fact]
    public void A_double_sign_names_both_blocks()
    {
        Assert.Equal(
            "double signing requested at height: 100 at chain test-chain-1: asked 100/0/1, last signed 100/0/1 (AAAAAAAAAA != BBBBBBBBBB)",
            Sentence(Prevote(100, 0, A), Prevote(100, 0, B)));
        Assert.EndsWith("(<nil> != AAAAAAAAAA)", Sentence(Prevote(100, 0, null), Prevote(100, 0, A)), StringComparison.Ordinal);
        Assert.EndsWith("(AAAAAAAAAA != <nil>)", Sentence(Prevote(100, 0, A), Prevote(100, 0, null)), StringComparison.Ordinal);
        Assert.EndsWith("(same block hash AAAAAAAAAA, different parts)",
            Sentence(Prevote(100, 0, A), Prevote(100, 0, A with { PartsTotal = 2 })), StringComparison.Ordinal);
        Assert.EndsWith("(same block, different proof-of-lock round)",
            Sentence(Proposal(100, 2, A, pol: 0), Proposal(100, 2, A, pol: 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_floor_at_the_end_of_a_height_reads_as_such()
    {
        var raised = new Watermark(Chain, Hrs.EndOf(new Height(100)), Last: null);
        var refused = Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(raised, Chain, Prevote(100, 0, A)));

        Assert.Equal("round regression at chain test-chain-1: asked 100/0/1, last signed 100/end", refused.Refusal.ToString());
    }

    [Fact]
    public void A_refusal_without_positions_or_detail_is_still_a_sentence() =>
        Assert.Equal("chain not available at chain test-chain-1", new Refusal(RefusalReason.Unavailable, Chain, null, null).ToString());

    [Fact]
    public void Every_reason_has_its_own_sentence()
    {
        var sentences = Enum.GetValues<RefusalReason>()
            .Select(reason => new Refusal(reason, Chain, new Hrs(100, 0, Step.Prevote), null).ToString())
            .ToList();

        Assert.Equal(sentences.Count, sentences.Distinct().Count());
    }

    private static string Sentence(SignRequest last, SignRequest asked)
    {
        var watermark = Watermark.Apply(null, new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(last)), out _);
        return Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(watermark, Chain, asked)).Refusal.ToString();
    }
}
