using Kms.Core.Signing;

namespace Kms.Host.Composition;

/// <summary>A device that could not be tried at the start: its first session is tried before it is anybody's.</summary>
/// <param name="device">The device; disposed of with this.</param>
internal sealed class UntriedDevice(ISigningDevice device) : ISigningDevice
{
    private volatile bool _isTried;

    /// <inheritdoc/>
    public string Name => device.Name;

    /// <inheritdoc/>
    public bool SignsOnlyVotes => device.SignsOnlyVotes;

    /// <inheritdoc/>
    public async ValueTask<DeviceOpening> OpenAsync(CancellationToken deadline)
    {
        if (_isTried) return await device.OpenAsync(deadline).ConfigureAwait(false);
        var opening = await DeviceTrial.OpenAsync(device, deadline).ConfigureAwait(false);
        _isTried = opening.Session is not null;
        return opening;
    }

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();
}
