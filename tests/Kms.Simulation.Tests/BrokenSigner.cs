using Akka.Actor;
using Akka.Persistence;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Simulation.Tests;

/// <summary>What is wrong with a signer.</summary>
public enum Bug
{
    /// <summary>Nothing: shows that it is the others that are found.</summary>
    None,

    /// <summary>The signature leaves first, the event is stored afterwards.</summary>
    RepliesBeforeAppend,

    /// <summary>A write without an answer is taken for one that did not happen: the old watermark stays, the next number is used.</summary>
    GoesOnAfterLostAppend,

    /// <summary>A recovery ends at the snapshot.</summary>
    IgnoresEventsAfterSnapshot,

    /// <summary>A vote that differs in its timestamp alone is signed as it was asked.</summary>
    SignsAskedTimestamp,
}

/// <summary>A signer as simple as can be: the product's rules, none of its checks at recovery, and one bug.</summary>
internal sealed class BrokenSigner : ReceivePersistentActor
{
    private readonly ChainOptions _options;
    private readonly Bug _bug;
    private Watermark? _watermark;
    private bool _fromSnapshot;

    /// <summary>Created by <see cref="HostSupervisor"/>.</summary>
    public BrokenSigner(ChainOptions options, Bug bug)
    {
        (_options, _bug) = (options, bug);
        PersistenceId = ChainStateActor.PersistenceIdOf(options.Chain);
        Recover<SnapshotOffer>(offer => (_watermark, _fromSnapshot) = ((Watermark)offer.Snapshot, true));
        Recover<ChainEvent>(e =>
        {
            if (!_fromSnapshot || bug != Bug.IgnoresEventsAfterSnapshot) Apply(e);
        });
        Command<ChainMessages.Sign>(OnSign);
        Command<ChainMessages.Stop>(_ => Context.Stop(Self));
        Command<SaveSnapshotSuccess>(_ => { });
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        if (_bug != Bug.GoesOnAfterLostAppend) Context.Stop(Self);
    }

    private void OnSign(ChainMessages.Sign sign)
    {
        var asker = Sender;
        switch (DoubleSignRules.Decide(_watermark, _options.Chain, sign.Request, _options.Rules))
        {
            case SignDecision.Refuse refuse:
                asker.Tell(new SignReply.Refused(refuse.Refusal));
                break;
            case SignDecision.SignAgain again:
                RunTask(() => Reply(asker, _bug == Bug.SignsAskedTimestamp ? SignedMessage.Of(sign.Request) : again.Recorded));
                break;
            case SignDecision.Adopt adopt:
                Persist(adopt.Event, Apply);
                break;
            case SignDecision.Advance advance when _bug == Bug.RepliesBeforeAppend:
                RunTask(async () =>
                {
                    await Reply(asker, advance.Event.Message);
                    Persist(advance.Event, Apply);
                });
                break;
            case SignDecision.Advance advance:
                Persist(advance.Event, async stored =>
                {
                    Apply(stored);
                    await Reply(asker, stored.Message);
                    if (LastSequenceNr % _options.SnapshotEvery == 0) SaveSnapshot(_watermark);
                });
                break;
        }
    }

    private async Task Reply(IActorRef asker, SignedMessage message)
    {
        var (signature, error) = await _options.Signer!.SignAsync(message.SignBytes, CancellationToken.None);
        if (error is null) asker.Tell(new SignReply.Signed(signature!, message.Timestamp, null));
    }

    private void Apply(ChainEvent e) => _watermark = Watermark.Apply(_watermark, e, out _);
}
