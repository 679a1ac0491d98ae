using Akka.Actor;

namespace Kms.Actors.Device;

/// <summary>The command that a device is at work on. It ends by its answer or by the watchdog, not by its asker's deadline: a device that is interrupted
/// in the middle of a command loses its session, and with it everybody else who waits.</summary>
/// <param name="Run">Its number; an answer with another one is too late.</param>
/// <param name="Asker">Who waits for it; null for the actor's own.</param>
/// <param name="GivenUp">Cancelled when it is given up.</param>
internal sealed record DeviceCommand(int Run, IActorRef? Asker, CancellationTokenSource GivenUp)
{
    /// <summary>Cancelled when it is given up.</summary>
    public CancellationToken Token => GivenUp.Token;
}
