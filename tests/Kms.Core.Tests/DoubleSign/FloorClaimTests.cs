using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using static Kms.Testing.Ask;

namespace Kms.Core.Tests.DoubleSign;

/// <summary>The higher of journal and claim counts.</summary>
public class FloorClaimTests
{
    [Fact]
    public void A_position_alone_raises_the_floor_and_the_journal_says_who_did_it() => Assert.Equal(
        new ChainEvent.FloorRaised(Chain, new Hrs(100, 0, Step.Prevote), "state file"),
        Event(new FloorClaim(new Hrs(100, 0, Step.Prevote), "state file"), At(99, 0, Step.Prevote)));

    [Fact]
    public void A_known_message_can_be_signed_again()
    {
        var signed = Precommit(100, 0, A, at: 7);

        var raised = Event(Claim(signed), At(99, 0, Step.Prevote));

        Assert.Equal(new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(signed)), raised);
        var watermark = Watermark.Apply(At(99, 0, Step.Prevote), raised!, out var contradiction);
        Assert.Null(contradiction);
        Assert.Equal(SignedMessage.Of(signed),
            Assert.IsType<SignDecision.SignAgain>(DoubleSignRules.Decide(watermark, Chain, Precommit(100, 0, A, at: 9))).Recorded);
        Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(watermark, Chain, Precommit(100, 0, B)));
    }

    [Fact]
    public void A_message_stands_at_the_floor_and_nowhere_else()
    {
        Assert.Throws<ArgumentException>(() => new FloorClaim(new Hrs(100, 0, Step.Prevote), "x") { Message = SignedMessage.Of(Prevote(101, 0, A)) });
        Assert.Throws<ArgumentException>(() => Claim(Prevote(100, 0, A)) with { Message = SignedMessage.Of(Precommit(100, 0, A)) });
    }

    [Theory]
    [InlineData(99, 7, Step.Precommit)]
    [InlineData(100, 0, Step.Precommit)]
    [InlineData(100, 1, Step.Proposal)]
    public void What_is_below_the_floor_changes_nothing(long height, int round, Step step)
    {
        var watermark = Watermark.Apply(null, new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(Prevote(100, 1, A))), out _);

        Assert.Null(new FloorClaim(new Hrs(height, round, step), "x").Against(watermark, Chain, out var ignored));
        Assert.Equal("the chain stands at 100/1/1 already", ignored);
        Assert.Null(Event(Claim(Any(height, round, step, B)), watermark));
    }

    // The journal has a message that may never have left: a crash came between. What another signer says it signed there did leave.
    [Fact]
    public void What_is_not_known_to_be_the_recorded_message_takes_it_back()
    {
        var recorded = Prevote(100, 1, A);
        var watermark = Watermark.Apply(null, new ChainEvent.WatermarkAdvanced(Chain, SignedMessage.Of(recorded)), out _);
        var position = new FloorClaim(recorded.Hrs, "state file");
        FloorClaim[] others =
        [
            position, position with { Block = new RecordedBlock(B) }, position with { Block = new RecordedBlock(null) },
            Claim(Prevote(100, 1, B)), Claim(Prevote(100, 1, A, at: 9)),
        ];
        foreach (var claim in others)
        {
            Assert.Equal(new ChainEvent.FloorRaised(Chain, recorded.Hrs, "state file"), Event(claim, watermark));
            var after = Apply(watermark, claim);
            Assert.Equal(new Watermark(Chain, recorded.Hrs, Last: null), after);
            Assert.IsType<SignDecision.Refuse>(DoubleSignRules.Decide(after, Chain, recorded));
            Assert.Null(Event(claim, after));
        }

        foreach (var claim in new[] { position with { Block = new RecordedBlock(A) }, Claim(recorded) })
        {
            Assert.Null(claim.Against(watermark, Chain, out var ignored));
            Assert.Equal("the chain stands at 100/1/1 already", ignored);
        }
    }

    [Fact]
    public void A_message_at_a_floor_without_one_changes_nothing() =>
        Assert.Null(Event(Claim(Prevote(100, 0, A)), At(100, 0, Step.Prevote)));

    [Fact]
    public void Without_history_a_claim_begins_it_unless_it_may_not()
    {
        var claim = new FloorClaim(new Hrs(100, 0, Step.Prevote), "x");

        Assert.Equal(new ChainEvent.FloorRaised(Chain, claim.Floor, "x"), Event(claim, null));
        Assert.Null((claim with { BeginsHistory = false }).Against(null, Chain, out var ignored));
        Assert.Equal("nothing is recorded for the chain, and this is not enough to begin with", ignored);
        Assert.NotNull(Event(claim with { BeginsHistory = false }, At(99, 0, Step.Prevote)));
    }

    [Theory]
    [InlineData(1_000, 9_999, true)]
    [InlineData(1_000, 10_000, false)] // As in tmkms: less than 9000.
    [InlineData(1_000, long.MaxValue, false)]
    [InlineData(0, long.MaxValue, false)]
    [InlineData(0, 8_999, true)]
    [InlineData(long.MaxValue - 9_000, long.MaxValue, false)]
    [InlineData(long.MaxValue - 8_999, long.MaxValue, true)]
    public void A_claim_with_a_limit_is_ignored_too_far_above_the_floor(long floor, long height, bool raises)
    {
        var hook = new FloorClaim(Hrs.EndOf(new Height(height)), "state_hook") { MaxDelta = 9_000, BeginsHistory = false };

        var raised = hook.Against(At(floor, 0, Step.Proposal), Chain, out var ignored);

        Assert.Equal(raises, raised is not null);
        Assert.Equal(raises ? null : $"{height}/end is 9000 heights or more above {floor}/0/0", ignored);
    }

    [Fact]
    public void Without_a_limit_a_claim_may_be_as_high_as_there_are_heights() =>
        Assert.NotNull(Event(new FloorClaim(Hrs.EndOf(new Height(long.MaxValue)), "x"), At(1, 0, Step.Prevote)));

    // A journal with such an event could not be read again.
    [Theory]
    [InlineData(-1, 0, Step.Prevote)]
    [InlineData(long.MinValue, 0, Step.Prevote)]
    [InlineData(100, -1, Step.Prevote)]
    [InlineData(100, 0, (Step)3)]
    [InlineData(100, 0, (Step)(-1))]
    public void What_is_no_position_is_ignored(long height, int round, Step step)
    {
        var claim = new FloorClaim(new Hrs(height, round, step), "x");

        Assert.Null(claim.Against(null, Chain, out var ignored));
        Assert.Contains("is no height, round and step", ignored, StringComparison.Ordinal);
        Assert.Null(Event(claim, At(99, 0, Step.Prevote)));
    }

    // Every pair of floors: the result is the maximum and the journal never contradicts itself.
    [Fact]
    public void The_floor_is_the_maximum_and_a_claim_twice_is_a_claim_once()
    {
        Hrs[] positions =
        [
            .. from height in new long[] { 0, 1, 2, long.MaxValue } from round in new[] { 0, 1, int.MaxValue } from step in Enum.GetValues<Step>()
               select new Hrs(height, round, step),
        ];
        foreach (var floor in positions)
        {
            foreach (var position in positions)
            {
                foreach (var claim in new[] { new FloorClaim(position, "x"), Claim(Any(position.Height.Value, position.Round.Value, position.Step, A)) })
                {
                    var watermark = Apply(new Watermark(Chain, floor, Last: null), claim);
                    Assert.Equal(position > floor ? position : floor, watermark.Floor);
                    Assert.Equal(watermark, Apply(watermark, claim));
                }
            }
        }
    }

    private static Watermark Apply(Watermark watermark, FloorClaim claim)
    {
        if (Event(claim, watermark) is not { } raised) return watermark;
        var next = Watermark.Apply(watermark, raised, out var contradiction);
        Assert.Null(contradiction);
        return next;
    }

    // Either an event or a reason, never both.
    private static ChainEvent? Event(FloorClaim claim, Watermark? watermark)
    {
        var raised = claim.Against(watermark, Chain, out var ignored);
        Assert.NotEqual(raised is null, ignored is null);
        return raised;
    }

    private static FloorClaim Claim(SignRequest signed) => new(signed.Hrs, "state file") { Message = SignedMessage.Of(signed) };

    private static Watermark At(long height, int round, Step step) => new(Chain, new Hrs(height, round, step), Last: null);
}
