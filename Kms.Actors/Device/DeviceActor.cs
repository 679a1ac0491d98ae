using Akka.Actor;
using Akka.Event;
using Kms.Actors.Validator;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>Owns the session of one device: Closed → Opening → Open. One command at a time. A lost session is opened again with growing pauses, and until
/// then every request is answered at once with the reason. What belongs to a command that was given up is told by its run's number and ignored.</summary>
public sealed class DeviceActor : ReceiveActor, IWithTimers
{
    private readonly DeviceOptions _options;
    private readonly Redial _pauses;
    private readonly WaitingRequests _waiting;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDeviceSession? _session;
    private DeviceCommand? _running;
    private string? _unavailable = "it is being opened";
    private string? _reported;
    private int _run;
    private bool _stopping;

    /// <summary>Opens the device at once.</summary>
    public DeviceActor(DeviceOptions options)
    {
        _options = options;
        _pauses = new Redial(options.MinReopen, options.MaxReopen, Random.Shared);
        _waiting = new WaitingRequests(options.MaxWaiting);
        Receive<DeviceMessages.Sign>(OnSign);
        Receive<DeviceMessages.Stop>(_ => OnStop());
        Receive<Open>(_ => OnOpen());
        Receive<DeviceCalls.Opened>(OnOpened);
        Receive<DeviceCalls.Answered>(OnAnswered);
        Receive<Overdue>(OnOverdue);
        Receive<KeepAlive>(_ => OnKeepAlive());
        Receive<Closed>(_ => Context.Stop(Self));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private string Name => _options.Device.Name;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _options.Link.Set(Self);
        Self.Tell(Open.Instance);
    }

    /// <summary>Also before a restart: whoever waits is told, and the session is given back.</summary>
    protected override void PostStop()
    {
        _options.Link.Set(null);
        GiveUpSession("it was stopped before the request's turn came");
    }

    private void OnSign(DeviceMessages.Sign request)
    {
        if (_unavailable is not null) Refuse(Sender, _unavailable);
        else if (!_waiting.TryAdd(Sender, request)) Refuse(Sender, $"{_options.MaxWaiting} requests wait for it already: it is too slow for what is asked of it");
        else Proceed();
    }

    private void OnOpen()
    {
        if (_stopping) return;
        var command = Begin(asker: null, _options.OpenLimit);
        DeviceCalls.OpenAsync(_options, command.Run, command.Token).PipeTo(Self);
    }

    private void OnOpened(DeviceCalls.Opened opened)
    {
        var (session, error, needsOperator) = opened.Opening;
        if (opened.Run != _running?.Run)
        {
            if (session is not null) _ = DeviceCalls.CloseAsync(session);
            return;
        }

        End();
        if (session is null)
        {
            Lose(error!, needsOperator ? _options.OperatorPause : _pauses.Next());
            return;
        }

        if (_reported is not null) _log.Info("[{0}] device available again", Name);
        (_session, _unavailable, _reported) = (session, null, null);
        _pauses.Reset();
        Proceed();
    }

    // One command at a time.
    private void Proceed()
    {
        if (_session is not { } session || _running is not null) return;
        if (_waiting.TryTake(out var asker, out var request))
        {
            var command = Begin(asker, _options.CommandLimit);
            DeviceCalls.SignAsync(session, _options.Keys[request.Key], request, command.Run, command.Token).PipeTo(Self);
        }
        else if (_stopping) Close();
        else Timers.StartSingleTimer(KeepAlive.Instance, KeepAlive.Instance, session.KeepAlive);
    }

    private void OnKeepAlive()
    {
        if (_session is not { } session || _running is not null) return;
        var command = Begin(asker: null, _options.CommandLimit);
        DeviceCalls.KeepAliveAsync(session, command.Run, command.Token).PipeTo(Self);
    }

    private void OnAnswered(DeviceCalls.Answered answered)
    {
        if (answered.Run != _running?.Run) return;
        var asker = End();
        switch (answered.Outcome)
        {
            case DeviceOutcome.Signed signed:
                asker?.Tell(SignOutcome.Ok(signed.Signature));
                _reported = null;
                break;
            case DeviceOutcome.Refused refused:
                asker?.Tell(SignOutcome.Failed($"{Name}: {refused.Reason}"));
                if (!refused.IsTold) Report(refused.Reason);
                break;
            case DeviceOutcome.Lost lost:
                if (asker is not null) Refuse(asker, lost.Reason);
                Lose(lost.Reason, _pauses.Next());
                break;
        }

        Proceed();
    }

    // The late answer, if one comes, has a run's number that is not waited for any more.
    private void OnOverdue(Overdue overdue)
    {
        if (overdue.Run != _running?.Run) return;
        Lose($"no answer within {overdue.Limit.TotalSeconds} s: see whether the device is plugged in and not used by others", _pauses.Next());
    }

    private void Lose(string reason, TimeSpan pause)
    {
        Report($"device unavailable: {reason}");
        GiveUpSession(reason);
        if (_stopping) Context.Stop(Self);
        else Timers.StartSingleTimer(Open.Instance, Open.Instance, pause);
    }

    // Once for each reason: it is tried every second. With another device for the same key nobody else would say so.
    private void Report(string problem)
    {
        if (problem != _reported) _log.Error("[{0}] {1}", Name, problem);
        _reported = problem;
    }

    private void GiveUpSession(string reason)
    {
        _unavailable = reason;
        if (_running is { } running)
        {
            running.GivenUp.Cancel();
            if (End() is { } asker) Refuse(asker, reason);
        }

        foreach (var asker in _waiting.TakeAll()) Refuse(asker, reason);
        Timers.CancelAll();
        if (_session is { } session) _ = DeviceCalls.CloseAsync(session);
        _session = null;
    }

    private void OnStop()
    {
        _stopping = true;
        if (_session is null) Context.Stop(Self);
        else Proceed();
    }

    private void Close()
    {
        var session = _session!;
        (_session, _unavailable) = (null, "it is being closed");
        Timers.StartSingleTimer(Closed.Instance, Closed.Instance, _options.CommandLimit);
        DeviceCalls.CloseAsync(session).PipeTo(Self, success: () => Closed.Instance);
    }

    private DeviceCommand Begin(IActorRef? asker, TimeSpan limit)
    {
        _running = new DeviceCommand(++_run, asker, new CancellationTokenSource());
        Timers.Cancel(KeepAlive.Instance);
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(_run, limit), limit);
        return _running;
    }

    private IActorRef? End()
    {
        var ended = _running!;
        _running = null;
        ended.GivenUp.Dispose();
        Timers.Cancel(nameof(Overdue));
        return ended.Asker;
    }

    private void Refuse(IActorRef asker, string reason) => asker.Tell(SignOutcome.Failed($"{Name}: device unavailable: {reason}"));

    private sealed record Overdue(int Run, TimeSpan Limit);

    private sealed record Open
    {
        public static readonly Open Instance = new();
    }

    private sealed record KeepAlive
    {
        public static readonly KeepAlive Instance = new();
    }

    private sealed record Closed
    {
        public static readonly Closed Instance = new();
    }
}
