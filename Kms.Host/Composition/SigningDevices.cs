using Kms.Actors.Device;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>The devices of a configuration, each tried and closed again: from now on it is its actor's.</summary>
internal sealed class SigningDevices : IDisposable
{
    private readonly List<DeviceOptions> _all = [];
    private readonly Dictionary<ChainId, IConsensusSigner> _signers = [];

    /// <summary>What the actors need.</summary>
    public IReadOnlyList<DeviceOptions> All => _all;

    /// <summary>The signers of the chains whose keys are in devices.</summary>
    public IReadOnlyDictionary<ChainId, IConsensusSigner> Signers => _signers;

    /// <summary>The way of other programs to the YubiHSM; null when they have none.</summary>
    public IYubiHsmTransport? Guests { get; private set; }

    /// <summary>Tries all devices; null when one of them cannot be used.</summary>
    /// <param name="config">The configuration.</param>
    public static async Task<(SigningDevices? Devices, string? Error)> OpenAsync(KmsConfig config)
    {
        var devices = new SigningDevices();
        var error = config.YubiHsm is { } yubiHsm ? await devices.AddAsync(yubiHsm, [.. YubiHsmKeys.Of(config)]).ConfigureAwait(false) : null;
        if (error is null) return (devices, null);
        devices.Dispose();
        return (null, error);
    }

    /// <summary>After the actors have stopped.</summary>
    public void Dispose()
    {
        foreach (var options in _all) options.Device.Dispose();
    }

    private async Task<string?> AddAsync(YubiHsmConfig config, IReadOnlyList<(ChainId Chain, YubiHsmKey Key)> keys)
    {
        if (keys.Count == 0) return null;
        if (YubiHsmKeys.TryCreate(config, [.. keys.Select(k => k.Key).Distinct()], out var guests, out var error) is not { } device) return $"yubihsm: {error}";
        using var deadline = new CancellationTokenSource(DeviceTrial.Limit);
        (var found, error) = await DeviceTrial.RunAsync(device, deadline.Token).ConfigureAwait(false);
        if (found is null)
        {
            device.Dispose();
            return error;
        }

        var options = new DeviceOptions(device, found, new DeviceLink());
        _all.Add(options);
        Guests = guests;
        foreach (var (chain, key) in keys) _signers.Add(chain, new DeviceSigner(options.Link, device.Name, key.Name, found[key.Name]));
        return null;
    }
}
