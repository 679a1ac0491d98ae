using Akka.Actor;
using Akka.Event;
using Kms.Actors.Validator;
using Kms.Core.Signing;

namespace Kms.Actors.Device;

/// <summary>Owns the session of one device: Closed → Opening → Open. One command at a time. A lost session is opened again with growing pauses, and until
/// then every request is answered at once with the reason. What belongs to a session that was given up is told by its run's number and ignored.</summary>
public sealed class DeviceActor : ReceiveActor, IWithTimers
{
    private readonly DeviceOptions _options;
    private readonly Redial _pauses;
    private readonly Queue<(IActorRef Asker, DeviceMessages.Sign Request)> _waiting = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDeviceSession? _session;
    private Command? _running;
    private string? _unavailable = "it is being opened";
    private int _run;
    private bool _stopping;

    /// <summary>Opens the device at once.</summary>
    public DeviceActor(DeviceOptions options)
    {
        _options = options;
        _pauses = new Redial(options.MinReopen, options.MaxReopen, Random.Shared);
        Receive<DeviceMessages.Sign>(OnSign);
        Receive<DeviceMessages.Stop>(_ => OnStop());
        Receive<Open>(_ => OnOpen());
        Receive<Opened>(OnOpened);
        Receive<Answered>(OnAnswered);
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
        if (request.Deadline.IsCancellationRequested) return;
        if (_unavailable is not null) Refuse(Sender, _unavailable);
        else if (_waiting.Count >= _options.MaxWaiting) Refuse(Sender, $"{_waiting.Count} requests are waiting for it: it is too slow for what is asked");
        else _waiting.Enqueue((Sender, request));
        Proceed();
    }

    private void OnOpen()
    {
        if (_stopping) return;
        var deadline = Begin(new Command(++_run, null), _options.OpenLimit, CancellationToken.None);
        OpenAsync(_run, deadline).PipeTo(Self);
    }

    private async Task<Opened> OpenAsync(int run, CancellationToken deadline)
    {
        try
        {
            var opening = await _options.Device.OpenAsync(deadline).ConfigureAwait(false);
            if (opening.Session is null || !deadline.IsCancellationRequested) return new Opened(run, opening);
            await CloseAsync(opening.Session).ConfigureAwait(false);
            return new Opened(run, DeviceOpening.Failed("it was opened too late"));
        }
#pragma warning disable CA1031 // Whatever a driver throws, the device is tried again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Opened(run, DeviceOpening.Failed($"{e.GetType().Name}: {e.Message}"));
        }
    }

    private void OnOpened(Opened opened)
    {
        if (opened.Run != _running?.Run)
        {
            if (opened.Opening.Session is { } late) _ = CloseAsync(late);
            return;
        }

        End();
        var problem = opened.Opening.Session is { } session ? Difference(session.Keys) : opened.Opening.Error;
        if (problem is null)
        {
            OnReady(opened.Opening.Session!);
            return;
        }

        _session = opened.Opening.Session;
        Lose(problem, opened.Opening.NeedsOperator || _session is not null ? _options.OperatorPause : _pauses.Next());
    }

    private void OnReady(IDeviceSession session)
    {
        if (_run > 1) _log.Info("[{0}] the device is open again", Name);
        _session = session;
        _unavailable = null;
        _pauses.Reset();
        Proceed();
    }

    // Another key would sign for nobody: the nodes know the first one.
    private string? Difference(IReadOnlyDictionary<DeviceKeyId, PublicKey> found)
    {
        foreach (var (id, expected) in _options.Keys)
        {
            if (!found.TryGetValue(id, out var key)) return $"key {id} is not in the device any more: plug in the device that was there at the start";
            if (key != expected)
                return $"key {id} is another one than at the start (public key {key} instead of {expected}): plug in the device that was there, or restart "
                    + "the signer with this one";
        }

        return null;
    }

    // One command at a time; what came too late for it is dropped without a word, for nobody waits for it.
    private void Proceed()
    {
        if (_session is not { } session || _running is not null) return;
        while (_waiting.TryDequeue(out var next))
        {
            if (next.Request.Deadline.IsCancellationRequested) continue;
            var deadline = Begin(new Command(++_run, next.Asker), _options.CommandLimit, next.Request.Deadline);
            RunAsync(_run, async () => await session.SignAsync(next.Request.Key, next.Request.Message, deadline).ConfigureAwait(false)).PipeTo(Self);
            return;
        }

        if (_stopping) Close();
        else Timers.StartSingleTimer(KeepAlive.Instance, KeepAlive.Instance, session.KeepAlive);
    }

    private void OnKeepAlive()
    {
        if (_session is not { } session || _running is not null) return;
        var deadline = Begin(new Command(++_run, null), _options.CommandLimit, CancellationToken.None);
        RunAsync(_run, async () => await session.KeepAliveAsync(deadline).ConfigureAwait(false) is { } lost ? new DeviceOutcome.Lost(lost) : null).PipeTo(Self);
    }

    private static async Task<Answered> RunAsync(int run, Func<ValueTask<DeviceOutcome?>> command)
    {
        try
        {
            return new Answered(run, await command().ConfigureAwait(false));
        }
#pragma warning disable CA1031 // Whatever a driver throws, the asker gets an answer and the session a successor.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Answered(run, new DeviceOutcome.Lost($"{e.GetType().Name}: {e.Message}"));
        }
    }

    private void OnAnswered(Answered answered)
    {
        if (answered.Run != _running?.Run) return;
        var asker = End().Asker;
        switch (answered.Outcome)
        {
            case DeviceOutcome.Signed signed:
                asker?.Tell(SignOutcome.Ok(signed.Signature));
                break;
            case DeviceOutcome.Refused refused:
                asker?.Tell(SignOutcome.Failed($"{Name}: {refused.Reason}"));
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
        Lose($"no answer within {overdue.Limit.TotalSeconds} s: see whether the device is plugged in", _pauses.Next());
    }

    private void Lose(string reason, TimeSpan pause)
    {
        // Once for each reason: it is tried every second.
        if (reason != _unavailable) _log.Error("[{0}] device unavailable: {1}", Name, reason);
        GiveUpSession(reason);
        if (_stopping) Context.Stop(Self);
        else Timers.StartSingleTimer(Open.Instance, Open.Instance, pause);
    }

    private void GiveUpSession(string reason)
    {
        _unavailable = reason;
        if (_running is { } running)
        {
            _running = null;
            if (running.Asker is { } asker) Refuse(asker, reason);
            running.Deadline!.Cancel();
            running.Deadline.Dispose();
        }

        while (_waiting.TryDequeue(out var waiting)) Refuse(waiting.Asker, reason);
        Timers.CancelAll();
        if (_session is { } session) _ = CloseAsync(session);
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
        CloseAsync(session).PipeTo(Self, success: () => Closed.Instance);
    }

    private static async Task CloseAsync(IDeviceSession session)
    {
        try
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is given up in any case.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private CancellationToken Begin(Command command, TimeSpan limit, CancellationToken deadline)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        _running = command with { Deadline = source };
        Timers.Cancel(KeepAlive.Instance);
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(command.Run, limit), limit);
        return source.Token;
    }

    private Command End()
    {
        var ended = _running!;
        _running = null;
        ended.Deadline!.Dispose();
        Timers.Cancel(nameof(Overdue));
        return ended;
    }

    private void Refuse(IActorRef asker, string reason) => asker.Tell(SignOutcome.Failed($"{Name}: device unavailable: {reason}"));

    private sealed record Command(int Run, IActorRef? Asker)
    {
        public CancellationTokenSource? Deadline { get; init; }
    }

    private sealed record Opened(int Run, DeviceOpening Opening);

    private sealed record Answered(int Run, DeviceOutcome? Outcome);

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
