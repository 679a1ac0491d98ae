using Kms.Hardware.SoftSign;

namespace Kms.Host.Config;

/// <summary>Reads one [[providers.softsign]].</summary>
internal static class SoftSignSection
{
    public const string Header = "[[providers.softsign]]";

    /// <summary>Adds the key to <paramref name="found"/> when the section is complete.</summary>
    public static void Read(TomlTableReader section, Reading reading, Providers found)
    {
        var purpose = ProvidersSection.Purpose(section, "key_type");
        var chains = found.ReadChains(section, purpose);
        var format = section.Word("key_format", "base64", "json");
        var path = reading.Path("path", section.RequiredString("path", """path = "/etc/tmkms/secrets/consensus.key" """.Trim()));
        section.Finish();

        if (purpose == KeyPurpose.Account && format is { Value: "json" })
            reading.Errors.Add(format.At, "key_format \"json\" is for consensus keys: an account key is a file of base64");

        if (chains is null || path is null) return;
        var key = new SoftSignKeyConfig(chains, path, format?.Value == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64, section.At.Line);
        (purpose == KeyPurpose.Account ? found.SoftSignAccountKeys : found.SoftSignKeys).Add(key);
    }
}
