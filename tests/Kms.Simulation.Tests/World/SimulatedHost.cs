using Akka.Actor;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Simulation.Tests.World;

/// <summary>A machine of the cluster.</summary>
internal sealed class SimulatedHost(int index)
{
    /// <summary>From 0.</summary>
    public int Index => index;

    /// <summary>Whether it cannot reach the database.</summary>
    public bool IsCut { get; set; }

    /// <summary>The process that runs there, or null.</summary>
    public HostProcess? Process { get; set; }
}

/// <summary>One life of the chain's actor on a host. When the actor stops, or the machine dies, the next life begins with a recovery.</summary>
internal sealed class HostProcess
{
    /// <summary>The host's supervisor.</summary>
    public IActorRef Supervisor { get; set; } = ActorRefs.Nobody;

    /// <summary>The chain's actor.</summary>
    public IActorRef Chain { get; set; } = ActorRefs.Nobody;

    /// <summary>Whether it stands still (SIGSTOP, a suspended virtual machine) and knows nothing of it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether it is no more: nothing reaches it, nothing leaves it.</summary>
    public bool IsGone { get; set; }
}

/// <summary>Starts the chain's actor and tells when it has stopped. It stands for the backoff supervisor, whose pauses are the schedule's to
/// choose.</summary>
internal sealed class HostSupervisor : ReceiveActor
{
    /// <summary>Starts the chain.</summary>
    public HostSupervisor(HostProcess process, Props chain, Action stopped)
    {
        process.Supervisor = Self;
        process.Chain = Context.Watch(Context.ActorOf(chain, "state"));
        Receive<Terminated>(_ =>
        {
            stopped();
            Context.Stop(Self);
        });
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;
}

/// <summary>The validator's key on a host: its work ends when the schedule says so.</summary>
internal sealed class SimulatedKey(PublicKey publicKey, Func<SignBytes, Task<SignOutcome>> work) : IConsensusSigner
{
    /// <inheritdoc/>
    public string Provider => "simulated";

    /// <inheritdoc/>
    public PublicKey PublicKey => publicKey;

    /// <inheritdoc/>
    public ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline) => new(work(message));

    /// <inheritdoc/>
    public void Dispose() { }
}
