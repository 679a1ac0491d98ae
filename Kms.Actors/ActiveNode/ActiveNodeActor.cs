using Akka.Actor;
using Akka.Event;
using Kms.Actors.Chain;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.ActiveNode;

/// <summary>The root of everything that signs, /user/kms: one state actor per chain, one connection actor per validator. Stops in an order
/// that loses nothing: connections answer what is in flight and close, then the chains.</summary>
public sealed class ActiveNodeActor : ReceiveActor
{
    private readonly ActiveNodeOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<IActorRef> _validators = [];
    private readonly HashSet<IActorRef> _chains = [];
    private bool _stopping;

    /// <summary>Starts chains and connections.</summary>
    public ActiveNodeActor(ActiveNodeOptions options)
    {
        _options = options;
        Receive<Stop>(_ => OnStop());
        Receive<Terminated>(OnTerminated);
        Receive<DeadLetter>(OnUndelivered);
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        var chains = new Dictionary<ChainId, IActorRef>();
        foreach (var chain in _options.Chains)
        {
            var supervisor = Context.ActorOf(ChainSupervision.Props(chain), ChainSupervision.ActorName(chain.Chain));
            _chains.Add(Context.Watch(supervisor));
            chains.Add(chain.Chain, supervisor);
        }

        var number = 0;
        foreach (var (validator, dialer) in _options.Validators)
        {
            var publicKey = _options.Chains.Single(c => c.Chain == validator.Chain).Signer!.PublicKey;
            var chain = chains[validator.Chain];
            var connection = Context.ActorOf(
                Props.Create(() => new ValidatorConnectionActor(validator, publicKey, chain, dialer, TimeProvider.System)), $"validator-{++number}");
            _validators.Add(Context.Watch(connection));
        }
    }

    /// <summary>A connection that fails is started again, however often; a chain's supervisor handles its chain's failures itself.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.Zero, _ => Directive.Restart);

    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        foreach (var validator in _validators) validator.Tell(ValidatorConnectionActor.Stop.Instance);
        Proceed();
    }

    private void OnTerminated(Terminated terminated)
    {
        if (_validators.Remove(terminated.ActorRef) && _validators.Count == 0 && !_stopping)
        {
            _log.Error("no validator connection is left (reconnect = false); stopping");
            _options.OnlyDisconnected();
            OnStop();
            return;
        }

        _chains.Remove(terminated.ActorRef);
        Proceed();
    }

    // A request that waited at a chain when it stopped. Without an answer the node would wait until its deadline.
    private static void OnUndelivered(DeadLetter letter)
    {
        if (letter.Message is not ChainMessages.Sign { Request: var request }) return;
        letter.Sender.Tell(new SignReply.Refused(new Refusal(
            RefusalReason.Unavailable, request.Chain, request.Hrs, null, "it was stopped before the request's turn came")));
    }

    private void Proceed()
    {
        if (!_stopping || _validators.Count > 0) return;
        if (_chains.Count == 0) Context.Stop(Self);
        foreach (var chain in _chains) chain.Tell(ChainMessages.Stop.Instance);
    }

    /// <summary>Finish what is in flight and stop.</summary>
    public sealed record Stop
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }
}
