using Kms.Core.Signing;
using Kms.Harness;

namespace Kms.Host.Demo;

/// <summary>What a demo found; a part that was not reached is null.</summary>
/// <param name="Problem">Why it ended early, or null.</param>
/// <param name="Harness">The checks and the measured signatures.</param>
/// <param name="Drill">The kills.</param>
/// <param name="Positions">Positions signed in all.</param>
internal sealed record DemoResult(string? Problem, HarnessReport? Harness, DrillReport? Drill, int Positions)
{
    public bool Passed => Problem is null && Harness is { Passed: true } && Drill is { Passed: true };
}

/// <summary>Plays the node against the real program, run as a child process in a home of its own: first every check, then many signatures,
/// then SIGKILL in the middle of signing.</summary>
internal static class DemoRun
{
    private const string Chain = "demo-chain-1";
    private static readonly TimeSpan NodePatience = TimeSpan.FromSeconds(5);

    // A node would wait 3 s; a machine that is busy building something else is no fault of the signer.
    private static readonly TimeSpan RedialPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    /// <summary>Makes a home; null and the reason when it cannot be made.</summary>
    public static SignerHome? TryMakeHome(out string? error) => SignerHome.TryCreate(Chain, KeyAlgorithm.Ed25519, out error);

    /// <summary>Runs it all. The child is dead on return, whatever happened.</summary>
    public static async Task<DemoResult> RunAsync(DemoOptions options, SignerHome home, DemoView view, CancellationToken ct)
    {
        view.Step($"Preparing a signer in {home.Directory}");
        using var listener = NodeListener.TryListen(HarnessOptions.Loopback, NodePatience, out var error);
        if (listener is null) return new DemoResult(error, null, null, 0);
        home.WriteConfig([listener.Address]);
        if (await home.InitialiseStateAsync().ConfigureAwait(false) is { } problem) return new DemoResult(problem, null, null, 0);

        await using var signer = new SignerProcess(SignerProgram.Self(), ["start", "-c", home.Config], home.Log);
        var ledger = new SignatureLedger();
        view.Step("Starting it and waiting for its first signature");
        var first = await CrashDrill.RunAsync(new DrillOptions(Chain, 0), listener, ledger, signer, null, ct).ConfigureAwait(false);
        if (!first.Passed) return new DemoResult(first.ToString(), null, null, ledger.Positions);

        view.Step("Asking for everything a signer must sign and everything it must refuse");
        var harness = new HarnessOptions(listener.Endpoint, Chain)
        {
            StartHeight = first.NextHeight, Messages = options.Messages, Seed = options.Seed, RedialTimeout = RedialPatience,
        };
        var checks = await HarnessRunner.RunAsync(harness, listener, view, ct, ledger).ConfigureAwait(false);
        if (!checks.Passed) return new DemoResult(null, checks, null, ledger.Positions);

        view.Step("Stopping the signer with SIGTERM");
        signer.Send(SignerProcess.SigTerm);
        if (await signer.ExitAsync(StopPatience, ct).ConfigureAwait(false) is var code and not 0)
        {
            var unclean = code is null ? "the signer did not stop on SIGTERM" : $"the signer ended with exit code {code} on SIGTERM";
            return new DemoResult(unclean, checks, null, ledger.Positions);
        }

        view.Step("Killing the signer with SIGKILL in the middle of signing");
        var kills = new DrillOptions(Chain, options.Kills) { StartHeight = checks.NextHeight, Seed = options.Seed };
        var drill = await CrashDrill.RunAsync(kills, listener, ledger, signer, view, ct).ConfigureAwait(false);
        return new DemoResult(null, checks, drill, ledger.Positions);
    }
}
