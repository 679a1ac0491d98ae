using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.KeyEncoding;

public sealed class ConsensusAddressTests
{
    public static TheoryData<string> Versions => CometBft.Versions;

    [Theory, MemberData(nameof(Versions))]
    public void The_address_is_that_of_CometBFT(string version) =>
        Assert.All(CometBft.Load(version, "files").All("keys").Where(key => key.Text("type") == "ed25519"), key =>
            Assert.Equal(
                key.Text("address").ToUpperInvariant(), ConsensusAddress.Of(new PublicKey(KeyAlgorithm.Ed25519, key.Hex("pub_key_bytes"))).ToHex()));

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
