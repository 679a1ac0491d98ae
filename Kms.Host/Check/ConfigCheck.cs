using System.Net;
using Kms.Host.Config;

namespace Kms.Host.Check;

/// <summary>Everything that can be said about a configuration without starting: nothing is created or changed, and no validator is dialled. A device that
/// no running signer has is opened and signs a text that means nothing; a Ledger is opened only.</summary>
public static class ConfigCheck
{
    /// <summary>Runs all checks.</summary>
    /// <param name="configPath">tmkms.toml, as the operator named it.</param>
    /// <param name="akkaPath">The operator's HOCON file, or null.</param>
    /// <returns>All findings in the order of the file.</returns>
    public static async Task<IReadOnlyList<Finding>> RunAsync(string configPath, string? akkaPath)
    {
        var result = KmsConfigLoader.Load(configPath);
        var read = result.Errors.Select(e => new Finding(Severity.Error, e)).Concat(result.Warnings.Select(w => new Finding(Severity.Warning, w)));
        if (!result.IsValid) return Finding.InOrder(read);

        var config = result.Config;
        var findings = new Findings(configPath, config);
        KeyCheck.Run(config, findings);
        await DeviceCheck.RunAsync(config, configPath, akkaPath, findings);
        ChainCheck.Run(config, Environment.GetEnvironmentVariable("PATH"), findings);
        JournalCheck.Run(config, configPath, akkaPath, findings);
        await ValidatorCheck.RunAsync(config, Dns.GetHostAddressesAsync, ValidatorCheck.Deadline, findings);
        return Finding.InOrder([.. read, .. config.MissingProviders.Select(m => new Finding(Severity.Error, m)), .. findings.All]);
    }
}
