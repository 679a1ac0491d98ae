using Akka.Actor;

namespace Kms.Actors.Device;

/// <summary>From signers, which are made before the actors, to the actor of their device.</summary>
public sealed class DeviceLink
{
    private volatile IActorRef? _actor;

    /// <summary>The actor; null while it does not run.</summary>
    public IActorRef? Actor => _actor;

    internal void Set(IActorRef? actor) => _actor = actor;
}
