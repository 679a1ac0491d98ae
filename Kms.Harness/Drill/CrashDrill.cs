namespace Kms.Harness;

/// <summary>Kills a signer in the middle of signing, starts it again and tries to make it contradict itself. What counts is what the node's
/// side holds in its hands: signatures. What a signer does wrong is a result, never an exception.</summary>
public static class CrashDrill
{
    /// <summary>Starts the signer, waits for its first signature and runs the drill. On return the signer runs, unless it did not come
    /// back.</summary>
    /// <param name="options">What to do; see <see cref="DrillOptions.Problem"/>.</param>
    /// <param name="listener">Where the signer dials; stays the caller's.</param>
    /// <param name="ledger">Decides on conflicts; it may know signatures from before.</param>
    /// <param name="process">The signer, not running; stays the caller's, also when the drill is cancelled.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="ct">Ends the drill with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The options have a problem.</exception>
    public static async Task<DrillReport> RunAsync(
        DrillOptions options, NodeListener listener, SignatureLedger ledger, ISignerProcess process,
        IProgress<DrillProgress>? progress, CancellationToken ct)
    {
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        await using var run = new DrillRun(options, listener, ledger, process, progress, ct);
        await run.RunAsync();
        return run.Report();
    }
}
