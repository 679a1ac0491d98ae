using Kms.Core.Signing;

namespace Kms.Harness.Tests;

/// <summary>The drill against signers that live in this process: what it must notice, and what it must not.</summary>
public class CrashDrillTests
{
    [Fact]
    public async Task A_signer_that_remembers_passes()
    {
        var report = await RunAsync(Flaw.None, forgets: false);
        Assert.True(report.Passed, report.ToString());
        Assert.Equal(6, report.Kills);
        Assert.Equal(6, report.Resumes.Count);
        Assert.Equal(0, report.Missed);
        Assert.True(report.Refusals >= 6);
        Assert.StartsWith("PASS: 6 of 6 kills", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signer_with_a_secp256k1_key_is_judged_as_any_other()
    {
        Assert.True((await RunAsync(Flaw.None, forgets: false, algorithm: KeyAlgorithm.Secp256k1)).Passed);
        Assert.NotEmpty((await RunAsync(Flaw.None, forgets: true, algorithm: KeyAlgorithm.Secp256k1)).Conflicts);
        var report = await RunAsync(Flaw.HasNoPointForAKey, forgets: false, algorithm: KeyAlgorithm.Secp256k1);
        Assert.Equal(["after 0 kills: the public key is not a point of secp256k1"], report.Problems);
    }

    [Fact]
    public async Task A_signer_that_forgets_what_it_signed_loses_its_watermark_and_signs_twice()
    {
        var report = await RunAsync(Flaw.None, forgets: true);
        Assert.False(report.Passed);
        Assert.NotEmpty(report.Conflicts);
        Assert.NotEmpty(report.LostWatermarks);
        Assert.Contains("LOST WATERMARK: ", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("DOUBLE SIGN", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signer_that_does_not_come_back_ends_the_drill()
    {
        var report = await RunAsync(Flaw.None, forgets: false, lives: 2);
        Assert.False(report.Passed);
        Assert.Equal(2, report.Kills);
        Assert.Contains("after 2 kills: no signer dialled", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    // Which messages are in flight comes from the seed, and a rival of a proposal is never the same block.
    [Fact]
    public async Task A_conflict_at_any_time_fails_the_drill()
    {
        var report = await RunAsync(Flaw.SignsOtherProposal, forgets: false, kills: 20);
        Assert.True(report.Conflicts.Count > 0, report.ToString());
    }

    [Fact]
    public async Task The_same_seed_asks_for_the_same_heights()
    {
        var (one, two) = (await RunAsync(Flaw.None, forgets: false), await RunAsync(Flaw.None, forgets: false));
        Assert.Equal(one.NextHeight, two.NextHeight);
        Assert.Equal(7, one.Seed);
    }

    [Fact]
    public async Task Impossible_options_are_a_bug_of_the_caller()
    {
        using var listener = NodeListener.TryListen(HarnessOptions.Loopback, TimeSpan.FromSeconds(1), out _)!;
        await Assert.ThrowsAsync<ArgumentException>(() =>
            CrashDrill.RunAsync(new DrillOptions(HarnessRun.Chain, -1), listener, new SignatureLedger(), null!, null, CancellationToken.None));
        Assert.NotNull(new DrillOptions("", 1).Problem());
        Assert.NotNull(new DrillOptions(HarnessRun.Chain, 1) { LatestKill = TimeSpan.FromMinutes(1) }.Problem());
        Assert.NotNull(new DrillOptions(HarnessRun.Chain, 1) { MessagesPerKill = 0 }.Problem());
    }

    private static async Task<DrillReport> RunAsync(Flaw flaw, bool forgets, int lives = int.MaxValue, int kills = 6,
        KeyAlgorithm algorithm = KeyAlgorithm.Ed25519)
    {
        var directory = Directory.CreateTempSubdirectory("drill");
        try
        {
            var endpoint = new HarnessEndpoint.Unix(Path.Combine(directory.FullName, "node.sock"));
            using var listener = NodeListener.TryListen(endpoint, TimeSpan.FromSeconds(30), out _)!;
            var accept = TimeSpan.FromSeconds(lives == int.MaxValue ? 30 : 1);
            var options = new DrillOptions(HarnessRun.Chain, kills) { Seed = 7, MessagesPerKill = 10, AcceptTimeout = accept };
            using var process = new InProcess(endpoint, new ScriptedRules(HarnessRun.Chain, flaw, false, algorithm), flaw, forgets, lives);
            return await CrashDrill.RunAsync(options, listener, new SignatureLedger(), process, null, CancellationToken.None);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>"Killed" means that its connection ends and, if it forgets, that its memory does.</summary>
    private sealed class InProcess(HarnessEndpoint node, ScriptedRules rules, Flaw flaw, bool forgets, int lives) : ISignerProcess, IDisposable
    {
        private ScriptedSigner? _signer;
        private int _lives = lives;

        public Task StartAsync(CancellationToken ct)
        {
            if (_lives-- > 0) _signer = new ScriptedSigner(node, rules, flaw);
            return Task.CompletedTask;
        }

        public void Kill()
        {
            Dispose();
            if (forgets) rules.Forget();
        }

        public void Dispose()
        {
            _signer?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _signer = null;
        }
    }
}
