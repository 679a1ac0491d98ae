using Akka.Actor;
using Akka.Configuration;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Persistence.Journal;

namespace Kms.Host.Composition;

/// <summary>One chain's state without a key and without a running signer: the same actor on the same journal, whose lock it holds.</summary>
public sealed class OfflineChain : IChainAccess
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly JournalLock _lock;
    private readonly ActorSystem _system;
    private readonly IActorRef _chain;

    private OfflineChain(JournalLock held, ActorSystem system, ChainId chain)
    {
        _lock = held;
        _system = system;
        Chain = chain;
        var options = new ChainOptions(chain, null, SignExtensions: false, ChainRules.Default) { LookAgain = Timeout.InfiniteTimeSpan };
        _chain = system.ActorOf(Props.Create(() => new ChainStateActor(options)), "chain");
    }

    /// <inheritdoc/>
    public ChainId Chain { get; }

    /// <summary>Opens the journal of a configuration that no process uses.</summary>
    /// <param name="configPath">tmkms.toml.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="problems">Why the journal cannot be used.</param>
    public static OfflineChain? Open(string configPath, string? akkaPath, ChainId chain, out IReadOnlyList<string> problems)
    {
        if (AkkaSettings.Load(configPath, akkaPath, out var error) is { } hocon) return Open(hocon, chain, out _, out problems);
        problems = [error!];
        return null;
    }

    /// <summary>The same for an effective HOCON.</summary>
    /// <param name="hocon">The effective HOCON.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="taken">Whether the only hindrance is another process.</param>
    /// <param name="problems">Why the journal cannot be used.</param>
    internal static OfflineChain? Open(Akka.Configuration.Config hocon, ChainId chain, out bool taken, out IReadOnlyList<string> problems)
    {
        if (JournalGuard.Take(hocon, out taken, out problems) is not { } held) return null;
        var quiet = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");
        var setup = BootstrapSetup.Create().WithConfig(quiet.WithFallback(hocon)).And(JournalConnections.For(hocon));
        return new OfflineChain(held, ActorSystem.Create("kms-state", setup), chain);
    }

    /// <inheritdoc/>
    public Task<ChainMessages.State?> StateAsync() => AskAsync<ChainMessages.State>(ChainMessages.GetState.Instance);

    /// <inheritdoc/>
    public Task<ChainMessages.FloorResult?> InitialiseAsync(Hrs floor, string note) =>
        AskAsync<ChainMessages.FloorResult>(new ChainMessages.Initialise(floor, note));

    /// <inheritdoc/>
    public Task<ChainMessages.FloorResult?> RaiseAsync(FloorClaim claim) => AskAsync<ChainMessages.FloorResult>(new ChainMessages.RaiseFloor(claim));

    /// <summary>Stops the actor, then gives the journal back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _system.Terminate().ConfigureAwait(false);
        _lock.Dispose();
    }

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
