using Kms.Core.Consensus;
using Kms.Hardware.SoftSign;

namespace Kms.Host.Config;

/// <summary>Reads [providers]: where the keys are.</summary>
internal static class ProvidersSection
{
    private const string SoftSignHeader = "[[providers.softsign]]";

    private static readonly string[] NotYet = ["yubihsm", "ledgertm", "ledger", "fortanixdsm"];

    /// <summary>The software keys that are complete.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="paths">For key files.</param>
    /// <param name="errors">Where errors go.</param>
    /// <param name="uses">Every chain that some key was written for, even when the rest of its section is wrong.</param>
    /// <param name="complete">Whether <paramref name="uses"/> is all that the file says; otherwise a chain may have a key that is not in it.</param>
    public static IReadOnlyList<SoftSignKeyConfig> Read(
        TomlTableReader root, ConfigPaths paths, ConfigErrors errors, out IReadOnlyList<Located<string>> uses, out bool complete)
    {
        var chains = new List<Located<string>>();
        uses = chains;
        complete = false;
        if (root.Table("providers") is not { } providers)
        {
            errors.AddForFile($"no [providers]: add a key with {SoftSignHeader}, chain_ids and path");
            return [];
        }

        var keys = new List<SoftSignKeyConfig>();
        var sections = providers.Sections("softsign", SoftSignHeader);
        foreach (var section in sections)
        {
            if (ReadSoftSign(section, paths, errors, chains) is { } key) keys.Add(key);
        }

        foreach (var provider in providers.Keys.Where(key => NotYet.Contains(key.Value)))
        {
            errors.Add(provider.At, $"provider {provider.Value} is not part of this build yet: use {SoftSignHeader}");
            _ = providers.Any(provider.Value);
        }

        providers.Finish();
        complete = keys.Count == sections.Count && providers.Keys.All(key => key.Value == "softsign");
        return keys;
    }

    private static SoftSignKeyConfig? ReadSoftSign(TomlTableReader section, ConfigPaths paths, ConfigErrors errors, List<Located<string>> uses)
    {
        var chains = section.RequiredStrings("chain_ids", """chain_ids = ["cosmoshub-4"]""");
        var type = section.Word("key_type", "consensus", "account");
        var format = section.Word("key_format", "base64", "json")?.Value == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64;
        var path = paths.Expand("path", section.RequiredString("path", """path = "/etc/tmkms/secrets/consensus.key" """.Trim()));
        section.Finish();

        if (type is { Value: "account" })
        {
            errors.Add(type.At, "account keys sign transactions, which this signer does not do: remove the section");
            return null;
        }

        if (chains is not null) uses.AddRange(chains);
        return chains is null || path is null
            ? null
            : new SoftSignKeyConfig([.. chains.Select(c => new ChainId(c.Value))], path, format, section.At.Line);
    }
}
