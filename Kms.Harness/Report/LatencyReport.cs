namespace Kms.Harness;

/// <summary>Times from request to reply, over one connection, one request after the other. Verification is not in them.</summary>
/// <param name="Count">Number of signatures.</param>
/// <param name="P50">Median, in milliseconds.</param>
/// <param name="P90">90th percentile, in milliseconds.</param>
/// <param name="P99">99th percentile, in milliseconds.</param>
/// <param name="Max">Slowest, in milliseconds.</param>
/// <param name="PerSecond">Signatures per second of waiting.</param>
public sealed record LatencyReport(int Count, double P50, double P90, double P99, double Max, double PerSecond)
{
    /// <summary>From single times in milliseconds; null when there are none. Percentiles by nearest rank.</summary>
    internal static LatencyReport? Of(IReadOnlyCollection<double> milliseconds)
    {
        if (milliseconds.Count == 0) return null;
        var sorted = milliseconds.Order().ToArray();
        var sum = sorted.Sum();
        return new LatencyReport(sorted.Length, Rank(50), Rank(90), Rank(99), sorted[^1], sum > 0 ? sorted.Length * 1000 / sum : 0);

        double Rank(int percent) => sorted[Math.Max(0, (sorted.Length * percent + 99) / 100 - 1)];
    }
}
