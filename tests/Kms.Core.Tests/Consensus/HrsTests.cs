using Kms.Core.Consensus;

namespace Kms.Core.Tests.Consensus;

public class HrsTests
{
    [Fact]
    public void Positions_are_ordered_by_height_then_round_then_step()
    {
        Hrs[] ascending =
        [
            new(long.MinValue, int.MinValue, Step.Proposal), new(0, 0, Step.Proposal), Hrs.EndOf(new Height(0)),
            new(1, 0, Step.Proposal), new(1, 0, Step.Prevote), new(1, 0, Step.Precommit),
            new(1, 1, Step.Proposal), new(1, int.MaxValue, Step.Prevote),
            Hrs.EndOf(new Height(1)), new(2, 0, Step.Proposal), new(long.MaxValue, 0, Step.Proposal), Hrs.EndOf(new Height(long.MaxValue)),
        ];

        for (var i = 0; i < ascending.Length; i++)
        {
            for (var j = 0; j < ascending.Length; j++)
            {
                var (left, right) = (ascending[i], ascending[j]);
                bool[] byIndex = [i < j, i > j, i <= j, i >= j, i == j, i != j];
                bool[] byPosition = [left < right, left > right, left <= right, left >= right, left == right, left != right];
                Assert.Equal(byIndex, byPosition);
                Assert.Equal(Math.Sign(i.CompareTo(j)), Math.Sign(left.CompareTo(right)));
            }
        }
    }

    [Fact]
    public void A_position_prints_as_tmkms_prints_it()
    {
        Assert.Equal("100/0/1", new Hrs(100, 0, Step.Prevote).ToString());
        Assert.Equal("1/2147483647/1", new Hrs(1, int.MaxValue, Step.Prevote).ToString());
        Assert.Equal("-5/-1/0", new Hrs(-5, -1, Step.Proposal).ToString());
        Assert.Equal("100/end", Hrs.EndOf(new Height(100)).ToString());
    }

    [Fact]
    public void No_position_of_a_height_lies_after_its_end()
    {
        Assert.True(new Hrs(7, int.MaxValue, Step.Precommit) <= Hrs.EndOf(new Height(7)));
        Assert.True(new Hrs(8, 0, Step.Proposal) > Hrs.EndOf(new Height(7)));
    }

    [Theory]
    [InlineData("100/0/1")]
    [InlineData("0/0/0")]
    [InlineData("1/2147483647/1")]
    [InlineData("9223372036854775807/2147483647/1")]
    [InlineData("100/end")]
    public void What_is_printed_is_read_again(string text)
    {
        Assert.True(Hrs.TryParse(text, out var position));
        Assert.Equal(text, position.ToString());
    }

    [Fact]
    public void A_height_alone_is_the_whole_of_it()
    {
        Assert.True(Hrs.TryParse("22100000", out var position));
        Assert.Equal(Hrs.EndOf(new Height(22100000)), position);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("100/")]
    [InlineData("100/0")]
    [InlineData("100/0/3")]
    [InlineData("100/0/-1")]
    [InlineData("100/0/01")]
    [InlineData("-1")]
    [InlineData("-1/0/0")]
    [InlineData("+1/0/0")]
    [InlineData(" 1/0/0")]
    [InlineData("1,000/0/0")]
    [InlineData("100/2147483648/0")]
    [InlineData("9223372036854775808")]
    [InlineData("100/0/0/0")]
    [InlineData("100/END")]
    public void Anything_else_is_no_position(string text) => Assert.False(Hrs.TryParse(text, out _));
}
