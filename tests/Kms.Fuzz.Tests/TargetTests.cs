using System.Globalization;
using Kms.Fuzz.Engine;
using Xunit.Abstractions;

namespace Kms.Fuzz.Tests;

/// <summary>The short form of the campaigns in docs/fuzzing.md: every seed of every target and a number of mutations of them.</summary>
public sealed class TargetTests(ITestOutputHelper output)
{
    private const int Mutations = 20_000;

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_seed_holds_and_both_outcomes_are_among_them(string name)
    {
        var target = Target(name);
        var outcomes = target.Seeds().Select(seed => target.Check(seed)).ToList();

        // A target that accepts nothing, or everything, would not test what lies behind the decision.
        Assert.Contains(true, outcomes);
        Assert.Contains(false, outcomes);
        Assert.All(target.Seeds(), seed => Assert.InRange(seed.Length, 0, target.MaxInput));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Mutated_seeds_hold(string name)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("KMS_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next();
        output.WriteLine($"{name}: seed {seed}, {Mutations} mutations");

        var result = Campaign.Run(Target(name), new CampaignOptions(Mutations, null, seed));

        Assert.True(result.Finding is null, $"seed {seed}, input {Convert.ToHexString(result.Finding?.Input ?? [])}: {result.Finding?.Problem}");
        Assert.Equal(Mutations + result.Seeds, result.Executions);
    }

    private static FuzzTarget Target(string name) => FuzzTarget.All.Single(target => target.Name == name);
}
