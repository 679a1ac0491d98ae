using System.Globalization;
using System.Security.Cryptography;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>Erases a device and makes the roles' authentication keys, the wrap key and the report in it, in the steps of tmkms (commands/yubihsm/setup.rs).</summary>
/// <param name="transport">The way to the device, with a time limit for each exchange; it must find the device again after a restart.</param>
/// <param name="serialNumber">The device; another one that turns up after the restart is left alone.</param>
/// <param name="time">The clock of the waits.</param>
/// <param name="progress">Takes a sentence for each step.</param>
public sealed class DeviceSetup(IYubiHsmTransport transport, uint serialNumber, TimeProvider time, Action<string> progress)
{
    private const ushort FactoryKeyId = 1;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(20);

    /// <summary>Erases the device and waits until it is back with the factory's authentication key.</summary>
    /// <param name="credentials">Of an authentication key that may reset the device.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Why it did not work; null when it did.</returns>
    public async ValueTask<YubiHsmFailure?> EraseAsync(Credentials credentials, CancellationToken cancel)
    {
        progress("erasing the device");
        await using (var session = new YubiHsmSession(transport, credentials))
        {
            // The command is sent once only, so the session has to be open. That no answer comes means nothing: the device restarts.
            var info = await session.SendAsync(new GetDeviceInfoCommand(), cancel);
            if ((info.Failure ?? Mismatch(info.Response!)) is { } failure) return failure;
            var reset = await session.SendAsync(new ResetDeviceCommand(), cancel);
            if (reset.Failure is { Cause: FailureCause.Refused or FailureCause.Credentials } refused) return refused;
        }

        progress("waiting for the device to restart");
        return await WaitAsync(cancel);
    }

    /// <summary>Fills an erased device, and shows that each role can open a session.</summary>
    /// <param name="mnemonic">Where all secrets come from.</param>
    /// <param name="timestamp">For the labels, such as 2026-02-26T18:03:53Z.</param>
    /// <param name="report">JSON of the report.</param>
    /// <param name="cancel">Ends it, and leaves the device half filled.</param>
    /// <returns>Why it did not work; null when it did.</returns>
    public async ValueTask<YubiHsmFailure?> ProvisionAsync(Mnemonic mnemonic, string timestamp, ReadOnlyMemory<byte> report, CancellationToken cancel)
    {
        // The factory's key has the id of the admin's: a key for the time in between takes over.
        using var secret = new SecretBytes(Credentials.SecretSize);
        RandomNumberGenerator.Fill(secret.Span);
        progress("replacing the factory's authentication key");
        using (var factory = FactoryCredentials())
        await using (var session = new YubiHsmSession(transport, factory))
            if ((await session.SendAsync(SetupCommands.PutTemporaryKey(secret.Memory), cancel)).Failure is { } failure) return failure;

        using (var temporary = Credentials.FromSecret(SetupCommands.SetupId, secret.Span))
        await using (var session = new YubiHsmSession(transport, temporary))
            if (await FillAsync(session, mnemonic, timestamp, report, cancel) is { } failure) return failure;

        return await ProveAsync(mnemonic, cancel);
    }

    private async ValueTask<YubiHsmFailure?> FillAsync(
        YubiHsmSession session, Mnemonic mnemonic, string timestamp, ReadOnlyMemory<byte> report, CancellationToken cancel)
    {
        if (await DoAsync(session, new DeleteObjectCommand(FactoryKeyId, ObjectType.AuthenticationKey), cancel) is { } deleted) return deleted;
        foreach (var role in Role.Every)
        {
            progress($"making authentication key 0x{role.KeyId:x4} ({role.Name})");
            using var secret = SetupSecrets.AuthenticationKey(mnemonic, role);
            if (await DoAsync(session, SetupCommands.PutRole(role, timestamp, secret.Memory), cancel) is { } failure) return failure;
        }

        progress($"making wrap key 0x{SetupCommands.WrapKeyId:x4} (primary)");
        using var wrapKey = SetupSecrets.WrapKey(mnemonic);
        return await DoAsync(session, SetupCommands.PutWrapKey(timestamp, wrapKey.Memory), cancel)
            ?? await DoAsync(session, SetupCommands.PutReport(report), cancel)
            ?? await DoAsync(session, new DeleteObjectCommand(SetupCommands.SetupId, ObjectType.AuthenticationKey), cancel);
    }

    private async ValueTask<YubiHsmFailure?> ProveAsync(Mnemonic mnemonic, CancellationToken cancel)
    {
        progress("opening a session with each authentication key");
        foreach (var role in Role.Every)
        {
            using var secret = SetupSecrets.AuthenticationKey(mnemonic, role);
            using var credentials = Credentials.FromSecret(role.KeyId, secret.Span);
            await using var session = new YubiHsmSession(transport, credentials);
            if (await DoAsync(session, new GetDeviceInfoCommand(), cancel) is { } failure) return failure;
        }

        return null;
    }

    private async ValueTask<YubiHsmFailure?> WaitAsync(CancellationToken cancel)
    {
        using var factory = FactoryCredentials();
        var started = time.GetTimestamp();
        while (true)
        {
            if (cancel.IsCancellationRequested) return new YubiHsmFailure(FailureCause.Transport, "stopped while the device restarted");
            await Task.Delay(PollInterval, time, CancellationToken.None);
            await using var session = new YubiHsmSession(transport, factory);
            var info = await session.SendAsync(new GetDeviceInfoCommand(), cancel);
            if (info.Response is { } response) return Mismatch(response);
            if (time.GetElapsedTime(started) > RestartLimit)
                return info.Failure! with { Reason = $"the device did not come back with the factory's password within {RestartLimit.TotalSeconds} s: {info.Failure.Reason}" };
        }
    }

    private YubiHsmFailure? Mismatch(GetDeviceInfoResponse info) => info.SerialNumber == serialNumber ? null : new YubiHsmFailure(
        FailureCause.Refused,
        string.Create(CultureInfo.InvariantCulture, $"this is device {info.Serial}, not {serialNumber:D10}: unplug the other one, or set serial_number"));

    private static async ValueTask<YubiHsmFailure?> DoAsync<T>(YubiHsmSession session, ICommand<T> command, CancellationToken cancel) where T : class, IResponse<T> =>
        (await session.SendAsync(command, cancel)).Failure;

    private static Credentials FactoryCredentials() => Credentials.FromPassword(FactoryKeyId, "password"u8);
}
