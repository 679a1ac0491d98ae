using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

public class WatermarkTests
{
    [Fact]
    public void The_first_event_leads_from_nothing()
    {
        var first = Advanced(Prevote(100, 0, A));

        var watermark = Watermark.Apply(null, first, out var contradiction);

        Assert.Null(contradiction);
        Assert.Equal(new Watermark(Chain, first.Position, first.Message), watermark);
    }

    [Fact]
    public void Every_event_is_absolute_the_newest_alone_leads_to_the_same_state()
    {
        ChainEvent[] journal =
        [
            new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(99)), "imported"),
            Advanced(Proposal(100, 0, A)), Advanced(Proposal(100, 0, A, at: 2)), Advanced(Prevote(100, 0, A)), Advanced(Precommit(100, 0, null)),
            new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(200)), "a planned pause"),
            Advanced(Prevote(201, 0, B)),
        ];

        Watermark? replayed = null;
        foreach (var stored in journal)
        {
            replayed = Watermark.Apply(replayed, stored, out var contradiction);
            Assert.Null(contradiction);
            Assert.Equal(Watermark.Apply(null, stored, out _), replayed);
        }
    }

    [Fact]
    public void A_raised_floor_forgets_the_message_below_it()
    {
        var watermark = Watermark.Apply(
            After(Prevote(100, 0, A)), new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(100)), "x"), out var contradiction);

        Assert.Null(contradiction);
        Assert.Equal(new Watermark(Chain, Hrs.EndOf(new Height(100)), Last: null), watermark);
    }

    [Fact]
    public void An_event_that_goes_backwards_is_a_contradiction()
    {
        Assert.Equal("an event at 100/0/1 after one at 101/0/2", Contradiction(Precommit(101, 0, A), Prevote(100, 0, A)));
        Assert.Equal("an event at 101/0/2 after one at 101/1/0", Contradiction(Proposal(101, 1, A), Precommit(101, 0, A)));
        Assert.Equal("an event at 101/0/1 after one at 101/0/2", Contradiction(Precommit(101, 0, A), Prevote(101, 0, A)));
    }

    [Fact]
    public void A_floor_that_goes_backwards_is_a_contradiction()
    {
        Watermark.Apply(After(Prevote(100, 0, A)), new ChainEvent.FloorRaised(Chain, Hrs.EndOf(new Height(99)), "x"), out var backwards);

        Assert.Equal("an event at 99/end after one at 100/0/1", backwards);
    }

    [Fact]
    public void A_floor_that_stays_forgets_the_message_at_it()
    {
        var stays = new ChainEvent.FloorRaised(Chain, new Hrs(100, 0, Step.Prevote), "x");

        Assert.Equal(new Watermark(Chain, stays.Floor, Last: null), Watermark.Apply(After(Prevote(100, 0, A)), stays, out var contradiction));
        Assert.Null(contradiction);
    }

    [Fact]
    public void A_second_vote_at_one_position_is_a_contradiction_whatever_it_says()
    {
        Assert.NotNull(Contradiction(Prevote(100, 0, A), Prevote(100, 0, B)));
        Assert.NotNull(Contradiction(Prevote(100, 0, A), Prevote(100, 0, null)));
        Assert.NotNull(Contradiction(Prevote(100, 0, A), Prevote(100, 0, A, at: 2)));
        Assert.NotNull(Contradiction(Prevote(100, 0, A), Prevote(100, 0, A)));
    }

    [Fact]
    public void The_same_proposal_with_another_timestamp_is_none() =>
        Assert.Null(Contradiction(Proposal(100, 1, A, at: 1, pol: 0), Proposal(100, 1, A, at: 2, pol: 0)));

    [Fact]
    public void Another_proposal_at_one_position_is_a_contradiction()
    {
        Assert.NotNull(Contradiction(Proposal(100, 1, A), Proposal(100, 1, B)));
        Assert.NotNull(Contradiction(Proposal(100, 1, A), Proposal(100, 1, null)));
        Assert.NotNull(Contradiction(Proposal(100, 1, A, pol: -1), Proposal(100, 1, A, pol: 0)));
    }

    [Fact]
    public void A_proposal_at_a_raised_floor_is_a_contradiction()
    {
        var raised = new Watermark(Chain, new Hrs(100, 0, Step.Proposal), Last: null);

        Watermark.Apply(raised, Advanced(Proposal(100, 0, A)), out var contradiction);

        Assert.NotNull(contradiction);
    }

    [Fact]
    public void An_event_of_another_chain_is_a_contradiction_even_when_it_goes_forward()
    {
        var other = new ChainEvent.WatermarkAdvanced(new ChainId("other-chain"), SignedMessage.Of(Prevote(101, 0, A)));

        Watermark.Apply(After(Prevote(100, 0, A)), other, out var contradiction);

        Assert.Equal("an event of chain other-chain in the journal of chain test-chain-1", contradiction);
    }

    private static ChainEvent.WatermarkAdvanced Advanced(SignRequest request) => new(Chain, SignedMessage.Of(request));

    private static Watermark After(SignRequest last) => Watermark.Apply(null, Advanced(last), out _);

    private static string? Contradiction(SignRequest first, SignRequest second)
    {
        Watermark.Apply(After(first), Advanced(second), out var contradiction);
        return contradiction;
    }
}
