using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Protocol.Tests.KeyEncoding;

public class PeerIdTests
{
    private const string Known = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

    /// <summary>The Ed25519 key of the libp2p specification (peer-ids.md, Test vectors) and two extremes, with the ids that js-libp2p
    /// prints for them.</summary>
    [Theory]
    [InlineData("1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e", "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "12D3KooWT3gYEvLJyx1FyyHqrmvdy1tMjpgxmu9aSeKMEuafQtyC")]
    public void A_key_and_its_id_are_two_forms_of_one_thing(string key, string text)
    {
        var id = PeerId.Of(new PublicKey(KeyAlgorithm.Ed25519, Convert.FromHexString(key)));

        Assert.Equal(text, id.ToString());
        Assert.True(PeerId.TryParse(text, out var parsed, out _));
        Assert.Equal(id, parsed);
        Assert.Equal(key, parsed.Key.ToString());
    }

    [Fact]
    public void The_example_of_the_libp2p_specification_is_read()
    {
        Assert.True(PeerId.TryParse(Known, out var id, out _));
        Assert.Equal(Known, id.ToString());
    }

    [Fact]
    public void A_key_is_encoded_as_in_the_libp2p_specification()
    {
        const string encoded = "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
        Assert.True(PeerId.TryDecodeKey(Convert.FromHexString(encoded), out var key));
        Assert.Equal(encoded, Convert.ToHexStringLower(PeerId.EncodeKey(key)));
    }

    /// <summary>The other keys and the other forms of the specification, and what a hand may do to a good id.</summary>
    [Theory]
    [InlineData("", "not the peer id of an Ed25519 key")]
    [InlineData("1", "not the peer id of an Ed25519 key")]
    [InlineData("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "not the peer id of an Ed25519 key")]
    [InlineData("16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY", "not the peer id of an Ed25519 key")]
    [InlineData("bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe", "CID form")]
    [InlineData("e8bc42dd97b9f9d6a0fadb8754e657122998453b", "not a peer id")]
    [InlineData(" " + Known, "not a peer id")]
    [InlineData(Known + " ", "not a peer id")]
    [InlineData(Known + "\0", "not a peer id")]
    [InlineData("1" + Known, "not the peer id of an Ed25519 key")]
    [InlineData(Known + "1", "not the peer id of an Ed25519 key")]
    [InlineData("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5S", "not the peer id of an Ed25519 key")]
    [InlineData("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5S0", "not a peer id")]
    [InlineData("12d3koowd3eckifwprn9wqpmg9r9hx3sd158z7eqhwmweqaju5sa", "not the peer id of an Ed25519 key")]
    [InlineData("12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SÄ", "not a peer id")]
    public void Everything_else_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(PeerId.TryParse(text, out var id, out var error));
        Assert.Null(id);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_very_long_text_is_refused_before_it_is_decoded() =>
        Assert.False(PeerId.TryParse(new string('1', 50_000_000), out _, out _));

    [Fact]
    public void Whatever_bit_of_the_fixed_bytes_is_flipped_the_id_is_refused()
    {
        var good = Base58.Decode(Known)!;
        for (var bit = 0; bit < 8 * 6; bit++)
        {
            var bad = good.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PeerId.TryParse(Base58.Encode(bad), out _, out _));
        }
    }

    /// <summary>Bitcoin Core's src/test/data/base58_encode_decode.json.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("61", "2g")]
    [InlineData("626262", "a3gV")]
    [InlineData("636363", "aPEr")]
    [InlineData("73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2")]
    [InlineData("00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L")]
    [InlineData("516b6fcd0f", "ABnLTmg")]
    [InlineData("bf4f89001e670274dd", "3SEo3LWLoPntC")]
    [InlineData("572e4794", "3EFU7m")]
    [InlineData("ecac89cad93923c02321", "EJDM8drfXA6uyA")]
    [InlineData("10c8511e", "Rt5zm")]
    [InlineData("00000000000000000000", "1111111111")]
    public void Base58_is_that_of_Bitcoin(string hex, string text)
    {
        Assert.Equal(text, Base58.Encode(Convert.FromHexString(hex)));
        Assert.Equal(hex, Convert.ToHexStringLower(Base58.Decode(text)!));
    }

    [Fact]
    public void Base58_has_58_characters_and_no_other()
    {
        for (var c = '\0'; c < 0x250; c++)
            Assert.Equal(char.IsAsciiLetterOrDigit(c) && !"0OIl".Contains(c, StringComparison.Ordinal), Base58.Decode([c]) is not null);
    }
}
