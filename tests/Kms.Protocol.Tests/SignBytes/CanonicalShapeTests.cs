using System.Text;
using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Protocol.Tests.SignBytes;

/// <summary>Nothing that a chain could take for one of its messages is overlooked, and next to nothing else is refused.</summary>
public class CanonicalShapeTests
{
    private const int Seed = 20_260_417;

    private static readonly byte[] Position = [0x11, 9, 0, 0, 0, 0, 0, 0, 0];

    public static TheoryData<string> Versions => CometBft.Versions;

    /// <summary>Bodies as Tendermint 0.26 to 0.33 encoded them with amino, by hand: the proof-of-lock round has eight bytes, the time stands before the block,
    /// the hash of the parts before their number.</summary>
    public static TheoryData<string, string> AminoMessages => new()
    {
        { "a vote", "0801" + "11 0900000000000000" + "22 00" + "2a 060880e2cfaa06" + "32 0474657374" },
        { "a vote", "0802" + "11 0900000000000000" + "19 0100000000000000" + "22 060880e2cfaa06" + "2a 0b 0a02beef 1205 0a01aa1001" + "32 0474657374" },
        { "a proposal", "0820" + "11 0900000000000000" + "21 ffffffffffffffff" + "2a 060880e2cfaa06" + "32 00" + "3a 0474657374" },
        { "a proposal", "0820" + "11 0900000000000000" + "19 0100000000000000" + "2a 0b 0a02beef 1205 0a01aa1001" + "32 060880e2cfaa06" + "3a 0474657374" },
    };

    [Theory, MemberData(nameof(Versions))]
    public void Every_vote_and_proposal_of_CometBFT_is_recognised(string version)
    {
        var file = CometBft.Load(version, "signbytes");
        // CometBFT computes bytes for votes of types that do not exist; no chain takes one.
        var votes = file.All("votes").Where(v => v.Has("sign_bytes") && v.In("vote").Int("type") is 1 or 2 or 32).ToList();
        var proposals = file.All("proposals").Where(v => v.Has("sign_bytes")).ToList();

        Assert.True(votes.Count > 200 && proposals.Count > 100);
        Assert.All(votes.Where(v => v.In("vote").Int("type") != 32), vector => AssertWithAndWithoutLength("a vote", vector.Hex("sign_bytes")));
        Assert.All(proposals, vector => AssertWithAndWithoutLength("a proposal", vector.Hex("sign_bytes")));
    }

    [Theory, InlineData("v0.38"), InlineData("v1.0")]
    public void Every_vote_extension_that_a_chain_can_have_is_recognised(string version)
    {
        var all = CometBft.Load(version, "signbytes").All("votes").Where(v => v.Has("ext_sign_bytes")).ToList();
        var delimited = all.Where(v => (v.In("vote").Number("height"), v.In("vote").Int("round")) != (0, 0)).ToList();
        var named = delimited.Where(v => v.Text("chain_id").Length > 0 && System.Text.Unicode.Utf8.IsValid(v.Hex("chain_id_hex"))).ToList();

        Assert.True(named.Count > 200);
        Assert.All(delimited, vector => Assert.Equal("a vote extension", CanonicalShape.Of(vector.Hex("ext_sign_bytes"))));
        Assert.All(named, vector => AssertWithAndWithoutLength("a vote extension", vector.Hex("ext_sign_bytes")));
    }

    [Theory, MemberData(nameof(AminoMessages))]
    public void Messages_of_the_amino_age_are_recognised(string expected, string body)
    {
        var bytes = Convert.FromHexString(body.Replace(" ", "", StringComparison.Ordinal));

        AssertWithAndWithoutLength(expected, [(byte)bytes.Length, .. bytes]);
    }

    [Fact]
    public void The_order_of_the_fields_makes_no_difference()
    {
        byte[][] vote = [[0x08, 2], Position, [0x19, 1, 0, 0, 0, 0, 0, 0, 0], [0x22, 0], [0x2A, 2, 0x08, 5], "2\u0004test"u8.ToArray()];

        Assert.All(Orders(vote), order => AssertWithAndWithoutLength("a vote", [(byte)vote.Sum(f => f.Length), .. order.SelectMany(f => f)]));
    }

    [Fact]
    public void Any_field_may_be_missing_but_those_that_make_the_message()
    {
        byte[][] rest = [Position, [0x19, 1, 0, 0, 0, 0, 0, 0, 0], [0x22, 0], [0x2A, 2, 0x08, 5], "2\u0004test"u8.ToArray()];

        for (var there = 0; there < 1 << rest.Length; there++)
        {
            byte[] body = [0x08, 1, .. rest.Where((_, i) => (there >> i & 1) == 1).SelectMany(f => f)];
            AssertWithAndWithoutLength("a vote", [(byte)body.Length, .. body]);
        }
    }

    [Fact]
    public void Any_field_may_be_repeated()
    {
        Assert.Equal("a vote", CanonicalShape.Of([0x08, 7, .. Position, .. Position, 0x08, 1]));
        Assert.Equal("a proposal", CanonicalShape.Of([0x08, 32, 0x20, 1, 0x20, 2, .. Position, .. Position]));
        Assert.Equal("a vote extension", CanonicalShape.Of([.. Position, .. Position, 0x22, 1, (byte)'c', 0x22, 1, (byte)'d']));
    }

    [Fact]
    public void Numbers_written_in_too_many_bytes_hide_nothing()
    {
        Assert.Equal("a vote", CanonicalShape.Of([0x82, 0x80, 0x00, 0x08, 1])); // The length.
        Assert.Equal("a vote", CanonicalShape.Of([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x08, 1])); // The longest of all.
        Assert.Equal("a vote", CanonicalShape.Of([4, 0x88, 0x00, 0x81, 0x00])); // Key and type.
        Assert.Equal("a vote", CanonicalShape.Of([0x08, 0x81, 0x80, 0x80, 0x80, 0x10])); // A type that has 1 in its lower 32 bits, all that Go reads.
        Assert.Equal("a vote extension", CanonicalShape.Of([0x91, 0x80, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0xA2, 0, 0x81, 0, (byte)'c']));
    }

    [Fact]
    public void A_wrong_length_or_a_field_of_no_message_is_nothing()
    {
        Assert.Null(CanonicalShape.Of([]));
        Assert.Null(CanonicalShape.Of([0x00]));
        Assert.Null(CanonicalShape.Of([3, 0x08, 1]));
        Assert.Null(CanonicalShape.Of([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x08, 1]));
        Assert.Null(CanonicalShape.Of([0x08, 3]));
        Assert.Null(CanonicalShape.Of([0x08, 1, 0x42, 0])); // Field 8.
        Assert.Null(CanonicalShape.Of([0x08, 1, 0x10, 9])); // A height as a varint, as in the message on the wire, which nobody signs.
        Assert.Null(CanonicalShape.Of([0x22, 1, (byte)'c'])); // No height.
    }

    [Fact]
    public void The_sign_bytes_of_Celestia_are_a_message_of_their_own()
    {
        Assert.Equal("a raw-bytes message", CanonicalShape.Of(RawBytesSignBytes.Of(new ChainId("celestia"), [1, 2], "compactBlock"u8).Span));
        Assert.Equal("a raw-bytes message", CanonicalShape.Of("COMET::RAW_BYTES::SIGN"u8));
        Assert.Null(CanonicalShape.Of("COMET::RAW_BYTES::SIG"u8));
    }

    [Theory, InlineData(32), InlineData(48), InlineData(64), InlineData(96)]
    public void Random_bytes_such_as_hashes_are_nothing(int length)
    {
        var random = new Random(Seed);
        var bytes = new byte[length];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            Assert.True(CanonicalShape.Of(bytes) is null, $"seed {Seed}, length {length}: {Convert.ToHexStringLower(bytes)}");
        }
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("\n\thello\n")]
    [InlineData("\n hello, thirty-two bytes of text.")]
    [InlineData("\" a chain id in quotes, no height \"")]
    [InlineData("""{"chain_id":"cosmoshub-4","account_number":"0","sequence":"0","fee":{"gas":"0","amount":[]},"msgs":[],"memo":""}""")]
    [InlineData("0x5f3759df5f3759df5f3759df5f3759df5f3759df5f3759df5f3759df5f3759df")]
    [InlineData("block 2 of chain test-chain-1")]
    [InlineData("наблюдение: 42")]
    public void Text_is_nothing(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        Assert.Null(CanonicalShape.Of(bytes));
        Assert.Null(CanonicalShape.Of([(byte)bytes.Length, .. bytes]));
    }

    [Fact]
    public void Protobuf_messages_with_other_fields_are_nothing()
    {
        Assert.Null(CanonicalShape.Of(new ProtoWriter().Bytes(1, "celestia"u8).Bytes(2, [1, 2, 3]).Bytes(3, "compactBlock"u8).ToDelimited()));
        Assert.Null(CanonicalShape.Of(new ProtoWriter().Int64(1, 1).Int64(2, 9).Bytes(3, "price feed"u8).ToDelimited()));
    }

    // The length of every vector is shorter than the longest varint; its end is the first byte without a continuation bit.
    private static void AssertWithAndWithoutLength(string expected, byte[] delimited)
    {
        Assert.Equal(expected, CanonicalShape.Of(delimited));
        Assert.Equal(expected, CanonicalShape.Of(delimited.AsSpan(delimited.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x7F) + 1)));
    }

    private static IEnumerable<IEnumerable<byte[]>> Orders(byte[][] items) =>
        items.Length == 0 ? [[]] : items.SelectMany((item, i) => Orders([.. items.Where((_, j) => j != i)]).Select(rest => rest.Prepend(item)));
}
