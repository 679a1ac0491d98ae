using Akka.Actor;
using Akka.Event;
using Kms.Actors.Chain;
using Kms.Core;
using Kms.Core.Signing;

namespace Kms.Actors.Validator;

/// <summary>Keeps one validator connected: Disconnected → Connecting → Serving → Disconnected. Owns at most one dial or session at a
/// time; each carries the token of its run, so that the end of an old one changes nothing, not even after a restart of this actor.</summary>
#pragma warning disable CA1001 // An actor ends in PostStop, which disposes what it owns.
public sealed class ValidatorConnectionActor : ReceiveActor, IWithTimers
#pragma warning restore CA1001
{
    private readonly ValidatorOptions _options;
    private readonly ValidatorDialer _dialer;
    private readonly PrivvalSession _session;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly Redial _redial = new(Limits.MinRedial, Limits.MaxRedial, Random.Shared);
    private object _run = new();
    private string? _lastError;
    private bool _isRefused;

    /// <summary>Dials as soon as the chain has read its state.</summary>
    /// <param name="options">The validator.</param>
    /// <param name="publicKey">The consensus key of its chain, answered from memory.</param>
    /// <param name="chain">The chain's state actor.</param>
    /// <param name="dialer">Opens connections with our identity.</param>
    /// <param name="clock">For the log only.</param>
    public ValidatorConnectionActor(ValidatorOptions options, PublicKey publicKey, IActorRef chain, ValidatorDialer dialer, TimeProvider clock)
    {
        _options = options;
        _dialer = dialer;
        _session = new PrivvalSession(options, publicKey, chain, new SessionLog(options, _log, clock));
        Become(Disconnected);

        // A node asks as soon as it is connected, so the chain reads its state first. Not for long: a starting node wants a public key within 3 s.
        chain.Ask<object>(ChainMessages.GetState.Instance, Limits.DialWithoutState)
            .PipeTo(Self, success: _ => DialNow.Instance, failure: _ => DialNow.Instance);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private void Disconnected()
    {
        Receive<DialNow>(_ => Dial());
        Receive<Dialled>(CloseStale);
        Receive<Ended>(_ => { });
        Receive<Stop>(_ => Context.Stop(Self));
    }

    private void Connecting()
    {
        Receive<Dialled>(OnDialled);
        Receive<Ended>(OnEnded);
        Receive<Stop>(_ => _stop.Cancel());
    }

    private void Serving()
    {
        Receive<Dialled>(CloseStale);
        Receive<Ended>(OnEnded);
        Receive<Stop>(_ => _stop.Cancel());
    }

    private void Dial()
    {
        var run = _run = new object();
        Become(Connecting);
        if (_dialer.NodeId is { } id && _options.Address is ValidatorAddress.Tcp) _log.Debug("KMS node ID: {0}", id);
        if (_dialer.PeerId is { } peer && _options.Address is ValidatorAddress.Noise) _log.Debug("KMS peer ID: {0}", peer);
        _log.Debug("[{0}] connecting to validator...", _options);
        _dialer.DialAsync(_options.Address, _options.Timeout, _stop.Token)
            .PipeTo(Self, success: outcome => new Dialled(run, outcome), failure: e => new Dialled(run, new DialOutcome(null, null, e.Message)));
    }

    private void OnDialled(Dialled dialled)
    {
        if (dialled.Run != _run)
        {
            CloseStale(dialled);
            return;
        }

        if (dialled.Outcome.Stream is not { } stream)
        {
            OnEnded(new Ended(_run, SessionEnd.Failed(dialled.Outcome.Error!)));
            return;
        }

        // A node that refuses this signer lets it connect several times a second.
        if (_isRefused) _log.Debug("[{0}] connected to validator successfully", _options);
        else _log.Info("[{0}] connected to validator successfully", _options);
        if (_options.Address is ValidatorAddress.Tcp { Peer: null }) _log.Warning("[{0}]: unverified validator peer ID! ({1})", _options, dialled.Outcome.Peer);
        var run = _run;
        Become(Serving);
        _session.RunAsync(stream, _stop.Token)
            .PipeTo(Self, success: end => new Ended(run, end), failure: e => new Ended(run, SessionEnd.Failed($"{e.GetType().Name}: {e.Message}")));
    }

    // A node serves one signer at a time: a connection that nobody reads would keep the next one out.
    private void CloseStale(Dialled dialled) => dialled.Outcome.Stream?.Dispose();

    private void OnEnded(Ended ended)
    {
        if (ended.Run != _run) return;
        Become(Disconnected);
        if (_stop.IsCancellationRequested)
        {
            Context.Stop(Self);
            return;
        }

        _isRefused = ended.End.IsRefusal;
        if (ended.End.Served)
        {
            _lastError = null;
            _redial.Reset();
        }

        // A node that is down is dialled several times a second; its operator reads the reason once.
        var reason = _isRefused && _options.Address is ValidatorAddress.Noise ? $"{ended.End.Reason} before its first request; {NoiseHint}" : ended.End.Reason;
        if (reason != _lastError) _log.Error("[{0}] {1}", _options, reason);
        else _log.Debug("[{0}] {1}", _options, reason);
        _lastError = reason;
        if (_options.Reconnect) Timers.StartSingleTimer(DialNow.Instance, DialNow.Instance, _redial.Next());
        else Context.Stop(Self);
    }

    // A node shakes hands with every peer and then hangs up on all but one (privval/noise_listener.go, Accept).
    private string NoiseHint => $"its priv_validator_laddr must name this signer: noise://{_dialer.PeerId}@ip:port";

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
        base.PostStop();
    }

    /// <summary>Answer the request in flight, close the connection, and stop.</summary>
    public sealed record Stop
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }

    private sealed record DialNow
    {
        public static readonly DialNow Instance = new();
    }

    private sealed record Dialled(object Run, DialOutcome Outcome);

    private sealed record Ended(object Run, SessionEnd End);
}
