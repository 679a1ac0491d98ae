using Kms.Core.Signing;

namespace Kms.Core.Tests.Signing;

public sealed class Bech32Tests
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

    /// <summary>BIP-173, "The following strings are valid Bech32": what stands before the checksum must lead to the checksum.</summary>
    [Theory]
    [InlineData("a12uel5l")]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs")]
    [InlineData("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")]
    [InlineData("11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j")]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w")]
    [InlineData("?1ezyfcl")]
    public void The_valid_strings_of_BIP173_are_encoded(string text)
    {
        var separator = text.LastIndexOf('1');
        var groups = text[(separator + 1)..^6].Select(c => (byte)Alphabet.IndexOf(c, StringComparison.Ordinal)).ToArray();
        Assert.Equal(text, Bech32.EncodeGroups(text[..separator], groups));
    }

    /// <summary>The data of BIP-173's "split" and "abcdef" examples as whole bytes, so that the regrouping is covered too.</summary>
    [Theory]
    [InlineData("split", "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w")]
    [InlineData("abcdef", "00443214c74254b635cf84653a56d7c675be77df", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")]
    public void Bytes_are_regrouped(string prefix, string hex, string text) =>
        Assert.Equal(text, Bech32.Encode(prefix, Convert.FromHexString(hex)));

    [Theory]
    [InlineData("cosmosvalconspub", true)]
    [InlineData("?", true)]
    [InlineData("", false)]
    [InlineData("Cosmos", false)]
    [InlineData("a b", false)]
    [InlineData("é", false)]
    public void Prefixes_are_printable_ASCII_without_upper_case(string prefix, bool valid)
    {
        Assert.Equal(valid, Bech32.IsValidPrefix(prefix));
        if (!valid) Assert.Throws<ArgumentException>(() => Bech32.Encode(prefix, [1]));
    }

    [Fact]
    public void A_prefix_has_at_most_83_characters()
    {
        Assert.True(Bech32.IsValidPrefix(new string('a', 83)));
        Assert.False(Bech32.IsValidPrefix(new string('a', 84)));
    }
}
