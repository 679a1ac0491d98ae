using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Cli;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Tests.Cli;

/// <summary>What the configuration that this build reads cannot say yet. The rest is in Scripts/keys.txt.</summary>
public sealed class KeyListingTests
{
    [Fact]
    public void A_key_that_is_not_in_a_file_is_a_sentence()
    {
        var chain = new ChainConfig(new ChainId("test-1"), new KeyFormat.Hex(), SignExtensions.Auto, BlockRule.Spec, null, null, 1);
        var listing = KeyListing.Of(new KmsConfig([chain], [], [], []), [chain.Id]);
        Assert.Empty(listing.Keys);
        Assert.Equal(["the key of chain test-1 is not in a file, and this build opens key files only"], listing.Errors);
    }
}
