using Akka.Actor;
using Akka.Configuration;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Persistence.Journal;

namespace Kms.Host.Composition;

/// <summary>One chain's state without a key, for commands. It uses the same actor and the same journal as the running program; where both
/// write at once, the journal lets one of them win.</summary>
public sealed class OfflineChain : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly ActorSystem _system;
    private readonly IActorRef _chain;

    private OfflineChain(ActorSystem system, ChainId chain)
    {
        _system = system;
        Chain = chain;
        var options = new ChainOptions(chain, null, SignExtensions: false, ChainRules.Default) { LookAgain = Timeout.InfiniteTimeSpan };
        _chain = system.ActorOf(Props.Create(() => new ChainStateActor(options)), "chain");
    }

    /// <summary>The chain.</summary>
    public ChainId Chain { get; }

    /// <summary>Opens the journal of a configuration.</summary>
    /// <param name="configPath">tmkms.toml.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="problems">Why the journal cannot be used.</param>
    public static OfflineChain? Open(string configPath, string? akkaPath, ChainId chain, out IReadOnlyList<string> problems)
    {
        if (AkkaSettings.Load(configPath, akkaPath, out var error) is not { } hocon)
        {
            problems = [error!];
            return null;
        }

        problems = JournalGuard.Examine(hocon);
        if (problems.Count > 0) return null;
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");
        var setup = BootstrapSetup.Create().WithConfig(quiet.WithFallback(hocon)).And(JournalConnections.For(hocon));
        return new OfflineChain(ActorSystem.Create("kms-state", setup), chain);
    }

    /// <summary>The state; null when the journal cannot be read.</summary>
    public Task<ChainMessages.State?> StateAsync() => AskAsync<ChainMessages.State>(ChainMessages.GetState.Instance);

    /// <summary>Begins the chain's journal; null when the journal cannot be read.</summary>
    public Task<ChainMessages.FloorResult?> InitialiseAsync(Hrs floor, string note) =>
        AskAsync<ChainMessages.FloorResult>(new ChainMessages.Initialise(floor, note));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _system.Terminate().ConfigureAwait(false);

    private async Task<T?> AskAsync<T>(object message) where T : class
    {
        try
        {
            return await _chain.Ask<T>(message, Patience).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
