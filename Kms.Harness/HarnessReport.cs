using Kms.Core.Signing;

namespace Kms.Harness;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>As expected.</summary>
    Pass,

    /// <summary>Not as expected.</summary>
    Fail,

    /// <summary>Not applicable, or not reached.</summary>
    Skip,
}

/// <summary>What a check is about.</summary>
/// <param name="Id">Stable name, "group.check".</param>
/// <param name="Title">What is done, in a few words.</param>
/// <param name="Expected">What a good signer does, and why.</param>
public sealed record CheckInfo(string Id, string Title, string Expected);

/// <summary>The outcome of one check.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What happened, as a sentence.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record CheckResult(CheckInfo Check, CheckOutcome Outcome, string Detail, TimeSpan Elapsed);

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

/// <summary>What a run found.</summary>
/// <param name="ChainId">The chain asked for.</param>
/// <param name="Endpoint">Where the harness listened.</param>
/// <param name="Seed">The seed that repeats the run.</param>
/// <param name="SignerKey">The signer's consensus key; null when it gave none.</param>
/// <param name="Results">All checks in order.</param>
/// <param name="Latency">The latency run; null when there was none.</param>
/// <param name="Warnings">Oddities that fail no check.</param>
/// <param name="Conflicts">Every pair of signatures that must not both exist.</param>
/// <param name="StartHeight">First height of the run.</param>
/// <param name="NextHeight">First height that the run did not use: the start height of the next run against the same signer.</param>
public sealed record HarnessReport(
    string ChainId,
    HarnessEndpoint Endpoint,
    int Seed,
    PublicKey? SignerKey,
    IReadOnlyList<CheckResult> Results,
    LatencyReport? Latency,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<SignatureConflict> Conflicts,
    long StartHeight,
    long NextHeight)
{
    /// <summary>Whether no check failed and no signatures conflict.</summary>
    public bool Passed => Conflicts.Count == 0 && Count(CheckOutcome.Fail) == 0;

    /// <summary>Number of checks with an outcome.</summary>
    public int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);
}
