using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Host.Config;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>The device of tmkms.toml with an open session; whoever made it disposes of it.</summary>
/// <param name="Config">The whole configuration.</param>
/// <param name="Section">What it says about this device.</param>
/// <param name="Transport">The way to the device.</param>
/// <param name="Credentials">The authentication key.</param>
/// <param name="Session">The session.</param>
/// <param name="Info">What the device says about itself.</param>
internal sealed record OpenDevice(
    KmsConfig Config, YubiHsmConfig Section, IYubiHsmTransport Transport, Credentials Credentials, YubiHsmSession Session, GetDeviceInfoResponse Info)
    : IAsyncDisposable
{
    /// <summary>Opens a session; null, with a sentence, when there is none.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="section">Its section of this device.</param>
    /// <param name="transport">The way to the device. The result owns it; without a result it is disposed of.</param>
    /// <param name="credentials">The authentication key; as <paramref name="transport"/>.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<(OpenDevice? Device, YubiHsmFailure? Failure)> OpenAsync(
        KmsConfig config, YubiHsmConfig section, IYubiHsmTransport transport, Credentials credentials, CancellationToken cancel)
    {
        var session = new YubiHsmSession(transport, credentials);
        var reply = await session.SendAsync(new GetDeviceInfoCommand(), cancel);
        var failure = reply.Response is { } found ? YubiHsmFailure.OtherDevice(section.SerialNumber, found.Serial) : reply.Failure;
        var device = new OpenDevice(config, section, transport, credentials, session, reply.Response!);
        if (failure is null) return (device, null);
        await device.DisposeAsync();
        return (null, failure);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        Transport.Dispose();
        Credentials.Dispose();
    }
}
