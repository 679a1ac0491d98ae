using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.TestKit;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Simulation.Tests.Lab;

/// <summary>Where the journal and the snapshot store of an actor system hand what the actors ask of them.</summary>
internal interface IStoreLink
{
    /// <summary>Called on the one thread there is, while the asking actor runs.</summary>
    /// <param name="message">A message of Akka's journal or snapshot protocol.</param>
    /// <param name="sender">Who sent it.</param>
    void Submit(object message, IActorRef sender);
}

/// <summary>One actor system in which everything happens on the calling thread and nothing by itself: a message is handled where it is sent,
/// time stands still until it is advanced, and the journal and the snapshot store answer when the simulation says so. It serves one
/// simulation after the other, because starting an actor system costs more than most simulations.</summary>
internal sealed class Laboratory : Setup, IDisposable
{
    private const string Settings = """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
          actor {
            default-dispatcher { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit", throughput = 2147483647 }
            internal-dispatcher { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit", throughput = 2147483647 }
          }
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          persistence {
            journal { plugin = "akka.persistence.journal.simulated", simulated = ${simulated-journal} }
            snapshot-store { plugin = "akka.persistence.snapshot-store.simulated", simulated = ${simulated-journal} }
          }
        }
        simulated-journal {
          class = "Kms.Simulation.Tests.Lab.SimulatedPlugin, Kms.Simulation.Tests"
          plugin-dispatcher = "akka.actor.default-dispatcher"
          replay-dispatcher = "akka.actor.default-dispatcher"
          recovery-event-timeout = 30s
        }
        """;

    private readonly Dictionary<SignBytes, Signature> _signatures = [];
    private readonly ScriptedKey _key = new();

    /// <summary>An idle laboratory; the thread that drives it must have no synchronization context.</summary>
    public Laboratory() => System = ActorSystem.Create(
        "laboratory", BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(Settings)).And(this));

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The store of the simulation that runs now.</summary>
    public IStoreLink? Store { get; set; }

    /// <summary>The validator's key.</summary>
    public PublicKey PublicKey => _key.PublicKey;

    /// <summary>The key's signature. Ed25519 has exactly one per message, so that each is computed once.</summary>
    public Signature SignatureOf(SignBytes bytes)
    {
        if (!_signatures.TryGetValue(bytes, out var signature)) _signatures[bytes] = signature = _key.Sign(bytes);
        return signature;
    }

    /// <summary>Lets timers fire.</summary>
    public void Advance(TimeSpan time) => ((TestScheduler)System.Scheduler).Advance(time);

    /// <inheritdoc/>
    public void Dispose()
    {
        System.Terminate();
        _key.Dispose();
    }
}
