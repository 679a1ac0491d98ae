using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Tests.Config;

/// <summary>Files without [[chain]], as guides for older versions have them.</summary>
public sealed class OlderFormTests
{
    [Fact]
    public void The_configuration_of_the_evmos_guides_loads()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Files", "evmos-ledger.toml"));
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home/op");
        Assert.Empty(result.Errors);
        var chain = Assert.Single(result.Config!.Chains);
        Assert.Equal(("evmos_9001-2", new KeyFormat.Bech32("evmospub", "evmosvalconspub")), (chain.Id.ToString(), chain.KeyFormat));
        var validator = Assert.Single(result.Config.Validators);
        Assert.Equal(("evmos_9001-2@tcp://localhost:26658", "/home/op/.tmkms/secret_connection.key"), (validator.Options.ToString(), validator.SecretKeyPath));
        Assert.Equal([chain.Id], result.Config.Ledger!.Chains);
        Assert.Empty(result.Config.MissingProviders);
        Assert.Equal(2, result.Warnings.Count);
        Assert.StartsWith("tmkms.toml:9:13: chain evmos_9001-2: its id has 12 bytes, too many for the Ledger app", result.Warnings[1].ToString(), StringComparison.Ordinal);
        Assert.Equal(
            "tmkms.toml:3:12: chain evmos_9001-2 has no [[chain]] section: it is taken from this validator, and its key is printed with the prefix "
            + "evmosvalconspub of Evmos; `[[chain]] id = \"evmos_9001-2\"` with a key_format says it yourself",
            result.Warnings[0].ToString());
    }

    [Theory]
    [InlineData("evmos_9000-4", "evmos")]
    [InlineData("evmos_9001-1", "evmos")]
    [InlineData("cosmoshub-3", "cosmoshub")]
    [InlineData("osmosis-1", "osmosis")]
    [InlineData("osmo-test-5", "osmosis")]
    [InlineData("celestia", "celestia")]
    [InlineData("mocha-4", "celestia")]
    [InlineData("dydx-mainnet-1", "dydx")]
    [InlineData("kava_2222-10", "kava")]
    [InlineData("irishub", "irishub")]
    [InlineData("test-chain", null)]
    [InlineData("cosmoshub-4x", null)]
    [InlineData("evmos_9001-2-2", null)]
    [InlineData("-4", null)]
    public void A_network_is_known_by_its_chain_id_without_the_revision(string chain, string? network) => Assert.Equal(network, Network.OfChain(chain)?.Name);

    [Fact]
    public void No_two_networks_claim_a_chain() =>
        Assert.All(Network.All, network => Assert.All([network.ChainId, .. network.Families], chain => Assert.Equal(network, Network.OfChain(chain))));

    [Fact]
    public void Each_chain_of_the_validators_is_one_chain()
    {
        var result = KmsConfigLoader.Parse(Text("somenet-1", "somenet-1", "other"), "tmkms.toml", null);
        Assert.Empty(result.Errors);
        Assert.Equal(["somenet-1", "other"], result.Config!.Chains.Select(c => c.Id.ToString()));
        Assert.All(result.Config.Chains, c => Assert.Equal(new KeyFormat.Bech32("cosmospub", "cosmosvalconspub"), c.KeyFormat));
        Assert.All(result.Warnings, w => Assert.Contains("cosmosvalconspub (an unknown network)", w.Message, StringComparison.Ordinal));
        Assert.Equal([2, 8], result.Warnings.Select(w => w.Line));
    }

    [Fact]
    public void What_is_no_chain_id_is_an_error_at_the_validator()
    {
        var errors = KmsConfigLoader.Parse(Text("so me"), "tmkms.toml", null).Errors;
        Assert.Equal((2, "\"so me\" is not a chain id: 1 to 50 bytes without spaces, control and invisible characters"), (errors[0].Line, errors[0].Message));
        Assert.Single(errors);
    }

    private static string Text(params string[] chains) =>
        string.Concat(chains.Select((chain, i) => $"[[validator]]\nchain_id = \"{chain}\"\naddr = \"unix:///s{i}\"\n"))
        + $"[[providers.softsign]]\nchain_ids = [{string.Join(", ", chains.Distinct().Select(c => $"\"{c}\""))}]\npath = \"/k\"\n";
}
