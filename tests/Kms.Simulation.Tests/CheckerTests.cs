using Kms.Simulation.Tests.Checking;

namespace Kms.Simulation.Tests;

/// <summary>The judge itself, on histories written by hand.</summary>
public sealed class CheckerTests
{
    private readonly Checker _checker = new();

    [Fact]
    public void A_validator_that_signs_once_at_each_position_is_in_order()
    {
        foreach (var message in new[] { Proposal("A"), Vote(1, "A"), Vote(2, "A") }) Sign(message);
        _checker.Released(Vote(1, "A")); // A second sentry, or a zombie that is late.
        Assert.Null(_checker.Violation);
    }

    [Theory]
    [InlineData("B", 1)]
    [InlineData("nil", 1)]
    [InlineData("A", 2)]
    public void Two_votes_at_one_position_are_a_double_sign(string block, long time)
    {
        Sign(Vote(1, "A"));
        Sign(Vote(1, block) with { Time = time });
        AssertBroken("double sign");
    }

    [Fact]
    public void Of_proposals_only_the_timestamp_may_differ()
    {
        Sign(Proposal("A"));
        Sign(Proposal("A") with { Time = 2 });
        Assert.Null(_checker.Violation);
        Sign(Proposal("A") with { PolRound = 0 });
        AssertBroken("double sign");
    }

    [Fact]
    public void What_is_not_durable_must_not_leave()
    {
        _checker.Asked(Vote(1, "A"));
        _checker.Released(Vote(1, "A"));
        AssertBroken("signed before it was durable");
    }

    [Fact]
    public void What_nobody_asked_for_must_not_be_signed()
    {
        _checker.Asked(Vote(1, "A"));
        _checker.Stored(Vote(1, "A") with { Time = 2 });
        _checker.Released(Vote(1, "A") with { Time = 2 });
        AssertBroken("signed what nobody asked for");
    }

    [Fact]
    public void There_is_no_way_back()
    {
        Sign(Vote(2, "A"));
        Sign(Vote(1, "A"));
        AssertBroken("regression");
    }

    [Fact]
    public void What_was_asked_for_before_a_later_message_was_signed_may_still_come()
    {
        _checker.Asked(Vote(1, "A"));
        Sign(Vote(2, "A"));
        _checker.Stored(Vote(1, "A"));
        _checker.Released(Vote(1, "A"));
        Assert.Null(_checker.Violation);
    }

    [Fact]
    public void Nothing_at_a_floor_is_signed()
    {
        _checker.Raised(Vote(1, "A").At);
        Sign(Vote(2, "A"));
        Assert.Null(_checker.Violation);
        Sign(Vote(1, "A") with { At = new Position(4, 0, 2) });
        AssertBroken("regression");
    }

    [Fact]
    public void The_floor_alone_is_enough()
    {
        _checker.Raised(Vote(1, "A").At);
        Sign(Vote(1, "A"));
        AssertBroken("below the floor");
    }

    private void Sign(Message message)
    {
        _checker.Asked(message);
        _checker.Stored(message);
        _checker.Released(message);
    }

    private void AssertBroken(string rule) => Assert.StartsWith(rule, _checker.Violation, StringComparison.Ordinal);

    private static Message Proposal(string block) => new(new Position(5, 0, 0), block, -1, 1);

    private static Message Vote(int step, string block) => new(new Position(5, 0, step), block, null, 1);
}
