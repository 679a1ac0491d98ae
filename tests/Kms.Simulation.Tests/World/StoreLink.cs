using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Kms.Simulation.Tests.Lab;

namespace Kms.Simulation.Tests.World;

/// <summary>The way between the chains' actors and the database: Akka's journal and snapshot protocols, one message at a time. An operation and
/// its answer travel separately, and both can be late or lost. As a real journal does, it answers each request exactly once.</summary>
internal sealed class StoreLink(
    SharedStore store, Flaw flaw, Func<IActorRef, (SimulatedHost Host, HostProcess Process)?> ownerOf, List<Pending> pending) : IStoreLink
{
    private static readonly TimeoutException Lost = new("no answer from the database");
    private static readonly InvalidOperationException Conflict = new("the event does not follow the newest one; another writer was here");

    /// <inheritdoc/>
    public void Submit(object message, IActorRef sender)
    {
        switch (message)
        {
            case WriteMessages write:
                Append(write, [.. write.Messages.SelectMany(m => (IImmutableList<IPersistentRepresentation>)m.Payload)]);
                break;
            case ReplayMessages replay:
                var text = $"read events from {replay.FromSequenceNr}";
                Operation(replay.PersistentActor, text, () => Replay(replay), [new ReplayMessagesFailure(Lost)]);
                break;
            case DeleteMessagesTo delete:
                Operation(delete.PersistentActor, $"delete events to {delete.ToSequenceNr}", () =>
                {
                    store.Delete(delete.ToSequenceNr);
                    return [new DeleteMessagesSuccess(delete.ToSequenceNr)];
                }, [new DeleteMessagesFailure(Lost, delete.ToSequenceNr)]);
                break;
            case LoadSnapshot load:
                Operation(sender, "load snapshot", () => [new LoadSnapshotResult(Fit(load), load.ToSequenceNr)], [new LoadSnapshotFailed(Lost)]);
                break;
            case SaveSnapshot save:
                Operation(sender, $"save snapshot {save.Metadata.SequenceNr}", () =>
                {
                    store.Save(save.Metadata, save.Snapshot);
                    return [new SaveSnapshotSuccess(save.Metadata)];
                }, [new SaveSnapshotFailure(save.Metadata, Lost)]);
                break;
            case DeleteSnapshots delete:
                Operation(sender, "delete snapshots", () =>
                {
                    store.DeleteSnapshots(delete.Criteria.MaxSequenceNr);
                    return [new DeleteSnapshotsSuccess(delete.Criteria)];
                }, [new DeleteSnapshotsFailure(delete.Criteria, Lost)]);
                break;
        }
    }

    // The writer that is told of a failure does not know whether the write is still on its way: it then lands at any later time, or never.
    private void Append(WriteMessages write, IReadOnlyList<IPersistentRepresentation> events)
    {
        if (ownerOf(write.PersistentActor) is not var (host, process)) return;
        var text = $"append event {events[0].SequenceNr}";
        pending.Add(new Pending(host, process, Way.ToStore, text, () =>
        {
            if (store.TryAppend(events))
                Answer(write.PersistentActor, $"{text} succeeded", Success(write, events), Failure(write, events, Lost));
            else
                Answer(write.PersistentActor, $"{text} conflicts", Failure(write, events, Conflict), null);
        }, () =>
        {
            Answer(write.PersistentActor, $"{text} timed out", Failure(write, events, Lost), null);
            pending.Add(new Pending(host, process, Way.ToStore, $"{text} late", () => store.TryAppend(events)));
        }));
    }

    private void Operation(IActorRef actor, string text, Func<object[]> run, object[] failure)
    {
        if (ownerOf(actor) is not var (host, process)) return;
        pending.Add(new Pending(
            host, process, Way.ToStore, text,
            () => Answer(actor, $"{text} ended", run(), failure),
            () => Answer(actor, $"{text} failed", failure, null)));
    }

    private void Answer(IActorRef actor, string text, object[] answer, object[]? failure)
    {
        if (ownerOf(actor) is not var (host, process)) return;
        pending.Add(new Pending(host, process, Way.FromStore, text, () => Tell(actor, answer), failure is null ? null : () => Tell(actor, failure)));
    }

    private static void Tell(IActorRef actor, object[] messages)
    {
        foreach (var message in messages) actor.Tell(message, ActorRefs.NoSender);
    }

    private object[] Replay(ReplayMessages replay) =>
        [.. store.Read(replay.FromSequenceNr, replay.ToSequenceNr).Select(e => new ReplayedMessage(e)), new RecoverySuccess(store.Highest)];

    private SelectedSnapshot? Fit(LoadSnapshot load) => store.Snapshot(Math.Min(load.ToSequenceNr, load.Criteria.MaxSequenceNr));

    private static object[] Success(WriteMessages write, IReadOnlyList<IPersistentRepresentation> events) =>
        [WriteMessagesSuccessful.Instance, .. events.Select(e => new WriteMessageSuccess(e, write.ActorInstanceId))];

    private object[] Failure(WriteMessages write, IReadOnlyList<IPersistentRepresentation> events, Exception cause) =>
        flaw.HasFlag(Flaw.RejectsInsteadOfFailing)
        ? [WriteMessagesSuccessful.Instance, .. events.Select(e => new WriteMessageRejected(e, cause, write.ActorInstanceId))]
        : [new WriteMessagesFailed(cause, events.Count), .. events.Select(e => new WriteMessageFailure(e, cause, write.ActorInstanceId))];
}
