namespace Kms.Hardware.YubiHsm;

/// <summary>What guests of a shared device may do.</summary>
public sealed record GuestLimits
{
    /// <summary>Frames of guests that may wait; the next one is answered at once.</summary>
    public int MaxWaiting { get; init; } = 16;

    /// <summary>Sessions of guests at a time. A device has 16 in all.</summary>
    public int MaxSessions { get; init; } = 12;

    /// <summary>How long a guest's frame waits for its turn.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>One device for the signer and for guests: they take turns frame by frame, and the signer is always next, so that a signature waits for one foreign
/// frame at most. Neither can reach a session that the other opened. What is called on the object itself is the signer's; <see cref="Guest"/> is for the others.</summary>
/// <remarks>How long one command of a guest takes is up to the device, which does one at a time: making an RSA key keeps it for many seconds, and so every signature.</remarks>
public sealed class SharedTransport : IYubiHsmTransport
{
    private readonly IYubiHsmTransport _device;
    private readonly GuestLimits _limits;
    private readonly Turns _turns;
    private readonly SessionOwners _owners;

    /// <summary>Shares a device.</summary>
    /// <param name="device">The way to it; from now on this object's, and used by nobody else. Its own time limit bounds a guest's frame, and so what a signature may wait.</param>
    /// <param name="limits">What guests may do; null for the defaults.</param>
    /// <param name="clock">For the idle limit of sessions; null for the system's.</param>
    public SharedTransport(IYubiHsmTransport device, GuestLimits? limits = null, TimeProvider? clock = null)
    {
        _device = device;
        _limits = limits ?? new GuestLimits();
        _turns = new Turns(_limits.MaxWaiting);
        _owners = new SessionOwners(_limits.MaxSessions, clock ?? TimeProvider.System);
        Guest = new GuestTransport(this);
    }

    /// <summary>The way of the others. Disposing of it changes nothing.</summary>
    public IYubiHsmTransport Guest { get; }

    /// <inheritdoc/>
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline) =>
        await _turns.TakeAsync(DeviceUser.Signer, deadline)
            ? await ExchangeInTurnAsync(DeviceUser.Signer, frame, deadline)
            : TransportReply.Busy("the YubiHSM was busy with another request until the deadline");

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private async ValueTask<TransportReply> ExchangeAsGuestAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        using (var wait = CancellationTokenSource.CreateLinkedTokenSource(deadline))
        {
            wait.CancelAfter(_limits.MaxWait);
            if (!await _turns.TakeAsync(DeviceUser.Guest, wait.Token)) return TransportReply.Busy("the YubiHSM is busy with signing and with other requests: try again");
        }

        // A guest that leaves does not break off what the device is doing: the answer would be in the way of the next frame.
        return await ExchangeInTurnAsync(DeviceUser.Guest, frame, CancellationToken.None);
    }

    private async ValueTask<TransportReply> ExchangeInTurnAsync(DeviceUser user, ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        try
        {
            if (_owners.Refusal(user, frame.Span) is { } refusal) return TransportReply.Ok(refusal);
            var reply = await _device.ExchangeAsync(frame, deadline);
            if (reply.Frame is { } answer) _owners.Learn(user, frame.Span, answer.Span);
            return reply;
        }
        finally
        {
            _turns.Pass();
        }
    }

    private sealed class GuestTransport(SharedTransport shared) : IYubiHsmTransport
    {
        public ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline) => shared.ExchangeAsGuestAsync(frame, deadline);

        public void Dispose()
        {
            // The device stays the signer's.
        }
    }
}
