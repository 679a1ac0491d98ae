using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary>Opens the keys of a configuration one by one, to show them: one that cannot be opened does not hide the others.</summary>
/// <param name="Keys">The keys that could be opened, in the order of the file.</param>
/// <param name="Errors">A sentence for each that could not.</param>
internal sealed record KeyListing(IReadOnlyList<ShownKey> Keys, IReadOnlyList<string> Errors)
{
    /// <summary>The keys of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="shown">Which of its chains.</param>
    public static KeyListing Of(KmsConfig config, IReadOnlyList<ChainId> shown)
    {
        var keys = new List<ShownKey>();
        var errors = new List<string>();
        foreach (var chain in config.Chains.Where(chain => shown.Contains(chain.Id)))
        {
            var nodes = Nodes(config, chain.Id, errors);
            if (config.SoftSignKeys.FirstOrDefault(key => key.Chains.Contains(chain.Id)) is not { } key)
                errors.Add(InDevice(config, chain.Id));
            else if (!SoftSignKeyFile.TryLoad(key.Path, key.Format, key.Algorithm, out var signer, out var error))
                errors.Add(error);
            else
                using (signer) keys.Add(new ShownKey(chain.Id.ToString(), signer.Provider, signer.PublicKey, Prefix(chain), nodes));
        }

        return new KeyListing(keys, [.. errors.Distinct()]);
    }

    /// <summary>The key of one file: as a consensus key, and its ids in case it is an identity key, which is Ed25519.</summary>
    public static KeyListing OfFile(string path, SoftSignKeyFormat format, KeyAlgorithm? algorithm)
    {
        if (!SoftSignKeyFile.TryLoad(path, format, algorithm, out var signer, out var error)) return new KeyListing([], [error]);
        using (signer)
        {
            IReadOnlyList<(string, PublicKey)> nodes = signer.PublicKey.Algorithm == KeyAlgorithm.Ed25519 ? [("", signer.PublicKey)] : [];
            return new KeyListing([new ShownKey(null, signer.Provider, signer.PublicKey, ShownKey.DefaultPrefix, nodes)], []);
        }
    }

    /// <summary>The bech32 prefix of a chain's consensus keys.</summary>
    public static string Prefix(ChainConfig chain) => chain.KeyFormat is KeyFormat.Bech32 bech32 ? bech32.ConsensusPrefix : ShownKey.DefaultPrefix;

    private static string InDevice(KmsConfig config, ChainId chain) =>
        config.Ledger?.Chains.Contains(chain) == true ? $"the key of chain {chain} is in a Ledger: run tmkms ledger show"
        : config.YubiHsms.Any(device => device.Keys.Any(key => key.Chains.Contains(chain))) ? $"the key of chain {chain} is in a YubiHSM: run tmkms yubihsm keys list"
        : $"the key of chain {chain} is not in a file, and this build opens key files only";

    private static List<(string, PublicKey)> Nodes(KmsConfig config, ChainId chain, List<string> errors)
    {
        var nodes = new List<(string, PublicKey)>();
        foreach (var validator in config.Validators.Where(v => v.Options.Chain == chain && v.SecretKeyPath is not null))
        {
            if (!IdentityKeyFile.TryLoad(validator.SecretKeyPath!, out var identity, out var error)) errors.Add(error);
            else using (identity) nodes.Add((validator.Options.Address.ToString()!, identity.PublicKey));
        }

        return nodes;
    }
}
