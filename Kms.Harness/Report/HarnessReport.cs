using Kms.Core.Signing;

namespace Kms.Harness;

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
    /// <summary>How the node spoke.</summary>
    public Dialect Dialect { get; init; } = Dialect.Default;

    /// <summary>How fast requests were refused; null when it was not measured.</summary>
    public LatencyReport? Refusals { get; init; }

    /// <summary>Whether no check failed and no signatures conflict.</summary>
    public bool Passed => Conflicts.Count == 0 && Count(CheckOutcome.Fail) == 0;

    /// <summary>Number of checks with an outcome.</summary>
    public int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);
}
