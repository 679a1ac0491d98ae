using Kms.Core.Signing;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>Keys of a device as tmkms prints them.</summary>
internal static class KeyText
{
    /// <summary>A key in the form of its chain where the configuration gives it exactly one chain, otherwise hexadecimal.</summary>
    public static string Of(OpenDevice device, ushort id, PublicKey key)
    {
        var uses = device.Section.Keys.Where(k => k.Key == id).ToList();
        var chains = uses.SelectMany(k => k.Chains).Distinct().ToList();
        var chain = chains.Count == 1 ? device.Config.Chains.FirstOrDefault(c => c.Id == chains[0]) : null;
        var format = chain?.KeyFormat ?? new KeyFormat.Hex();
        // What an Ed25519 key is called in the configuration makes no account of it.
        return key.Algorithm == KeyAlgorithm.Secp256k1 && uses.Any(k => k.Purpose == KeyPurpose.Account) ? KeyFormatter.FormatAccount(key, format) : KeyFormatter.Format(key, format);
    }

    /// <summary>"consensus (ed25519)", "account (secp256k1)".</summary>
    public static string Kind(string type, KeyAlgorithm algorithm) => $"{type} ({KeyFormatter.Name(algorithm)})";
}
