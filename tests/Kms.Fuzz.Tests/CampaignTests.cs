using Kms.Fuzz.Engine;

namespace Kms.Fuzz.Tests;

/// <summary>The engine finds what is there to be found.</summary>
public sealed class CampaignTests
{
    private const int Seed = 7;

    [Fact]
    public void An_exception_is_a_finding_with_its_input()
    {
        var finding = Search(input => input.Length > 3 && input[1] == 0xFF ? throw new InvalidOperationException("planted") : true);

        Assert.NotNull(finding);
        Assert.Equal(0xFF, finding.Input[1]);
        Assert.IsType<InvalidOperationException>(finding.Problem);
    }

    [Fact]
    public void Memory_beyond_the_limit_is_a_finding()
    {
        var finding = Search(input => new byte[input.Length == 5 ? 100_000 : 10].Length > 0);

        Assert.NotNull(finding);
        Assert.Equal(5, finding.Input.Length);
        Assert.IsType<BrokenPropertyException>(finding.Problem);
    }

    [Fact]
    public void What_is_allocated_only_once_is_no_finding()
    {
        byte[]? cache = null;

        Assert.Null(Search(_ => (cache ??= new byte[100_000]).Length > 0));
    }

    [Fact]
    public void A_seed_draws_the_same_inputs_again_and_another_seed_others()
    {
        Assert.Equal(Drawn(Seed), Drawn(Seed));
        Assert.NotEqual(Drawn(Seed), Drawn(Seed + 1));

        static int Drawn(int seed)
        {
            var drawn = new HashCode();
            Campaign.Run(new FuzzTarget("planted", 64, 1_000_000, 1000, input =>
            {
                drawn.AddBytes(input);
                return true;
            }), new CampaignOptions(1000, null, seed));
            return drawn.ToHashCode();
        }
    }

    [Fact]
    public void Inputs_are_of_any_length_up_to_the_longest()
    {
        var lengths = new HashSet<int>();
        Assert.Null(Search(input => lengths.Add(input.Length)));

        Assert.Equal(Enumerable.Range(0, 65), lengths.Order());
    }

    private static Finding? Search(FuzzRun run)
    {
        // Begins with an empty input: there are no seeds of this name.
        return Campaign.Run(new FuzzTarget("planted", 64, 5_000, 0, run), new CampaignOptions(50_000, null, Seed)).Finding;
    }
}
