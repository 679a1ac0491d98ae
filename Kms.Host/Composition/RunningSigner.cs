using System.Collections.Frozen;
using Kms.Actors.ActiveNode;
using Kms.Core.Consensus;
using Kms.Host.Config;
using Kms.Host.State;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Composition;

/// <summary>What came of a reload.</summary>
/// <param name="Ok">Whether the file is in force now.</param>
/// <param name="Lines">What was changed, or every reason why nothing was.</param>
public sealed record ReloadOutcome(bool Ok, IReadOnlyList<string> Lines);

/// <summary>The configuration in force and the way to another: all of it or nothing, and only what differs is stopped and started.</summary>
/// <param name="configPath">tmkms.toml, as the program was started with it.</param>
/// <param name="config">What it said then.</param>
/// <param name="keys">Its keys; stays the caller's.</param>
/// <param name="node">The actors.</param>
/// <param name="log">For what a reload does.</param>
internal sealed class RunningSigner(string configPath, KmsConfig config, KeyRing keys, NodeClient node, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private KmsConfig _config = config;

    /// <summary>Reads the file again and does what it says, one reload after the other.</summary>
    /// <param name="cancel">Gives up waiting for an earlier reload; one that was begun is finished.</param>
    public async Task<ReloadOutcome> ReloadAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var outcome = await ReloadInTurnAsync().ConfigureAwait(false);
            foreach (var line in outcome.Lines)
            {
                if (outcome.Ok) log.LogInformation("reload: {Line}", line);
                else log.LogError("reload: {Line}", line);
            }

            if (!outcome.Ok) log.LogError("reload: failed, the configuration in force stays");
            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<ReloadOutcome> ReloadInTurnAsync()
    {
        var loaded = KmsConfigLoader.Load(configPath);
        if (loaded.Config is not { } next) return new ReloadOutcome(false, [.. loaded.Errors.Select(e => e.ToString())]);

        if (next.MissingProviders.Count > 0) return new ReloadOutcome(false, [.. next.MissingProviders.Select(missing => missing.ToString())]);
        var plan = ReloadPlan.Between(_config, next);
        if (plan.NeedsRestart.Count > 0) return new ReloadOutcome(false, [.. plan.NeedsRestart.Select(reason => $"{configPath}: {reason}")]);
        foreach (var warning in next.Warnings.Except(_config.Warnings)) log.LogWarning("{Warning}", warning);
        if (plan.IsEmpty)
        {
            _config = next;
            return new ReloadOutcome(true, ["nothing changed"]);
        }

        var (starts, obstacles) = await ChainStart.PrepareAsync(plan.AddChains, CancellationToken.None).ConfigureAwait(false);
        if (starts is null) return new ReloadOutcome(false, obstacles);
        foreach (var remark in starts.SelectMany(start => start.Remarks)) log.LogWarning("{Remark}", remark);
        if (!keys.TryAdd(plan.AddKeys, plan.AddValidators, out var errors)) return new ReloadOutcome(false, errors);
        var result = await node.ReconfigureAsync(new ActiveNodeMessages.Reconfigure(
            [.. plan.RemoveValidators.Select(v => v.Options)], [.. plan.RemoveChains.Select(c => c.Id)],
            Signer.Chains(plan.AddChains, starts, keys, FrozenSet<ChainId>.Empty), Signer.Validators(plan.AddValidators, keys))).ConfigureAwait(false);
        if (result.Error is null) _config = next;
        keys.KeepOnly(_config);
        return result.Error is null ? new ReloadOutcome(true, [.. plan.Describe()]) : new ReloadOutcome(false, [result.Error]);
    }
}
