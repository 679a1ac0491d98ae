using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Host.Control;
using Kms.Persistence.Journal;

namespace Kms.Host.Check;

/// <summary>Opens every device as <c>start</c> does, and lets each key make a test signature.</summary>
internal static class DeviceCheck
{
    /// <summary>As <see cref="RunAsync(KmsConfig, Findings)"/>, unless a signer is running: on USB a device is one program's.</summary>
    public static async Task RunAsync(KmsConfig config, string configPath, string? akkaPath, Findings findings)
    {
        if (config.YubiHsms.Count == 0) return;
        if (!await IsRunningAsync(configPath, akkaPath)) await RunAsync(config, findings);
        else
            foreach (var section in config.YubiHsms)
                findings.Add(Severity.Note, section.Line, "adapter", "not opened: the signer that runs on this journal has the device");
    }

    /// <summary>Tries all devices.</summary>
    public static async Task RunAsync(KmsConfig config, Findings findings)
    {
        using var devices = await SigningDevices.OpenAsync(config);
        foreach (var error in devices.Errors) findings.Add(Severity.Error, error.Section.Line, KeyOf(error), error.Sentence);
        foreach (var warning in devices.Warnings) findings.Add(Severity.Warning, warning.Section.Line, KeyOf(warning), warning.Sentence);
        foreach (var chain in config.Chains)
        {
            if (YubiHsmKeys.Of(config, chain.Id) is not [var first, var second]) continue;
            findings.Add(
                Severity.Note, second.Section.Line, "keys",
                $"chain {chain.Id} signs with {YubiHsmKeys.NameOf(config, first.Section)}; {YubiHsmKeys.NameOf(config, second.Section)} signs when that one does not");
        }
    }

    /// <summary>Whether a signer runs on the configuration's journal.</summary>
    internal static async Task<bool> IsRunningAsync(string configPath, string? akkaPath) =>
        AkkaSettings.Load(configPath, akkaPath, out _) is { } hocon && JournalGuard.Database(hocon, out _) is { } database
        && await ControlClient.TryAskAsync(ControlWire.PathFor(database), "status", null) is not ControlAnswer.NobodyThere;

    // A sentence about the password's file belongs to its line; all others are about the device.
    private static string KeyOf(DeviceRemark remark) =>
        remark.Section.Auth.PasswordFile is { } path && remark.Sentence.Contains(path, StringComparison.Ordinal) ? "auth" : "adapter";
}
