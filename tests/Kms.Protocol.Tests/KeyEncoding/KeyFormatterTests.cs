using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.KeyEncoding;

public sealed class KeyFormatterTests
{
    // One key as tmkms 0.15.0 prints it at start in each of its three formats.
    private static readonly PublicKey Key = new(
        KeyAlgorithm.Ed25519, Convert.FromHexString("B5290D0DF67941906B3F5651385965BC17D70AB6273A26F4F2C94997F72F55B4"));

    private static readonly PublicKey Account = new(
        KeyAlgorithm.Secp256k1, Convert.FromHexString("025D1200208D1CA2E57E649AE83780AB8E2CAD07D95E82C9D4DEA88709C97A63C0"));

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

    /// <summary>An account key of which tmkms 0.15.0 said to a node that it is secp256k1, and to the operator this.</summary>
    [Fact]
    public void An_account_key_is_what_tmkms_prints() => Assert.Equal(
        "cosmospub1xj46s35gskkrucep02zc6qn6gwd35my9ch2qph",
        KeyFormatter.FormatAccount(Account, new KeyFormat.Bech32("cosmospub", "cosmosvalconspub")));

    /// <summary>As every secp256k1 key of a Cosmos SDK chain begins, like cosmospub1addwnpepq….</summary>
    [Fact]
    public void A_secp256k1_consensus_key_has_the_amino_prefix_of_its_type()
    {
        var text = KeyFormatter.Format(Account, new KeyFormat.Bech32("cosmospub", "cosmosvalconspub"));
        Assert.StartsWith("cosmosvalconspub1addwnpepq", text, StringComparison.Ordinal);
        Assert.Equal(Bech32.Encode("cosmosvalconspub", [0xEB, 0x5A, 0xE9, 0x87, 0x21, .. Account.Span]), text);
    }

    [Fact]
    public void The_other_forms_of_a_secp256k1_key_name_its_type_or_none()
    {
        Assert.Equal(
            """{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"Al0SACCNHKLlfmSa6DeAq44srQfZXoLJ1N6ohwnJemPA"}""",
            KeyFormatter.Format(Account, new KeyFormat.CosmosJson()));
        Assert.Equal("025D1200208D1CA2E57E649AE83780AB8E2CAD07D95E82C9D4DEA88709C97A63C0", KeyFormatter.FormatAccount(Account, new KeyFormat.Hex()));
    }
}
