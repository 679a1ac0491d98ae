using System.Globalization;
using Kms.Simulation.Tests.Campaigns;
using Xunit.Abstractions;

namespace Kms.Simulation.Tests;

/// <summary>The product's chain actor on several hosts over one store, whatever happens to them. SIM_SEEDS is the number of worlds, SIM_SEED the one
/// to look at: it is then run alone and told step by step.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 3_000;

    [Fact]
    public void No_schedule_makes_the_validator_sign_twice_or_stop_signing()
    {
        if (Number("SIM_SEED") is { } one)
        {
            Tell(one, new Campaign());
            return;
        }

        var (first, count) = (Environment.TickCount64 * 100_000, (int)(Number("SIM_SEEDS") ?? Seeds));
        var campaign = new Campaign();
        campaign.Run(first, count);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {first} and on: {campaign.Runs} simulations in {campaign.Took.TotalSeconds:F1} s, "
            + $"{campaign.Positions} positions signed, {campaign.Signatures} signatures, {campaign.Conflicts} conflicting appends"));
        if (campaign.Failed is { } failed) Tell(failed, campaign);
        Assert.Equal(count, campaign.Runs);
        Assert.True(campaign.Positions > 3 * count && campaign.Conflicts > count / 10, "the simulations do too little to show anything");
    }

    [Fact]
    public void A_seed_is_the_same_story_each_time()
    {
        for (var seed = 1; seed <= 30; seed++) Assert.Equal(Story(seed), Story(seed));

        static List<string> Story(long seed)
        {
            var story = new List<string>();
            Campaign.OnThreads(laboratory => Scenario.Run(laboratory, Schedule.Of(seed), trace: story.Add), threads: 1);
            Assert.True(story.Count > Schedule.Length / 4, $"seed {seed} tells {story.Count} lines");
            return story;
        }
    }

    private void Tell(long seed, Campaign campaign)
    {
        var (outcome, schedule, trace) = campaign.Explain(seed);
        foreach (var line in trace) output.WriteLine(line);
        Assert.True(outcome.Violation is null, $"SIM_SEED={seed}, shortened to {schedule.Steps.Count} steps: {outcome.Violation}");
    }

    private static long? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
