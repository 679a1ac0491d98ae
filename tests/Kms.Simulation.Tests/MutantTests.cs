using Akka.Actor;
using Kms.Simulation.Tests.Campaigns;
using Kms.Simulation.Tests.World;
using Xunit.Abstractions;

namespace Kms.Simulation.Tests;

/// <summary>The checker sees what is wrong. Each test breaks one thing and counts the seeds until it shows.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int Enough = 400;

    [Fact]
    public void Nothing_is_wrong_with_the_simple_signer_itself() => Survives(o => With(o, Bug.None));

    [Theory]
    [InlineData(Bug.RepliesBeforeAppend, "signed before it was durable")]
    [InlineData(Bug.SignsAskedTimestamp, "double sign")]
    public void A_broken_signer_is_found(Bug bug, string rule) => Dies(o => With(o, bug), rule);

    [Fact]
    public void A_watermark_that_is_kept_past_a_lost_append_is_found() =>
        Dies(o => With(o, Bug.GoesOnAfterLostAppend) with { Flaw = Flaw.RejectsInsteadOfFailing }, "double sign", "regression");

    [Fact]
    public void A_snapshot_that_is_too_old_is_found() =>
        Dies(o => With(o, Bug.IgnoresEventsAfterSnapshot) with { SnapshotEvery = 3 }, "double sign", "regression");

    [Fact]
    public void A_replay_without_the_newest_event_is_found() =>
        Dies(o => With(o, Bug.None) with { Flaw = Flaw.LosesNewestInReplay }, "double sign", "regression");

    [Fact]
    public void A_store_without_uniqueness_is_found() => Dies(o => o with { Flaw = Flaw.NoUniqueness }, "double sign", "regression");

    [Fact]
    public void A_store_that_goes_back_in_time_is_found() =>
        Dies(o => o with { Flaw = Flaw.GoesBackInTime }, "double sign", "regression", "below the floor");

    [Fact]
    public void A_store_that_takes_the_numbers_of_deleted_events_again_is_found() =>
        Dies(o => o with { Flaw = Flaw.UniquenessAlone }, "double sign", "regression", "below the floor");

    [Fact]
    public void A_validator_that_does_not_sign_again_is_found() =>
        Dies(o => o with { Flaw = Flaw.LosesNewestInReplay }, mustSign: true, "not live");

    // The product's own checks: it refuses to sign rather than to sign upon such a journal.
    [Theory]
    [InlineData(Flaw.LosesNewestInReplay)]
    [InlineData(Flaw.RejectsInsteadOfFailing)]
    public void The_products_actor_is_safe_on_a_journal_that(Flaw flaw) => Survives(o => o with { Flaw = flaw });

    private static ClusterOptions With(ClusterOptions options, Bug bug) =>
        options with { Signer = chain => Props.Create<BrokenSigner>(chain, bug) };

    private static void Survives(Func<ClusterOptions, ClusterOptions> alter)
    {
        var campaign = new Campaign(alter, mustSign: false);
        campaign.Run(1, Enough);
        if (campaign.Failed is { } seed) Assert.Fail($"seed {seed}: {string.Join('\n', campaign.Explain(seed).Trace)}");
    }

    private void Dies(Func<ClusterOptions, ClusterOptions> alter, params string[] rules) => Dies(alter, mustSign: false, rules);

    private void Dies(Func<ClusterOptions, ClusterOptions> alter, bool mustSign, params string[] rules)
    {
        var campaign = new Campaign(alter, mustSign);
        campaign.Run(1, Enough);
        Assert.True(campaign.Failed is not null, $"{campaign.Runs} seeds did not find it");
        var (outcome, schedule, trace) = campaign.Explain(campaign.Failed.Value);
        output.WriteLine($"found with seed {campaign.Failed}, {schedule.Steps.Count} steps: {outcome.Violation}");
        foreach (var line in trace) output.WriteLine($"  {line}");
        Assert.Contains(outcome.Rule, rules);
    }
}
