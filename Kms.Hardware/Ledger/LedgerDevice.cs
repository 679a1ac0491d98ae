using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Hardware.Ledger;

/// <summary>A Ledger with the validator app as a signing device. Owns the transport.</summary>
/// <param name="transport">The way to the device; used by one session after the other.</param>
/// <param name="options">For its sessions.</param>
public sealed class LedgerDevice(ILedgerTransport transport, LedgerOptions options) : ISigningDevice
{
    /// <summary>The name of the one key that the app has.</summary>
    public static readonly DeviceKeyId Key = new("ledger");

    /// <summary>How often the app is asked whether it is still open.</summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "ledger";

    /// <inheritdoc/>
    public bool SignsOnlyVotes => true;

    /// <inheritdoc/>
    public async ValueTask<DeviceOpening> OpenAsync(CancellationToken deadline)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        limit.CancelAfter(options.OpenLimit);
        var opened = await LedgerSession.OpenAsync(transport, options, limit.Token);
        if (opened.Response is { } session) return DeviceOpening.Ok(new Session(session));
        return opened.Failure!.Cause is LedgerCause.Unsupported
            ? DeviceOpening.Misconfigured(opened.Failure.Reason)
            : DeviceOpening.Failed(opened.Failure.Reason);
    }

    /// <summary>The sessions must have been disposed of.</summary>
    public void Dispose() => transport.Dispose();

    private sealed class Session(LedgerSession session) : IDeviceSession
    {
        public IReadOnlyDictionary<DeviceKeyId, PublicKey> Keys { get; } = new Dictionary<DeviceKeyId, PublicKey> { [Key] = session.PublicKey };

        public TimeSpan KeepAlive => KeepAliveInterval;

        public async ValueTask<DeviceOutcome> SignAsync(DeviceKeyId key, SignBytes message, CancellationToken deadline)
        {
            if (key != Key) return new DeviceOutcome.Refused($"there is no key {key} in a Ledger, only \"{Key}\"");
            return await session.SignAsync(message, deadline) switch
            {
                LedgerOutcome.Signed signed => new DeviceOutcome.Signed(signed.Signature),
                LedgerOutcome.Waiting waiting => new DeviceOutcome.Refused(waiting.Reason, IsTold: true),
                LedgerOutcome.Refused refused => new DeviceOutcome.Refused(refused.Reason),
                LedgerOutcome.Lost lost => new DeviceOutcome.Lost(lost.Reason),
                var other => throw new InvalidOperationException($"no such outcome: {other}"),
            };
        }

        public ValueTask<string?> KeepAliveAsync(CancellationToken deadline) => session.KeepAliveAsync(deadline);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
