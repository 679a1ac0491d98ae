using Akka.Actor;
using Akka.Persistence;
using Kms.Core.DoubleSign;

namespace Kms.Persistence.Tests.Journal;

/// <summary>The simplest actor that keeps events: what is left of the program when only its journal is looked at.</summary>
internal sealed class Recorder : ReceivePersistentActor
{
    private readonly List<ChainEvent> _events = [];
    private IActorRef _asker = ActorRefs.Nobody;

    public Recorder(string id)
    {
        PersistenceId = id;
        Recover<ChainEvent>(_events.Add);
        Command<Read>(_ => Sender.Tell(new State([.. _events], LastSequenceNr)));
        Command<ChainEvent>(e =>
        {
            _asker = Sender;
            Persist(e, stored =>
            {
                _events.Add(stored);
                _asker.Tell(Outcome.Stored);
            });
        });
    }

    public override string PersistenceId { get; }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _asker.Tell(Outcome.Failed);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _asker.Tell(Outcome.Failed);
        base.OnRecoveryFailure(reason, message);
    }

    public sealed record Read;

    public sealed record State(IReadOnlyList<ChainEvent> Events, long LastSequenceNr);

    public enum Outcome { Stored, Failed }
}
