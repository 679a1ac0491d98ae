using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Check;

/// <summary>Opens every device as <c>start</c> does, and lets each key make a test signature.</summary>
internal static class DeviceCheck
{
    public static async Task RunAsync(KmsConfig config, Findings findings)
    {
        if (config.YubiHsm is not { } yubiHsm) return;
        var (devices, error) = await SigningDevices.OpenAsync(config);
        using (devices)
            if (error is not null) findings.Add(Severity.Error, yubiHsm.Line, Key(yubiHsm, error), error);
    }

    // A sentence about the password's file belongs to its line; all others are about the device.
    private static string Key(YubiHsmConfig config, string error) => config.Auth.PasswordFile is { } path && error.Contains(path, StringComparison.Ordinal) ? "auth" : "adapter";
}
