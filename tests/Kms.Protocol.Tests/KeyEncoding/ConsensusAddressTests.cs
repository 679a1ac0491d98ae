using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.KeyEncoding;

public sealed class ConsensusAddressTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void The_address_is_that_of_CometBFT(string version) =>
        Assert.All(CometBft.Keys(version), key => Assert.Equal(key.Text("address").ToUpperInvariant(), ConsensusAddress.Of(CometBft.KeyOf(key)).ToHex()));

    /// <summary>BIP-173's example: the key of secret 1.</summary>
    [Fact]
    public void The_address_of_a_secp256k1_key_is_that_of_Bitcoin() => Assert.Equal(
        "751E76E8199196D454941C45D1B3A323F1433BD6",
        ConsensusAddress.Of(new PublicKey(
            KeyAlgorithm.Secp256k1, Convert.FromHexString("0279BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798"))).ToHex());

    // Made with the algorithm of BIP-173 written a second time.
    [Theory]
    [InlineData("cosmosvalconspub", "cosmosvalcons1avky3q5sn693zrn8qrmq2thckskcplcn95urnl")]
    [InlineData("osmovalconspub", "osmovalcons1avky3q5sn693zrn8qrmq2thckskcplcnjvn97e")]
    [InlineData("icp", "ica1avky3q5sn693zrn8qrmq2thckskcplcnacxuwc")]
    [InlineData("pub", null)]
    [InlineData("mykeys", null)]
    public void Its_prefix_is_that_of_the_keys_without_pub(string keyPrefix, string? address)
    {
        var key = Convert.FromHexString("B5290D0DF67941906B3F5651385965BC17D70AB6273A26F4F2C94997F72F55B4");
        Assert.Equal(address, ConsensusAddress.Of(new PublicKey(KeyAlgorithm.Ed25519, key)).ToBech32(keyPrefix));
    }
}
