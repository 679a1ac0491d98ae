using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>From [[providers.yubihsm]] to a device that is not opened yet.</summary>
internal static class YubiHsmKeys
{
    // As tmkms's; a connector answers when the device has.
    private static readonly TimeSpan HttpTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The key of each chain that signs with this device: its consensus key, or where a chain has none anywhere, its account key.</summary>
    public static IEnumerable<(ChainId Chain, YubiHsmKey Key)> Of(KmsConfig config)
    {
        foreach (var chain in config.Chains.Select(chain => chain.Id))
        {
            var keys = (config.YubiHsm?.Keys ?? []).Where(key => key.Chains.Contains(chain)).OrderBy(key => key.Purpose);
            if (keys.FirstOrDefault() is { } key && (key.Purpose == KeyPurpose.Consensus || !config.SoftSignKeys.Any(soft => soft.Chains.Contains(chain))))
                yield return (chain, KeyOf(key));
        }
    }

    /// <summary>The device; null, with a sentence, when its password or its address cannot be used.</summary>
    /// <param name="config">The section.</param>
    /// <param name="keys">The keys that sign.</param>
    /// <param name="guests">The way of other programs to the device; null when the section has no connector_server.</param>
    /// <param name="error">What cannot be used.</param>
    public static YubiHsmDevice? TryCreate(YubiHsmConfig config, IReadOnlyList<YubiHsmKey> keys, out IYubiHsmTransport? guests, out string? error)
    {
        guests = null;
        if (Credentials(config.Auth, out error) is not { } credentials) return null;
        if (Transport(config, out error) is not { } transport)
        {
            credentials.Dispose();
            return null;
        }

        if (config.ConnectorServer is null) return new YubiHsmDevice(transport, credentials, keys);
        var shared = new SharedTransport(transport);
        guests = shared.Guest;
        return new YubiHsmDevice(shared, credentials, keys);
    }

    private static YubiHsmKey KeyOf(YubiHsmKeyConfig key) =>
        new((ushort)key.Key, key.Purpose == KeyPurpose.Consensus ? KeyAlgorithm.Ed25519 : KeyAlgorithm.Secp256k1);

    private static Credentials? Credentials(YubiHsmAuth auth, out string? error)
    {
        var keyId = (ushort)auth.Key;
        error = null;
        if (auth.Password is { } password) return Hardware.YubiHsm.Scp03.Credentials.FromPassword(keyId, Encoding.UTF8.GetBytes(password.Reveal()));
        return PasswordFile.TryRead(auth.PasswordFile!, keyId, out var credentials, out error) ? credentials : null;
    }

    private static IYubiHsmTransport? Transport(YubiHsmConfig config, out string? error)
    {
        error = null;
        switch (config.Adapter)
        {
            case YubiHsmAdapter.Usb usb:
                return UsbTransport.TryCreate(config.SerialNumber, usb.Timeout, out var device, out error) ? device : null;
            case YubiHsmAdapter.Http http:
                var host = http.Host.Contains(':') && !http.Host.StartsWith('[') ? $"[{http.Host}]" : http.Host;
                return HttpTransport.TryCreate($"http://{host}:{http.Port}", HttpTimeout, out var transport, out error) ? transport : null;
            default:
                throw new InvalidOperationException($"{config.Adapter} is not known");
        }
    }
}
