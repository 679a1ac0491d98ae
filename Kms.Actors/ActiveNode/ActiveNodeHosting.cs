using Akka.Actor;
using Akka.Hosting;

namespace Kms.Actors.ActiveNode;

/// <summary>Puts the active node into an actor system.</summary>
public static class ActiveNodeHosting
{
    /// <summary>How long a stop may take before the process ends anyway; a signature in flight has a deadline below it.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Starts /user/kms, and stops it in order when the system shuts down.</summary>
    public static AkkaConfigurationBuilder WithActiveNode(this AkkaConfigurationBuilder builder, ActiveNodeOptions options) =>
        builder.WithActors((system, registry) =>
        {
            var kms = system.ActorOf(Props.Create(() => new ActiveNodeActor(options)), "kms");
            registry.Register<ActiveNodeActor>(kms);
            CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "stop-signing", async () =>
            {
                await kms.GracefulStop(StopDeadline, ActiveNodeMessages.Stop.Instance).ConfigureAwait(false);
                return Akka.Done.Instance;
            });
        });
}
