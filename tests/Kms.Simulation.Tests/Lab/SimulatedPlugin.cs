using Akka.Actor;

namespace Kms.Simulation.Tests.Lab;

/// <summary>The journal and the snapshot store: hands every request to the simulation. It stands for Akka's own plug-ins, so that a simulation
/// does not depend on their tasks; an answer comes exactly once, as theirs do.</summary>
public sealed class SimulatedPlugin : UntypedActor
{
    private readonly Laboratory _laboratory = Context.System.Settings.Setup.Get<Laboratory>().Value;

    /// <inheritdoc/>
    protected override void OnReceive(object message) => _laboratory.Store?.Submit(message, Sender);
}
