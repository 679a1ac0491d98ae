using Kms.Persistence.StateFiles;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>Programs count steps differently: a file read as another program's could lower a watermark.</summary>
public class DetectionTests
{
    // Formats that count steps alike and have the same members: what one of them says, the other says, too.
    private static readonly Dictionary<string, StateFormat[]> AlsoReadAs = new()
    {
        ["cometbft-fresh"] = [StateFormat.CosmosKms, StateFormat.Horcrux],
        ["cometbft-precommit"] = [StateFormat.CosmosKms],
        ["cosmos-kms-init"] = [StateFormat.CometBft, StateFormat.Horcrux],
        ["cosmos-kms-init-new"] = [StateFormat.CometBft, StateFormat.Horcrux],
    };

    public static TheoryData<string, StateFormat> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, StateFormat>();
            foreach (var file in GoldenFile.All)
            {
                foreach (var other in Enum.GetValues<StateFormat>().Where(other => other != file.Format)) pairs.Add(file.Name, other);
            }

            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void A_file_named_as_another_format_is_refused_or_says_the_same(string name, StateFormat other)
    {
        var file = GoldenFile.Named(name);

        var result = StateFile.Parse(file.Content, other);

        Assert.Equal(AlsoReadAs.GetValueOrDefault(name, []).Contains(other), result.IsRead);
        if (result.IsRead) Assert.Equal(file.States, result.States);
        else Assert.StartsWith("the state file ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tmkms-0.15-proposal", StateFormat.CometBft, "has a round that is a string|has a member block_id that this format does not have")]
    [InlineData("tmkms-0.15-proposal", StateFormat.Horcrux, "has a member block_id that this format does not have")]
    [InlineData("cometbft-precommit", StateFormat.Tmkms, "has a member signature that this format does not have")]
    [InlineData("cometbft-precommit", StateFormat.Horcrux, "it is CometBFT's")]
    [InlineData("cosmos-kms-init", StateFormat.Tmkms, "has a round that is not a string")]
    [InlineData("horcrux-by-hand", StateFormat.CometBft, "name its format as horcrux")]
    [InlineData("horcrux-by-hand", StateFormat.Tmkms, "has a step that is not 0 to 2")]
    [InlineData("interchange", StateFormat.Tmkms, "has a member format that this format does not have")]
    public void The_refusal_says_what_shows_it(string name, StateFormat other, string reasons)
    {
        var error = StateFile.Parse(GoldenFile.Named(name).Content, other).Error!;

        Assert.Contains(reasons.Split('|'), reason => error.Contains(reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"height":"7","round":"0","step":2}""")]
    [InlineData("""{"height":"7","round":0}""")]
    [InlineData("""{"height":"7","round":0,"step":2,"block_id":null,"nonce_public":null}""")]
    [InlineData("""{"format":"cometbft-sign-state","height":"7","round":"0","step":2,"block_id":null}""")]
    [InlineData("{}")]
    public void What_could_be_two_formats_or_none_is_refused(string text)
    {
        var result = StateFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), format: null);

        Assert.Null(result.Format);
        Assert.EndsWith("name it with --format", result.Error, StringComparison.Ordinal);
    }
}
