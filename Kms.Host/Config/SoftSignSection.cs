using Kms.Core.Signing;
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
        var algorithm = section.Word("algorithm", "ed25519", "secp256k1");
        var format = section.Word("key_format", "base64", "json");
        var path = reading.Path("path", section.RequiredString("path", """path = "/etc/tmkms/secrets/consensus.key" """.Trim()));
        section.Finish();

        if (purpose == KeyPurpose.Account && format is { Value: "json" })
            reading.Errors.Add(format.At, "key_format \"json\" is for consensus keys: an account key is a file of base64");

        if (purpose == KeyPurpose.Account && algorithm is { Value: "ed25519" })
            reading.Errors.Add(algorithm.At, "algorithm \"ed25519\" is for consensus keys: an account key is secp256k1");

        if (chains is null || path is null) return;
        var key = new SoftSignKeyConfig(
            chains, path, format?.Value == "json" ? SoftSignKeyFormat.Json : SoftSignKeyFormat.Base64, purpose,
            purpose == KeyPurpose.Account || algorithm?.Value == "secp256k1" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519, section.At.Line);
        (purpose == KeyPurpose.Account ? found.SoftSignAccountKeys : found.SoftSignKeys).Add(key);
    }
}
