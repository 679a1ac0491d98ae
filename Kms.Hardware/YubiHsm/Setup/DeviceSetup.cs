using System.Security.Cryptography;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>Erases a device and sets it up, in the steps of tmkms (yubihsm.rs, setup). Nothing is asked here: whoever calls has asked. A failure on the way leaves a
/// device that can only be erased by touch; the sentence says so.</summary>
/// <param name="transport">The way to the device; it must survive the device's restart.</param>
/// <param name="serial">The serial number of the device, ten digits: another one that is found there, before or after the restart, is left alone.</param>
/// <param name="clock">For the pauses.</param>
/// <param name="progress">Told what is about to happen, a few words each.</param>
public sealed class DeviceSetup(IYubiHsmTransport transport, string serial, TimeProvider clock, Action<string> progress)
{
    private const ushort FactoryKeyId = 1;

    private static readonly TimeSpan Restart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(10);

    /// <summary>Erases the device and waits until it is back.</summary>
    /// <param name="current">An authentication key with reset-device.</param>
    /// <param name="deadline">Cancelled when it is not wanted any more; what is erased already comes back nevertheless.</param>
    /// <returns>Null when the device is as it left the factory.</returns>
    public async ValueTask<YubiHsmFailure?> EraseAsync(Credentials current, CancellationToken deadline)
    {
        progress("erasing the device");
        await using (var session = new YubiHsmSession(transport, current))
        {
            // Opens the session: after this, silence can only be the restart.
            if (await FindAsync(session, deadline) is { } problem) return problem;
            var reset = await session.SendAsync(new ResetDeviceCommand(), deadline);
            if (reset.Failure is { Cause: FailureCause.Refused }) return reset.Failure;
        }

        // From here on the old device is gone: stopping now would leave one with a password that everybody knows.
        progress("waiting for the device to restart");
        return await WaitForFactoryKeyAsync();
    }

    /// <summary>Makes the authentication keys, the wrap key and the report in an erased device, and opens a session with each key.</summary>
    /// <param name="mnemonic">Where all secrets come from.</param>
    /// <param name="time">For the labels, such as 2026-02-26T18:03:53Z.</param>
    /// <param name="report">The text of the report, at most 1968 bytes.</param>
    /// <param name="deadline">Cancelled when nobody waits any more.</param>
    /// <returns>Null when the device is set up.</returns>
    public async ValueTask<YubiHsmFailure?> ProvisionAsync(Mnemonic mnemonic, string time, ReadOnlyMemory<byte> report, CancellationToken deadline)
    {
        using var temporary = new SecretBytes(Credentials.SecretSize);
        RandomNumberGenerator.Fill(temporary.Span);
        var failure = await PutTemporaryKeyAsync(temporary, deadline)
            ?? await PutObjectsAsync(temporary, mnemonic, time, report, deadline)
            ?? await OpenWithEachKeyAsync(mnemonic, deadline);
        return failure is null ? null : failure with
        {
            Reason = $"{failure.Reason}. The device is half set up: erase it (touch it for 10 s while plugging it in) and set it up again with the same phrase",
        };
    }

    private static Credentials FactoryKey() => Credentials.FromPassword(FactoryKeyId, "password"u8);

    private async ValueTask<YubiHsmFailure?> WaitForFactoryKeyAsync()
    {
        using var factory = FactoryKey();
        await using var session = new YubiHsmSession(transport, factory);
        var start = clock.GetTimestamp();
        for (var pause = Restart; ; pause = Retry)
        {
            await Task.Delay(pause, clock);
            var failure = await FindAsync(session, CancellationToken.None) ?? await IsErasedAsync(session);
            if (failure is null or { Cause: FailureCause.Request }) return failure;
            if (clock.GetElapsedTime(start) > RestartLimit)
                return failure with { Reason = $"the device is not back with the factory's password after {RestartLimit.TotalSeconds:0} s: {failure.Reason}" };
        }
    }

    /// <summary>Null when the device holds no key but the factory's. A reset whose answer was lost may never have arrived, and the factory's password opens
    /// a device, too, that was never set up and yet holds keys.</summary>
    private static async ValueTask<YubiHsmFailure?> IsErasedAsync(YubiHsmSession session)
    {
        var listed = await session.SendAsync(new ListObjectsCommand(), CancellationToken.None);
        if (listed.Response is not { } list) return listed.Failure;
        var kept = list.Objects.Where(o => o.Type != ObjectType.Opaque && (o.Type, o.Id) != (ObjectType.AuthenticationKey, FactoryKeyId)).ToList();
        return kept.Count == 0
            ? null
            : new YubiHsmFailure(
                FailureCause.Request, $"it still holds {kept.Count} other {(kept.Count == 1 ? "key" : "keys")}: the command to erase itself did not arrive; try again");
    }

    /// <summary>Null when the device that answers is the one that is meant.</summary>
    private async ValueTask<YubiHsmFailure?> FindAsync(YubiHsmSession session, CancellationToken deadline)
    {
        var reply = await session.SendAsync(new GetDeviceInfoCommand(), deadline);
        if (reply.Response is not { } info) return reply.Failure;
        return info.Serial == serial
            ? null
            : new YubiHsmFailure(
                FailureCause.Request, $"device {info.Serial} answers instead of {serial}: nothing in it was changed; unplug it, or set serial_number");
    }

    private async ValueTask<YubiHsmFailure?> PutTemporaryKeyAsync(SecretBytes temporary, CancellationToken deadline)
    {
        progress("replacing the factory's authentication key");
        using var factory = FactoryKey();
        await using var session = new YubiHsmSession(transport, factory);
        return (await session.SendAsync(SetupCommands.PutTemporaryKey(temporary.Memory), deadline)).Failure;
    }

    private async ValueTask<YubiHsmFailure?> PutObjectsAsync(
        SecretBytes temporary, Mnemonic mnemonic, string time, ReadOnlyMemory<byte> report, CancellationToken deadline)
    {
        using var credentials = Credentials.FromSecret(SetupCommands.SetupId, temporary.Span);
        await using var session = new YubiHsmSession(transport, credentials);
        var failure = (await session.SendAsync(new DeleteObjectCommand(FactoryKeyId, ObjectType.AuthenticationKey), deadline)).Failure;
        foreach (var role in Role.Every)
        {
            if (failure is not null) return failure;
            progress($"making authentication key 0x{role.KeyId:x4} ({role.Name})");
            using var secret = SetupSecrets.AuthenticationKey(mnemonic, role);
            failure = (await session.SendAsync(SetupCommands.PutRole(role, time, secret.Memory), deadline)).Failure;
        }

        progress($"making wrap key 0x{SetupCommands.WrapKeyId:x4} and the report");
        using var wrapKey = SetupSecrets.WrapKey(mnemonic);
        return failure
            ?? (await session.SendAsync(SetupCommands.PutWrapKey(time, wrapKey.Memory), deadline)).Failure
            ?? (await session.SendAsync(SetupCommands.PutReport(report), deadline)).Failure
            ?? (await session.SendAsync(new DeleteObjectCommand(SetupCommands.SetupId, ObjectType.AuthenticationKey), deadline)).Failure;
    }

    private async ValueTask<YubiHsmFailure?> OpenWithEachKeyAsync(Mnemonic mnemonic, CancellationToken deadline)
    {
        foreach (var role in Role.Every)
        {
            progress($"opening a session with authentication key 0x{role.KeyId:x4} ({role.Name})");
            using var secret = SetupSecrets.AuthenticationKey(mnemonic, role);
            using var credentials = Credentials.FromSecret(role.KeyId, secret.Span);
            await using var session = new YubiHsmSession(transport, credentials);
            var reply = await session.SendAsync(new EchoCommand(new byte[1]), deadline);
            if (reply.Failure is not null) return reply.Failure;
        }

        return null;
    }
}
