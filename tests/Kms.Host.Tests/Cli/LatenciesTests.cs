using Kms.Host.Cli.YubiHsm;

namespace Kms.Host.Tests.Cli;

public sealed class LatenciesTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 2, 2)]
    [InlineData(10, 5, 9, 10)]
    [InlineData(100, 50, 90, 99)]
    [InlineData(1000, 500, 900, 990)]
    public void Percentiles_are_measured_values(int count, int p50, int p90, int p99)
    {
        // 7 has no factor in common with these numbers, so that every value comes once, in no order.
        var latencies = new Latencies();
        for (var i = 0; i < count; i++) latencies.Add(TimeSpan.FromMilliseconds(i * 7 % count + 1));
        Assert.Equal(new[] { p50, p90, p99 }, new[] { 50, 90, 99 }.Select(percent => (int)latencies.Percentile(percent).TotalMilliseconds));
        Assert.Equal(
            [("signatures", $"{count}"), ("mean", Ms((count + 1) / 2.0)), ("fastest", Ms(1)), ("p50", Ms(p50)), ("p90", Ms(p90)), ("p99", Ms(p99)), ("slowest", Ms(count))],
            latencies.Rows());

        static string Ms(double value) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value:0.0} ms");
    }

    [Fact]
    public void Without_any_there_is_their_number() => Assert.Equal([("signatures", "0")], new Latencies().Rows());
}
