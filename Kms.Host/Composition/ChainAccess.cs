using System.Diagnostics;
using Kms.Core.Consensus;
using Kms.Host.Control;
using Kms.Persistence.Journal;

namespace Kms.Host.Composition;

/// <summary>Finds the way to a chain's state: the journal itself while nobody uses it, else the signer that does.</summary>
public static class ChainAccess
{
    /// <summary>How long to wait for a process that holds the journal and does not answer: another command, or a signer that is starting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Opens the state of a chain.</summary>
    /// <param name="configPath">tmkms.toml.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="chain">The chain.</param>
    /// <returns>The access, to be disposed; or why there is none.</returns>
    public static async Task<(IChainAccess? Access, IReadOnlyList<string> Problems)> OpenAsync(string configPath, string? akkaPath, ChainId chain)
    {
        if (AkkaSettings.Load(configPath, akkaPath, out var error) is not { } hocon) return (null, [error!]);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (OfflineChain.Open(hocon, chain, out var taken, out var problems) is { } offline) return (offline, []);
            if (!taken) return (null, problems);
            var (running, refusal) = await RunningChain.OpenAsync(ControlWire.PathFor(JournalGuard.Database(hocon, out _)!), chain).ConfigureAwait(false);
            if (running is not null) return (running, []);
            if (refusal is not null) return (null, [refusal]);
            if (Stopwatch.GetElapsedTime(started) > Patience) return (null, problems);
            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }
}
