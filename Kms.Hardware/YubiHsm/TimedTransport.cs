namespace Kms.Hardware.YubiHsm;

/// <summary>Gives each exchange a time limit of its own (adapter.timeout_ms). Owns the transport inside.</summary>
/// <param name="inner">The way to the device.</param>
/// <param name="limit">Most time for an exchange.</param>
public sealed class TimedTransport(IYubiHsmTransport inner, TimeSpan limit) : IYubiHsmTransport
{
    /// <inheritdoc/>
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        timeout.CancelAfter(limit);
        var reply = await inner.ExchangeAsync(frame, timeout.Token);
        return reply.Error is not null && timeout.IsCancellationRequested && !deadline.IsCancellationRequested
            ? TransportReply.Failed($"no answer of the device within {limit.TotalMilliseconds:0} ms: see whether it is plugged in, or raise adapter.timeout_ms")
            : reply;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
