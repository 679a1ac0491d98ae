using System.Text;
using Kms.Core.Consensus;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>A key in a device that signs for a chain.</summary>
/// <param name="Section">The device.</param>
/// <param name="Key">The key, as the file says it.</param>
internal readonly record struct YubiHsmKeyUse(YubiHsmConfig Section, YubiHsmKeyConfig Key)
{
    /// <summary>The key, as the device knows it.</summary>
    public YubiHsmKey Name => new((ushort)Key.Key, Key.Algorithm);
}

/// <summary>From [[providers.yubihsm]] to a device that is not opened yet.</summary>
internal static class YubiHsmKeys
{
    /// <summary>The keys that sign for a chain, in the order of the file: its consensus key, or where it has none anywhere, its account key.</summary>
    public static IReadOnlyList<YubiHsmKeyUse> Of(KmsConfig config, ChainId chain)
    {
        var all = config.YubiHsms.SelectMany(device => device.Keys.Select(key => new YubiHsmKeyUse(device, key))).Where(use => use.Key.Chains.Contains(chain)).ToList();
        var consensus = all.Where(use => use.Key.Purpose == KeyPurpose.Consensus).ToList();
        return consensus.Count > 0 || IsElsewhere(config, chain) ? consensus : all;
    }

    /// <summary>As tmkms calls it, and where there are several, what tells it from the others.</summary>
    public static string NameOf(KmsConfig config, YubiHsmConfig section) =>
        config.YubiHsms.Count == 1 ? "yubihsm" : $"yubihsm {(section.Adapter is YubiHsmAdapter.Http http ? Authority(http) : section.SerialNumber)}";

    /// <summary>The device; null, with a sentence, when its password or its address cannot be used.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="section">The section.</param>
    /// <param name="keys">The keys that sign.</param>
    /// <param name="guests">The way of other programs to the device; null when the section has no connector_server.</param>
    /// <param name="error">What cannot be used.</param>
    public static YubiHsmDevice? TryCreate(string name, YubiHsmConfig section, IReadOnlyList<YubiHsmKey> keys, out IYubiHsmTransport? guests, out string? error)
    {
        guests = null;
        if (Credentials(section.Auth, out error) is not { } credentials) return null;
        if (Transport(section.SerialNumber, section.Adapter, out error) is not { } transport)
        {
            credentials.Dispose();
            return null;
        }

        var way = transport;
        if (section.ConnectorServer is not null)
        {
            var shared = new SharedTransport(transport);
            (way, guests) = (shared, shared.Guest);
        }

        return new YubiHsmDevice(name, way, credentials, keys) { SerialNumber = section.SerialNumber };
    }

    /// <summary>A sentence about the password's file belongs to its line; all others are about the device.</summary>
    public static DeviceRemark Remark(YubiHsmConfig section, string sentence) =>
        new(section.Line, section.Auth.PasswordFile is { } path && sentence.Contains(path, StringComparison.Ordinal) ? "auth" : "adapter", sentence);

    /// <summary>The configured authentication key; null, with a sentence, when its password cannot be read.</summary>
    public static Credentials? Credentials(YubiHsmAuth auth, out string? error)
    {
        var keyId = (ushort)auth.Key;
        error = null;
        if (auth.Password is { } password) return Hardware.YubiHsm.Scp03.Credentials.FromPassword(keyId, Encoding.UTF8.GetBytes(password.Reveal()));
        return PasswordFile.TryRead(auth.PasswordFile!, keyId, out var credentials, out error) ? credentials : null;
    }

    /// <summary>The way to the device; null, with a sentence, when it cannot be one.</summary>
    public static IYubiHsmTransport? Transport(string? serialNumber, YubiHsmAdapter adapter, out string? error)
    {
        switch (adapter)
        {
            case YubiHsmAdapter.Usb usb:
                return UsbTransport.TryCreate(serialNumber, usb.Timeout, out var device, out error) ? device : null;
            case YubiHsmAdapter.Http http:
                return HttpTransport.TryCreate($"http://{Authority(http)}", http.Timeout, out var transport, out error) ? transport : null;
            default:
                throw new InvalidOperationException($"{adapter} is not known");
        }
    }

    private static bool IsElsewhere(KmsConfig config, ChainId chain) =>
        config.SoftSignKeys.Any(soft => soft.Chains.Contains(chain)) || config.Ledger?.Chains.Contains(chain) == true;

    private static string Authority(YubiHsmAdapter.Http http) => http.Host.Contains(':') ? $"[{http.Host}]:{http.Port}" : $"{http.Host}:{http.Port}";
}
