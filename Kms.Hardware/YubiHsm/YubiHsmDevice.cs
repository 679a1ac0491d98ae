using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm;

/// <summary>A signing key in a YubiHSM 2.</summary>
/// <param name="Id">Object id of the asymmetric key.</param>
/// <param name="Algorithm">What it must be a key of.</param>
public readonly record struct YubiHsmKey(ushort Id, KeyAlgorithm Algorithm)
{
    /// <summary>Its name at the seam: "0x0001".</summary>
    public DeviceKeyId Name => new($"0x{Id:x4}");
}

/// <summary>A YubiHSM 2 as a signing device. Owns the transport and the credentials.</summary>
/// <param name="name">What logs call it: "yubihsm", and where there are several, what tells it from the others.</param>
/// <param name="transport">The way to the device; used by one session after the other.</param>
/// <param name="credentials">The authentication key.</param>
/// <param name="keys">The keys that sign.</param>
public sealed class YubiHsmDevice(string name, IYubiHsmTransport transport, Credentials credentials, IReadOnlyList<YubiHsmKey> keys) : ISigningDevice
{
    /// <inheritdoc/>
    public string Name => name;

    /// <summary>Which device it must be, ten digits; null when any will do. Asked of the device itself at each opening.</summary>
    public string? SerialNumber { get; init; }

    /// <inheritdoc/>
    public async ValueTask<DeviceOpening> OpenAsync(CancellationToken deadline)
    {
        var session = new YubiHsmSession(transport, credentials);
        if (SerialNumber is not null && await OtherDeviceAsync(session, deadline) is { } other)
        {
            await session.DisposeAsync();
            return Failed(other);
        }

        var signers = new Dictionary<DeviceKeyId, YubiHsmSigner>();
        foreach (var key in keys)
        {
            var opened = await YubiHsmSigner.OpenAsync(session, key.Id, key.Algorithm, deadline);
            if (opened.Failure is { } failure)
            {
                await session.DisposeAsync();
                return Failed(failure);
            }

            signers.Add(key.Name, opened.Response!);
        }

        return DeviceOpening.Ok(new Session(session, signers));
    }

    /// <summary>The sessions must have been disposed of.</summary>
    public void Dispose()
    {
        transport.Dispose();
        credentials.Dispose();
    }

    private async ValueTask<YubiHsmFailure?> OtherDeviceAsync(YubiHsmSession session, CancellationToken deadline)
    {
        var reply = await session.SendAsync(new GetDeviceInfoCommand(), deadline);
        return reply.Response is { } info ? YubiHsmFailure.OtherDevice(SerialNumber, info.Serial) : reply.Failure;
    }

    // Another program may end its sessions; nobody but an operator makes a key or changes a password.
    private static DeviceOpening Failed(YubiHsmFailure failure) =>
        failure.Cause is FailureCause.Credentials or FailureCause.Request or FailureCause.Refused
            && failure.Error is not (DeviceError.SessionsFull or DeviceError.SessionFailed)
            ? DeviceOpening.Misconfigured(failure.Reason)
            : DeviceOpening.Failed(failure.Reason);

    private sealed class Session(YubiHsmSession session, Dictionary<DeviceKeyId, YubiHsmSigner> signers) : IDeviceSession
    {
        public IReadOnlyDictionary<DeviceKeyId, PublicKey> Keys { get; } = signers.ToDictionary(signer => signer.Key, signer => signer.Value.PublicKey);

        public TimeSpan KeepAlive => YubiHsmSession.KeepAliveInterval;

        public async ValueTask<DeviceOutcome> SignAsync(DeviceKeyId key, SignBytes message, CancellationToken deadline)
        {
            if (!signers.TryGetValue(key, out var signer)) return new DeviceOutcome.Refused($"key {key} is not among those that the configuration names");
            var reply = await signer.RequestAsync(message, deadline);
            if (reply.Response is { } signature) return new DeviceOutcome.Signed(signature);
            return reply.Failure!.Cause is FailureCause.Refused or FailureCause.Request
                ? new DeviceOutcome.Refused(reply.Failure.Reason)
                : new DeviceOutcome.Lost(reply.Failure.Reason);
        }

        public async ValueTask<string?> KeepAliveAsync(CancellationToken deadline)
        {
            var reply = await session.SendAsync(new EchoCommand(new byte[] { 0xff }), deadline);
            return reply.Failure is { Cause: not FailureCause.Refused } failure ? failure.Reason : null;
        }

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
