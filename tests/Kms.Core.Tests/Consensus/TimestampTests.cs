using Kms.Core.Consensus;

namespace Kms.Core.Tests.Consensus;

public class TimestampTests
{
    [Theory]
    [InlineData(-62135596800, 0, true)]
    [InlineData(-62135596801, 999_999_999, false)]
    [InlineData(253402300799, 999_999_999, true)]
    [InlineData(253402300800, 0, false)]
    [InlineData(0, -1, false)]
    [InlineData(0, 1_000_000_000, false)]
    [InlineData(long.MinValue, int.MinValue, false)]
    [InlineData(long.MaxValue, int.MaxValue, false)]
    public void Years_1_to_9999_are_valid(long seconds, int nanos, bool valid) => Assert.Equal(valid, new Timestamp(seconds, nanos).IsValid);

    [Theory]
    [InlineData(0, 0, "1970-01-01T00:00:00.000000000Z")]
    [InlineData(1700000000, 1, "2023-11-14T22:13:20.000000001Z")]
    [InlineData(-1, 999_999_999, "1969-12-31T23:59:59.999999999Z")]
    [InlineData(-62135596800, 0, "0001-01-01T00:00:00.000000000Z")]
    [InlineData(253402300799, 999_999_999, "9999-12-31T23:59:59.999999999Z")]
    [InlineData(long.MinValue, -1, "-9223372036854775808s+-1ns")]
    public void A_timestamp_prints_all_nanoseconds_and_never_throws(long seconds, int nanos, string text) =>
        Assert.Equal(text, new Timestamp(seconds, nanos).ToString());

    [Fact]
    public void Go_zero_time_is_the_first_valid_one() =>
        Assert.Equal((true, "0001-01-01T00:00:00.000000000Z"), (Timestamp.GoZero.IsValid, Timestamp.GoZero.ToString()));
}
