using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>Guards the one key of a chain: decide, store, mirror, sign, verify, reply, in that order and one request at a time. What was not
/// durably recorded is not signed. A failed append stops the actor; its supervisor starts it again and it recovers what is really
/// on disk.</summary>
public sealed class ChainStateActor : ReceivePersistentActor, IWithTimers
{
    private readonly ChainOptions _options;
    private readonly MessageSigner? _signer;
    private readonly ExtensionRule _extensions;
    private readonly RawBytesSigner _rawBytes;
    private readonly MirrorKeeper _mirror;
    private readonly FloorClaims _claims;
    private readonly StartClaims _start;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Watermark? _watermark;
    private ReleasedSignatures _released = ReleasedSignatures.None;
    private ChainCounts _counts = ChainCounts.None;
    private string? _contradiction;
    private long _recoveredTo;
    private (IActorRef Asker, object Message)? _storing;

    /// <summary>Created for a command; no other follows it.</summary>
    public ChainStateActor(ChainOptions options) : this(options, new StartClaims(options.Claims)) { }

    /// <summary>Created by <see cref="ChainSupervision"/>, again and again.</summary>
    public ChainStateActor(ChainOptions options, StartClaims start)
    {
        _options = options;
        _start = start;
        _signer = options.Signer is null ? null : new MessageSigner(options.Signer);
        _extensions = new ExtensionRule(options);
        _rawBytes = new RawBytesSigner(options, _signer);
        _mirror = new MirrorKeeper(options.Mirror);
        _claims = new FloorClaims(options.Chain, _log);
        PersistenceId = PersistenceIdOf(options.Chain);

        Recover<SnapshotOffer>(OnSnapshot);
        Recover<ChainEvent>(OnRecovered);
        Recover<RecoveryCompleted>(_ => OnRecoveryCompleted());

        Command<ChainMessages.Sign>(OnSign);
        CommandAsync<ChainMessages.SignRaw>(OnSignRaw);
        Command<ChainMessages.Initialise>(OnInitialise);
        Command<ChainMessages.RaiseFloor>(OnRaiseFloor);
        CommandAsync<CopyToMirror>(_ => CopyToMirrorAsync());
        Command<ChainMessages.GetState>(_ => Sender.Tell(new ChainMessages.State(_watermark, _contradiction) { Counts = _counts }));
        Command<ChainMessages.Stop>(_ => Context.Stop(Self));
        Command<LookAgain>(_ => OnLookAgain());
        Command<SaveSnapshotSuccess>(OnSnapshotSaved);
        Command<SaveSnapshotFailure>(f => _log.Warning("[chain:{0}] no snapshot was saved, recovery will take longer: {1}", _options.Chain, f.Cause.Message));
        Command<DeleteMessagesFailure>(f => _log.Warning("[chain:{0}] old events were not deleted: {1}", _options.Chain, f.Cause.Message));
        Command<DeleteSnapshotsFailure>(f => _log.Warning("[chain:{0}] old snapshots were not deleted: {1}", _options.Chain, f.Cause.Message));
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteSnapshotsSuccess>(_ => { });
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The name of a chain's journal.</summary>
    public static string PersistenceIdOf(ChainId chain) => $"chain-{chain}";

    private void OnSign(ChainMessages.Sign sign)
    {
        if (sign.Deadline.IsCancellationRequested) return;
        sign = sign with { Request = _extensions.WithoutUnsigned(sign.Request) };
        var decision = Decide(sign.Request);
        _counts = _counts.With(decision);
        switch (decision)
        {
            case SignDecision.Refuse refuse:
                Sender.Tell(new SignReply.Refused(refuse.Refusal));
                break;
            case SignDecision.ReleaseAgain again:
                Sender.Tell(again.Reply);
                break;
            case SignDecision.SignAgain again:
                var asker = Sender;
                RunTask(() => SignAndReply(asker, again.Recorded, sign));
                break;
            case SignDecision.Advance advance:
                Store(advance.Event, sign, (to, stored) => SignAndReply(to, stored.Message, sign));
                break;
            case SignDecision.Adopt adopt:
                Store(adopt.Event, sign, (to, stored) => RaisedAsync(stored.Note, to, () => new SignReply.Refused(adopt.Refusal)));
                break;
        }
    }

    private SignDecision Decide(SignRequest request) =>
        _contradiction is not null ? new SignDecision.Refuse(Refusal(RefusalReason.CorruptHistory, request, _contradiction))
        : _extensions.WhyNot(request) is { } why ? new SignDecision.Refuse(Refusal(RefusalReason.SignerFailed, request, why))
        : DoubleSignRules.Decide(_watermark, _options.Chain, request, _options.Rules, _released);

    // Whatever was asked, the bytes that are signed are the recorded ones.
    private async Task SignAndReply(IActorRef asker, SignedMessage recorded, ChainMessages.Sign sign)
    {
        if (await WhyNotSign().ConfigureAwait(true) is var (reason, detail))
        {
            asker.Tell(new SignReply.Refused(Refusal(reason, sign.Request, detail)));
            return;
        }

        var vote = sign.Request as VoteRequest;
        var signed = _signer is null
            ? new SignedOrError(null, "this program has no key")
            : await _signer.SignAsync(recorded, vote?.ExtensionSignBytes, vote?.NonRpExtensionSignBytes, sign.Deadline).ConfigureAwait(true);
        if (signed.Signed is { } reply) _released = _released.With(recorded, sign.Request, reply);
        asker.Tell((SignReply?)signed.Signed ?? new SignReply.Refused(Refusal(RefusalReason.SignerFailed, sign.Request, signed.Error!)));
    }

    // Both are looked at once more after the event was stored.
    private async Task<(RefusalReason, string)?> WhyNotSign() =>
        _contradiction is not null ? (RefusalReason.CorruptHistory, _contradiction)
        : await _mirror.HoldAsync(_watermark!).ConfigureAwait(true) is { } unwritten ? (RefusalReason.MirrorFailed, unwritten)
        : null;

    // In its turn like a vote: a key does one thing at a time.
    private async Task OnSignRaw(ChainMessages.SignRaw raw)
    {
        if (raw.Deadline.IsCancellationRequested) return;
        var asker = Sender;
        asker.Tell(await _rawBytes.SignAsync(raw, _contradiction).ConfigureAwait(true));
    }

    private void OnInitialise(ChainMessages.Initialise initialise)
    {
        if (_watermark is not null || _contradiction is not null)
            Sender.Tell(new ChainMessages.FloorResult(_watermark, _contradiction ?? $"chain {_options.Chain} has a recorded state already"));
        else
            Store(new ChainEvent.FloorRaised(_options.Chain, initialise.Floor, initialise.Note), initialise,
                (to, _) => RaisedAsync(initialise.Note, to, Result));
    }

    private void OnRaiseFloor(ChainMessages.RaiseFloor raise)
    {
        var ignored = (string?)null;
        _released = ReleasedSignatures.None; // Another signer has been at work.
        if (_contradiction is null && _claims.Judge(raise.Claim, _watermark, out ignored) is { } raised)
            Store(raised, raise, (to, _) => RaisedAsync(raise.Claim.Source, to, Result));
        else
            Sender.Tell(new ChainMessages.FloorResult(_watermark, _contradiction, ignored));
    }

    private ChainMessages.FloorResult Result() => new(_watermark, null);

    private async Task RaisedAsync(string source, IActorRef asker, Func<object> answer)
    {
        _claims.LogRaised(_watermark!.Floor, source);
        await CopyToMirrorAsync().ConfigureAwait(true);
        asker.Tell(answer());
    }

    // Nothing is answered before the event is stored, and no other command is taken until `then` has ended.
    private void Store<T>(T chainEvent, object message, Func<IActorRef, T, Task> then) where T : ChainEvent
    {
        var asker = Sender;
        _storing = (asker, message);
        Persist(chainEvent, async stored =>
        {
            _storing = null;
            var begins = _watermark is null;
            Apply(stored);
            if (begins) ApplyClaims(0);
            await then(asker, stored).ConfigureAwait(true);
            if (LastSequenceNr % _options.SnapshotEvery == 0) SaveSnapshot(_watermark);
        });
    }

    private void Apply(ChainEvent chainEvent)
    {
        _watermark = Watermark.Apply(_watermark, chainEvent, out var contradiction);
        _contradiction ??= contradiction;
    }

    private void OnSnapshot(SnapshotOffer offer)
    {
        _watermark = (Watermark)offer.Snapshot;
        if (_watermark.Chain != _options.Chain) _contradiction = $"a snapshot of chain {_watermark.Chain} in the journal of chain {_options.Chain}";
        _recoveredTo = offer.Metadata.SequenceNr;
    }

    private void OnRecovered(ChainEvent chainEvent)
    {
        Apply(chainEvent);
        _recoveredTo = LastSequenceNr;
    }

    private void OnRecoveryCompleted()
    {
        _contradiction ??= RecoveryChecks.Contradiction(_options.Chain, _watermark, _recoveredTo, LastSequenceNr);
        if (_contradiction is null)
            ApplyClaims(0);
        else
            _log.Error("[chain:{0}] the recorded state contradicts itself, the chain does not sign: {1}", _options.Chain, _contradiction);
    }

    // Each claim is stored before the next is looked at, and all before the next command: Akka keeps commands back while an event is stored.
    private void ApplyClaims(int index)
    {
        if (index == _start.Left.Count)
        {
            OnReady();
            return;
        }

        var claim = _start.Left[index];
        if (_claims.Judge(claim, _watermark, out var ignored) is { } raised)
        {
            Persist(raised, stored =>
            {
                Apply(stored);
                _claims.LogRaised(stored.Position, claim.Source);
                ApplyClaims(index + 1);
            });
        }
        else
        {
            _claims.LogIgnored(claim, _watermark, ignored!);
            ApplyClaims(index + 1);
        }
    }

    private void OnReady()
    {
        if (_watermark is null && _options.LookAgain != Timeout.InfiniteTimeSpan)
            Timers.StartSingleTimer(LookAgain.Instance, LookAgain.Instance, _options.LookAgain);
        if (_watermark is null) return;
        _start.Done();
        _log.Debug("[chain:{0}] recovered: last signed {1}", _options.Chain, _watermark.Floor);
        Self.Tell(CopyToMirror.Instance);
    }

    // Where it fails, the next request tries again before it is signed.
    private async Task CopyToMirrorAsync()
    {
        if (_watermark is { } watermark && await _mirror.HoldAsync(watermark).ConfigureAwait(true) is { } error)
            _log.Error("[chain:{0}] the state file does not hold {1}: {2}", _options.Chain, watermark.Floor, error);
    }

    // A chain without history cannot know that another process has begun one: it recovers anew.
    private void OnLookAgain()
    {
        if (_watermark is null) Context.Stop(Self);
    }

    private void OnSnapshotSaved(SaveSnapshotSuccess saved)
    {
        var oldest = saved.Metadata.SequenceNr - Math.Max(1, _options.KeepEvents); // The newest event stays, whatever the options say.
        if (oldest <= 0) return;
        DeleteMessages(oldest);
        DeleteSnapshots(new SnapshotSelectionCriteria(oldest));
    }

    /// <summary>The event may or may not be on disk: nothing is signed, and the actor, which stops now, recovers what is true.</summary>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _log.Error("[chain:{0}] event {1} was not stored: {2}", _options.Chain, sequenceNr, cause.GetBaseException().Message);
        Fail(cause);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    /// <summary>The event was not even handed to the journal: nothing is signed. Akka would go on with the next sequence number, and another
    /// process could append at the one that was skipped; the actor stops and counts anew from what is on disk.</summary>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _log.Error("[chain:{0}] event {1} was rejected: {2}", _options.Chain, sequenceNr, cause.GetBaseException().Message);
        Fail(cause);
        Context.Stop(Self);
    }

    /// <inheritdoc/>
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _log.Error("[chain:{0}] the recorded state cannot be read, the chain does not sign: {1}", _options.Chain, reason.GetBaseException().Message);
        base.OnRecoveryFailure(reason, message);
    }

    private void Fail(Exception cause)
    {
        var error = cause.GetBaseException().Message;
        switch (_storing)
        {
            case (var asker, ChainMessages.Sign sign):
                asker.Tell(new SignReply.Refused(Refusal(RefusalReason.JournalFailed, sign.Request, error)));
                break;
            case (var asker, ChainMessages.Initialise or ChainMessages.RaiseFloor):
                asker.Tell(new ChainMessages.FloorResult(_watermark, $"the journal did not store the state: {error}"));
                break;
        }

        _storing = null;
    }

    private Refusal Refusal(RefusalReason reason, SignRequest request, string detail) =>
        new(reason, _options.Chain, request.Hrs, _watermark?.Floor, detail);

    private sealed record CopyToMirror
    {
        public static readonly CopyToMirror Instance = new();
    }

    private sealed record LookAgain : INotInfluenceReceiveTimeout
    {
        public static readonly LookAgain Instance = new();
    }
}
