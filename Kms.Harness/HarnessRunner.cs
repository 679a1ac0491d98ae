using System.Diagnostics;
using Kms.Harness.Checks;

namespace Kms.Harness;

/// <summary>Runs all checks against one signer. What a signer does wrong is a result, never an exception.</summary>
public static class HarnessRunner
{
    private static readonly CheckInfo Connect = new("basics.connect", "The signer dials", "a connection within the accept timeout");

    private static IEnumerable<Check> Checks =>
    [
        .. BasicChecks.All, .. DoubleSignChecks.All, .. ExtensionChecks.All, .. RawBytesChecks.All, .. InvalidRequestChecks.All, .. UnknownChecks.All,
        .. TwoConnectionChecks.All, .. ReconnectChecks.All, .. HostileFrames.All, .. LatencyCheck.All,
    ];

    /// <summary>Listens, waits for a signer, checks it and reports.</summary>
    /// <param name="options">What to do; see <see cref="HarnessOptions.Problem"/>.</param>
    /// <param name="progress">Told about every step; may be null.</param>
    /// <param name="ct">Ends the run with an <see cref="OperationCanceledException"/>.</param>
    /// <param name="ledger">Signatures from before, when the signer has been asked already; null starts a new ledger.</param>
    /// <exception cref="ArgumentException">The options have a problem.</exception>
    public static async Task<HarnessReport> RunAsync(
        HarnessOptions options, IProgress<HarnessProgress>? progress, CancellationToken ct, SignatureLedger? ledger = null)
    {
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        using var listener = NodeListener.TryListen(options.Listen, options.Timeout, out var error);
        if (listener is not null) return await RunAsync(options, listener, progress, ct, ledger);
        var failed = new CheckResult(Connect, CheckOutcome.Fail, error!, TimeSpan.Zero);
        return new HarnessReport(
            options.ChainId, options.Listen, options.Seed, null, [failed], null, [], [], options.StartHeight, options.StartHeight)
        {
            Dialect = options.Dialect,
        };
    }

    /// <summary>As above, on a listener that exists already: the signer's configuration can name its port and its id.</summary>
    /// <param name="options">What to do; <see cref="HarnessOptions.Listen"/> is not looked at.</param>
    /// <param name="listener">Where the signer dials; stays the caller's.</param>
    /// <param name="progress">Told about every step; may be null.</param>
    /// <param name="ct">Ends the run with an <see cref="OperationCanceledException"/>.</param>
    /// <param name="ledger">Signatures from before, when the signer has been asked already; null starts a new ledger.</param>
    /// <exception cref="ArgumentException">The options have a problem.</exception>
    public static async Task<HarnessReport> RunAsync(
        HarnessOptions options, NodeListener listener, IProgress<HarnessProgress>? progress, CancellationToken ct, SignatureLedger? ledger = null)
    {
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        ledger ??= new SignatureLedger();
        progress?.Report(new HarnessProgress.Listening(listener.Endpoint, listener.NodeId, listener.PeerId));
        await using var session = new HarnessSession(options, listener, ledger, progress, ct);
        var results = await RunAllAsync(session);
        return new HarnessReport(options.ChainId, listener.Endpoint, options.Seed, session.Key, results, session.Latency, ledger.Warnings,
            ledger.Conflicts, options.StartHeight, session.Messages.NextHeight) { Dialect = options.Dialect, Refusals = session.Refusals };
    }

    private static async Task<List<CheckResult>> RunAllAsync(HarnessSession session)
    {
        var checks = Checks.Prepend(new Check(Connect, ConnectAsync) { IsGate = true }).ToArray();
        var results = new List<CheckResult>(checks.Length);
        string? blocked = null;
        foreach (var check in checks)
        {
            session.Report(new HarnessProgress.CheckStarted(results.Count + 1, checks.Length, check.Info));
            var start = Stopwatch.GetTimestamp();
            if (blocked is null && results.Count > 0 && await session.EnsureConnectedAsync() is { } problem)
                blocked = $"not run: the signer did not come back after {results[^1].Check.Id} ({problem})";
            var finding = blocked is null ? await check.RunAsync(session) : Finding.Skip(blocked);
            if (check.IsGate && finding.Outcome == CheckOutcome.Fail) blocked = $"not run: {check.Info.Id} failed";
            results.Add(new CheckResult(check.Info, finding.Outcome, finding.Detail, Stopwatch.GetElapsedTime(start)));
            session.Report(new HarnessProgress.CheckFinished(results.Count, checks.Length, results[^1]));
        }

        return results;
    }

    private static async Task<Finding> ConnectAsync(HarnessSession session) =>
        await session.EnsureConnectedAsync() is { } problem ? Finding.Fail(problem) : Finding.Pass(session.Connection!.Peer);
}
