using Akka.Actor;

namespace Kms.Simulation.Tests.Lab;

/// <summary>The end of a request: whoever is told an answer there tells <paramref name="onReply"/>.</summary>
internal sealed class ReplyRef(ActorSystem system, Action<object> onReply) : MinimalActorRef
{
    /// <inheritdoc/>
    public override ActorPath Path { get; } = ((ExtendedActorSystem)system).Guardian.Path / "asker";

    /// <inheritdoc/>
    public override IActorRefProvider Provider { get; } = ((ExtendedActorSystem)system).Provider;

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender) => onReply(message);
}
