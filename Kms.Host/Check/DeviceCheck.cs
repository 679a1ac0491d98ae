using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Host.Control;
using Kms.Persistence.Journal;

namespace Kms.Host.Check;

/// <summary>Opens every device as <c>start</c> does, and lets each key make a test signature, unless it signs votes only.</summary>
internal static class DeviceCheck
{
    /// <summary>As <see cref="RunAsync(KmsConfig, Findings)"/>, unless a signer is running: on USB a device is one program's.</summary>
    public static async Task RunAsync(KmsConfig config, string configPath, string? akkaPath, Findings findings)
    {
        List<(int Line, string Key)> sections = [.. config.YubiHsms.Select(section => (section.Line, "adapter"))];
        if (config.Ledger is { } ledger) sections.Add((ledger.Line, "transport"));
        if (sections.Count == 0) return;
        if (!await IsRunningAsync(configPath, akkaPath)) await RunAsync(config, findings);
        else
            foreach (var (line, key) in sections)
                findings.Add(Severity.Note, line, key, "not opened: the signer that runs on this journal has the device");
    }

    /// <summary>Tries all devices.</summary>
    public static async Task RunAsync(KmsConfig config, Findings findings)
    {
        using var devices = await SigningDevices.OpenAsync(config);
        foreach (var error in devices.Errors) findings.Add(Severity.Error, error.Line, error.Key, error.Sentence);
        foreach (var warning in devices.Warnings) findings.Add(Severity.Warning, warning.Line, warning.Key, warning.Sentence);
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
}
