using Kms.Core.Signing;
using Kms.Host.Cli;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Tests.Cli;

public sealed class ConfigTemplateTests
{
    [Fact]
    public void What_init_writes_loads_for_all_networks_at_once()
    {
        var text = ConfigTemplate.Render("/home/op/\"k\\ms\"", Network.All);
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", null);
        Assert.Empty(result.Errors);
        Assert.Equal(Network.All.Select(n => n.ChainId), result.Config!.Chains.Select(c => c.Id.ToString()));
        Assert.Empty(result.Config.Warnings);
        Assert.Equal(["celestia"], result.Config.Chains.Where(c => c.SignRawBytes is not null).Select(c => c.Id.ToString()));
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Equal("/home/op/\"k\\ms\"/secrets/cosmoshub-4-consensus.key", result.Config.SoftSignKeys[0].Path);
        Assert.Equal("/home/op/\"k\\ms\"/secrets/kms-identity.key", result.Config.Validators[0].SecretKeyPath);
    }

    [Fact]
    public void Each_network_is_there_once_with_prefixes_that_can_be_printed()
    {
        Assert.Equal(Network.All.Count, Network.All.DistinctBy(n => n.Name).Count());
        Assert.Equal(Network.All.Count, Network.All.DistinctBy(n => n.ChainId).Count());
        Assert.All(Network.All, n => Assert.True(Bech32.IsValidPrefix(n.AccountKeyPrefix) && Bech32.IsValidPrefix(n.ConsensusKeyPrefix)));
    }

    [Theory]
    [InlineData("cosmoshub", "cosmospub", "cosmosvalconspub")]
    [InlineData("irishub", "iap", "icp")]
    [InlineData("sentinelhub", "sentpub", "sentvalconspub")]
    [InlineData("osmosis", "osmopub", "osmovalconspub")]
    [InlineData("core", "persistencepub", "persistencevalconspub")]
    [InlineData("persistence", "persistencepub", "persistencevalconspub")]
    public void The_prefixes_are_those_of_tmkms(string name, string account, string consensus)
    {
        var network = Network.Find(name)!;
        Assert.Equal((account, consensus), (network.AccountKeyPrefix, network.ConsensusKeyPrefix));
    }
}
