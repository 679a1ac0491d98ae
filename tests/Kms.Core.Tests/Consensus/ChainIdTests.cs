using System.Text;
using Kms.Core.Consensus;

namespace Kms.Core.Tests.Consensus;

public class ChainIdTests
{
    [Fact]
    public void Equality_is_over_bytes()
    {
        Assert.Equal(new ChainId("cosmoshub-4"), new ChainId("cosmoshub-4"u8));
        Assert.Equal(new ChainId("cosmoshub-4").GetHashCode(), new ChainId("cosmoshub-4"u8).GetHashCode());
        Assert.NotEqual(new ChainId("cosmoshub-4"), new ChainId("cosmoshub-5"));
        Assert.NotEqual(new ChainId("cosmoshub-4"), new ChainId("Cosmoshub-4"));
    }

    [Fact]
    public void Two_byte_strings_that_decode_to_one_text_are_two_chains()
    {
        var one = new ChainId([0x61, 0xFF]);
        var other = new ChainId([0x61, 0xFE]);

        Assert.Equal(one.ToString(), other.ToString());
        Assert.NotEqual(one, other);
        Assert.NotEqual(one, new ChainId(one.ToString()));
    }

    [Fact]
    public void Composed_and_decomposed_accents_are_two_chains() => Assert.NotEqual(new ChainId("caf\u00e9"), new ChainId("cafe\u0301"));

    [Fact]
    public void A_chain_id_keeps_its_own_copy_of_the_bytes()
    {
        var bytes = "chain"u8.ToArray();
        var chain = new ChainId(bytes);
        bytes[0] = (byte)'X';

        Assert.Equal(new ChainId("chain"), chain);
    }

    [Theory]
    [InlineData("line\nforged log line", "line?forged log line")]
    [InlineData("carriage\rreturn", "carriage?return")]
    [InlineData("\u001b[31mred", "?[31mred")]
    [InlineData("nul\0", "nul?")]
    [InlineData("delete\u007f and C1 \u0085\u009b", "delete? and C1 ??")]
    [InlineData("line separators \u2028\u2029", "line separators ??")]
    [InlineData("right to left \u202e\u2066", "right to left ??")]
    [InlineData("zero width \u200b\ufeff", "zero width ??")]
    [InlineData("tags \U000E0041", "tags ?")]
    [InlineData("plain \u00e9 \u4e2d \U0001F600", "plain \u00e9 \u4e2d \U0001F600")]
    public void Hostile_characters_are_printed_as_question_marks(string hostile, string printed) =>
        Assert.Equal(printed, new ChainId(hostile).ToString());

    [Fact]
    public void Every_byte_and_every_pair_of_bytes_prints_on_one_line()
    {
        for (var first = 0; first < 256; first++)
        {
            for (var second = 0; second < 256; second++)
            {
                var text = new ChainId([(byte)first, (byte)second]).ToString();
                Assert.DoesNotContain(text, c => char.IsControl(c));
            }
        }
    }

    [Fact]
    public void A_long_id_is_cut_and_says_so()
    {
        Assert.Equal(new string('a', 50), new ChainId(new string('a', 50)).ToString());
        Assert.Equal(new string('a', 50) + "…", new ChainId(new string('a', 51)).ToString());
        Assert.True(new ChainId(new byte[1_000_000]).ToString().Length <= 51);
        Assert.NotEqual(new ChainId(new string('a', 51)), new ChainId(new string('a', 52)));
    }

    [Theory]
    [InlineData("cosmoshub-4", true)]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("two words", false)]
    [InlineData("tab\t", false)]
    [InlineData("nul\0", false)]
    [InlineData("right to left \u202e", false)]
    [InlineData("right\u202eleft", false)]
    [InlineData("zero\u200bwidth", false)]
    [InlineData("tag\U000E0041", false)]
    [InlineData("12345678901234567890123456789012345678901234567890", true)]
    [InlineData("123456789012345678901234567890123456789012345678901", false)]
    [InlineData("\u00e9234567890123456789012345678901234567890123456789", true)]
    [InlineData("\u00e92345678901234567890123456789012345678901234567890", false)]
    public void An_operator_may_configure_what_a_genesis_file_may_carry(string id, bool allowed) =>
        Assert.Equal((allowed, id), (ChainId.IsConfigurable(id), Encoding.UTF8.GetString(new ChainId(id).Utf8)));
}
