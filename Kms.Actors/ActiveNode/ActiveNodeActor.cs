using Akka.Actor;
using Akka.Event;
using Kms.Actors.Chain;
using Kms.Actors.Device;
using Kms.Actors.Validator;
using Kms.Core;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;

namespace Kms.Actors.ActiveNode;

/// <summary>The root of everything that signs, /user/kms: one state actor per chain, one connection actor per validator. Stops in an order
/// that loses nothing: connections answer what is in flight and close, then the chains. A reconfiguration does the same to the children that
/// it names and touches no other.</summary>
public sealed class ActiveNodeActor : ReceiveActor, IWithTimers
{
    /// <summary>How long a connection may take to end: a signature's deadline and the time to write it. Then it is cut off.</summary>
    private static readonly TimeSpan LeavePatience = Limits.SignDeadline * 2;

    private readonly ActiveNodeOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, ValidatorOptions> _validators = [];
    private readonly Dictionary<ChainId, (IActorRef Supervisor, PublicKey Key)> _chains = [];
    private readonly HashSet<IActorRef> _devices = [];
    private Reconfiguration? _change;
    private int _number;
    private bool _stopping;

    /// <summary>Starts chains and connections.</summary>
    public ActiveNodeActor(ActiveNodeOptions options)
    {
        _options = options;
        Receive<ActiveNodeMessages.Stop>(_ => OnStop());
        Receive<ActiveNodeMessages.Reconfigure>(OnReconfigure);
        Receive<ActiveNodeMessages.AskChain>(OnAskChain);
        Receive<ActiveNodeMessages.GetRunning>(_ => Sender.Tell(new ActiveNodeMessages.Running([.. _chains.Keys], [.. _validators.Values])));
        Receive<Terminated>(OnTerminated);
        Receive<CutOff>(OnCutOff);
        Receive<DeadLetter>(OnUndelivered);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        foreach (var device in _options.Devices)
            _devices.Add(Context.Watch(Context.ActorOf(Props.Create(() => new DeviceActor(device)), $"device-{_devices.Count + 1}")));
        foreach (var chain in _options.Chains) StartChain(chain);
        foreach (var (validator, dialer) in _options.Validators) StartValidator(validator, dialer);
    }

    /// <summary>Also before a restart.</summary>
    protected override void PostStop()
    {
        if (!_stopping) _options.CannotGoOn();
    }

    /// <summary>What it was made with may be old: a chain that a reload removed may sign elsewhere by now. So the program ends, and whatever starts
    /// it again starts it with the configuration as it is.</summary>
    protected override void PostRestart(Exception reason)
    {
        _log.Error("a failure in the node that signs; stopping: {0}", reason.Message);
        _stopping = true;
        Context.Stop(Self);
    }

    /// <summary>A connection that fails is started again, however often; a chain's supervisor handles its chain's failures itself.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(-1, TimeSpan.Zero, _ => Directive.Restart);

    private void StartChain(ChainOptions chain)
    {
        var supervisor = Context.ActorOf(ChainSupervision.Props(chain), ChainSupervision.ActorName(chain.Chain));
        _chains.Add(chain.Chain, (Context.Watch(supervisor), chain.Signer!.PublicKey));
    }

    private void StartValidator(ValidatorOptions validator, ValidatorDialer dialer)
    {
        var (chain, publicKey) = _chains[validator.Chain];
        var connection = Context.ActorOf(
            Props.Create(() => new ValidatorConnectionActor(validator, publicKey, chain, dialer, TimeProvider.System)), $"validator-{++_number}");
        _validators.Add(Context.Watch(connection), validator);
    }

    private void OnReconfigure(ActiveNodeMessages.Reconfigure change)
    {
        if (Problem(change) is { } problem)
        {
            Sender.Tell(new ActiveNodeMessages.Reconfigured(problem));
            return;
        }

        var leaving = _validators.Where(v => change.RemoveValidators.Contains(v.Value)).ToDictionary(v => v.Key, v => v.Value.Address);
        _change = new Reconfiguration(Sender, leaving, [.. change.RemoveChains.Where(_chains.ContainsKey)], [.. change.AddValidators]);
        foreach (var chain in change.AddChains) StartChain(chain);
        foreach (var connection in leaving.Keys)
        {
            connection.Tell(ValidatorConnectionActor.Stop.Instance);
            Timers.StartSingleTimer(connection, new CutOff(connection), LeavePatience);
        }

        ProceedWithChange(_change);
    }

    private string? Problem(ActiveNodeMessages.Reconfigure change)
    {
        if (_stopping) return "the program is stopping";
        if (_change is not null) return "another change is not finished yet";
        if (change.AddChains.FirstOrDefault(c => _chains.ContainsKey(c.Chain)) is { } running) return $"chain {running.Chain} is running already";
        var chains = _chains.Keys.Except(change.RemoveChains).Concat(change.AddChains.Select(c => c.Chain)).ToHashSet();
        return change.AddValidators.Select(v => v.Options.Chain).FirstOrDefault(chain => !chains.Contains(chain)) is { } missing
            ? $"chain {missing} is not running"
            : null;
    }

    private void ProceedWithChange(Reconfiguration change)
    {
        foreach (var (validator, dialer) in change.TakeReady()) StartValidator(validator, dialer);
        foreach (var chain in change.LeavingChains.Where(chain => _validators.Values.All(v => v.Chain != chain)))
            _chains[chain].Supervisor.Tell(ChainMessages.Stop.Instance);
        if (!change.IsDone) return;
        _change = null;
        change.Asker.Tell(new ActiveNodeMessages.Reconfigured(null));
    }

    private void OnAskChain(ActiveNodeMessages.AskChain ask)
    {
        if (_chains.TryGetValue(ask.Chain, out var chain)) chain.Supervisor.Forward(ask.Message);
        else Sender.Tell(new ActiveNodeMessages.UnknownChain(ask.Chain));
    }

    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        _change?.Asker.Tell(new ActiveNodeMessages.Reconfigured("the program is stopping"));
        _change = null;
        foreach (var validator in _validators.Keys) validator.Tell(ValidatorConnectionActor.Stop.Instance);
        ProceedToStop();
    }

    private void OnTerminated(Terminated terminated)
    {
        var wasValidator = _validators.Remove(terminated.ActorRef);
        if (!wasValidator && _chains.FirstOrDefault(c => c.Value.Supervisor.Equals(terminated.ActorRef)).Key is { } chain)
        {
            _chains.Remove(chain);
            _change?.LeavingChains.Remove(chain);
        }

        _devices.Remove(terminated.ActorRef);
        _change?.Leaving.Remove(terminated.ActorRef);
        Timers.Cancel(terminated.ActorRef);
        if (_change is not null) ProceedWithChange(_change);
        if (wasValidator && _validators.Count == 0 && !_stopping)
        {
            _log.Error("no validator connection is left (reconnect = false); stopping");
            _options.CannotGoOn();
            OnStop();
            return;
        }

        if (_stopping) ProceedToStop();
    }

    private void OnCutOff(CutOff late)
    {
        if (!_validators.TryGetValue(late.Connection, out var validator)) return;
        _log.Warning("[{0}] did not end within {1:0} s and is cut off", validator, LeavePatience.TotalSeconds);
        Context.Stop(late.Connection);
    }

    // What waited at a chain when it stopped. Without an answer the asker would wait until its deadline.
    private static void OnUndelivered(DeadLetter letter)
    {
        const string Why = "it was stopped before the request's turn came";
        switch (letter.Message)
        {
            case ChainMessages.Sign { Request: var request }:
                letter.Sender.Tell(new SignReply.Refused(new Refusal(RefusalReason.Unavailable, request.Chain, request.Hrs, null, Why)));
                break;
            case ChainMessages.SignRaw { Chain: var chain }:
                letter.Sender.Tell(new SignReply.Refused(new Refusal(RefusalReason.Unavailable, chain, null, null, Why)));
                break;
            case DeviceMessages.Sign:
                letter.Sender.Tell(SignOutcome.Failed($"device unavailable: {Why}"));
                break;
            case ChainMessages.GetState or ChainMessages.Initialise or ChainMessages.RaiseFloor:
                letter.Sender.Tell(ActiveNodeMessages.NotNow.Instance);
                break;
        }
    }

    private void ProceedToStop()
    {
        if (_validators.Count > 0) return;
        foreach (var (supervisor, _) in _chains.Values) supervisor.Tell(ChainMessages.Stop.Instance);
        if (_chains.Count > 0) return;
        foreach (var device in _devices) device.Tell(DeviceMessages.Stop.Instance);
        if (_devices.Count == 0) Context.Stop(Self);
    }

    private sealed record CutOff(IActorRef Connection);
}
