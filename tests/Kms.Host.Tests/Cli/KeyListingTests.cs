using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Host.Cli;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Tests.Cli;

/// <summary>What no configuration that this build reads can say yet, and a device that is not free. The rest is in Scripts/keys.txt and Scripts/yubihsm.txt.</summary>
public sealed class KeyListingTests
{
    private static readonly ChainConfig Chain = new(new ChainId("test-1"), new KeyFormat.Hex(), SignExtensions.Auto, BlockRule.Spec, null, null, 1);
    private static readonly KmsConfig NoKey = new([Chain], [], [], []);

    [Fact]
    public async Task A_key_of_a_missing_provider_is_a_sentence()
    {
        var listing = await KeyListing.OfAsync(NoKey, [Chain.Id], () => throw new InvalidOperationException("there is no device"));
        Assert.Empty(listing.Keys);
        Assert.Equal(["the key of chain test-1 is with a provider that is not part of this build yet"], listing.Errors);
    }

    [Fact]
    public async Task A_device_of_a_running_signer_is_left_alone()
    {
        var key = new YubiHsmKeyConfig([Chain.Id], 1, KeyPurpose.Consensus, KeyAlgorithm.Ed25519);
        var section = new YubiHsmConfig(new YubiHsmAdapter.Http("127.0.0.1", 1, TimeSpan.FromSeconds(1)), new YubiHsmAuth(1, "/none", null), [key], null, null, 1);
        var listing = await KeyListing.OfAsync(NoKey with { YubiHsms = [section] }, [Chain.Id], () => Task.FromResult(true));
        Assert.Empty(listing.Keys);
        Assert.StartsWith("the key of chain test-1 is in a YubiHSM, which the running signer has", Assert.Single(listing.Errors), StringComparison.Ordinal);
    }
}
