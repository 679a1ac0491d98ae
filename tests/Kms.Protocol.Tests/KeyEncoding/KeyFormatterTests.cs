using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.KeyEncoding;

public sealed class KeyFormatterTests
{
    // One key as tmkms 0.15.0 prints it at start in each of its three formats.
    private static readonly PublicKey Key = new(
        KeyAlgorithm.Ed25519, Convert.FromHexString("B5290D0DF67941906B3F5651385965BC17D70AB6273A26F4F2C94997F72F55B4"));

    [Fact]
    public void Bech32_is_what_tmkms_prints() => Assert.Equal(
        "cosmosvalconspub1zcjduepqk55s6r0k09qeq6el2egnskt9hstawz4kyuazda8je9ye0ae02k6q8wdyj3",
        KeyFormatter.Format(Key, new KeyFormat.Bech32("cosmospub", "cosmosvalconspub")));

    [Fact]
    public void Cosmos_json_is_what_tmkms_prints() => Assert.Equal(
        """{"@type":"/cosmos.crypto.ed25519.PubKey","key":"tSkNDfZ5QZBrP1ZROFllvBfXCrYnOib08slJl/cvVbQ="}""",
        KeyFormatter.Format(Key, new KeyFormat.CosmosJson()));

    [Fact]
    public void Hex_is_what_tmkms_prints() => Assert.Equal(
        "B5290D0DF67941906B3F5651385965BC17D70AB6273A26F4F2C94997F72F55B4",
        KeyFormatter.Format(Key, new KeyFormat.Hex()));
}
