namespace Kms.Hardware.YubiHsm;

/// <summary>Gives every exchange a time limit: a device may never answer.</summary>
/// <param name="inner">The way to the device; disposed with this one.</param>
/// <param name="limit">Most time for an exchange.</param>
public sealed class TimeLimitedTransport(IYubiHsmTransport inner, TimeSpan limit) : IYubiHsmTransport
{
    /// <inheritdoc/>
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        limited.CancelAfter(limit);
        return await inner.ExchangeAsync(frame, limited.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
